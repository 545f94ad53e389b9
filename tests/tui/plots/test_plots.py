"""Plots as characters: what is drawn where, and that it fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doubleread.results.scales import (
    COEFFICIENT,
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    Axis,
    Words,
    around_zero,
)
from doubleread.statistics import Estimate, Interval, PairedTable, Undefined, proportion
from doubleread.tui.shared.plots.intervals import Bar, cell_of, drawn, interval_plot, scale_line
from doubleread.tui.shared.plots.lines import Line, Look, Part, beside, fit, fit_name, width_of, wrapped
from doubleread.tui.shared.plots.stacks import Piece, piece_widths, stack
from doubleread.tui.shared.plots.tables import grid, paired_plot

PROPORTIONS, DIFFERENCES = PROPORTION.axis([]), COEFFICIENT.axis([])


def text(line: Line) -> str:
    return "".join(part.text for part in line)


def estimate(value: float, low: float, high: float, n: int = 9) -> Estimate:
    return Estimate(value, Interval(low, high), n, "BCa")


def test_a_bar_reaches_over_its_interval() -> None:
    assert drawn(estimate(0.5, 0.2, 0.8), PROPORTIONS, 11) == "  ├──●──┤  "
    assert drawn(estimate(1.0, 0.6, 1.0), PROPORTIONS, 11, "◆") == "      ├───◆"
    assert drawn(estimate(0.0, 0.0, 0.0), PROPORTIONS, 11) == "●          "


def test_a_difference_has_a_line_at_zero() -> None:
    assert drawn(estimate(0.5, 0.2, 0.8), DIFFERENCES, 21, "■") == "          ┊ ├──■──┤  "
    assert drawn(estimate(0.0, -0.2, 0.2), DIFFERENCES, 21, "■") == "        ├─■─┤        "


def test_a_mean_of_one_case_has_no_interval() -> None:
    alone = Estimate(0.5, Undefined("one case"), 1, "mean")
    assert drawn(alone, PROPORTIONS, 5) == "  ●  "
    assert Words().statistic(alone, RATE) == "0.50 n = 1"


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.integers(3, 120))
def test_every_bar_fits(value: float, below: float, above: float, width: int) -> None:
    low, high = max(-1.0, value - below), min(1.0, value + above)
    bar = drawn(estimate(value, low, high), DIFFERENCES, width)
    assert cell_len(bar) == width
    assert bar.count("●") == 1
    place = bar.index("●")
    assert cell_of(DIFFERENCES, low, width) <= place <= cell_of(DIFFERENCES, high, width)


def test_words_give_value_interval_and_n() -> None:
    words = Words()
    assert words.statistic(proportion(2, 3), PROPORTION) == "66.7% (20.8-93.9) 2/3"
    assert words.statistic(estimate(-0.125, -0.3, 0.05), PROPORTION_DIFFERENCE) == "-12.5% (-30.0 to +5.0) n = 9"
    assert words.statistic(Undefined("there are no answers"), PROPORTION) == "none: there are no answers"


@pytest.mark.parametrize("width", [60, 77, 117, 170])
def test_bars_share_an_axis_and_fit(width: int) -> None:
    bars = [
        Bar("first", proportion(6333, 10000), "first", "a"),
        Bar("a very long label that has no room", proportion(1, 3), "second", "b"),
        Bar("nothing", Undefined("no reading of an answer is committed and never will be, it seems"), "", "c"),
    ]
    lines = interval_plot(bars, PROPORTION, width, min(24, width * 3 // 10))
    assert len(lines) == 4
    assert all(width_of(line) <= width for line in lines)
    assert "6,333/10,000" in text(lines[0])
    assert "0%" in text(lines[3])
    assert "100%" in text(lines[3])
    assert [line[0].spot for line in lines] == ["a", "b", "c", None]
    assert [sum(part.stop for part in line) for line in lines] == [1, 1, 1, 0]
    assert "●" in text(lines[0])
    assert "◆" in text(lines[1])


def test_a_plot_of_differences_names_its_ends() -> None:
    lines = interval_plot([Bar("all", estimate(0.1, -0.1, 0.3))], PROPORTION_DIFFERENCE, 80, 10)
    assert text(lines[0]).split() == ["◂", "◆", "higher", "●", "higher", "▸"]
    assert "-40%" in text(lines[2])


@given(st.integers(8, 60), st.sampled_from([PROPORTIONS, DIFFERENCES, around_zero([estimate(0, -0.25, 0.2)])]))
def test_numbers_of_an_axis_never_touch(width: int, axis: Axis) -> None:
    line = scale_line(axis, width)
    assert cell_len(line) == width
    assert set(re.split(r" (?!%)", line)) - {""} <= set(axis.labels)
    assert axis.labels[0] in line


def test_pieces_divide_the_bar() -> None:
    assert piece_widths([1, 1], 10) == [5, 5]
    assert piece_widths([999, 1], 10) == [9, 1]
    assert piece_widths([1, 0, 1], 3) == [2, 0, 1]
    assert piece_widths([0, 0], 10) == [0, 0]
    with pytest.raises(ValueError, match="below zero"):
        piece_widths([1, -1], 10)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(8, 200))
def test_pieces_fill_the_bar_and_none_is_lost(counts: list[int], width: int) -> None:
    widths = piece_widths(counts, width)
    assert sum(widths) == (width if sum(counts) else 0)
    assert [bool(size) for size in widths] == [bool(count) for count in counts]


def test_a_stack_names_every_piece_below_it() -> None:
    pieces = [
        Piece("correct", 6, "█", "correct", "r"),
        Piece("incorrect", 0, "░", "incorrect", "w"),
        Piece("cut off", 3, "~"),
    ]
    lines = stack("● one", pieces, 40, 8)
    assert text(lines[0]) == "● one    " + "█" * 17 + "~" * 9 + "  n 9"
    assert text(lines[1]) == "         █ correct: 6   ~ cut off: 3"
    stops = [part.spot for line in lines for part in line if part.stop]
    assert stops == ["r"]
    assert text(stack("● one", pieces[1:2], 40, 8)[0]) == "● one    nothing yet"


@pytest.mark.parametrize("width", [60, 77, 117, 170])
def test_the_table_of_pairs_has_four_stops_and_sums(width: int) -> None:
    table = PairedTable(12, 7, 3, 8)
    lines = paired_plot(table, ("Zebrafinch-7B", "Quokkamed-9B"), ("correct", "not right"), lambda name: name, width)
    assert all(width_of(line) <= width for line in lines)
    assert [part.spot for line in lines for part in line if part.stop] == [
        "both",
        "first_only",
        "second_only",
        "neither",
    ]
    assert text(lines[-1]).split() == ["15", "15", "30"]
    assert [text(line).split()[-1] for line in lines[2:4]] == ["19", "11"]


def test_a_table_has_heads_cells_and_stops() -> None:
    lines = grid(
        [("● One", "first"), ("◆ Two", "second")], [("answers", [("30 of 30", "a"), ("29 of 30", None)])], 60, 20
    )
    assert text(lines[0]).split() == ["●", "One", "◆", "Two"]
    assert text(lines[1]).split() == ["answers", "30", "of", "30", "29", "of", "30"]
    assert [part.spot for part in lines[1] if part.stop] == ["a"]
    assert all(width_of(line) <= 60 for line in lines)


def test_columns_of_a_table_are_as_wide_as_their_texts_need_and_keep_a_gap() -> None:
    heads: list[tuple[str, Look]] = [("correct, of named", ""), ("no idea", ""), ("skipped", "")]
    cells = [("100.0% (43.9-100.0) 3/3", None), ("2", None), ("3", None)]
    head, row = map(text, grid(heads, [("all readers", cells)], 55, 11))
    assert head.split() == ["correct,", "of", "named", "no", "idea", "skipped"]
    assert row.split() == ["all", "readers", "100.0%", "(43.9-100.0)", "3/3", "2", "3"]
    assert all(width_of(line) <= 40 for line in grid(heads, [("all readers", cells)], 40, 11))


def test_names_that_begin_alike_are_cut_in_their_middle() -> None:
    names = [f"● Smollm2 135M 8k Lc100K Mix1 Ep2 ({words})" for words in ("unmodified", "own prompt")]
    assert [fit_name(name, 30) for name in names] == [
        "● Smollm2 135M …2 (unmodified)",
        "● Smollm2 135M …2 (own prompt)",
    ]
    for width in range(1, 60):
        assert all(cell_len(fit_name(name, width)) == width for name in (*names, "模型名字很长" * 4, ""))


def test_text_from_outside_is_safe_and_of_one_width() -> None:
    assert fit("ab\x1b[31mc", 5) == "ab␛[…"
    assert cell_len(fit("漢字漢字", 5)) == 5
    assert fit("a", 3) == "a  "


def test_blocks_beside_each_other_and_words_that_wrap() -> None:
    left, right = [(Part("a"),), (Part("b"),)], [(Part("c"),)]
    assert [text(line) for line in beside(left, right, 3, gap=1)] == ["a   c", "b"]
    assert [text(line) for line in wrapped([Part("one"), Part("two"), Part("three")], 8, gap=" ", indent=1)] == [
        " one two",
        " three",
    ]
