"""How certain readers are of their readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.reading import CONFIDENCES
from doubleread.read_model.cases import AnsweredCase
from doubleread.statistics import Estimate, Undefined, bootstrap_cases


@dataclass(frozen=True, slots=True)
class ConfidenceResults:
    """Stated confidences of committed readings, from 1 to 5. Repeat readings are left out.

    `readings` counts readings by confidence. The interval of `mean` resamples cases, so that the readings of a case
    stay together.
    """

    readings: Mapping[int, int]
    mean: Estimate | Undefined

    @property
    def stated(self) -> int:
        """The number of readings with a confidence."""
        return sum(self.readings.values())


def confidence_results(cases: Sequence[AnsweredCase]) -> ConfidenceResults:
    """Count and average the confidences that readers stated."""
    given = [list(case.confidences.values()) for case in cases if case.confidences]
    counts = Counter(value for values in given for value in values)
    readings = {value: counts[value] for value in CONFIDENCES}
    if not given:
        return ConfidenceResults(readings, Undefined("no reader stated a confidence"))
    sums = [[float(sum(values)), float(len(values))] for values in given]
    return ConfidenceResults(readings, bootstrap_cases(sums, {"mean": lambda totals: totals[0] / totals[1]})["mean"])
