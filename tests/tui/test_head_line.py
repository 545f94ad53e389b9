"""The header: what is left out and shortened where a line is too narrow."""

from __future__ import annotations

import pytest

from doubleread.tui.shared.head_line import Weighed, fitted

LEFT = [Weighed("doubleread", 1), Weighed("case 10 of 36", 9), Weighed("12 committed, 3 open", 8)]
RIGHT = [Weighed("R-01", 6), Weighed("saved 12:04:33", 10, "saved"), Weighed("reading 01:02", 5, "01:02")]


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (90, ["doubleread · case", "open", "R-01 · saved 12:04:33 · reading 01:02"]),
        (76, ["case 10 of 36 · 12 committed, 3 open", "R-01 · saved 12:04:33 · reading 01:02"]),
        (68, ["case 10 of 36 · 12 committed, 3 open", "R-01 · saved 12:04:33 · 01:02"]),
        (60, ["case 10 of 36 · 12 committed, 3 open", "R-01 · saved · 01:02"]),
        (54, ["case 10 of 36 · 12 committed, 3 open", "R-01 · saved"]),
        (45, ["case 10 of 36 · 12 committed, 3 open", "saved"]),
    ],
)
def test_light_words_go_first_then_words_are_shortened(width: int, words: list[str]) -> None:
    row = fitted(LEFT, RIGHT, width)
    assert len(row) == width
    assert row.startswith(words[0])
    assert row.endswith(words[-1])
