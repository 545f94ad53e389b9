"""The diagnoses that an answer names, the likeliest first, each with its span.

Read are numbered and bulleted lists, JSON, sentences that say "most likely", "less likely" or "the differential
diagnosis includes", and answers of one line. The key is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from doubleread.scoring.diagnosis_words import normal_words
from doubleread.scoring.differential_lists import listed, listed_in_json, listed_inline
from doubleread.scoring.differential_names import TIED, TURNED_DOWN, Groups, Span, trimmed
from doubleread.scoring.plain import Plain

_MOST_CANDIDATES = 40
_MOST_STATEMENTS = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """One diagnosis of an answer. `answer[start:end] == text`, in code points.

    `rank` is 1 for the likeliest. If the answer leaves it open between several ("A or B"), each has the last of the
    places that they share, so that nothing is ranked higher than the answer ranks it.
    """

    rank: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Differential:
    """The candidates in the order of their ranks. `committed` says that the answer puts its first above the rest."""

    candidates: tuple[Candidate, ...] = ()
    committed: bool = False


_FILLING = r"(?:\s+(?:that of|most likely|likely|probably|to be|that|is|be|an?|the|case of)\b)*\s*"
_LEADING = re.compile(
    r"\b(?:(?:most (?:likely|probable)|likeliest|final|leading|working|primary|principal|provisional|presumptive|"
    r"probable|top|favou?red|correct|underlying|best)\s+(?:\w+\s+){0,2}?(?:diagnosis|dx|answer|condition|cause)\b"
    r"[^.:;\n]{0,60}?(?:\bis\b|\bwould be\b|\bof\b|:|=)"
    r"|(?<!differential )(?:diagnosis|dx|impression|answer)\b\s*(?:is|was|:|of)"
    r")" + _FILLING,
    re.I,
)
_WEAKLY_LEADING = re.compile(
    r"\b(?:most (?:likely|probable)\s*(?:is|:)?|consistent with|points? to|suggestive of|diagnosed with|suffers? from)"
    + _FILLING,
    re.I,
)
_NO_CUE = re.compile(r"(?:differential|less|least|not)\s+$", re.I)
_IS_LEADING = re.compile(
    r"\s(?:is|would be|remains|seems|appears)\s+(?:by far |clearly |probably )?"
    r"(?:the )?(?:(?:single )?most likely|likeliest|most probable|the leading|the top|the working)",
    re.I,
)
_IN_A_NAME = re.compile(r"[^.;:\n]{3,120}")
# What each cue has in it, in lower case: a text without any of them need not be searched.
_LEADING_SIGNS = ("diagnos", "dx", "answer", "condition", "cause", "impression")
_WEAK_SIGNS = ("most likely", "most probable", "consistent with", "point", "suggestive of", "diagnosed with", "suffer")
_LESSER_SIGNS = (
    *("differential", "ddx", "alternative", "less likely", "less probable", "least likely", "second", "third"),
    *("followed by", "also possible", "also consider", "possibilit", "possible diagnos", "considerations"),
    *(f"other {word}" for word in ("pos", "pot", "lik", "less", "diag", "con", "diff", "cause")),
)
_SAID_TO_LEAD_SIGNS = ("most likely", "likeliest", "most probable", "the leading", "the top", "the working")
_BEFORE_SIGN, _BEHIND_SIGN = 80, 200
_LESSER = re.compile(
    r"\b(?:(?:the\s+)?(?:differentials?(?:\s+diagnos[ei]s)?|ddx)|other\s+(?:possible\s+|potential\s+|likely\s+|"
    r"less likely\s+)?(?:possibilit(?:y|ies)|diagnos[ei]s|considerations?|differentials?|causes|conditions)|"
    r"(?:possible |potential )?alternatives?(?:\s+diagnos[ei]s)?|less (?:likely|probable)(?:\s+(?:possibilities|"
    r"diagnos[ei]s))?|least likely|second(?:ly)?(?:\s+most likely)?|third(?:ly)?|followed by|also (?:possible|"
    r"consider)|possibilities|considerations|possible diagnoses)\b"
    r"(?:[ \t]+(?:here|in this (?:case|patient)|to consider|for this \w+|would|could|should|may|might|also))*"
    r"[ \t]*(?:includ(?:es?|ing)|consists? of|comprises?|contains?|are|is|be|by|:|,)?[ \t]*"
    r"(?:(?:that of|an?|the)\b)?[ \t]*",
    re.I,
)
_BEHIND = re.compile(r"other|less|least|alternativ|possible alt|potential alt|second|third|followed|also", re.I)
_NEXT = re.compile(r"\s*[,;]\s*(?:and\s+|then\s+|followed by\s+|finally\s+)?|\s+(?:and|then|followed by|>)\s+", re.I)
_BRACKET = re.compile(r"\([^()]*\)")
_CLAUSE_END = re.compile(
    r"[.;\n]|\s(?:because|since|given|based on|as (?:it|this|the|evidenced)|due to the|which|but|although|whereas|"
    r"while|rather than|with a differential|supported by|is|are|over|than)\b",
    re.I,
)
_LINE_END = re.compile(r"[.\n]")
_LINE_OF_NAMES_END = re.compile(r"(?<!\bvs)\.|[;:\n]", re.I)


def differential_of(text: str, plain: Plain) -> Differential:
    """Return the diagnoses of an answer in their order. `plain` is the answer without mark-up.

    Linear in the text's length; never raises.
    """
    groups, committed = listed_in_json(plain.text), True
    if not groups:
        in_a_list = listed(text, plain) or listed_inline(plain.text)
        leading = _leading(plain.text, _LEADING) or ([] if in_a_list else _leading(plain.text, _WEAKLY_LEADING))
        lesser, behind = _lesser(plain.text)
        groups = [*leading, *in_a_list, *lesser]
        committed = bool(leading or in_a_list)
        if behind and not committed:
            return Differential(tuple(_candidates(text, plain, groups, taken=1)))
        if not groups:
            groups = _one_line(plain.text)
            committed = len(groups) == 1
    return Differential(tuple(_candidates(text, plain, groups)), committed and len(groups[0]) == 1)


def _candidates(text: str, plain: Plain, groups: Groups, taken: int = 0) -> Iterator[Candidate]:
    """Yield every diagnosis once, at the first place where it is named, after the places that are `taken`."""
    seen: set[frozenset[str]] = set()
    rank = taken
    for group in groups:
        fresh = []
        for low, high in group:
            words = frozenset(normal_words(_BRACKET.sub(" ", plain.text[low:high])))
            if words and words not in seen:
                seen.add(words)
                fresh.append(plain.raw_span(low, high))
        rank += len(fresh)
        for start, end in fresh:
            yield Candidate(rank, text[start:end], start, end)
        if rank >= _MOST_CANDIDATES:
            return


def _split(text: str, low: int, high: int) -> Groups:
    """Return the names of an enumeration: "A, B and C" in their order, "A or B" sharing a rank."""
    groups: Groups = []
    inside = 0
    pieces: list[tuple[Span, bool]] = []
    start, tied = low, False
    position = low
    while position < high:
        if text[position] in "([":
            inside += 1
        elif text[position] in ")]":
            inside = max(0, inside - 1)
        if not inside:
            either, then = TIED.match(text, position, high), _NEXT.match(text, position, high)
            cut = either or then
            if cut:
                pieces.append(((start, position), tied))
                start, tied, position = cut.end(), either is not None, cut.end()
                continue
        position += 1
    pieces.append(((start, high), tied))
    # "A, B or C" leaves it open between all three.
    if pieces[-1][1]:
        pieces = [pieces[0], *((span, True) for span, _ in pieces[1:])]
    for (piece_low, piece_high), shares in pieces:
        name = trimmed(text, piece_low, piece_high)
        if name and shares and groups:
            groups[-1].append(name)
        elif name:
            groups.append([name])
    return groups


def _cued(text: str, cue: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the matches of a cue, looking only near words that it must contain."""
    low = text.lower()
    if len(low) != len(text):
        yield from cue.finditer(text)
        return
    signs = _LEADING_SIGNS if cue is _LEADING else _WEAK_SIGNS
    places = sorted({place for sign in signs for place in places_of(low, sign)})
    done = 0
    for place in places:
        start = max(done, place - _BEFORE_SIGN)
        if place < done:
            continue
        for match in cue.finditer(text, start, place + _BEHIND_SIGN):
            yield match
            done = match.end()


def places_of(text: str, sign: str) -> Iterator[int]:
    """Yield the positions of a sign in a text."""
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)


def _said_to_lead(text: str) -> Iterator[Span]:
    """Yield the names that begin a line and are said to be the likeliest: "Gout is the most likely diagnosis"."""
    line = -1
    if not any(sign in text.lower() for sign in _SAID_TO_LEAD_SIGNS):
        return
    for match in _IS_LEADING.finditer(text):
        low = text.rfind("\n", 0, match.start()) + 1
        if low != line and _IN_A_NAME.fullmatch(text, low, match.start()):
            yield low, match.start()
        line = low


def _leading(text: str, cue: re.Pattern[str]) -> Groups:
    """Return what the answer commits to: its last statement of a diagnosis with such a cue."""
    stated = [(match.start(), match.end(), 0) for match in _cued(text, cue)]
    if cue is _LEADING:
        stated += [(low, low, high) for low, high in _said_to_lead(text)]
    for start, low, high in sorted(stated)[: -_MOST_STATEMENTS - 1 : -1]:
        if not high:
            if _NO_CUE.search(text, max(0, start - 14), start) or _LESSER.match(text, low):
                continue
            high = _clause_end(text, low)
            cut = _LESSER.search(text, low, high)
            high = cut.start() if cut else high
        if name := _named(text, low, high):
            return name
    return []


def _clause_end(text: str, low: int, end: re.Pattern[str] = _CLAUSE_END) -> int:
    high = min(low + 300, len(text))
    ends = end.search(text, low, high)
    return ends.start() if ends else high


def _named(text: str, low: int, high: int) -> Groups:
    """Return one name, or those between which a statement leaves it open; a second name after a comma is dropped."""
    if TIED.search(text, low, high):
        return _split(text, low, high)
    comma = re.compile(r",\s|\s\(?(?:less likely|likely|followed by)\b").search(text, low, high)
    name = trimmed(text, low, comma.start() if comma else high)
    return [[name]] if name else []


def _lesser(text: str) -> tuple[Groups, bool]:
    """Return the names after the first, and whether the words say that another is before them ("less likely")."""
    found: Groups = []
    behind = False
    low = text.lower()
    if not any(sign in low for sign in _LESSER_SIGNS):
        return [], False
    for match in islice(_LESSER.finditer(text), 20):
        stop = _clause_end(text, match.end(), _LINE_END if match[0].rstrip().endswith(":") else _CLAUSE_END)
        names = _split(text, match.end(), stop)
        behind = behind or (bool(names) and not found and _BEHIND.match(match[0]) is not None)
        found.extend(names)
    return found, behind


def _one_line(text: str) -> Groups:
    """Return the names of an answer that is nothing but names."""
    low = len(text) - len(text.lstrip())
    high = len(text.rstrip())
    ends = _LINE_OF_NAMES_END.search(text, low, high)
    stop = ends.start() if ends else high
    if stop - low > 200 or TURNED_DOWN.search(text, low, stop):
        return []
    open_between = TIED.search(text, low, stop) is not None
    if open_between or len(re.findall(r",\s", text[low:stop])) >= 2:
        return _split(text, low, stop)
    name = trimmed(text, low, stop)
    return [[name]] if name else []
