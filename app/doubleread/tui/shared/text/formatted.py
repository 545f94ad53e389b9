"""Markdown in rows of a given width, with the code-point offsets of everything that is shown."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

import regex
from rich.cells import cell_len

from doubleread.domain.display import display_line
from doubleread.domain.spans import Span, previous_grapheme
from doubleread.markup.blocks import Cell, Group, Line, State, Table, parse
from doubleread.markup.inline import Dialect
from doubleread.markup.runs import DECORATION, Run
from doubleread.tui.shared.text.wrapping import Cluster, Row, WrappedText, clusters, wrap_line

RULE, FENCE, RULE_CROSSING, COLUMN_RULE = "─", "╌", "─┼─", " │ "
WORD_CELLS = 14
"""The columns of a table have room for their words, up to so many cells. Without it, each cell gets its own line."""
_HANG = "  "
"""Before the second row of a cell that has a line of its own."""

_PLAIN = regex.compile(r"[\p{L}\p{Nd} ,.:;!?'\"%/()+-]*")
_PLAIN_LINE = regex.compile(rf"\p{{L}}{_PLAIN.pattern}")
"""A line of words: neither they, nor such words after them, are markup."""

_start = attrgetter("start")


class _Piece(NamedTuple):
    """Characters [start, end) that are shown together in a row; empty for a row that shows none."""

    start: int
    end: int
    row: int
    atomic: bool


class _Placed(NamedTuple):
    """Where a group begins, to parse the text again from there."""

    start: int
    paragraph: int
    row: int
    state: State


def _is_plain(row: Row) -> bool:
    return row.runs == (Run(row.start, row.end, None, 0),)


@dataclass(slots=True)
class FormattedText(WrappedText):
    """A text in Markdown, and its rows for one width in cells.

    Each character of the text that is not markup is shown once. A row is at most as wide as that of plain text.
    Markup is hidden: between the end of one piece of what is shown and the start of the next.
    """

    dialect: Dialect = "answer"
    _pieces: list[_Piece] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)
    """The end of each line, without its line break."""
    _groups: list[_Placed] = field(default_factory=list)
    _records: set[int] = field(default_factory=set)
    """The lines that are rows of a table."""

    def append(self, more: str) -> int:
        """Add to the end of the text and return the first row that may have changed.

        The last two groups are parsed again: what looked like a rule may become the second line of a table.
        """
        if self._goes_on_plainly(more):
            return self._wrap_on(more)
        before = self.rows
        place = self._groups[max(len(self._groups) - 2, 0)]
        self.rows = before[: place.row]
        del self._groups[max(len(self._groups) - 2, 0) :]
        del self._pieces[bisect_left(self._pieces, place.start, key=_start) :]
        del self._ends[place.paragraph :]
        self.text += more
        self.lay_out(place)
        changed = place.row
        while changed < min(len(before), len(self.rows)) and before[changed] == self.rows[changed]:
            changed += 1
        return min(changed, len(self.rows) - 1)

    def _goes_on_plainly(self, more: str) -> bool:
        """Return whether words follow words, in a line of several rows."""
        if not self._groups or not _PLAIN.fullmatch(more):
            return False
        group = self._groups[-1]
        return (
            len(self.rows) - group.row > 2
            and all(_is_plain(row) for row in self.rows[-2:])
            and self.rows[-1].end == len(self.text)
            and _PLAIN_LINE.fullmatch(self.text, group.start) is not None
        )

    def _wrap_on(self, more: str) -> int:
        """Wrap the last two rows with what follows them, as plain text does."""
        keep = len(self.rows) - 2
        start, paragraph = self.rows[keep].start, self.rows[keep].paragraph
        del self.rows[keep:]
        del self._pieces[bisect_left(self._pieces, start, key=_start) :]
        self.text += more
        self._ends[-1] = len(self.text)
        for row in wrap_line(self.text, start, len(self.text), paragraph, self.width):
            self._pieces.append(_Piece(row.start, row.end, len(self.rows), False))
            self.rows.append(Row(paragraph, row.start, row.end, (Run(row.start, row.end, None, 0),)))
        return keep

    def lay_out(self, place: _Placed) -> None:
        """Add the rows of the text from a place on."""
        paragraph = place.paragraph
        for group in parse(self.text, self.dialect, place.start, place.state):
            first = group.lines[0]
            self._groups.append(_Placed(first.start, paragraph, len(self.rows), group.state))
            if first.start == first.end and not first.lead:
                self._add_blank(first.start, paragraph)
                paragraph += 1
                continue
            for line, rows in _rows_of_group(self.text, group, self.width):
                self._add(line, rows, paragraph)
                paragraph += 1

    def _add_blank(self, start: int, paragraph: int) -> None:
        """Add an empty line. A text may have very many."""
        self._ends.append(start)
        self._pieces.append(_Piece(start, start, len(self.rows), False))
        self.rows.append(Row(paragraph, start, start, (Run(start, start, "", DECORATION),)))

    def _add(self, line: Line, rows: list[list[Run]], paragraph: int) -> None:
        self._ends.append(line.end)
        if line.cells:
            self._records.add(paragraph)
        first = len(self.rows)
        shown = [[run for run in runs if run.start < run.end] for runs in rows]
        pieces = [
            _Piece(run.start, run.end, first + at, run.drawn is not None) for at, row in enumerate(shown) for run in row
        ]
        pieces.sort()
        self._pieces += pieces or [_Piece(line.start, line.start, first, False)]
        for at, (runs, texts) in enumerate(zip(rows, shown, strict=True)):
            start = texts[0].start if texts else line.start
            last = not pieces or pieces[-1].row == first + at
            end = line.end if last else texts[-1].end if texts else start
            self.rows.append(Row(paragraph, start, end, tuple(runs)))

    def _piece_at(self, offset: int) -> tuple[int, bool]:
        """Return the index of the last piece that begins at or before an offset, and whether it shows the offset."""
        at = bisect_right(self._pieces, offset, key=_start) - 1
        return at, at >= 0 and offset < self._pieces[at].end

    def _line_of(self, offset: int) -> int:
        return min(bisect_left(self._ends, offset), len(self._ends) - 1)

    def _line_start(self, paragraph: int) -> int:
        return self._ends[paragraph - 1] + 1 if paragraph else 0

    def row_of(self, offset: int) -> int:
        """Return the index of the row that shows the offset. Hidden markup belongs to what follows it in its line."""
        at, inside = self._piece_at(offset)
        if inside or at + 1 >= len(self._pieces):
            return self._pieces[max(at, 0)].row
        paragraph = self._line_of(offset)
        if offset < self._ends[paragraph] and self._pieces[at + 1].start <= self._ends[paragraph]:
            return self._pieces[at + 1].row
        return self._pieces[max(at, 0)].row

    def rows_of(self, span: Span) -> range:
        """Return the rows in which something of a span may be drawn. The cells of a table's row share rows."""
        first, last = self.row_of(span.start), self.row_of(max(span.end - 1, span.start))
        first, last = min(first, last), max(first, last)
        if self.rows[first].paragraph in self._records:
            while first and self.rows[first - 1].paragraph == self.rows[first].paragraph:
                first -= 1
        if self.rows[last].paragraph in self._records:
            while last + 1 < len(self.rows) and self.rows[last + 1].paragraph == self.rows[last].paragraph:
                last += 1
        return range(first, last + 1)

    def line_around(self, index: int) -> Span:
        """Return the line that a row belongs to, with the characters of it that are hidden."""
        paragraph = self.rows[index].paragraph
        return Span(min(self._line_start(paragraph), self._ends[paragraph]), self._ends[paragraph])

    def clusters_of(self, index: int) -> list[Cluster]:
        """Return what is drawn in a row, from the left, with its decorations."""
        found: list[Cluster] = []
        for run in self.rows[index].runs:
            if run.drawn is None:
                found += clusters(self.text, run.start, run.end, run.look)
            else:
                drawn = display_line(run.drawn)
                found.append(Cluster(run.start, run.end, drawn, cell_len(drawn), run.look))
        return found

    def offset_at(self, index: int, column: int) -> int:
        """Return the offset for a caret at a column of a row; on a decoration, of what is beside it."""
        cluster = self.cluster_at(index, column)
        if cluster is None:
            return self.last_offset(index)
        if cluster.start < cluster.end:
            return cluster.start
        texts = [one.start for one in self.clusters_of(index) if one.start < one.end]
        if not texts:
            return self.rows[index].end
        return texts[min(bisect_left(texts, cluster.start), len(texts) - 1)]

    def first_offset(self, index: int) -> int:
        """Return the first place for a caret in a row."""
        row = self.rows[index]
        return row.start if row.has_text else row.end

    def last_offset(self, index: int) -> int:
        """Return the last place for a caret in a row: the end of its line, else before its last character."""
        row = self.rows[index]
        end = self._ends[row.paragraph]
        if self.row_of(end) == index:
            return end
        return max(
            (cluster.start for cluster in self.clusters_of(index) if cluster.start < cluster.end), default=row.end
        )

    def is_line_end(self, index: int, offset: int) -> bool:
        """Return whether a caret at an offset is behind the last character of a row, at the end of a line."""
        return offset == self._ends[self.rows[index].paragraph] and self.row_of(offset) == index

    def stop(self, offset: int, *, forward: bool = True) -> int:
        """Return the place for a caret at an offset: at a character that is shown, or at the end of a line."""
        at, inside = self._piece_at(offset)
        if inside:
            piece = self._pieces[at]
            if not piece.atomic or offset == piece.start:
                return offset
            return self.stop(piece.end) if forward else piece.start
        paragraph = self._line_of(offset)
        if offset >= self._ends[paragraph]:
            return offset
        if forward:
            following = self._pieces[at + 1].start if at + 1 < len(self._pieces) else len(self.text) + 1
            return following if following < self._ends[paragraph] else self._ends[paragraph]
        if (
            at >= 0
            and self._pieces[at].start < self._pieces[at].end
            and self._pieces[at].end > self._line_start(paragraph)
        ):
            piece = self._pieces[at]
            return piece.start if piece.atomic else max(previous_grapheme(self.text, piece.end), piece.start)
        return self._ends[paragraph - 1] if paragraph else self.stop(offset)

    def shown(self, span: Span) -> Span:
        """Return a span without hidden characters at its ends. If all are hidden, return it as it is."""
        low, inside = self._piece_at(span.start)
        start = span.start
        if inside and self._pieces[low].atomic:
            start = self._pieces[low].start
        elif not inside:
            low = self._texts_from(low + 1, 1)
            start = self._pieces[low].start if low < len(self._pieces) else len(self.text)
        high, inside = self._piece_at(max(span.end - 1, 0))
        end = span.end
        if inside and self._pieces[high].atomic:
            end = self._pieces[high].end
        elif not inside:
            high = self._texts_from(high, -1)
            end = self._pieces[high].end if high >= 0 else 0
        return Span(start, end) if start < end else span

    def _texts_from(self, at: int, step: int) -> int:
        """Return the index of the first piece that shows something, from one on."""
        while 0 <= at < len(self._pieces) and self._pieces[at].start == self._pieces[at].end:
            at += step
        return at

    def seen(self, span: Span) -> Span:
        """Like `shown`, but instead of a span that is hidden, return a character beside it in its line."""
        found = self.shown(span)
        at, inside = self._piece_at(found.start)
        if inside or not len(span) or found != span:
            return found
        paragraph = self._line_of(span.start)
        line = range(self._line_start(paragraph), self._ends[paragraph] + 1)
        for place in (at + 1, at):
            if 0 <= place < len(self._pieces):
                piece = self._pieces[place]
                if piece.start < piece.end and piece.start in line:
                    one = [*clusters(self.text, piece.start, piece.end)]
                    beside = one[0] if place > at else one[-1]
                    whole = (piece.start, piece.end) if piece.atomic else (beside.start, beside.end)
                    return Span(*whole)
        return span


def format_text(text: str, width: int, dialect: Dialect) -> FormattedText:
    """Lay out a text in Markdown in rows of at most `width` cells."""
    made = FormattedText(text, max(width, 1), [], dialect)
    made.lay_out(_Placed(0, 0, 0, State()))
    return made


def _rows_of_group(text: str, group: Group, width: int) -> Iterator[tuple[Line, list[list[Run]]]]:
    """Yield each line of a group with what is drawn in its rows."""
    columns: list[int] | None = None
    records = 0
    for line in group.lines:
        room = width - min(max(cell_len(line.lead), cell_len(line.hang)), width // 2)
        if line.table is not None and line.kind == "header":
            columns = _columns(text, [one.cells for one in group.lines if one.cells], line.table, room)
        # In a case, what a list item or an option begins with is part of its first row.
        outdent = width - room if line.kind == "text" and not (line.lead or line.level) else 0
        rows = _rows_of_line(text, line, room, columns, outdent)
        if line.kind == "record":
            if records and (len(rows) > 1 or records > 1):
                rows = [[_between(line, columns)], *rows]
            records = max(records, len(rows))
        yield line, [_led(row, line, line.hang if number else line.lead, width) for number, row in enumerate(rows)]


def _between(line: Line, columns: list[int] | None) -> Run:
    """Return what is drawn between two rows of a table if cells of theirs are broken."""
    drawn = COLUMN_RULE.join(" " * cells for cells in columns) if columns is not None else ""
    return Run(line.start, line.start, drawn.rstrip(), DECORATION)


def _led(row: list[Run], line: Line, lead: str, width: int) -> list[Run]:
    """Return a row with what is drawn before it, of which narrow panes show the end."""
    if not lead:
        return row or [Run(line.start, line.start, "", DECORATION)]
    shown = lead[-(width // 2) :] if width > 1 else ""
    start = next((run.start for run in row), line.start)
    return [Run(start, start, shown, DECORATION), *row]


def _rows_of_line(text: str, line: Line, room: int, columns: list[int] | None, outdent: int) -> list[list[Run]]:
    if line.kind == "rule" or (line.kind == "delimiter" and columns is None):
        return [[Run(line.start, line.start, RULE * room, DECORATION)]]
    if line.kind == "fence":
        return _fence_rows(text, line, room)
    if line.kind == "delimiter" and columns is not None:
        return [[Run(line.start, line.start, RULE_CROSSING.join(RULE * cells for cells in columns), DECORATION)]]
    if line.table is not None and columns is not None:
        return _table_rows(text, line, line.table, columns)
    if line.kind == "record" and line.table is not None:
        return _labelled_rows(text, line, line.table, room)
    if line.kind == "header":
        joined: list[Run] = []
        for cell in line.cells:
            if joined and cell.runs:
                joined.append(Run(cell.runs[0].start, cell.runs[0].start, COLUMN_RULE, DECORATION))
            joined += cell.runs
        return _wrapped(text, joined, room)
    return _wrapped(text, line.runs, room, outdent)


def _fence_rows(text: str, line: Line, room: int) -> list[list[Run]]:
    """Return a rule, with the words of the fence in it if there is room for both."""
    if not line.runs:
        return [[Run(line.start, line.start, FENCE * room, DECORATION)]]
    free = room - _cells(text, line.runs) - 2
    if free < 1:
        return _wrapped(text, line.runs, room)
    return [[*line.runs, Run(line.runs[-1].end, line.runs[-1].end, f" {FENCE * free} ", DECORATION)]]


def _cells(text: str, runs: Sequence[Run]) -> int:
    return sum(_widths(text, runs))


def _widths(text: str, runs: Sequence[Run]) -> Iterator[int]:
    for run in runs:
        if run.drawn is not None:
            yield cell_len(display_line(run.drawn))
        elif text.isascii() or text[run.start : run.end].isascii():
            yield run.end - run.start
        else:
            yield sum(cluster.cells for cluster in clusters(text, run.start, run.end))


def _wrapped(text: str, runs: Sequence[Run], room: int, outdent: int = 0) -> list[list[Run]]:
    """Return runs in rows of at most `room` cells, broken as plain text is. The first row has `outdent` more."""
    if not runs:
        return [[]]
    shown = [run.shown(text) for run in runs]
    joined = "".join(shown)
    rows = list(wrap_line(joined, 0, len(joined), 0, room + outdent))
    if outdent and len(rows) > 1:
        rows = [rows[0], *wrap_line(joined, rows[0].end, len(joined), 0, room)]
    if len(rows) == 1:
        return [list(runs)]
    made: list[list[Run]] = []
    at, begun = 0, 0
    for row in rows:
        here: list[Run] = []
        while at < len(runs) and begun < row.end:
            run, length = runs[at], len(shown[at])
            low, high = max(row.start - begun, 0), min(row.end - begun, length)
            if run.drawn is None:
                here.append(Run(run.start + low, run.start + high, None, run.look))
            elif low == 0 or run.is_decoration:
                here.append(run._replace(drawn=run.drawn[low:high]) if run.is_decoration else run)
            if high < length:
                break
            begun += length
            at += 1
        made.append(here)
    # Between narrow cells, a row may have nothing but a rule.
    return [row for row in made if any(not run.is_decoration for run in row)]


def _columns(text: str, records: Sequence[Sequence[Cell]], table: Table, room: int) -> list[int] | None:
    """Share out a row's cells among a table's columns: what each needs, or a part of it; None if that is too little."""
    count = len(table.aligns)
    need, least = [1] * count, [1] * count
    for cells in records:
        for column, cell in enumerate(cells):
            need[column] = max(need[column], _cells(text, cell.runs))
            words = "".join(run.shown(text) for run in cell.runs).split()
            least[column] = max(least[column], min(max(map(cell_len, words), default=1), WORD_CELLS))
    free = room - len(COLUMN_RULE) * (count - 1)
    if sum(need) <= free:
        return need
    least = [min(one, wanted) for one, wanted in zip(least, need, strict=True)]
    if sum(least) > free:
        return None
    spare, more = free - sum(least), [wanted - one for one, wanted in zip(least, need, strict=True)]
    widths = [one + spare * extra // sum(more) for one, extra in zip(least, more, strict=True)]
    left = free - sum(widths)
    for column in sorted(range(count), key=lambda at: widths[at] - need[at])[:left]:
        widths[column] += 1
    return widths


def _table_rows(text: str, line: Line, table: Table, columns: list[int]) -> list[list[Run]]:
    """Return the rows of a table's row, with each cell broken in its column."""
    cells = [_wrapped(text, cell.runs, width) for cell, width in zip(line.cells, columns, strict=False)]
    made: list[list[Run]] = []
    for number in range(max(map(len, cells), default=1)):
        parts = [cell[number] if number < len(cell) else [] for cell in cells]
        row: list[Run] = []
        gap, last = "", line.start
        for column, width in enumerate(columns):
            part = parts[column] if column < len(parts) else []
            # A trailing blank at the edge of the column gives way to the rule after it.
            spare = max(width - _cells(text, part), 0)
            before = {"left": 0, "center": spare // 2, "right": spare}[table.aligns[column]] if part else 0
            gap += " " * before
            if part:
                if gap:
                    row.append(Run(part[0].start, part[0].start, gap, DECORATION))
                row += part
                gap, last = "", part[-1].end
            gap += " " * (spare - before)
            if column + 1 < len(columns):
                over = _cells(text, part) > width
                gap += COLUMN_RULE[1:] if over else COLUMN_RULE
        if gap.strip():
            row.append(Run(last, last, gap.rstrip(), DECORATION))
        made.append(row)
    return made


def _labelled_rows(text: str, line: Line, table: Table, room: int) -> list[list[Run]]:
    """Return the rows of a table's row with a line for each cell, which begins with the name of its column."""
    made: list[list[Run]] = []
    for column, cell in enumerate(line.cells):
        if not cell.runs:
            continue
        name = "".join(run.shown(text) for run in table.header[column].runs) if column < len(table.header) else ""
        label = display_line(f"{name}: ") if name else ""
        indent = _HANG if made and room >= WORD_CELLS else ""
        if cell_len(label) != len(label):
            label = ""
        elif len(label) > room // 2:
            label = f"{label[: room // 2 - 3]}…: " if room >= WORD_CELLS else ""
        place = cell.runs[0].start
        named = (Run(place, place, label, DECORATION), *cell.runs) if label else cell.runs
        for number, row in enumerate(_wrapped(text, named, max(room - len(indent) - len(_HANG), 1))):
            before = indent + (_HANG if number and room > len(_HANG) else "")
            made.append([Run(row[0].start, row[0].start, before, DECORATION), *row] if before else row)
    return made or [[]]
