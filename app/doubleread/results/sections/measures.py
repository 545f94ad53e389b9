"""Measured answers: ours, and beside them the published scoring with its defects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from doubleread.domain.metrics import Metric
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.measures import MeasureComparison
from doubleread.results.scales import MEASURE, MEASURE_DIFFERENCE, RATE, RATE_DIFFERENCE, Scale
from doubleread.results.section import Row, Section, arm_heads, differences_plot, drawn, pairs_plot, rates

CHAPTER = "measures"


def measures(results: Results) -> Section | None:
    """Both arms' measures, by kind of case."""
    # Rubric scores have a section of their own.
    found = [item for item in results.measures if not item.metric.variant and item.metric.kind != "rubric"]
    return _section(results, "measures", "Measured answers", found)


def published_scoring(results: Results) -> Section | None:
    """The same answers by the published scoring of CLUE, with its defects."""
    found = [item for item in results.measures if item.metric.variant == "clue"]
    return _section(results, "published-scoring", "Published scoring (CLUE)", found)


def _section(results: Results, key: str, title: str, found: Sequence[MeasureComparison]) -> Section | None:
    if not found:
        return None
    labels = Counter(item.metric.label for item in found)
    parts = [item for item in found if item.metric.part_of in {other.metric.name for other in found}]
    shown = [item for item in found if item not in parts]
    rows = tuple(
        _row(
            item,
            [part for part in parts if part.metric.part_of == item.metric.name],
            alike=labels[item.metric.label] > 1,
        )
        for item in shown
    )
    bounded = tuple(
        row for row, item in zip(rows, shown, strict=True) if _scale(item.metric) is MEASURE and item.metric.headline
    )
    plots = (pairs_plot(key, title, bounded), differences_plot(f"{key}-difference", f"{title}: same cases", bounded))
    return Section(key, title, CHAPTER, arm_heads(results), rows, drawn(*plots))


def _row(item: MeasureComparison, parts: Sequence[MeasureComparison] = (), *, alike: bool = False) -> Row:
    """Return the row of a metric with its parts below. The kind is named if another metric is called `alike`."""
    metric = item.metric
    behind = (Behind("measured", metric.kind, 0), Behind("measured", metric.kind, 1))
    pairs = Behind("measured", metric.kind)
    row = rates(
        metric.name,
        f"{metric.kind}: {metric.label}" if alike else metric.label,
        item.found,
        _scale(metric),
        MEASURE_DIFFERENCE if _scale(metric) is MEASURE else RATE_DIFFERENCE,
        behind=behind,
        difference_behind=pairs,
    )
    below = (replace(_row(part), label=_label_of_part(part.metric.label, metric.label), below=()) for part in parts)
    return replace(row, below=(*row.below, *below), headline=row.label if metric.headline else "")


def _label_of_part(label: str, whole: str) -> str:
    """Return the words of a part's label that the label of the whole does not begin with."""
    words = label.split()
    common = takewhile(lambda pair: pair[0] == pair[1], zip(words, whole.split(), strict=False))
    return " ".join(words[sum(1 for _ in common) :])


def _scale(metric: Metric) -> Scale:
    bounded = metric.aggregate == "clipped mean" or (metric.lowest, metric.highest) == (0.0, 1.0)
    return MEASURE if bounded else RATE
