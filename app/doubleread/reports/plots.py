"""Plots as pure functions from figures to SVG. A plot is a list of rows: what it is, a strip with the interval, words.

Strips stretch to whatever width the window leaves; their words stand beside them as text, so that nothing shrinks with
them. Shapes tell the models apart as colours do: a round dot and a square one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from doubleread.domain.display import display_line
from doubleread.domain.formatting import (
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE_DIFFERENCE,
    Number,
    percent,
    short,
    signed_tick,
)
from doubleread.reports.figures import Notes
from doubleread.statistics import Estimate, Interval, PairedTable, Proportion, Undefined

_WIDTH, _HEIGHT = 1000, 24
_MIDDLE = _HEIGHT // 2
_STEPS = (1, 2, 2.5, 5, 10)

Figure = Proportion | Estimate | Undefined


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where a plot reaches, its ticks in even distances, and how its numbers are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    number: Number

    @property
    def labels(self) -> tuple[str, ...]:
        """The words under the ticks, from the left end to the right one."""
        return tuple(self.number(tick) for tick in self.ticks)

    def at(self, value: float) -> float:
        """Return where a value lies, in the strip's units; what lies beyond the axis is drawn at its end."""
        proportion = (value - self.low) / (self.high - self.low)
        return round(_WIDTH * min(max(proportion, 0.0), 1.0), 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a plot. `model` is 0 or 1, None for what belongs to both."""

    label: str
    model: int | None
    strip: Markup
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Figures on a common axis."""

    title: str
    axis: Axis
    rows: tuple[Row, ...]


PROPORTIONS = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1), lambda value: percent(value, 0))
COEFFICIENTS = Axis(-1, 1, (-1, -0.5, 0, 0.5, 1), short)


def rates_axis(figures: Iterable[Figure]) -> Axis:
    """Return an axis from zero that holds all figures with their intervals."""
    high = max((end for figure in figures for end in _ends(figure)), default=0.0)
    step = _step(high / 4 or 0.25)
    count = max(1, ceil(high / step - 1e-9))
    return Axis(0, count * step, tuple(step * tick for tick in range(count + 1)), short)


def differences_axis(figures: Iterable[Figure], *, proportions: bool) -> Axis:
    """Return an axis with zero in its middle that holds all figures with their intervals."""
    far = max((abs(end) for figure in figures for end in _ends(figure)), default=0.0)
    step = _step(far / 2 or 0.25)
    count = max(1, ceil(far / step - 1e-9))
    ticks = tuple(step * tick for tick in range(-count, count + 1))
    return Axis(-count * step, count * step, ticks, _signed_proportion if proportions else signed_tick)


def _signed_proportion(value: float) -> str:
    text = signed_tick(100 * value)
    return text if text == "0" else f"{text}%"


def _step(rough: float) -> float:
    """Return the next round number from 1, 2, 2.5, 5 and their powers of ten."""
    size = 10.0 ** floor(log10(rough))
    return float(next(step * size for step in _STEPS if step * size >= rough - 1e-12))


def _ends(figure: Figure) -> Sequence[float]:
    if isinstance(figure, Undefined):
        return ()
    interval = figure.interval
    return (figure.value,) if isinstance(interval, Undefined) else (figure.value, interval.low, interval.high)


def strip(axis: Axis, figure: Figure, words: str, model: int | None = None) -> Markup:
    """Return the drawing of one figure: the axis' lines, the interval as a line, the value as a dot.

    A figure that does not exist leaves the lines alone; one without an interval is a dot alone.
    """
    lines = [_line("grid zero" if abs(tick) < 1e-12 else "grid", axis.at(tick), 0, _HEIGHT) for tick in axis.ticks]
    if not isinstance(figure, Undefined):
        if isinstance(figure.interval, Interval):
            low, high = axis.at(figure.interval.low), axis.at(figure.interval.high)
            lines.append(f'<line class="interval" x1="{low}" x2="{high}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>')
            lines += [_line("end", end, _MIDDLE - 5, _MIDDLE + 5) for end in (low, high)]
        at = axis.at(figure.value)
        # A line of no length with broad ends stays a dot however far the strip is stretched.
        lines.append(f'<line class="dot" x1="{at}" x2="{at}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>')
    return Markup(
        f'<svg class="strip {model_class(model)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
        f' role="img" aria-label="{_attribute(words)}">{"".join(lines)}</svg>'
    )


def _attribute(words: str) -> Markup:
    """Return foreign words as they may stand in a drawing."""
    return escape(display_line(words))


def model_class(model: int | None) -> str:
    """Return the class of what belongs to a model."""
    return "both" if model is None else f"model-{model + 1}"


def _line(name: str, x: float, low: float, high: float) -> str:
    return f'<line class="{name}" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'


def proportions_plot(title: str, rows: Sequence[tuple[str, int | None, Figure]], notes: Notes) -> Plot:
    """Return a plot of proportions, from 0 to 100%."""
    return Plot(title, PROPORTIONS, tuple(_row(PROPORTIONS, *row, _proportion_words(row[2], notes)) for row in rows))


def rates_plot(title: str, rows: Sequence[tuple[str, int | None, Figure]], notes: Notes) -> Plot:
    """Return a plot of rates, from zero."""
    axis = rates_axis(figure for _, _, figure in rows)
    return Plot(title, axis, tuple(_row(axis, *row, _rate_words(row[2], notes)) for row in rows))


def coefficients_plot(title: str, rows: Sequence[tuple[str, int | None, Figure]], notes: Notes) -> Plot:
    """Return a plot of coefficients of agreement, from -1 to 1."""
    return Plot(title, COEFFICIENTS, tuple(_row(COEFFICIENTS, *row, _rate_words(row[2], notes)) for row in rows))


def differences_plot(
    title: str, rows: Sequence[tuple[str, Estimate | Undefined]], notes: Notes, *, proportions: bool = True
) -> Plot:
    """Return a plot of differences, zero in the middle."""
    axis = differences_axis((figure for _, figure in rows), proportions=proportions)
    style = PROPORTION_DIFFERENCE if proportions else RATE_DIFFERENCE
    return Plot(
        title,
        axis,
        tuple(_row(axis, label, None, figure, notes.difference(figure, style)) for label, figure in rows),
    )


def _row(axis: Axis, label: str, model: int | None, figure: Figure, words: str) -> Row:
    return Row(label, model, strip(axis, figure, f"{label}: {words}", model), words)


def _proportion_words(figure: Figure, notes: Notes) -> str:
    if isinstance(figure, Estimate):
        return notes.rate(figure, PROPORTION)
    return notes.proportion(figure)


def _rate_words(figure: Figure, notes: Notes) -> str:
    return notes.proportion(figure) if isinstance(figure, Proportion) else notes.rate(figure)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar. `name` is its class, by which it gets its pattern."""

    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole that is split into parts, drawn in their proportions; `words` say it in numbers."""

    label: str
    drawing: Markup
    words: str


def stacked_bar(label: str, parts: Sequence[Part]) -> Bar:
    """Return a bar. Its parts differ in pattern as in colour, since not everybody sees colours."""
    held = [part for part in parts if part.count]
    total = sum(part.count for part in held)
    words = ", ".join(f"{part.label} {part.count}" for part in held) or "nothing"
    x = 0.0
    drawn = []
    for part in held:
        width = _WIDTH * part.count / total
        drawn.append(
            f'<rect class="part {escape(part.name)}" x="{x:.1f}" y="0" width="{width:.1f}" height="{_HEIGHT}"/>'
            + _pattern(part.name, x, width)
        )
        x += width
    drawing = Markup(
        f'<svg class="strip bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{_attribute(f"{label}: {words}")}">{"".join(drawn)}</svg>'
    )
    return Bar(label, drawing, words)


PATTERNS = {
    "correct": 0,
    "first": 0,
    "committed": 0,
    "incorrect": 1,
    "second": 1,
    "unparsed": 2,
    "tie": 2,
    "refused": 3,
    "both-bad": 3,
    "truncated": 4,
    "pending": 0,
    "disputed": 1,
    "unscored": 3,
    "missing": 0,
}
"""Number of stripes in each part of a bar, as in the legend. Missing answers are an empty field."""


def _pattern(name: str, x: float, width: float) -> str:
    """Return level lines through a part: they stay as they are however far the bar is stretched."""
    count = PATTERNS.get(name, 0)
    return "".join(
        f'<line class="stripe" x1="{x:.1f}" x2="{x + width:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        for y in (_HEIGHT * (line + 1) / (count + 1) for line in range(count))
    )


def swatch(name: str) -> Markup:
    """Return the sample of a part for a legend."""
    return Markup(
        f'<svg class="swatch" viewBox="0 0 36 {_HEIGHT}" aria-hidden="true">'
        f'<rect class="part {escape(name)}" x="0" y="0" width="36" height="{_HEIGHT}"/>{_pattern(name, 0, 36)}</svg>'
    )


def paired_square(table: PairedTable, first: str, second: str, has: str, has_not: str) -> Markup:
    """Return the table of two by two as a drawing: the darker a field, the more cases are in it."""
    fields = (
        (0, 0, table.both, f"both {has}"),
        (1, 0, table.first_only, f"only {first}"),
        (0, 1, table.second_only, f"only {second}"),
        (1, 1, table.neither, f"both {has_not}"),
    )
    drawn = []
    for column, row, count, words in fields:
        proportion = count / table.n if table.n else 0.0
        x, y = column * 181, row * 77
        shade = 0.04 + 0.4 * proportion
        drawn.append(
            f'<rect class="field" x="{x}" y="{y}" width="178" height="74" style="fill-opacity:{shade:.2f}"/>'
            f'<text class="count" x="{x + 89}" y="{y + 36}">{count}'
            f' <tspan class="proportion">{percent(proportion, 0)}</tspan></text>'
            f'<text class="proportion" x="{x + 89}" y="{y + 58}">{_attribute(words)}</text>'
        )
    said = ", ".join(f"{words} {count}" for _, _, count, words in fields)
    return Markup(
        f'<svg class="square" viewBox="0 0 360 152" role="img" aria-label="{_attribute(said)}">{"".join(drawn)}</svg>'
    )
