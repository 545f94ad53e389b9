"""The measures of answers that are neither correct nor incorrect, and how they are aggregated over cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.case import CaseKind
from doubleread.domain.longhealth import TASKS, clue_measure

Aggregate = Literal["mean", "clipped mean"]
Variant = Literal["", "clue"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure of one answer.

    `name` is its key in `Score.measures`. `aggregate` says how it becomes the estimate of an arm: the mean over cases,
    or that mean clipped to 0 and 1. `lowest` and `highest` are its bounds, None if it has none. A `headline` metric
    represents its kind in comparisons of studies. `higher_is_better` is None where neither is.

    Metrics of the variant "clue" repeat the published scoring of the CLUE benchmark (github TIO-IKIM/CLUE) with its
    defects, so that published figures can stand beside them. Their mean counts the first case twice, as that code does,
    except where it `counts_once`.
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
    counts_once: bool = False


def _named(metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    return {metric.name: metric for metric in metrics}


_CHOICE = tuple(
    Metric(
        clue_measure(task),
        f"LongHealth task {task}, accuracy",
        "choice",
        '1 if the first "The correct answer is X:" of the answer names the key, which is the first option that contains'
        f" the correct text{'; any other answer counts as a hallucination' if task == 3 else ''}",
        variant="clue",
        counts_once=True,
    )
    for task in TASKS
)
_INFERENCE: tuple[Metric, ...] = ()
_SUMMARY: tuple[Metric, ...] = ()
_CODING: tuple[Metric, ...] = ()
_EXTRACTION: tuple[Metric, ...] = ()
_RUBRIC: tuple[Metric, ...] = ()

METRICS: Mapping[str, Metric] = _named((*_CHOICE, *_INFERENCE, *_SUMMARY, *_CODING, *_EXTRACTION, *_RUBRIC))
"""All metrics by name, in the order in which they are shown."""
