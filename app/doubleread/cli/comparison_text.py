"""A comparison of studies for a terminal of any width: tables in blocks of columns, and a forest plot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len, chop_cells

from doubleread.console import say, say_table
from doubleread.domain.display import display_line
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
_LABEL, _HEAD = 24, 26
"""Cells after which the label of an arm, and the head of a column, are cut."""
_NAME, _ROLE = 20, 10
"""The same for the names and roles beside published values."""
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
        self._reasons = NumberedReasons()

    def say(self) -> None:
        found = self._comparison
        say(f"Comparison: {heading(found)}")
        self._list("Studies", self._studies())
        self._list("Arms", map(_about, found.arms))
        self._list("Not compared", (f"{one.found.path.name}: {one.reason}" for one in found.left_out))
        scores = [place for place, column in enumerate(found.columns) if not column.metric.from_readings]
        judged = [place for place, column in enumerate(found.columns) if column.metric.from_readings]
        self._tables("Scores, with 95% intervals", scores)
        self._tables("Judged by readers, with 95% intervals", judged)
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

    def _tables(self, title: str, places: Sequence[int]) -> None:
        if not places:
            return
        say()
        say(title)
        texts = {place: self._column(place) for place in places}
        labels = _labels(self._comparison.arms, _LABEL)
        for number, block in enumerate(self._blocks(places, texts, max(map(cell_len, labels.values())))):
            if number:
                say()
            heads = zip(*map(self._head, block), strict=True)
            tasks, metrics = (("", *line) for line in heads)
            say_table(tasks, [metrics, *_lines(labels, [texts[place] for place in block])])

    def _column(self, place: int) -> Mapping[int, Sequence[str]]:
        """Return the texts of a column by the number of the arm."""
        column = self._comparison.columns[place]
        found = ((arm.number, self._comparison.cells.get((arm.number, place), ())) for arm in self._comparison.arms)
        return {arm: list(entry_texts(entries, column, self._reasons)) for arm, entries in found}

    def _head(self, place: int) -> tuple[str, str]:
        column = self._comparison.columns[place]
        return _cut(column.task.label, _HEAD), _cut(column.metric.label, _HEAD)

    def _blocks(
        self, places: Sequence[int], texts: Mapping[int, Mapping[int, Sequence[str]]], label_width: int
    ) -> Iterator[Sequence[int]]:
        """Divide columns into blocks that fit the width, by their places."""
        block: list[int] = []
        room = self._width - label_width
        for place in places:
            cells = (text for entries in texts[place].values() for text in entries)
            needed = _GAP + max(map(cell_len, (*cells, *self._head(place))))
            if block and needed > room:
                yield block
                block, room = [], self._width - label_width
            block.append(place)
            room -= needed
        yield block

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

    def _published(self) -> None:
        sources = Sources()
        labels = _labels(self._comparison.arms, _NAME)
        for one in self._comparison.published:
            say()
            self._wrapped(f"{one.column.task.label}, {one.column.metric.label}: published values beside these arms")
            rows = sources.rows(one, self._comparison, self._reasons)
            lines = [
                (
                    labels[row.arm.number] if row.arm else _cut(row.name, _NAME),
                    _cut(row.role, _ROLE),
                    row.estimate,
                    row.origin,
                )
                for row in rows
            ]
            say_table(("", "role", "estimate", "published"), lines)
        self._list("Sources", sources.lines())


def _lines(labels: Mapping[int, str], columns: Sequence[Mapping[int, Sequence[str]]]) -> Iterator[Sequence[str]]:
    """Yield the lines of a table: for each arm as many as its largest cell has estimates, none if it has none."""
    for arm, label in labels.items():
        cells = [column[arm] for column in columns]
        for row in range(max(map(len, cells))):
            yield (label if not row else "", *(cell[row] if row < len(cell) else "" for cell in cells))


def _about(arm: ComparedArm) -> str:
    facts = (arm.label, *arm.roles, model_of(arm), also_called(arm), f"in {numbered_studies(arm.studies)}")
    return ", ".join(filter(None, facts))


def _labels(arms: Iterable[ComparedArm], width: int) -> dict[int, str]:
    """Return the labels of arms by number, cut to a width; names are cut before what tells them apart."""
    found: dict[int, str] = {}
    for arm in arms:
        apart = f" ({arm.apart})" if arm.apart else ""
        room = max(width - cell_len(display_line(apart)), _SHORTEST_NAME)
        label = _cut(_cut(arm.name, room) + apart, width)
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
