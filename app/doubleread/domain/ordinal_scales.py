"""The ordinal scales on which readers rate a reading as a whole, such as how certain they are of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrdinalScale:
    """Five named levels in ascending order, numbered from 1: bars and their legends tell as many apart.

    `name` is also that of the protocol's setting, the column of `readings` and of its export, the action and the row of
    the reading screen, and the section of the results. `noun` is the name with its object, `key` the key that asks
    `question`.
    """

    name: str
    noun: str
    key: str
    question: str
    levels: Mapping[int, str]

    @property
    def range(self) -> str:
        """Its ends in words: "from 1 (very unsure) to 5 (certain)"."""
        least, most = min(self.levels), max(self.levels)
        return f"from {least} ({self.levels[least]}) to {most} ({self.levels[most]})"


CONFIDENCE = OrdinalScale(
    name="confidence",
    noun="confidence in this reading",
    key="i",
    question="How certain are you of this reading?",
    levels={1: "very unsure", 2: "unsure", 3: "fairly sure", 4: "sure", 5: "certain"},
)

SCALES: tuple[OrdinalScale, ...] = (CONFIDENCE,)
"""Every scale. The protocol says which of them a study uses."""
