"""A score: a scorer's result for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

LETTER_LIKELIHOOD = "letter-likelihood"
TEXT_LIKELIHOOD = "text-likelihood"
CONSTRAINED_LETTER = "constrained-letter"
CONCEPTS = "concepts"
BERTSCORE = "bertscore"
MEASURING_SCORERS = (CONCEPTS, BERTSCORE)
"""Alternative scorers that read the answer with a file of the user's: a list of concepts, or a language model."""

ALTERNATIVE_SCORERS = (LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, CONSTRAINED_LETTER, *MEASURING_SCORERS)
"""Scorers beside the primary one; the others query the model again. They never replace the primary score."""

Outcome = Literal["correct", "incorrect", "unparsed", "refused", "truncated", "proposed", "measured"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of the answer, as code-point offsets, and what the scorer read there.

    `matches` says whether the key has it; None if it does not count.
    """

    start: int
    end: int
    value: str
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome with its evidence: what was chosen, why, and the span of the answer behind it.

    `chosen` is an option's letter, a label, the diagnosis as the answer words it, or its codes; None if none was found.
    `reason` says briefly how the scorer decided. `start` and `end` are code-point offsets into the answer, or None.
    `confidence` is between 0 and 1, or None if the scorer gives none. "proposed" waits for a reader to confirm it.
    `rank` is the rank of the key's diagnosis among those that a free answer names, 1 the likeliest, whatever the
    outcome; None if it is not named, or where the case has options. `measures` are by the names of `metrics.METRICS`;
    with the outcome "measured" they are all that the score says. `evidence` are the spans behind them, in the order of
    the text.
    """

    scorer: str
    version: str
    outcome: Outcome
    chosen: str | None
    reason: str
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    rank: int | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def within(self, places: int) -> bool:
        """Return whether the key's diagnosis is among the first `places` of the answer: top-1, top-3, top-5."""
        return self.rank is not None and self.rank <= places


def is_primary(score: Score) -> bool:
    """Return whether a score is primary: read from the answer itself, and counted in all results."""
    return score.scorer not in ALTERNATIVE_SCORERS


def put_in_place(old: Iterable[Score], new: Iterable[Score]) -> list[Score]:
    """Return an answer's scores with new ones in place of those of the same kind, the primary ones first.

    Scores that were read from the answer itself are of one kind; each alternative scorer is a kind of its own.
    """
    made = list(new)
    kinds = {_kind(score) for score in made}
    return sorted([*(score for score in old if _kind(score) not in kinds), *made], key=_kind)


def _kind(score: Score) -> int:
    return -1 if is_primary(score) else ALTERNATIVE_SCORERS.index(score.scorer)
