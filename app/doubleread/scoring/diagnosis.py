"""Whether a free answer names the key's diagnosis, and at which place. It proposes; a physician confirms.

Similarity of letters alone cannot tell type 1 from type 2, so a name is proposed only where all its words are there,
close together, in the sentence that states the diagnosis, neither negated nor left open, and without a word that makes
another disease of it. Everything else is left to a person, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from doubleread.domain.score import Outcome, Score
from doubleread.scoring.diagnosis_match import OPEN, Place, find, objection
from doubleread.scoring.diagnosis_names import Name, names_of, tokens_to_compare
from doubleread.scoring.diagnosis_words import Token
from doubleread.scoring.differential import Candidate, Differential, differential_of
from doubleread.scoring.plain import Plain, sentence_bounds, sentence_of, visible_stretch, without_mark_up
from doubleread.scoring.refusals import is_refusal

SCORER = "diagnosis"
VERSION = "2"

NOT_FOUND = "no accepted name found"
_STATES = re.compile(
    r"\b(?:diagnos[ei]s|diagnostic|diagnosed?|most likely|most consistent|consistent with|"
    r"suffers? from|answer|impression|condition|"
    r"points? to|indicates?|suggests?|Diagnose|diagn[oó]stico)\b",
    re.I,
)
_PLACES = ("first", "second", "third", "fourth", "fifth")
_MOST_COMPARED = 20
_FEW_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in the answer: its raw span, how well it fits, and at which place of the differential it stands."""

    name: Name
    start: int
    end: int
    confidence: float
    how: str


def propose_diagnosis(text: str, key: str, accept: Iterable[str] = (), finish_reason: str = "stop") -> Score:
    """Return outcome "proposed" where the answer puts an accepted name first, and otherwise why not.

    The evidence: `chosen` is the answer's own words, `start` and `end` their code-point offsets in `text`, and
    `confidence` is 1 for a name word for word and less for a synonym, other word order, misspelling or added words.
    `rank` is the place of the name in the answer's differential. A name at a later place, or one of several between
    which the answer does not choose, is "unparsed" with its evidence and rank: it stands in the differential, but is
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

    A first sentence that tells the case over again states nothing where a later one does.
    """
    reason = NOT_FOUND
    for low, high in _regions(plain.text):
        sentence = plain.text[low:high]
        tokens = tokens_to_compare(sentence, names)
        for name in names:
            place = find(tokens, name)
            if place is None:
                continue
            against = objection(sentence, tokens, place, names)
            if not against and _tells_the_case(plain, (low, high), ranked):
                against = "named in the case, not as the diagnosis"
            if not against:
                return _found(plain, low, tokens, place), ""
            reason = against
    return None, reason


def _tells_the_case(plain: Plain, region: tuple[int, int], ranked: Differential) -> bool:
    sentence = plain.text[slice(*region)]
    if _STATES.search(sentence) or len(sentence.split()) <= _FEW_WORDS or not ranked.committed:
        return False
    return not region[0] <= plain.plain_offset(ranked.candidates[0].start) < region[1]


def _listed(plain: Plain, ranked: Differential, names: Sequence[Name]) -> tuple[Candidate, _Found] | None:
    """Return the likeliest candidate that is an accepted name and is not turned down where it stands."""
    bounds = sentence_bounds(plain.text)
    for candidate in ranked.candidates[:_MOST_COMPARED]:
        here = plain.plain_offset(candidate.start)
        low, high = sentence_of(bounds, here)
        low, high = max(low, here - 500), min(high, here + 500)
        sentence = plain.text[low:high]
        tokens = tokens_to_compare(sentence, names)
        reach = here - low, here - low + (candidate.end - candidate.start)
        inside = [token for token in tokens if reach[0] <= token.start and token.end <= reach[1]]
        first = next((index for index, token in enumerate(tokens) if token.start >= reach[0]), 0)
        for name in names:
            place = find(inside, name)
            if place is None:
                continue
            moved = Place(name, place.first + first, place.last + first, place.quality)
            if not objection(sentence, tokens, moved, names, listed=True):
                return candidate, _found(plain, low, tokens, moved)
    return None


def _found(plain: Plain, low: int, tokens: Sequence[Token], place: Place) -> _Found:
    start, end = plain.raw_span(low + tokens[place.first].start, low + tokens[place.last].end)
    extra = place.last - place.first + 1 - len(place.name.words)
    confidence = place.quality - 0.05 * max(extra, 0) - (0.05 if place.name.listed else 0.0)
    if place.name.listed:
        how = "by a listed synonym or abbreviation"
    else:
        how = "word for word" if place.quality == 1.0 else "in other words or order"
    return _Found(place.name, start, end, round(max(0.5, confidence), 2), how)


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
