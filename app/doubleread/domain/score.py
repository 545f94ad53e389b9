"""What a scorer says of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["correct", "wrong", "unparsed", "refused", "truncated", "proposed"]


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome with its evidence: what was chosen, why, and the stretch of the answer that was relied on.

    `chosen` is an option's letter, or the diagnosis as the answer words it; None where none was found. `reason` says in
    a few words how the scorer came to it. `start` and `end` are code-point offsets into the answer, or None.
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
