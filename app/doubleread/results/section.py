"""The parts of the results outline: sections of rows of cells, with the plots and bars that show them.

A section is described once. The terminal's tables, the JSON, the screen and the page render the description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from doubleread.domain.wording import plural
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.scales import (
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    RATE_DIFFERENCE,
    SIGN_TEST,
    Scale,
    Statistic,
    Test,
    Words,
)
from doubleread.statistics import Group, PairedProportions, PairedRates, PairedTable, Undefined

Found = TypeVar("Found")
_HEAD = 24
Behinds = tuple[Behind | None, Behind | None]
"""The cases behind both models' estimates."""
_NOTHING: Behinds = (None, None)


@dataclass(frozen=True, slots=True)
class Value:
    """An estimate on a scale. `behind` names the cases that it was computed from."""

    statistic: Statistic
    scale: Scale
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A count, with the whole if it is part of one: "3 of 12", or "3 in 12 readings"."""

    count: int
    of: int | None = None
    noun: str = ""
    joined: str = "of"
    behind: Behind | None = None

    def __str__(self) -> str:
        if self.of is None:
            return f"{self.count:,}"
        return f"{self.count:,} {self.joined} {plural(self.of, self.noun) if self.noun else f'{self.of:,}'}"


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of several parts of a whole, by name."""

    counts: Mapping[str, int]
    of: int

    def __str__(self) -> str:
        return f"{'/'.join(f'{count:,}' for count in self.counts.values())} of {self.of:,}"


@dataclass(frozen=True, slots=True)
class PValue:
    """The p values of a test. `name` says whose a single p value is."""

    test: Test
    name: str = SIGN_TEST


@dataclass(frozen=True, slots=True)
class Paired:
    """A two-by-two table of the same cases. It is drawn if it has a title.

    `behind`, with the name of a field of the table, names the cases of that field.
    """

    table: PairedTable
    has: str = ""
    has_not: str = ""
    title: str = ""
    behind: Behind | None = None


Cell = Value | Count | Counts | PValue | Paired | str


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by name under a label, and the rows below it, whose keys are unique there.

    A row with a `headline` is shown under that label at a glance.
    """

    key: str
    label: str
    cells: Mapping[str, Cell]
    below: tuple[Row, ...] = ()
    headline: str = ""

    def value(self, name: str) -> Value | None:
        """Return the estimate of a cell of this row, or of one directly below it."""
        found = next((row.cells[name] for row in (self, *self.below) if name in row.cells), None)
        return found if isinstance(found, Value) else None


@dataclass(frozen=True, slots=True)
class Mark:
    """One estimate of a plot. `model` is 0 or 1, None for what belongs to both."""

    label: str
    arm: int | None
    value: Value


@dataclass(frozen=True, slots=True)
class Plot:
    """Estimates that are drawn on one axis."""

    key: str
    title: str
    marks: tuple[Mark, ...]
    common: Scale | None = None

    @property
    def scale(self) -> Scale:
        """The scale with its axis: the common one where its estimates have several."""
        return self.common or self.marks[0].value.scale


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar. `look` is the name of its look; if empty, its own name is."""

    name: str
    label: str
    count: int
    behind: Behind | None = None
    look: str = ""

    @property
    def drawn_as(self) -> str:
        """The name of its look in `looks.LOOKS`."""
        return self.look or self.name


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole that is divided into parts, drawn in their proportions."""

    label: str
    arm: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars with the same kinds of part."""

    key: str
    title: str
    bars: tuple[Bar, ...]

    @property
    def legend(self) -> Mapping[str, str]:
        """The labels of all parts that occur, by how they are drawn, in the order of the parts."""
        parts = [part for bar in self.bars for part in bar.parts]
        occurring = {part.drawn_as for part in parts if part.count}
        return {part.drawn_as: part.label for part in parts if part.drawn_as in occurring}


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of the results. `chapter` is that of the page. `columns` are the heads of the cells."""

    key: str
    title: str
    chapter: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    plots: tuple[Plot, ...] = field(default=())
    bars: tuple[Bars, ...] = field(default=())

    def all_rows(self) -> Iterator[tuple[int, Row]]:
        """Yield every row with its depth, from 0."""
        yield from _walk(self.rows, 0)

    @property
    def tables(self) -> tuple[Paired, ...]:
        """The two-by-two tables that are drawn."""
        cells = (cell for _, row in self.all_rows() for cell in row.cells.values())
        return tuple(cell for cell in cells if isinstance(cell, Paired) and cell.title and cell.table.n)


def _walk(rows: Iterable[Row], depth: int) -> Iterator[tuple[int, Row]]:
    for row in rows:
        yield depth, row
        yield from _walk(row.below, depth + 1)


def cell_texts(cell: Cell, words: Words) -> tuple[str, ...]:
    """Return a cell as text; a two-by-two table fills two cells."""
    if isinstance(cell, Value):
        return (words.statistic(cell.statistic, cell.scale),)
    if isinstance(cell, PValue):
        return (words.test(cell.test, cell.name),)
    if isinstance(cell, Paired):
        table = cell.table
        return (
            f"both {table.both:,}, neither {table.neither:,}",
            f"only 1: {table.first_only:,}, only 2: {table.second_only:,}",
        )
    return (str(cell),)


def arm_heads(results: Results) -> tuple[str, str]:
    """Return what columns are called: the arms' names, or "arm 1" and "arm 2" where a name is too long."""
    names = [arm.name for arm in results.arms]
    if all(0 < len(name) <= _HEAD for name in names) and names[0] != names[1]:
        return names[0], names[1]
    return "arm 1", "arm 2"


def pair(first: Cell, second: Cell) -> Mapping[str, Cell]:
    """Return the cells of both models."""
    return {"first": first, "second": second}


def rates(
    key: str,
    label: str,
    compared: PairedRates,
    scale: Scale = RATE,
    difference: Scale = RATE_DIFFERENCE,
    *,
    behind: Behinds = _NOTHING,
    difference_behind: Behind | None = None,
    p: Test | None = None,
    headline: str = "",
) -> Row:
    """Return the row of both models' rates, with their difference below."""
    first, second = Value(compared.first, scale, behind[0]), Value(compared.second, scale, behind[1])
    cells: dict[str, Cell] = {"difference": Value(compared.difference, difference, difference_behind)}
    if p is not None:
        cells["test"] = PValue(p)
    below = Row("difference", "difference", cells)
    return Row(key, label, pair(first, second), (below,), headline)


def proportion_rates(key: str, label: str, compared: PairedRates, *, behind: Behinds = _NOTHING) -> Row:
    """Return the row of rates that are proportions."""
    return rates(key, label, compared, PROPORTION, PROPORTION_DIFFERENCE, behind=behind)


def proportions(
    key: str,
    label: str,
    compared: PairedProportions,
    *,
    own: tuple[Statistic, Statistic] | None = None,
    paired: Paired | None = None,
    p: Test | None = None,
    behind: Behinds = _NOTHING,
    difference_behind: Behind | None = None,
    below: tuple[Row, ...] = (),
    headline: str = "",
) -> Row:
    """Return the row of both models' proportions, with their difference, its test and the table of cases below.

    `own` are the proportions of each model by itself, if they count other cases than the comparison.
    """
    first, second = own or (compared.first, compared.second)
    table = () if paired is None or not paired.table.n else (Row("cases", "in cases", {"paired": paired}),)
    apart = Value(compared.difference, PROPORTION_DIFFERENCE, difference_behind)
    tested = PValue(compared.test if p is None else p)
    difference = Row("difference", "difference", {"difference": apart, "test": tested}, table)
    cells = pair(Value(first, PROPORTION, behind[0]), Value(second, PROPORTION, behind[1]))
    return Row(key, label, cells, (difference, *below), headline)


def pairs_plot(key: str, title: str, rows: Iterable[Row]) -> Plot:
    """Return the plot of both models' estimates of these rows."""
    marks = [
        Mark(row.label, place, value)
        for row in rows
        for place, name in enumerate(("first", "second"))
        if (value := row.value(name)) is not None
    ]
    return Plot(key, title, tuple(marks))


def differences_plot(key: str, title: str, rows: Iterable[Row]) -> Plot:
    """Return the plot of the differences of these rows."""
    return Plot(
        key,
        title,
        tuple(Mark(row.label, None, value) for row in rows if (value := row.value("difference")) is not None),
    )


def drawn(*plots: Plot) -> tuple[Plot, ...]:
    """Return the plots that have an estimate to draw."""
    return tuple(plot for plot in plots if any(not isinstance(mark.value.statistic, Undefined) for mark in plot.marks))


def group_section(
    results: Results,
    chapter: str,
    key: str,
    title: str,
    groups: Sequence[Group[Found]],
    row: Callable[[Group[Found]], Row],
    plot: str = "",
) -> Section | None:
    """Return the section of several groups of cases, with a row for each, and their differences under a plot title."""
    if len(groups) < 2:
        return None
    rows = tuple(map(row, groups))
    plots = drawn(differences_plot(key, plot, rows)) if plot else ()
    return Section(key, title, chapter, arm_heads(results), rows, plots)
