"""Extraction by field."""

from __future__ import annotations

from dataclasses import replace

from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.fields import ALL_FIELDS, FieldComparison
from doubleread.results.scales import MEASURE, MEASURE_DIFFERENCE
from doubleread.results.section import Row, Section, arm_heads, differences_plot, drawn, pairs_plot, rates

CHAPTER = "measures"


def fields(results: Results) -> Section | None:
    """Precision, recall and F1 of the values of each field, counted over all extraction cases."""
    if not results.fields:
        return None
    rows = tuple(map(_row, results.fields))
    title = "Extraction by field"
    plots = drawn(
        pairs_plot("fields", f"{title}: F1", rows), differences_plot("fields-difference", f"{title}: same cases", rows)
    )
    return Section("fields", title, CHAPTER, arm_heads(results), rows, plots)


def _row(item: FieldComparison) -> Row:
    behind = (Behind("measured", "extraction", 0), Behind("measured", "extraction", 1))
    name = "all fields" if item.name == ALL_FIELDS else item.name

    def part(key: str) -> Row:
        row = rates(key, key, getattr(item, key), MEASURE, MEASURE_DIFFERENCE, behind=behind)
        return replace(row, below=())

    row = rates(
        name,
        f"{name}, F1",
        item.f1,
        MEASURE,
        MEASURE_DIFFERENCE,
        behind=behind,
        difference_behind=Behind("measured", "extraction"),
    )
    return replace(row, below=(*row.below, part("precision"), part("recall")))
