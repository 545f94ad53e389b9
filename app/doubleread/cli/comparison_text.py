"""A comparison of studies for a terminal of any width: tables in blocks of columns, and a forest plot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells

from doubleread.console import say, say_table
from doubleread.domain.display import display_line
from doubleread.domain.wording import middle_cut
from doubleread.reports.comparison_words import (
    DifferenceGroups,
    Sources,
    also_called,
    by_scale,
    difference_label,
    entry_texts,
    heading,
    interval_counts,
    model_of,
    numbered_studies,
    p_text,
    plot_title,
    sides,
    tasks_of,
)
from doubleread.results.comparison import Comparison
from doubleread.results.comparison.arms import ComparedArm
from doubleread.results.comparison.notes import comparison_notes
from doubleread.results.scales import NumberedReasons, Scale
from doubleread.tui.shared.plots.intervals import drawn, scale_line
from doubleread.tui.shared.plots.lines import fit

NARROWEST = 80
_LABEL, _HEAD = 24, 36
"""Cells after which the label of an arm, and the head of a column, are cut. Wide terminals have longer labels."""
_SHORTEST_NAME = 8
_GAP = 3
"""Cells between two columns of a table."""
_P = 11
"""Cells of a p value."""
_ONE_LINE = 110
"""Cells from which on a difference and its label are in one line."""
_WIDEST_NOTE = 100


def say_comparison(comparison: Comparison, width: int) -> None:
    """Print a comparison in lines of at most `width` cells, or `NARROWEST`."""
    _Text(comparison, max(width, NARROWEST)).say()


class _Text:
    def __init__(self, comparison: Comparison, width: int) -> None:
        self._comparison = comparison
        self._width = width
        self._label = max(_LABEL, width // 3)
        self._reasons = NumberedReasons()

    def say(self) -> None:
        found = self._comparison
        say(f"Comparison: {heading(found)}")
        self._list("Studies", self._studies())
        self._list("Arms", map(_about, found.arms))
        self._list("Not compared", (f"{one.found.path.name}: {one.reason}" for one in found.left_out))
        scores = [place for place, column in enumerate(found.columns) if not column.metric.from_readings]
        judged = [place for place, column in enumerate(found.columns) if column.metric.from_readings]
        self._estimates("Scores, with 95% intervals", scores)
        self._estimates("Judged by readers, with 95% intervals", judged)
        for scale, groups in by_scale(found.pairs):
            self._plot(scale, groups)
        self._list("Intervals of the scores' differences", interval_counts(found))
        self._published()
        self._list("Remarks", found.remarks)
        say()
        for line in (*self._reasons.lines(), *comparison_notes(found)):
            self._wrapped(line)

    def _studies(self) -> Iterator[str]:
        for study in self._comparison.studies:
            why = study.found.results.blindness.reason
            tasks = tasks_of(study, self._comparison)
            yield f"{study.number}. {study.found.path.name}: {tasks}; arms named: {why}"

    def _list(self, title: str, items: Iterable[str]) -> None:
        texts = list(items)
        if texts:
            say()
            say(title)
            for text in texts:
                self._wrapped(text, "  ", "    ")

    def _wrapped(self, text: str, first: str = "", others: str = "") -> None:
        width, line = min(self._width, _WIDEST_NOTE), first
        words = (piece for word in display_line(text).split() for piece in chop_cells(word, width - len(others) - 1))
        for word in words:
            joint = " " if line.strip() else ""
            if joint and cell_len(line) + cell_len(word) >= width:
                say(line)
                line, joint = others, ""
            line += joint + word
        say(line)

    def _estimates(self, title: str, places: Sequence[int]) -> None:
        if places:
            found = self._comparison
            labels = _labels(found.arms, self._label)
            columns = [
                _TextColumn(
                    (found.columns[place].task.label, found.columns[place].metric.label),
                    [
                        list(entry_texts(found.cells.get((arm, place), ()), found.columns[place], self._reasons))
                        for arm in labels
                    ],
                )
                for place in places
            ]
            self._table(title, list(labels.values()), columns)

    def _published(self) -> None:
        sources = Sources()
        labels = _labels(self._comparison.arms, self._label)
        for one in self._comparison.published:
            columns = [
                _TextColumn(
                    (column.metric.label,),
                    [
                        *(list(entry_texts(one.own.get((arm, place), ()), column, self._reasons)) for arm in one.arms),
                        *([sources.cell(one, model, place)] for model in one.models),
                    ],
                )
                for place, column in enumerate(one.columns)
            ]
            names = [*(labels[arm] for arm in one.arms), *(_cut(model, self._label) for model in one.models)]
            self._table(f"{one.task.label}, beside published values", names, columns)
        self._list("Sources", sources.lines())

    def _table(self, title: str, labels: Sequence[str], columns: Sequence[_TextColumn]) -> None:
        """Print a table in blocks of columns that fit the width."""
        say()
        self._wrapped(title)
        room = width = self._width - max(map(cell_len, labels))
        block: list[_TextColumn] = []
        for column in columns:
            if block and column.needed > room:
                _say_block(labels, block)
                say()
                block, room = [], width
            block.append(column)
            room -= column.needed
        _say_block(labels, block)

    def _plot(self, scale: Scale, groups: DifferenceGroups) -> None:
        shown = [item for _, items in groups for item in items]
        axis = scale.axis([item.statistic for item in shown])
        one_line = self._width >= _ONE_LINE
        labels = [difference_label(item, pair) for pair, items in groups for item in items]
        label_width = min(max(map(cell_len, labels)), self._width // 3) if one_line else 2
        words_width = max(cell_len(self._reasons.statistic(item.statistic, scale)) for item in shown)
        width = max(self._width - label_width - 3 - words_width - _P - 2, 8)
        lead = " " * (label_width + 3)
        say()
        self._wrapped(plot_title(groups), "", "  ")
        say(f"{lead}{_ends(groups, width)}".rstrip())
        for pair, items in groups:
            self._wrapped(pair.label, "", "    ")
            for item in items:
                label = difference_label(item, pair)
                if not one_line:
                    self._wrapped(label, "  ", "    ")
                start = f"  {fit(label, label_width)} " if one_line else lead
                words = fit(self._reasons.statistic(item.statistic, scale), words_width)
                say(f"{start}{drawn(item.statistic, axis, width)} {words} {p_text(item.test)}".rstrip())
        say(f"{lead}{scale_line(axis, width)}".rstrip())


@dataclass(frozen=True, slots=True)
class _TextColumn:
    """A column of a table: its heads, one below the other, and the texts of each row, none or several."""

    heads: tuple[str, ...]
    cells: Sequence[Sequence[str]]

    @property
    def shown_heads(self) -> tuple[str, ...]:
        """The heads, cut."""
        return tuple(_cut(head, _HEAD) for head in self.heads)

    @property
    def needed(self) -> int:
        """The cells that it needs beside another column."""
        return _GAP + max(map(cell_len, (*self.shown_heads, *(text for texts in self.cells for text in texts))))


def _say_block(labels: Sequence[str], columns: Sequence[_TextColumn]) -> None:
    """Print some columns. A row has as many lines as its largest cell has texts, none if it has no text."""
    first, *others = (("", *heads) for heads in zip(*(column.shown_heads for column in columns), strict=True))
    lines: list[tuple[str, ...]] = [*others]
    for row, label in enumerate(labels):
        cells = [column.cells[row] for column in columns]
        for line in range(max(map(len, cells))):
            texts = (cell[line] if line < len(cell) else "" for cell in cells)
            lines.append((label if not line else "", *texts))
    say_table(first, lines)


def _about(arm: ComparedArm) -> str:
    facts = (arm.label, *arm.roles, model_of(arm), also_called(arm), f"in {numbered_studies(arm.studies)}")
    return ", ".join(filter(None, facts))


def _labels(arms: Iterable[ComparedArm], width: int) -> dict[int, str]:
    """Return the labels of arms by number, cut to a width.

    Names are cut before what tells them apart, and in their middle, because what differs is often at the end.
    """
    found: dict[int, str] = {}
    for arm in arms:
        apart = f" ({arm.apart})" if arm.apart else ""
        room = max(width - cell_len(display_line(apart)), _SHORTEST_NAME)
        label = _cut(_cut(middle_cut(display_line(arm.name), room), room) + apart, width)
        found[arm.number] = label if label not in found.values() else f"{_cut(label, width - 4)} #{arm.number}"
    return found


def _cut(text: str, width: int) -> str:
    return fit(text, width).rstrip()


def _ends(groups: DifferenceGroups, width: int) -> str:
    """Return the words above the axis that say which arm is higher on which side."""
    low, high = sides(groups)
    for higher in (" higher", ""):
        left, right = f"◂ {low}{higher}", f"{high}{higher} ▸"
        if len(left) + len(right) < width:
            return left + right.rjust(width - len(left))
    return ""
