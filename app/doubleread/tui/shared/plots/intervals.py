"""Interval bars: a value and its interval on an axis shared by several bars."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from doubleread.results.scales import Axis, Scale, Statistic, Words
from doubleread.statistics import Undefined
from doubleread.tui.shared.plots.lines import Line, Look, Part, as_stop, fit

POINTS: dict[Look, str] = {"first": "●", "second": "◆", "": "■"}
"""Symbols of the value, so that models differ by more than colour."""
WORDS = 31
"""Cells for the words beside a bar."""
_NARROWEST = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the plot."""

    label: str
    value: Statistic
    look: Look = ""
    spot: Hashable = None


def cell_of(axis: Axis, value: float, width: int) -> int:
    """Return the cell of a value, from 0; a value outside the axis gets the cell at its end."""
    return round(axis.at(value) * (width - 1))


def drawn(value: Statistic, axis: Axis, width: int, point: str = "●") -> str:
    """Return the bar: ├──●──┤, with a dotted line at zero if the axis has both signs."""
    cells = [" "] * width
    if axis.low < 0 < axis.high:
        cells[cell_of(axis, 0.0, width)] = "┊"
    if isinstance(value, Undefined):
        return "".join(cells)
    interval = value.interval
    if not isinstance(interval, Undefined):
        low, high = cell_of(axis, interval.low, width), cell_of(axis, interval.high, width)
        cells[low : high + 1] = "─" * (high + 1 - low)
        if low < high:
            cells[low], cells[high] = "├", "┤"
    cells[cell_of(axis, value.value, width)] = point
    return "".join(cells)


def scale_line(axis: Axis, width: int) -> str:
    """Return the numbers of the axis: those of its ends, then the others, as far as none touches another."""
    cells = [" "] * width
    ticks = list(zip(axis.ticks, axis.labels, strict=True))
    middle = ticks[len(ticks) // 2]
    for value, words in (ticks[0], ticks[-1], middle, *ticks[1:-1]):
        start = min(max(cell_of(axis, value, width) - len(words) // 2, 0), max(width - len(words), 0))
        around = cells[max(start - 1, 0) : start + len(words) + 1]
        if len(words) <= width and all(cell == " " for cell in around):
            cells[start : start + len(words)] = words
    return "".join(cells)


def plot_width(width: int, label_width: int) -> int:
    """Return the cells of the bars, beside label and words."""
    return max(width - label_width - WORDS - 2, _NARROWEST)


def interval_plot(bars: Sequence[Bar], scale: Scale, width: int, label_width: int) -> list[Line]:
    """Draw bars upon one axis, with its numbers below. Undefined estimates give their reason."""
    axis, writer = scale.axis([bar.value for bar in bars]), Words()
    room = plot_width(width, label_width)
    lines: list[Line] = []
    for bar in bars:
        label = Part(fit(bar.label, label_width) + " ", bar.look)
        words = writer.statistic(bar.value, scale)
        if isinstance(bar.value, Undefined):
            line: Line = (label, Part(fit(words, width - label_width - 1), "muted"))
        else:
            plot = Part(drawn(bar.value, axis, room, POINTS.get(bar.look, "●")), bar.look)
            line = (label, plot, Part(" " + words + " " * (WORDS - cell_len(words))))
        lines.append(line if bar.spot is None else as_stop(line, bar.spot))
    if any(not isinstance(bar.value, Undefined) for bar in bars):
        if scale.difference:
            head = fit(f"◂ ◆ higher{'● higher ▸':>{max(room - 10, 0)}}", room)
            lines.insert(0, (Part(" " * (label_width + 1)), Part(head, "muted")))
        lines.append((Part(" " * (label_width + 1)), Part(scale_line(axis, room), "muted")))
    return lines
