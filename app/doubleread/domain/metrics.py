"""The measures of answers that are neither correct nor incorrect, and how they are aggregated over cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.case import CaseKind

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


_INFERENCE = (
    Metric(
        "clue_accuracy",
        "accuracy",
        "inference",
        "1 if the key's word is in the answer exactly once, in any case, else 0; a label that is denied counts as well",
        variant="clue",
        headline=True,
    ),
)
_SUMMARY: tuple[Metric, ...] = ()
_CODING = (
    Metric("code_f1", "code F1", "coding", "harmonic mean of precision and recall of the codes", headline=True),
    Metric("code_precision", "code precision", "coding", "proportion of the answer's codes that the key has"),
    Metric("code_recall", "code recall", "coding", "proportion of the key's codes that the answer has"),
    Metric("category_f1", "category F1", "coding", "the same F1 of the codes' first three characters"),
    Metric("tree_f1", "tree F1", "coding", "F1 of the codes together with all codes, blocks and chapters above them"),
    Metric("tree_precision", "tree precision", "coding", "precision of the codes with all that is above them"),
    Metric("tree_recall", "tree recall", "coding", "recall of the codes with all that is above them"),
    Metric(
        "tree_distance",
        "steps to the key",
        "coding",
        "mean number of steps in the code tree from each of the answer's codes to the nearest code of the key",
        highest=None,
        higher_is_better=False,
    ),
    Metric("valid_codes", "valid codes", "coding", "proportion of the answer's codes that are in the code set"),
    Metric(
        "billable_codes", "billable codes", "coding", "proportion of the answer's codes that have no code below them"
    ),
    Metric(
        "clue_code_f1",
        "exact F1",
        "coding",
        "F1 of the codes that CLUE's expression reads; repeated codes count in the precision",
        variant="clue",
        headline=True,
    ),
    Metric("clue_code_precision", "exact precision", "coding", "precision of those codes", variant="clue"),
    Metric("clue_code_recall", "exact recall", "coding", "recall of those codes", variant="clue"),
    Metric(
        "clue_category_f1",
        "3-character F1",
        "coding",
        "F1 of the first three characters of the codes that CLUE's expression reads",
        variant="clue",
    ),
    Metric(
        "clue_category_precision",
        "3-char precision",
        "coding",
        "precision of those first three characters",
        variant="clue",
    ),
    Metric("clue_category_recall", "3-char recall", "coding", "recall of those first three characters", variant="clue"),
    Metric(
        "clue_valid_codes",
        "valid codes",
        "coding",
        "proportion of the codes that CLUE's expression reads that are in the code set; 0 if it reads none",
        variant="clue",
    ),
)
_EXTRACTION: tuple[Metric, ...] = ()
_RUBRIC: tuple[Metric, ...] = ()

METRICS: Mapping[str, Metric] = _named((*_INFERENCE, *_SUMMARY, *_CODING, *_EXTRACTION, *_RUBRIC))
"""All metrics by name, in the order in which they are shown."""
