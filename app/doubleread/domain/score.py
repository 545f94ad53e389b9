"""A score: a scorer's result for an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LETTER_LIKELIHOOD = "letter-likelihood"
TEXT_LIKELIHOOD = "text-likelihood"
CONSTRAINED_LETTER = "constrained-letter"
ALTERNATIVE_SCORERS = (LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, CONSTRAINED_LETTER)
"""Scorers that query the model again instead of reading its answer; they never replace the primary score."""

Outcome = Literal["correct", "incorrect", "unparsed", "refused", "truncated", "proposed"]


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome with its evidence: what was chosen, why, and the stretch of the answer that was relied on.

    `chosen` is an option's letter, or the diagnosis as the answer words it; None where none was found. `reason` says in
    a few words how the scorer decided. `start` and `end` are code-point offsets into the answer, or None.
    `confidence` lies between 0 and 1, or is None where the scorer does not grade itself. "proposed" waits for a reader
    to confirm it. `rank` is the place at which a free answer names the key's diagnosis among its diagnoses, 1 the
    likeliest, whatever the outcome; None where it does not name it, or where the case has options.
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

    def within(self, places: int) -> bool:
        """Say whether the key's diagnosis is among the first `places` that the answer names: top-1, top-3, top-5."""
        return self.rank is not None and self.rank <= places


def is_main(score: Score) -> bool:
    """Say whether a score was read from the answer itself, and hence is what all figures count."""
    return score.scorer not in ALTERNATIVE_SCORERS


def put_in_place(old: Iterable[Score], new: Iterable[Score]) -> list[Score]:
    """Return an answer's scores after new ones have come: each in the place of those of its kind, the main ones first.

    Whatever was read from the answer itself is of one kind; each alternative scorer is a kind of its own.
    """
    made = list(new)
    kinds = {_kind(score) for score in made}
    return sorted([*(score for score in old if _kind(score) not in kinds), *made], key=_kind)


def _kind(score: Score) -> int:
    return -1 if is_main(score) else ALTERNATIVE_SCORERS.index(score.scorer)
