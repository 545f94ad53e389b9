"""Plots as characters: what is drawn where, and that it fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doubleread.statistics import Estimate, Interval, PairedTable, Undefined, proportion
from doubleread.tui.shared.plots.intervals import (
    DIFFERENCES,
    PROPORTIONS,
    Axis,
    Bar,
    difference_axis,
    drawn,
    figures,
    interval_plot,
    rate_axis,
    scale_line,
)
from doubleread.tui.shared.plots.lines import Line, Part, beside, fit, width_of, wrapped
from doubleread.tui.shared.plots.stacks import Piece, piece_widths, stack
from doubleread.tui.shared.plots.tables import columns, paired_plot


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
    assert figures(alone, Axis(0, 1, percent=False)) == "0.50 n = 1"


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.integers(3, 120))
def test_every_bar_fits(value: float, below: float, above: float, width: int) -> None:
    low, high = max(-1.0, value - below), min(1.0, value + above)
    bar = drawn(estimate(value, low, high), DIFFERENCES, width)
    assert cell_len(bar) == width
    assert bar.count("●") == 1
    place = bar.index("●")
    assert DIFFERENCES.cell(low, width) <= place <= DIFFERENCES.cell(high, width)


def test_figures_say_value_interval_and_n() -> None:
    assert figures(proportion(2, 3), PROPORTIONS) == "66.7% (20.8-93.9) 2/3"
    assert figures(estimate(-0.125, -0.3, 0.05), DIFFERENCES) == "-12.5% (-30.0 to +5.0) n = 9"
    assert figures(Undefined("there are no answers"), PROPORTIONS) == "none: there are no answers"


@pytest.mark.parametrize(
    ("highest", "end"), [(0.07, 0.1), (0.1, 0.1), (0.3, 0.5), (1.2, 2), (7, 10), (23, 50), (1e-9, 1e-9)]
)
def test_an_axis_of_rates_ends_at_a_round_number(highest: float, end: float) -> None:
    axis = rate_axis([estimate(highest / 2, 0, highest), Undefined("nothing")])
    assert axis.low == 0
    assert axis.high == pytest.approx(end)


def test_an_axis_of_nothing_is_an_axis() -> None:
    assert rate_axis([]).high == 1
    assert rate_axis([estimate(0, 0, 0)]).high == 1


@pytest.mark.parametrize("width", [60, 77, 117, 170])
def test_bars_share_an_axis_and_fit(width: int) -> None:
    bars = [
        Bar("first", proportion(6333, 10000), "first", "a"),
        Bar("a very long label that has no room", proportion(1, 3), "second", "b"),
        Bar("nothing", Undefined("no reading of an answer is committed and never will be, it seems"), "", "c"),
    ]
    lines = interval_plot(bars, PROPORTIONS, width, min(24, width * 3 // 10))
    assert len(lines) == 4
    assert all(width_of(line) <= width for line in lines)
    assert "6,333/10,000" in text(lines[0])
    assert "0%" in text(lines[3])
    assert "100%" in text(lines[3])
    assert [line[0].spot for line in lines] == ["a", "b", "c", None]
    assert [sum(part.stop for part in line) for line in lines] == [1, 1, 1, 0]
    assert "●" in text(lines[0])
    assert "◆" in text(lines[1])


@given(st.integers(8, 60), st.sampled_from([PROPORTIONS, DIFFERENCES, Axis(-0.25, 0.25, percent=False)]))
def test_numbers_of_an_axis_never_touch(width: int, axis: Axis) -> None:
    line = scale_line(axis, width)
    said = {axis.said(axis.low + (axis.high - axis.low) * step / 4) for step in range(5)}
    assert cell_len(line) == width
    assert set(re.split(r" (?!%)", line)) - {""} <= said
    assert axis.said(axis.low) in line


def test_an_axis_of_differences_has_nought_in_its_middle() -> None:
    axis = difference_axis([estimate(-0.3, -1.3, 0.2), Undefined("nothing")])
    assert (axis.low, axis.high) == (-2, 2)
    assert (difference_axis([]).low, difference_axis([]).high) == (-1, 1)


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
    assert text(lines[1]) == "         █ correct 6   ~ cut off 3"
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


def test_two_models_stand_side_by_side() -> None:
    lines = columns([("answers", ("30 of 30", "a"), ("29 of 30", None))], ("One", "Two"), 60)
    assert text(lines[0]).split() == ["●", "One", "◆", "Two"]
    assert text(lines[1]).split() == ["answers", "30", "of", "30", "29", "of", "30"]
    assert [part.spot for part in lines[1] if part.stop] == ["a"]


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
