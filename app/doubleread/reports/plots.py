"""Plots and bars as SVG. A plot is a list of rows: a label, a strip with the interval, and the estimate in words.

Strips fill the width of the window; the words beside them are ordinary text, which does not shrink. The models differ
in shape as well as in colour: a round dot and a square one.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from doubleread.domain.display import display_line
from doubleread.domain.formatting import percent, sample
from doubleread.results import section as outlined
from doubleread.results.looks import LOOKS, PartLook
from doubleread.results.scales import Axis, Statistic, Words
from doubleread.results.section import Mark, Paired
from doubleread.statistics import Interval, Undefined

_WIDTH, _HEIGHT = 1000, 24
_MIDDLE = _HEIGHT // 2


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One estimate of a plot: a label, its drawing, and its words."""

    label: str
    strip: Markup
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Estimates on a common axis."""

    title: str
    axis: Axis
    rows: tuple[PlotRow, ...]


def plot(found: outlined.Plot, heads: tuple[str, str], words: Words) -> Plot:
    """Draw a plot of the outline. `heads` are the models' names."""
    axis = found.scale.axis([mark.value.statistic for mark in found.marks])
    title = f"{heads[0]} minus {heads[1]}: {found.title}" if found.scale.difference else found.title
    return Plot(title, axis, tuple(_row(axis, mark, heads, words) for mark in found.marks))


def _row(axis: Axis, mark: Mark, heads: tuple[str, str], words: Words) -> PlotRow:
    label = mark.label if mark.arm is None else f"{heads[mark.arm]}, {mark.label}"
    said = words.statistic(mark.value.statistic, mark.value.scale)
    return PlotRow(label, strip(axis, mark.value.statistic, f"{label}: {said}", mark.arm), said)


def strip(axis: Axis, statistic: Statistic, words: str, arm: int | None = None) -> Markup:
    """Return the drawing of one estimate: the axis' lines, the interval as a line, the value as a dot.

    An undefined estimate has only the lines of the axis; one without an interval is only a dot.
    """
    lines = [_line("grid zero" if abs(tick) < 1e-12 else "grid", _at(axis, tick), 0, _HEIGHT) for tick in axis.ticks]
    if not isinstance(statistic, Undefined):
        if isinstance(statistic.interval, Interval):
            low, high = _at(axis, statistic.interval.low), _at(axis, statistic.interval.high)
            lines.append(f'<line class="interval" x1="{low}" x2="{high}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>')
            lines += [_line("end", end, _MIDDLE - 5, _MIDDLE + 5) for end in (low, high)]
        at = _at(axis, statistic.value)
        # A line of no length with broad ends stays a dot however far the strip is stretched.
        lines.append(f'<line class="dot" x1="{at}" x2="{at}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>')
    return Markup(
        f'<svg class="strip {arm_class(arm)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
        f' role="img" aria-label="{_attribute(words)}">{"".join(lines)}</svg>'
    )


def _at(axis: Axis, value: float) -> float:
    return round(_WIDTH * axis.at(value), 1)


def _attribute(words: str) -> Markup:
    """Return text from outside, made safe for a drawing."""
    return escape(display_line(words))


def arm_class(arm: int | None) -> str:
    """Return the style class of a model."""
    return "both" if arm is None else f"model-{arm + 1}"


def _line(name: str, x: float, low: float, high: float) -> str:
    return f'<line class="{name}" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole that is divided into parts, drawn in their proportions; `words` give the counts."""

    label: str
    drawing: Markup
    words: str


def bar(found: outlined.Bar, heads: tuple[str, str]) -> Bar:
    """Draw a bar. Its parts differ in pattern as well as in colour, because not everybody sees colours."""
    label = ", ".join(filter(None, ("" if found.arm is None else heads[found.arm], found.label)))
    present = [part for part in found.parts if part.count]
    total = sum(part.count for part in present)
    words = ", ".join(f"{part.label}: {part.count}" for part in present) or "nothing"
    x = 0.0
    drawn = []
    for part in present:
        width = _WIDTH * part.count / total
        drawn.append(_part(LOOKS[part.drawn_as], x, width))
        x += width
    drawing = Markup(
        f'<svg class="strip bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{_attribute(f"{label}: {words}")}">{"".join(drawn)}</svg>'
    )
    return Bar(label, drawing, words)


def _part(look: PartLook, x: float, width: float) -> str:
    """Return a part with its stripes: horizontal lines, which look the same at any width of the bar."""
    count = look.stripes
    rectangle = f'<rect class="part {look.colour}" x="{x:.1f}" y="0" width="{width:.1f}" height="{_HEIGHT}"/>'
    return rectangle + "".join(
        f'<line class="stripe" x1="{x:.1f}" x2="{x + width:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        for y in (_HEIGHT * (line + 1) / (count + 1) for line in range(count))
    )


def swatch(name: str) -> Markup:
    """Return the sample of a look for a legend."""
    return Markup(
        f'<svg class="swatch" viewBox="0 0 36 {_HEIGHT}" aria-hidden="true">{_part(LOOKS[name], 0, 36)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Square:
    """A two-by-two table, drawn."""

    title: str
    drawing: Markup


def square(paired: Paired, heads: tuple[str, str]) -> Square:
    """Draw a two-by-two table: the darker a field, the more cases are in it."""
    table = paired.table
    fields = (
        (0, 0, table.both, f"both {paired.has}"),
        (1, 0, table.first_only, f"only {heads[0]}"),
        (0, 1, table.second_only, f"only {heads[1]}"),
        (1, 1, table.neither, f"both {paired.has_not}"),
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
    drawing = Markup(
        f'<svg class="square" viewBox="0 0 360 152" role="img" aria-label="{_attribute(said)}">{"".join(drawn)}</svg>'
    )
    return Square(f"{paired.title} ({sample(table.n)})", drawing)
