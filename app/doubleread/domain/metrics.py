"""The measures of answers that are neither correct nor incorrect, and how they are aggregated over cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.case import CaseKind
from doubleread.domain.rubric import LENGTH_ADJUSTED, RUBRIC

Aggregate = Literal["mean", "clipped mean"]
Variant = Literal["", "clue"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure of one answer.

    `name` is its key in `Score.measures`. `aggregate` says how it becomes the estimate of an arm: the mean over cases,
    or that mean clipped to 0 and 1. `lowest` and `highest` are its bounds, None if it has none. A `headline` metric
    represents its kind in comparisons of studies. `higher_is_better` is None where neither is.

    Metrics of the variant "clue" repeat the published scoring of the CLUE benchmark (github TIO-IKIM/CLUE) with its
    defects, so that published figures can stand beside them. Their mean counts the first case twice, as that code does.
    """

    name: str
    label: str
    kind: CaseKind
    about: str
    aggregate: Aggregate = "mean"
    variant: Variant = ""
    lowest: float | None = 0.0
    highest: float | None = 1.0
    headline: bool = False
    higher_is_better: bool | None = True


def _named(metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    return {metric.name: metric for metric in metrics}


_INFERENCE: tuple[Metric, ...] = ()
_SUMMARY: tuple[Metric, ...] = ()
_CODING: tuple[Metric, ...] = ()
_EXTRACTION: tuple[Metric, ...] = ()
_RUBRIC: tuple[Metric, ...] = (
    Metric(
        RUBRIC,
        "rubric score",
        "rubric",
        "Points of the criteria that readers judge to be met, negative ones included, as a proportion of the sum of"
        " positive points, as HealthBench computes it: the mean over readers for an answer, which can be negative; the"
        " mean over cases is clipped to 0 and 1. A criterion of which a reader cannot tell counts as not met.",
        aggregate="clipped mean",
        lowest=None,
        headline=True,
    ),
    Metric(
        LENGTH_ADJUSTED,
        "rubric score, length-adjusted",
        "rubric",
        "The rubric score minus 0.0147 for every 500 characters by which the answer exceeds 2,000, as HealthBench"
        " Professional adjusts it; shorter answers gain. Not clipped.",
        lowest=None,
        highest=None,
    ),
)

METRICS: Mapping[str, Metric] = _named((*_INFERENCE, *_SUMMARY, *_CODING, *_EXTRACTION, *_RUBRIC))
"""All metrics by name, in the order in which they are shown."""
