"""Interval bars: a value and its interval on an axis shared by several bars."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil, log10

from rich.cells import cell_len

from doubleread.domain.formatting import (
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    RATE_DIFFERENCE,
    Style,
    fraction,
    percent,
    sample,
    short,
)
from doubleread.statistics import Estimate, Proportion, Undefined
from doubleread.tui.shared.plots.lines import Line, Look, Part, as_stop, fit

Value = Proportion | Estimate | Undefined
POINTS: dict[Look, str] = {"first": "●", "second": "◆", "": "■"}
"""Symbols of the value, so that models differ by more than colour."""
FIGURES = 31
"""Cells for the figures beside a bar."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From which value to which an axis reaches. `percent` says that shares are shown as per cent."""

    low: float
    high: float
    percent: bool = True

    def cell(self, value: float, width: int) -> int:
        """Return the cell, from 0, in which a value lies; what lies outside goes to the end."""
        proportion = (value - self.low) / (self.high - self.low)
        return round(min(max(proportion, 0.0), 1.0) * (width - 1))

    @property
    def style(self) -> Style:
        """How its figures are written."""
        if self.low < 0:
            return PROPORTION_DIFFERENCE if self.percent else RATE_DIFFERENCE
        return PROPORTION if self.percent else RATE

    def said(self, value: float) -> str:
        """Return a value as it is written beside the axis."""
        return percent(value, 0) if self.percent else short(value)


PROPORTIONS = Axis(0.0, 1.0)
DIFFERENCES = Axis(-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the plot."""

    label: str
    value: Value
    look: Look = ""
    spot: Hashable = None


def rate_axis(values: Sequence[Value]) -> Axis:
    """Return an axis from 0 that reaches to the next round number above all values and intervals."""
    return Axis(0.0, _round_above(values), percent=False)


def difference_axis(values: Sequence[Value]) -> Axis:
    """Return an axis with 0 in its middle that reaches to a round number beyond all differences and intervals."""
    far = _round_above(values)
    return Axis(-far, far, percent=False)


def _round_above(values: Sequence[Value]) -> float:
    """Return the next round number from 1, 2, 5 and their powers of ten that no value or interval lies beyond."""
    ends = [0.0]
    for value in values:
        if not isinstance(value, Undefined):
            interval = value.interval
            ends += [value.value, *([] if isinstance(interval, Undefined) else [interval.low, interval.high])]
    top = max(map(abs, ends))
    if top <= 0:
        return 1.0
    step = 10.0 ** (ceil(log10(top)) - 1)
    return next(step * times for times in (1, 2, 5, 10) if step * times >= top * (1 - 1e-9))


def drawn(value: Value, axis: Axis, width: int, point: str = "●") -> str:
    """Return the bar: ├──●──┤, with a dotted line at zero where the axis has both signs."""
    cells = [" "] * width
    if axis.low < 0 < axis.high:
        cells[axis.cell(0.0, width)] = "┊"
    if isinstance(value, Undefined):
        return "".join(cells)
    interval = value.interval
    if not isinstance(interval, Undefined):
        low, high = axis.cell(interval.low, width), axis.cell(interval.high, width)
        cells[low : high + 1] = "─" * (high + 1 - low)
        if low < high:
            cells[low], cells[high] = "├", "┤"
    cells[axis.cell(value.value, width)] = point
    return "".join(cells)


def figures(value: Value, axis: Axis) -> str:
    """Return the value, its interval and n: "66.7% (20.8-93.9) 2/3"."""
    if isinstance(value, Undefined):
        return f"none: {value.reason}"
    words = axis.style.value(value.value)
    if not isinstance(value.interval, Undefined):
        words += f" {axis.style.interval(value.interval.low, value.interval.high)}"
    return f"{words} {fraction(value.successes, value.n) if isinstance(value, Proportion) else sample(value.n)}"


def scale_line(axis: Axis, width: int) -> str:
    """Return the numbers of the axis: at its ends, in the middle, at the quarters, as far as none touches another."""
    cells = [" "] * width
    for step in (0, 4, 2, 1, 3) if width >= 36 else (0, 4, 2):
        value = axis.low + (axis.high - axis.low) * step / 4
        words = axis.said(value)
        start = min(max(axis.cell(value, width) - len(words) // 2, 0), max(width - len(words), 0))
        around = cells[max(start - 1, 0) : start + len(words) + 1]
        if len(words) <= width and all(cell == " " for cell in around):
            cells[start : start + len(words)] = words
    return "".join(cells)


def plot_width(width: int, label_width: int) -> int:
    """Return the cells of the bars, beside label and figures."""
    return max(width - label_width - FIGURES - 2, 8)


def interval_plot(bars: Sequence[Bar], axis: Axis, width: int, label_width: int) -> list[Line]:
    """Draw bars upon one axis, with its numbers below. Bars whose figure does not exist say why."""
    room = plot_width(width, label_width)
    lines: list[Line] = []
    for bar in bars:
        label = Part(fit(bar.label, label_width) + " ", bar.look)
        if isinstance(bar.value, Undefined):
            line: Line = (label, Part(fit(figures(bar.value, axis), width - label_width - 1), "muted"))
        else:
            words = figures(bar.value, axis)
            plot = Part(drawn(bar.value, axis, room, POINTS.get(bar.look, "●")), bar.look)
            line = (label, plot, Part(" " + words + " " * (FIGURES - cell_len(words))))
        lines.append(line if bar.spot is None else as_stop(line, bar.spot))
    if any(not isinstance(bar.value, Undefined) for bar in bars):
        lines.append((Part(" " * (label_width + 1)), Part(scale_line(axis, room), "muted")))
    return lines
