"""Results as tables of text."""

from __future__ import annotations

from doubleread.reports.results_table import table_of
from doubleread.results.scales import NumberedReasons
from doubleread.results.section import Count, Row, Section

LABEL = "A criterion whose words need some room"


def labels(width: int) -> list[str]:
    section = Section("s", "S", "chapter", ("arm 1", "arm 2"), (Row("r", LABEL, {"a": Count(1), "b": Count(2)}),))
    return [line[0] for line in table_of(section, NumberedReasons(), 24, width).lines]


def test_a_label_is_cut_only_if_the_table_would_be_too_wide() -> None:
    assert labels(80) == [LABEL]
    assert labels(50) == [f"{LABEL[:33]}…"]
    assert labels(20) == [f"{LABEL[:23]}…"]
