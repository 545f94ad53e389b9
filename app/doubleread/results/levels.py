"""How readers rate their readings on ordinal scales."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.read_model.cases import AnsweredCase
from doubleread.statistics import Estimate, Undefined, bootstrap_cases


@dataclass(frozen=True, slots=True)
class LevelResults:
    """Levels of committed readings on one ordinal scale. Repeat readings are left out.

    `readings` counts readings by level. The interval of `mean` resamples cases, so that the readings of a case stay
    together.
    """

    readings: Mapping[int, int]
    mean: Estimate | Undefined

    @property
    def stated(self) -> int:
        """The number of readings with a level."""
        return sum(self.readings.values())


def level_results(scale: OrdinalScale, cases: Sequence[AnsweredCase]) -> LevelResults:
    """Count and average the levels that readers stated."""
    given = [list(levels.values()) for case in cases if (levels := case.levels.get(scale.name))]
    counts = Counter(value for values in given for value in values)
    readings = {value: counts[value] for value in scale.levels}
    if not given:
        return LevelResults(readings, Undefined(f"no reader stated a {scale.name}"))
    sums = [[float(sum(values)), float(len(values))] for values in given]
    return LevelResults(readings, bootstrap_cases(sums, {"mean": lambda totals: totals[0] / totals[1]})["mean"])
