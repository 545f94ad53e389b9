"""Whether a free answer names the key's diagnosis, and at which place. It proposes; a physician confirms.

Similarity of letters alone cannot tell type 1 from type 2, so a name is proposed only if all its words are there,
close together, in the sentence that states the diagnosis, neither negated nor left open, and without a word that makes
another disease of it. Everything else is left to a person, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from doubleread.domain.score import Outcome, Score
from doubleread.scoring.diagnosis_context import NEGATED, OPEN, TURNED_DOWN, objection
from doubleread.scoring.diagnosis_match import Place, find
from doubleread.scoring.diagnosis_names import Name, names_of, tokens_to_compare
from doubleread.scoring.diagnosis_words import Token
from doubleread.scoring.differential import Candidate, Differential, differential_of, places_of
from doubleread.scoring.plain import Plain, sentence_bounds, sentence_of, visible_stretch, without_mark_up
from doubleread.scoring.refusals import is_refusal

SCORER = "diagnosis"
VERSION = "3"

NOT_FOUND = "no accepted name found"
_STATES = re.compile(
    r"\b(?:diagnos[ei]s|diagnostic|diagnosed?|most likely|most consistent|consistent with|"
    r"suffers? from|answer|impression|condition|"
    r"points? to|indicates?|suggests?|Diagnose|diagn[oó]stico)\b",
    re.I,
)
# What the phrases of `_STATES` begin with, in lower case.
_STATING_STEMS = (
    *("diagn", "most likely", "most consistent", "consistent with", "suffer", "answer", "impression", "condition"),
    *("point", "indicate", "suggest"),
)
# What a sentence must have in it to deny a name.
_DENIES = re.compile(
    r"n't\b|\b(?:not?|never|cannot|neither|nor|rul\w+ out|exclu\w+|unlikely|reject\w*|wrong|incorrect|improbable|"
    r"without|instead|rather|against|refut\w+|dismiss\w*|absen\w+|less likely)\b",
    re.I,
)
_bounds = lru_cache(maxsize=4)(sentence_bounds)
_PLACES = ("first", "second", "third", "fourth", "fifth")
_MOST_COMPARED = 20
_FEW_WORDS = 4
_NEVER_CERTAIN = 0.02
_MOST_REREAD = 8
_NAMED_AS_DIAGNOSIS = re.compile(r"\b(?:diagnos[ei]s|dx|impression|answer)\b", re.I)
# What may follow "the diagnosis is" without being a name.
_NO_NAME = re.compile(
    r"(?:\w+ly\s+)?(?:confirmed|made|supported|based|clinical|established|further|also|often|important|key|crucial|"
    r"difficult|consistent|because|due|through|by|to|that|strengthened|reinforced|suggested|given|correct|certain|"
    r"this|the above|as above|clear|straightforward|likely|in|on|one|treated|treatment)\b",
    re.I,
)
_NOT_EXCLUDED = re.compile(r"(?:\b(?:not|never|cannot)|n't)\s+(?:\w+\s+)?(?:exclude|rule)", re.I)


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in the answer: its raw span, how well it fits, and its place in the differential."""

    name: Name
    start: int
    end: int
    confidence: float
    how: str


def propose_diagnosis(text: str, key: str, accept: Iterable[str] = (), finish_reason: str = "stop") -> Score:
    """Return outcome "proposed" where the answer puts an accepted name first, and otherwise why not.

    The evidence: `chosen` is the answer's own words, `start` and `end` their code-point offsets in `text`, and
    `confidence` is 0.98 for a name word for word and less for a synonym, other word order, misspelling or added words;
    `benchmarks/diagnoses.py` prints the proportion right by confidence.
    `rank` is the place of the name in the answer's differential. A name at a later place, or one of several between
    which the answer does not choose, is "unparsed" with its evidence and rank: it is in the differential, but is
    not the answer's diagnosis. Other outcomes: "refused", "truncated", "unparsed" with the reason. Never says correct
    or wrong. Linear in the text's length; never raises.
    """
    start, end, open_thought = visible_stretch(text)
    plain = without_mark_up(text, start, end)
    cut_off = open_thought or finish_reason == "length"
    if not plain.text.strip():
        return _without("truncated" if cut_off else "unparsed", "truncated" if cut_off else "empty")
    names = names_of(key, tuple(accept))
    ranked = differential_of(text, plain)
    stated, reason = _stated(plain, names, ranked)
    listed = _listed(plain, ranked, names)
    if listed is not None and (listed[0].rank > 1 or not ranked.committed):
        candidate, found = listed
        if len(ranked.candidates) > 1 or candidate.rank > 1:
            return _in_the_list(text, candidate, found, ranked)
    if stated is not None and (against := _taken_back(plain, names, stated, ranked)):
        return _without("unparsed", against)
    if stated is None and listed is not None and reason in (NOT_FOUND, OPEN):
        stated = listed[1]
    if stated is not None:
        return _score("proposed", text, stated, f'names "{stated.name.accepted}" {stated.how}', 1)
    if reason == NOT_FOUND:
        if is_refusal(plain.text):
            return _without("refused", "refused")
        if cut_off:
            return _without("truncated", "truncated")
    return _without("unparsed", reason)


def _without(outcome: Outcome, reason: str) -> Score:
    return Score(SCORER, VERSION, outcome, None, reason)


def _score(outcome: Outcome, text: str, found: _Found, reason: str, rank: int) -> Score:
    chosen = text[found.start : found.end]
    return Score(SCORER, VERSION, outcome, chosen, reason, found.start, found.end, found.confidence, rank)


def _in_the_list(text: str, candidate: Candidate, found: _Found, ranked: Differential) -> Score:
    """Return the score of a name that the answer gives, but not as its one diagnosis."""
    together = [other for other in ranked.candidates if other.rank == candidate.rank]
    if len(together) > 1:
        reason = OPEN
    elif candidate.rank == 1:
        reason = "named first in a differential that does not say which is likeliest"
    else:
        place = _PLACES[candidate.rank - 1] if candidate.rank <= len(_PLACES) else f"at place {candidate.rank}"
        reason = f"named {place} in the differential, not as the likeliest"
    return _score("unparsed", text, found, reason, candidate.rank)


def _stated(plain: Plain, names: Sequence[Name], ranked: Differential) -> tuple[_Found | None, str]:
    """Return the first name that a sentence states as the diagnosis, or None and the reason.

    A first sentence that repeats the case states nothing if a later one does.
    """
    reason = NOT_FOUND
    for low, high in _regions(plain.text):
        sentence = plain.text[low:high]
        tokens = tokens_to_compare(sentence, names)
        for place in _places(tokens, names):
            against = objection(sentence, tokens, place, names)
            if not against and _tells_the_case(plain, (low, high), ranked):
                against = "named in the case, not as the diagnosis"
            if not against:
                return _found(plain, low, tokens, place), ""
            reason = against
    return None, reason


def _taken_back(plain: Plain, names: Sequence[Name], stated: _Found, ranked: Differential) -> str:
    """Return an objection if the answer later denies the name, or ends with another diagnosis."""
    bounds = _bounds(plain.text)
    here = plain.plain_offset(stated.start)
    behind = sentence_of(bounds, here)[1]
    first = ranked.candidates[0] if ranked.committed and ranked.candidates else None
    if first and plain.plain_offset(first.start) >= behind:
        low, high = sentence_of(bounds, plain.plain_offset(first.start))
        tokens = tokens_to_compare(plain.text[low:high], names)
        another = _NAMED_AS_DIAGNOSIS.search(plain.text, low, high) and not _NO_NAME.match(first.text)
        if another and not any(find(tokens, name) for name in names):
            return TURNED_DOWN
    later = [span for span in pairwise(bounds) if span[0] >= behind][:_MOST_REREAD]
    for low, high in later:
        sentence = plain.text[low : min(high, low + 1000)]
        if not _DENIES.search(sentence):
            continue
        tokens = tokens_to_compare(sentence, names)
        for name in names:
            place = find(tokens, name)
            if place and not _NOT_EXCLUDED.search(sentence) and objection(sentence, tokens, place, names) == NEGATED:
                return "the answer states the name and denies it"
    return ""


def _places(tokens: Sequence[Token], names: Sequence[Name]) -> list[Place]:
    """Return the places of names, without those inside a longer name, to which a statement about it belongs."""
    found = [place for name in names if (place := find(tokens, name))]
    return [
        place
        for place in found
        if not any(
            other.first <= place.first
            and place.last <= other.last
            and other.last - other.first > place.last - place.first
            for other in found
            if other.quality == 1.0
        )
    ]


def _tells_the_case(plain: Plain, region: tuple[int, int], ranked: Differential) -> bool:
    sentence = plain.text[slice(*region)]
    if _STATES.search(sentence) or len(sentence.split()) <= _FEW_WORDS or not ranked.committed:
        return False
    return not any(region[0] <= plain.plain_offset(first.start) < region[1] for first in ranked.candidates[:1])


def _listed(plain: Plain, ranked: Differential, names: Sequence[Name]) -> tuple[Candidate, _Found] | None:
    """Return the likeliest candidate that is an accepted name and is not rejected there."""
    bounds = _bounds(plain.text)
    for candidate in ranked.candidates[:_MOST_COMPARED]:
        here = plain.plain_offset(candidate.start)
        alone = tokens_to_compare(plain.text[here : here + (candidate.end - candidate.start)], names)
        if not any(find(alone, name) for name in names) or _joined_by_a_slash(candidate.text, names):
            continue
        low, high = sentence_of(bounds, here)
        low, high = max(low, here - 500), min(high, here + 500)
        sentence = plain.text[low:high]
        tokens = tokens_to_compare(sentence, names)
        reach = here - low, here - low + (candidate.end - candidate.start)
        inside = [token for token in tokens if reach[0] <= token.start and token.end <= reach[1]]
        first = next((index for index, token in enumerate(tokens) if token.start >= reach[0]), 0)
        for place in _places(inside, names):
            moved = Place(place.name, place.first + first, place.last + first, place.quality)
            if not objection(sentence, tokens, moved, names, listed=True):
                return candidate, _found(plain, low, tokens, moved)
    return None


def _joined_by_a_slash(text: str, names: Sequence[Name]) -> bool:
    """Return whether a candidate is two names of which one is another diagnosis: gout/pseudogout."""
    parts = re.split(r"(?<!\d)/|/(?!\d)", text)
    named = [any(find(tokens_to_compare(part, names), name) for name in names) for part in parts]
    return not all(named)


def _found(plain: Plain, low: int, tokens: Sequence[Token], place: Place) -> _Found:
    start, end = plain.raw_span(low + tokens[place.first].start, low + tokens[place.last].end)
    extra = place.last - place.first + 1 - len(place.name.words)
    confidence = place.quality - 0.05 * max(extra, 0) - (0.03 if place.name.listed else 0.0) - _NEVER_CERTAIN
    if place.name.listed:
        how = "by a listed synonym or abbreviation"
    else:
        how = "word for word" if place.quality == 1.0 else "in other words or order"
    return _Found(place.name, start, end, round(max(0.5, confidence), 2), how)


def _regions(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences that state a diagnosis, the first one always among them; at most sixteen of each end."""
    starts = _bounds(text)
    first = next(((low, high) for low, high in pairwise(starts) if text[low:high].strip()), None)
    low_text = text.lower()
    stems = (
        (place for stem in _STATING_STEMS for place in places_of(low_text, stem)) if len(low_text) == len(text) else ()
    )
    stating = sorted({sentence_of(starts, place) for place in stems if _STATES.match(text, place)})
    seen = set()
    for low, high in (*([first] if first else []), *stating[:16], *stating[-16:]):
        if low not in seen:
            seen.add(low)
            yield low, min(high, low + 1000)
