"""The diagnoses that an answer names, the likeliest first, each with the stretch where it stands.

Read are numbered and bulleted lists, JSON, sentences that say "most likely", "less likely" or "the differential
diagnosis includes", and answers of one line. Nothing is known here of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from doubleread.scoring.diagnosis_words import normal_words
from doubleread.scoring.plain import Plain, visible_stretch, without_mark_up

_MOST_WORDS = 14
_MOST_CANDIDATES = 40
_MOST_STATEMENTS = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """One diagnosis of an answer. `answer[start:end] == text`, in code points.

    `rank` is 1 for the likeliest. Where the answer leaves it open between several ("A or B"), each has the last of the
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


Span = tuple[int, int]
Groups = list[list[Span]]  # each group shares a rank

_LIST_MARK = re.compile(
    r"^(?P<indent>[ \t>]*)(?:#{1,6}[ \t]+)?(?:\*\*|__)?"
    r"(?:(?P<number>\(?\d{1,2}[.):]\)?|#\d{1,2}[.:)]?|(?:diagnosis|dx|rank|differential)[ \t]*#?\d{1,2}[ \t]*[.:)-])"
    r"|(?P<bullet>[-*+•‣◦–—]))(?:\*\*|__)?[ \t]+(?P<item>\S.*)$",
    re.M | re.I,
)
_INLINE_MARK = re.compile(r"(?<![^\s:])\(?(\d{1,2})[.)]\s+(?=\D)")
_HEADING_OF_OTHERS = re.compile(
    r"\b(?:finding|feature|symptom|sign|evidence|reason|because|support|criteria|step|test|investigation|work-?up|"
    r"management|treatment|therapy|plan|recommend|explanation|rationale|key point|history|exam|lab|risk factor|"
    r"ruled out|excluded|unlikely|cause)\w*[^\n]*$",
    re.I,
)
_HEADING_OF_DIAGNOSES = re.compile(r"\b(?:differential|diagnos[ei]s|possibilit|likely|consider|impression|ddx)", re.I)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|shows?|suggests?|presents?|should|would|can|could|may|does|do|did|perform|"
    r"order|start|give|obtain|administer|check|the patient|he|she)\b",
    re.I,
)
_ITEM_END = re.compile(
    r"[:;.\n]|\s[-–—]+\s|\s(?:because|since|given|as (?:it|this|the|evidenced)|which|that|based on|"
    r"due to the|supported by|suggested by|with (?:its|the|his|her)|is|are|would|could|may|can|typically|presents?)\b"
    r"|,\s(?:which|but|as|given|although|though|because|since|especially|particularly)\b"
    r"|\s*\((?=[^()]*(?:likel|probab|%|possib|rank|confiden|most|least))",
    re.I,
)
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
    r"^(?P<name>[^.;:\n]{3,120}?)\s+(?:is|would be|remains|seems|appears)\s+(?:by far |clearly |probably )?"
    r"(?:the )?(?:(?:single )?most likely|likeliest|most probable|the leading|the top|the working)",
    re.I | re.M,
)
_LESSER = re.compile(
    r"\b(?:(?:the\s+)?(?:differentials?(?:\s+diagnos[ei]s)?|ddx)|other\s+(?:possible\s+|potential\s+|likely\s+|"
    r"less likely\s+)?(?:possibilit(?:y|ies)|diagnos[ei]s|considerations?|differentials?|causes|conditions)|"
    r"(?:possible |potential )?alternatives?(?:\s+diagnos[ei]s)?|less (?:likely|probable)(?:\s+(?:possibilities|"
    r"diagnos[ei]s))?|least likely|second(?:ly)?(?:\s+most likely)?|third(?:ly)?|followed by|also (?:possible|"
    r"consider)|possibilities|possible diagnoses)\b"
    r"(?:[ \t]+(?:here|in this (?:case|patient)|to consider|for this \w+|would|could|should|may|might|also))*"
    r"[ \t]*(?:includ(?:es?|ing)|consists? of|comprises?|contains?|are|is|be|by|:|,)?[ \t]*"
    r"(?:(?:that of|an?|the)\b)?[ \t]*",
    re.I,
)
_BEHIND = re.compile(r"other|less|least|alternativ|possible alt|potential alt|second|third|followed|also", re.I)
_TIED = re.compile(r"\s*(?:,\s*)?\b(?:or|versus|vs\.?|and/or)\s+", re.I)
_NEXT = re.compile(r"\s*[,;]\s*(?:and\s+|then\s+|followed by\s+|finally\s+)?|\s+(?:and|then|followed by|>)\s+", re.I)
_BRACKET = re.compile(r"\([^()]*\)")
_LEAD_IN = re.compile(
    r"^(?:(?:and|or|either|then|possibly|probably|perhaps|maybe|likely|also|it (?:is|could be|may be|might be)|this is|"
    r"the patient (?:has|likely has)|could be|a|an|the|case of|(?:first|second|third)(?:ly)?,?)\s+)+",
    re.I,
)
_TURNED_DOWN = re.compile(r"\b(?:not|no|never|neither|ruled out|excluded|unlikely|none|unclear|unknown)\b", re.I)
_CLAUSE_END = re.compile(
    r"[.;\n]|\s(?:because|since|given|based on|as (?:it|this|the|evidenced)|due to the|which|but|although|whereas|"
    r"while|rather than|with a differential|supported by|is|are|over|than)\b",
    re.I,
)
_LINE_END = re.compile(r"[.\n]")
_JSON_TOKEN = re.compile(r'"(?P<string>(?:[^"\\]|\\.)*)"(?P<colon>\s*:)?|(?P<open>[\[{])|(?P<close>[\]}])')
_JSON_KEY = re.compile(r"diagnos|differential|^dx$|^ddx$|^name$|^condition$|^disease$|most.?likely|^answer$", re.I)
_JSON_FIRST = re.compile(r"most.?likely|final|primary|leading|^diagnosis$|^answer$|^dx$", re.I)


def differential(text: str) -> Differential:
    """Return the diagnoses of an answer in their order. Linear in the text's length; never raises."""
    start, end, _ = visible_stretch(text)
    return differential_of(text, without_mark_up(text, start, end))


def differential_of(text: str, plain: Plain) -> Differential:
    """Return the same for an answer whose mark-up has been taken away already."""
    groups, committed = _json(plain.text), True
    if not groups:
        listed = _list(text, plain) or _inline_list(plain.text)
        leading = _leading(plain.text, _LEADING) or ([] if listed else _leading(plain.text, _WEAKLY_LEADING))
        lesser, behind = _lesser(plain.text)
        groups = [*leading, *listed, *lesser]
        committed = bool(leading or listed)
        if behind and not committed:
            return Differential(tuple(_candidates(text, plain, groups, taken=1)))
        if not groups:
            groups = _one_line(plain.text)
            committed = len(groups) == 1
    return Differential(tuple(_candidates(text, plain, groups)), committed and len(groups[0]) == 1)


def _candidates(text: str, plain: Plain, groups: Groups, taken: int = 0) -> Iterator[Candidate]:
    """Yield every diagnosis once, at the first place where it is named, behind the places that are `taken`."""
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


def _trimmed(text: str, low: int, high: int) -> Span | None:
    """Return a stretch without what leads in to a name and without signs around it; None where no name is left."""
    lead = _LEAD_IN.match(text[low:high])
    low += lead.end() if lead else 0
    while low < high and (text[low].isspace() or text[low] in "\"'-–—,:*[{"):
        low += 1
    while high > low and (text[high - 1].isspace() or text[high - 1] in "\"'-–—,.:;*]}!?"):
        high -= 1
    words = text[low:high].split()
    if not words or len(words) > _MOST_WORDS or _TURNED_DOWN.search(text, low, high):
        return None
    return low, high


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
            either, then = _TIED.match(text, position, high), _NEXT.match(text, position, high)
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
        name = _trimmed(text, piece_low, piece_high)
        if name and shares and groups:
            groups[-1].append(name)
        elif name:
            groups.append([name])
    return groups


def _leading(text: str, cue: re.Pattern[str]) -> Groups:
    """Return what the answer commits itself to: its last statement of a diagnosis that has such a cue."""
    stated = [(match.start(), match.end(), 0) for match in cue.finditer(text)]
    if cue is _LEADING:
        stated += [(match.start(), *match.span("name")) for match in _IS_LEADING.finditer(text)]
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
    """Return one name, or those between which a statement leaves it open; a second name behind a comma is dropped."""
    if _TIED.search(text, low, high):
        return _split(text, low, high)
    comma = re.compile(r",\s|\s\(?(?:less likely|likely|followed by)\b").search(text, low, high)
    name = _trimmed(text, low, comma.start() if comma else high)
    return [[name]] if name else []


def _lesser(text: str) -> tuple[Groups, bool]:
    """Return the names behind the first, and whether the words say that another stands before them ("less likely")."""
    found: Groups = []
    behind = False
    for match in islice(_LESSER.finditer(text), 20):
        stop = _clause_end(text, match.end(), _LINE_END if match[0].rstrip().endswith(":") else _CLAUSE_END)
        names = _split(text, match.end(), stop)
        behind = behind or (bool(names) and not found and _BEHIND.match(match[0]) is not None)
        found.extend(names)
    return found, behind


def _list(raw: str, plain: Plain) -> Groups:
    """Return the heads of the first numbered or bulleted list that is one of diagnoses."""
    start, end, _ = visible_stretch(raw)
    runs: list[list[re.Match[str]]] = []
    for match in _LIST_MARK.finditer(raw[start:end]):
        if not runs or not _goes_on(runs[-1], match):
            if runs and _is_below(runs[-1][0], match):
                continue
            runs.append([])
        runs[-1].append(match)
    for run in runs:
        if len(run) >= 2 and (groups := _heads(plain, run, start)):
            return groups
    return []


def _goes_on(run: list[re.Match[str]], match: re.Match[str]) -> bool:
    """Say whether an item belongs to the list so far: the same kind of mark, as far in, the next number."""
    first, last = run[0], run[-1]
    if bool(first["number"]) != bool(match["number"]) or len(first["indent"]) != len(match["indent"]):
        return False
    if match["number"]:
        return _number(match) == _number(last) + 1
    between = match.string[last.end() : match.start()]
    return re.search(r"^\S", between.strip("\n"), re.M) is None


def _is_below(first: re.Match[str], match: re.Match[str]) -> bool:
    """Say whether an item explains one of the list: further in, or a bullet under a number."""
    return len(match["indent"]) > len(first["indent"]) or (first["number"] is not None and match["number"] is None)


def _number(match: re.Match[str]) -> int:
    return int(re.sub(r"\D", "", match["number"]))


def _inline_list(text: str) -> Groups:
    """Return the names of a numbered list in one line: "1. Gout 2. Pseudogout"."""
    for line in re.finditer(r"[^\n]+", text):
        marks = list(_INLINE_MARK.finditer(line[0][:2000]))
        if len(marks) < 2 or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
            continue
        ends = [*(mark.start() for mark in marks[1:]), len(line[0])]
        groups = [
            group
            for mark, end in zip(marks, ends, strict=True)
            for group in _head(text, line.start() + mark.end(), line.start() + end) or []
        ]
        if len(groups) == len(marks):
            return groups
    return []


def _heads(plain: Plain, run: list[re.Match[str]], start: int) -> Groups:
    """Return the names that the items of a list begin with; none where the list is one of something else."""
    text = run[0].string
    before = text[max(0, run[0].start() - 300) : run[0].start()].rstrip().rsplit("\n", 1)[-1]
    if before and not _HEADING_OF_DIAGNOSES.search(before) and _HEADING_OF_OTHERS.search(before):
        return []
    groups: Groups = []
    for match in run:
        low = plain.plain_offset(start + match.start("item"))
        high = plain.plain_offset(start + match.end("item"))
        group = _head(plain.text, low, high)
        if group is None:
            return []
        groups.extend(group)
    return groups


def _head(text: str, low: int, high: int) -> Groups | None:
    """Return the name that an item begins with, if any; None where the item is a sentence and no name."""
    ends = _ITEM_END.search(text, low, high)
    cut = ends.start() if ends else high
    if cut - low > 120:
        return None
    name = _trimmed(text, low, cut)
    if name is None:
        return []
    return None if _VERB.search(text, *name) else _split_item(text, *name)


def _split_item(text: str, low: int, high: int) -> Groups:
    """Return the one name of a list's item; "A or B" in one item shares its rank, and nothing else splits it."""
    names = []
    position = low
    for match in _TIED.finditer(text, low, high):
        if name := _trimmed(text, position, match.start()):
            names.append(name)
        position = match.end()
    if name := _trimmed(text, position, high):
        names.append(name)
    return [names] if names else []


def _one_line(text: str) -> Groups:
    """Return the names of an answer that is nothing but names."""
    low = len(text) - len(text.lstrip())
    high = len(text.rstrip())
    ends = re.compile(r"[.;:\n]").search(text, low, high)
    stop = ends.start() if ends else high
    if stop - low > 200 or _TURNED_DOWN.search(text, low, stop):
        return []
    open_between = _TIED.search(text, low, stop) is not None
    if open_between or len(re.findall(r",\s", text[low:stop])) >= 2:
        return _split(text, low, stop)
    name = _trimmed(text, low, stop)
    return [[name]] if name else []


def _json(text: str) -> Groups:
    """Return the strings of a JSON answer that stand under a key of diagnoses, in their order."""
    opened = re.match(r"\s*(?:json\s*)?[\[{]", text, re.I)
    if not opened:
        return []
    first: Groups = []
    rest: Groups = []
    keys: list[str] = []
    key = ""
    for match in _JSON_TOKEN.finditer(text, 0, 20_000):
        if match["open"]:
            keys.append(key)
            key = key if match["open"] == "[" else ""
        elif match["close"]:
            key = keys.pop() if keys else ""
        elif match["colon"]:
            key = match["string"]
        elif (_JSON_KEY.search(key) or (not key and not any(keys))) and (name := _trimmed(text, *match.span("string"))):
            (first if _JSON_FIRST.search(key) and not rest else rest).append([name])
    return [*first, *rest]
