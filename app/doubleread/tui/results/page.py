"""The page of a study's results: the sections of the outline, each estimate linked to the cases behind it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from rich.cells import cell_len

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES
from doubleread.results import section as outlined
from doubleread.results.cases_behind import Behind
from doubleread.results.looks import LOOKS as PART_LOOKS
from doubleread.results.looks import PartColour
from doubleread.results.notes import notes
from doubleread.results.outline import outline
from doubleread.results.scales import NumberedReasons
from doubleread.results.section import Cell, Count, Paired, Row, Section, cell_texts
from doubleread.results.view import ResultsView
from doubleread.tui.shared.plots.intervals import WORDS, Bar, interval_plot
from doubleread.tui.shared.plots.lines import Line, Look, Part, beside, wrapped
from doubleread.tui.shared.plots.stacks import Piece, stack
from doubleread.tui.shared.plots.tables import grid, paired_plot

WIDEST = 170
"""Maximum width of a page in cells; wider bars show no more."""
WIDE = 130
"""Minimum width in cells at which two blocks are side by side."""
LOOKS: tuple[Look, Look] = ("first", "second")
SIGNS = "●◆"
_COLOURS: Mapping[PartColour, Look] = {
    "correct": "correct",
    "incorrect": "incorrect",
    "indeterminate": "indeterminate",
    "first": "first",
    "second": "second",
    "open": "open",
    "neutral": "",
    "done": "",
    "empty": "open",
}
Block = Callable[[int], list[Line]]
"""Lines as a function of their width."""
_Listed = tuple[str, Sequence[Cell], str]
"""A row of a table: its label, its cells, and its place on the page."""


def results_page(view: ResultsView, width: int) -> tuple[list[Line], list[int]]:
    """Return the lines of the page for a window of this width, and the rows in which its sections begin."""
    page = _Page(view, min(width, WIDEST))
    sections = outline(view.results)
    page.glance(sections)
    for section in sections:
        page.section(section)
    page.notes(notes(view.results))
    return page.lines, page.sections


class _Page:
    """Lines as they are added, and the rows in which sections begin."""

    def __init__(self, view: ResultsView, width: int) -> None:
        self.lines: list[Line] = []
        self.sections: list[int] = []
        self._view = view
        self._width = width
        self._words = NumberedReasons()

    def head(self, title: str, about: str = "") -> None:
        if self.lines:
            self.lines.append(())
        self.sections.append(len(self.lines))
        self.lines.append((Part(display_line(title), "heading"), *([Part(f"   {about}", "muted")] if about else [])))

    def note(self, words: str) -> None:
        self.lines += wrapped([Part(word, "muted") for word in display_line(words).split()], self._width, gap=" ")

    def notes(self, said: Sequence[str]) -> None:
        """Add the reasons of undefined estimates, and the notes on methods."""
        if remarks := (*self._words.lines(), *said):
            self.head("Notes")
            for remark in remarks:
                self.note(remark)

    def glance(self, sections: Sequence[Section]) -> None:
        """Add the rows that have a headline."""
        results = self._view.results
        self.head("At a glance", plural(results.cases, "case"))
        if not results.blindness.named:
            self.note(
                "The models are not named, and their order is randomised, until every reading is committed. Readers "
                f"who are not done must not see these results: {results.blindness.reason}."
            )
        answers = [
            Count(count, results.cases, behind=Behind("answers", place=place))
            for place, count in zip(PLACES, results.progress.answered, strict=True)
        ]
        headlines: list[_Listed] = [
            (row.headline, list(row.cells.values()), f"glance {section.key} {row.key}")
            for section in sections
            for row in section.rows
            if row.headline
        ]
        self.lines += self._grid(self._heads(), [("answers", answers, "glance answers"), *headlines], 100)

    def section(self, section: Section) -> None:
        """Add a section: its plots, its bars, its two-by-two tables, and the rows that no plot shows in full."""
        self.head(section.title)
        blocks: list[Block] = [partial(self._plot, section, plot) for plot in section.plots]
        blocks += [partial(self._bars, section, group) for group in section.bars]
        blocks += [partial(self._paired, section, paired) for paired in section.tables]
        if self._width >= WIDE:
            half = (self._width - 3) // 2
            for left, right in zip(blocks[::2], [*blocks[1::2], None][: (len(blocks) + 1) // 2], strict=True):
                lines = left(half)
                self._block(beside(lines, right(self._width - 3 - half), half) if right else lines)
        else:
            for block in blocks:
                self._block(block(self._width))
        if rows := list(self._rows(section)):
            arms = section.columns == self._arm_heads
            heads = self._heads() if arms else [(head, _MUTED) for head in section.columns]
            self._block(self._grid(heads, rows, self._width))

    def _block(self, lines: Sequence[Line]) -> None:
        if len(self.lines) - 1 > self.sections[-1]:
            self.lines.append(())
        self.lines += lines

    @property
    def _arm_heads(self) -> tuple[str, str]:
        return outlined.arm_heads(self._view.results)

    def _heads(self) -> list[tuple[str, Look]]:
        return [(f"{sign} {name}", look) for sign, name, look in zip(SIGNS, self._view.names, LOOKS, strict=True)]

    def _labelled(self, arm: int | None, label: str) -> str:
        return label if arm is None else f"{SIGNS[arm]} {label or self._view.names[arm]}"

    def _plot(self, section: Section, plot: outlined.Plot, width: int) -> list[Line]:
        bars = [
            Bar(
                self._labelled(mark.arm, mark.label),
                mark.value.statistic,
                "" if mark.arm is None else LOOKS[mark.arm],
                _spot(mark.value.behind, f"{section.key} {plot.key} {number}"),
            )
            for number, mark in enumerate(plot.marks)
        ]
        title = f"Difference ● - ◆: {plot.title}" if plot.scale.difference else plot.title
        label = _label_width([bar.label for bar in bars], width)
        return [(Part(display_line(title), "muted"),), *interval_plot(bars, plot.scale, width, label)]

    def _bars(self, section: Section, group: outlined.Bars, width: int) -> list[Line]:
        lines: list[Line] = [(Part(group.title, "muted"),)]
        label = _label_width([self._labelled(bar.arm, bar.label) for bar in group.bars], width)
        for bar in group.bars:
            pieces = [self._piece(section, group, part) for part in bar.parts]
            look = "" if bar.arm is None else LOOKS[bar.arm]
            lines += stack(self._labelled(bar.arm, bar.label), pieces, width, label, look)
        return lines

    def _piece(self, section: Section, group: outlined.Bars, part: outlined.Part) -> Piece:
        look = PART_LOOKS[part.drawn_as]
        spot = _spot(part.behind, f"{section.key} {group.key}")
        return Piece(part.label, part.count, look.pattern, _COLOURS[look.colour], spot)

    def _paired(self, section: Section, paired: Paired, width: int) -> list[Line]:
        def spot(field: str) -> Hashable:
            cases = paired.behind and replace(paired.behind, name=field)
            return _spot(cases, f"{section.key} {paired.title}")

        table = paired_plot(paired.table, self._view.names, (paired.has, paired.has_not), spot, width)
        return [(Part(display_line(paired.title), "muted"),), *table]

    def _rows(self, section: Section) -> Iterator[_Listed]:
        """Yield the rows with a cell, there or below, that is neither in a plot nor drawn as a table."""
        plotted = {id(mark.value) for plot in section.plots for mark in plot.marks}

        def needed(row: Row) -> bool:
            shown = all(id(cell) in plotted or (isinstance(cell, Paired) and cell.title) for cell in row.cells.values())
            return not shown or any(map(needed, row.below))

        for number, (depth, row) in enumerate(section.all_rows()):
            if needed(row):
                yield "  " * depth + row.label, list(row.cells.values()), f"{section.key} {number}"

    def _grid(self, heads: Sequence[tuple[str, Look]], rows: Sequence[_Listed], width: int) -> list[Line]:
        texts = [
            (
                label,
                [
                    (
                        text,
                        _spot(getattr(cell, "behind", None), f"{at} {number}")
                        if not isinstance(cell, Paired)
                        else None,
                    )
                    for number, cell in enumerate(cells)
                    for text in cell_texts(cell, self._words)
                ],
            )
            for label, cells, at in rows
        ]
        return grid(heads, texts, min(width, self._width), _label_width([label for label, *_ in rows], width))


_MUTED: Look = "muted"


def _spot(behind: Behind | None, at: str) -> Hashable:
    """Return the spot of an estimate: the cases behind it, and its place on the page."""
    return None if behind is None else replace(behind, section=at)


def _label_width(labels: Sequence[str], width: int) -> int:
    """Return the cells that the longest label needs, as far as the bars have a fifth of the width."""
    return min(max(map(cell_len, labels), default=0), width - WORDS - 2 - max(width // 5, 8))
