"""Whether a free answer names the key's diagnosis. It proposes, with its evidence; a physician confirms.

Similarity of letters alone cannot tell type 1 from type 2, so a name is proposed only where all its words are there,
close together, in the sentence that states the diagnosis, neither negated nor left open, and without a word that makes
another disease of it. Everything else is left to a person, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from doubleread.domain.score import Outcome, Score
from doubleread.scoring.choice import is_refusal
from doubleread.scoring.diagnosis_synonyms import SYNONYMS
from doubleread.scoring.diagnosis_words import (
    ABBREVIATIONS,
    CHANGING,
    CONTRASTS,
    NARROWING,
    OPPOSED_STARTS,
    american,
    singular,
)
from doubleread.scoring.option_text import folded
from doubleread.scoring.plain import Plain, sentence_bounds, visible_stretch, without_mark_up

SCORER = "diagnosis"
VERSION = "1"

_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "to",
        "and",
        "with",
        "by",
        "due",
        "from",
        "s",
        "disease",
        "syndrome",
        "disorder",
    ]
)
_STATES = re.compile(
    r"\b(?:diagnos[ei]s|diagnostic|diagnosed?|most likely|most consistent|consistent with|"
    r"suffers? from|answer|impression|condition|"
    r"points? to|indicates?|suggests?|Diagnose|diagn[oó]stico)\b",
    re.I,
)
_DENIED_BEFORE = re.compile(
    r"\b(?:not|no|never|nor|neither|rules? out|ruled out|ruling out|exclud\w+|without|unlike|"
    r"rather than|instead of|less likely|unlikely|"
    r"denies|no evidence of|absence of|against|differential\w*|mimic\w*|considered|distinguish\w*|"
    r"isn't|wasn't|cannot be)\b[^.;:]{0,60}$",
    re.I,
)
_DENIED_AFTER = re.compile(
    r"^[^.;,]{0,40}\b(?:unlikely|less likely|ruled out|excluded|not|isn't|wasn't|improbable|"
    r"considered|was thought|negative)\b",
    re.I,
)
_OPEN = re.compile(r"\b(?:or|versus|vs|and/or|either)\b|/", re.I)


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Match:
    name: str
    first: int
    last: int
    quality: float


def normal_words(text: str) -> list[str]:
    """Return the words of a name: no case, accents, British spelling, plurals or punctuation."""
    return [token.word for token in _tokens(text)]


def _tokens(text: str) -> list[_Token]:
    return [_Token(singular(american(folded(match[0]))), match.start(), match.end()) for match in _WORD.finditer(text)]


def _names(key: str, accept: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield every accepted name with its words; a bracket in a name is read without it, and on its own as a name."""
    for name in (key, *accept):
        variants = [*synonyms(name), re.sub(r"\([^()]*\)", " ", name), *re.findall(r"\(([^()]{3,})\)", name)]
        for variant in variants:
            words = normal_words(variant)
            if words:
                yield name, words
                joined = " ".join(words)
                if joined in ABBREVIATIONS:
                    yield name, ABBREVIATIONS[joined].split()
                for short, long in ABBREVIATIONS.items():
                    if joined == " ".join(normal_words(long)):
                        yield name, [short]


def synonyms(name: str) -> list[str]:
    """Return the other names of a disease from the shipped list."""
    words = tuple(normal_words(name))
    return [
        other for group in _synonyms_by_words().get(words, ()) for other in group if tuple(normal_words(other)) != words
    ]


@lru_cache(maxsize=1)
def _synonyms_by_words() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in SYNONYMS:
        for words in {tuple(normal_words(name)) for name in group}:
            found.setdefault(words, []).append(group)
    return found


def _telling(words: Iterable[str]) -> list[str]:
    kept = [word for word in words if word not in _STOP]
    return kept or list(words)


def propose_diagnosis(text: str, key: str, accept: Iterable[str] = (), finish_reason: str = "stop") -> Score:
    """Return outcome "proposed" where the answer states an accepted name as its diagnosis, and otherwise why not.

    The evidence: `chosen` is the answer's own words, `start` and `end` their code-point offsets in `text`, and
    `confidence` is 1 for a name word for word and less for other word order, misspelling or added words. Other
    outcomes: "refused", "truncated", "unparsed" with the reason. Never says correct or wrong. Linear in the
    text's length; never raises.
    """
    start, end, open_thought = visible_stretch(text)
    plain = without_mark_up(text, start, end)
    cut_off = open_thought or finish_reason == "length"
    if not plain.text.strip():
        return _without("truncated" if cut_off else "unparsed", "truncated" if cut_off else "empty")
    names = list(_names(key, accept))
    reason = "no accepted name found"
    for low, high in _regions(plain.text):
        tokens = _tokens(plain.text[low:high])
        for name, words in names:
            match = _find(tokens, words)
            if match is None:
                continue
            found = _Match(name, match[0], match[1], match[2])
            objection = _objection(plain.text[low:high], tokens, words, found)
            if objection:
                reason = objection
                continue
            return _proposed(text, plain, low, tokens, found, words)
    if reason == "no accepted name found":
        if is_refusal(plain.text):
            return _without("refused", "refused")
        if cut_off:
            return _without("truncated", "truncated")
    return _without("unparsed", reason)


def _without(outcome: Outcome, reason: str) -> Score:
    return Score(SCORER, VERSION, outcome, None, reason)


def _proposed(text: str, plain: Plain, low: int, tokens: list[_Token], found: _Match, words: list[str]) -> Score:
    start, end = plain.raw_span(low + tokens[found.first].start, low + tokens[found.last].end)
    extra = found.last - found.first + 1 - len(words)
    confidence = round(max(0.5, found.quality - 0.05 * max(extra, 0)), 2)
    how = "word for word" if found.quality == 1.0 and extra <= 0 else "in other words or order"
    return Score(SCORER, VERSION, "proposed", text[start:end], f'names "{found.name}" {how}', start, end, confidence)


def _regions(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences that state a diagnosis, the first one always among them; at most sixteen of each end."""
    starts = sentence_bounds(text)
    spans = [(low, high) for low, high in pairwise(starts) if text[low:high].strip()]
    stating = [span for span in spans if _STATES.search(text, *span)]
    seen = set()
    for low, high in (*spans[:1], *stating[:16], *stating[-16:]):
        if low not in seen:
            seen.add(low)
            yield low, min(high, low + 1000)


def _find(tokens: list[_Token], words: list[str]) -> tuple[int, int, float] | None:
    """Return (first, last, quality) of the closest place where all telling words of a name stand together."""
    here = [token.word for token in tokens]
    for index in range(len(here) - len(words) + 1):
        if here[index : index + len(words)] == words:
            return index, index + len(words) - 1, 1.0
    wanted = _telling(words)
    reach = len(words) + 2
    if len("".join(wanted)) < 4:
        return None
    best: tuple[int, int, float] | None = None
    for index in range(len(here)):
        window = here[index : index + reach]
        places, quality = [], 0.95
        for word in wanted:
            exact = [place for place, other in enumerate(window) if other == word]
            near = exact or [place for place, other in enumerate(window) if _misspelt(word, other)]
            if not near:
                break
            places.append(near[0])
            quality -= 0.0 if exact else 0.1
        else:
            if len(set(places)) == len(places) and 0 in places and (best is None or quality > best[2]):
                best = index + min(places), index + max(places), quality
    return best


def _misspelt(word: str, other: str) -> bool:
    if min(len(word), len(other)) < 6 or word[0] != other[0]:
        return False
    for one, two in OPPOSED_STARTS:
        if (word.startswith(one) and other.startswith(two)) or (word.startswith(two) and other.startswith(one)):
            return False
    allowed = 1 if len(word) < 9 else 2
    return DamerauLevenshtein.distance(word, other, score_cutoff=allowed) <= allowed


def _objection(sentence: str, tokens: list[_Token], words: list[str], found: _Match) -> str:
    """Return why a name that stands there is not what the answer says, or an empty string."""
    before = sentence[: tokens[found.first].start]
    after = sentence[tokens[found.last].end :]
    clause = re.split(r"[;:]|\bbut\b|, (?=not )", before)[-1]
    if _DENIED_BEFORE.search(clause) or _DENIED_AFTER.search(
        re.split(r"\bnot only\b|\bbut\b|\bbecause\b|\brather\b", after)[0]
    ):
        return "the name is negated or turned down"
    phrase_start = max((before.rfind(sign) for sign in ",.;:()"), default=-1)
    phrase_end = tokens[found.last].end + len(re.split(r"[,.;:()]", after)[0])
    around = [
        token.word
        for token in tokens[max(0, found.first - 3) : found.last + 4]
        if token.start >= phrase_start and token.end <= phrase_end
    ]
    if _contrasts(words, around):
        return "a word beside the name makes it another disease"
    previous = tokens[found.first - 1].word if found.first else ""
    if previous in CHANGING and previous not in words:
        return "a word before the name makes it another disease"
    near = sentence[max(0, tokens[found.first].start - 80) : tokens[found.last].end + 60]
    if _OPEN.search(near) and not _OPEN.search(sentence[tokens[found.first].start : tokens[found.last].end]):
        return "the answer leaves it open between diagnoses"
    if previous in ("and", "with") and len(_telling(token.word for token in tokens[: found.first])) > 0:
        return "the name stands behind another diagnosis"
    return ""


def _contrasts(words: list[str], around: list[str]) -> bool:
    own, theirs = f" {' '.join(words)} ", f" {' '.join(around)} "
    for group in CONTRASTS:
        mine = {member for member in group if f" {member} " in own}
        other = {member for member in group if f" {member} " in theirs} - mine
        other = {member for member in other if not any(member in wider for wider in mine)}
        if other & (other if mine else NARROWING):
            return True
    return False
