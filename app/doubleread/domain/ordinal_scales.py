"""The ordinal scales on which readers rate a reading as a whole, such as how certain they are of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrdinalScale:
    """Two to five named levels in ascending order, numbered from 1. Bars cannot tell more of them apart.

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
    def highest(self) -> int:
        """The number of its highest level."""
        return max(self.levels)

    @property
    def ends(self) -> str:
        """Its ends in words: "from 1 (very unsure) to 5 (certain)"."""
        return f"from 1 ({self.levels[1]}) to {self.highest} ({self.levels[self.highest]})"


CONFIDENCE = OrdinalScale(
    name="confidence",
    noun="confidence in this reading",
    key="i",
    question="How certain are you of this reading?",
    levels={1: "very unsure", 2: "unsure", 3: "fairly sure", 4: "sure", 5: "certain"},
)

SCALES: tuple[OrdinalScale, ...] = (CONFIDENCE,)
"""Every scale. The protocol says which of them a study uses."""
