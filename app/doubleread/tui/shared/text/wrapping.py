"""Text in rows of a given width, with the code-point offsets of every row and of every cell in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import regex
from rich.cells import cell_len

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.markup.runs import Run

_LINE_BREAK = regex.compile(r"\r?\n")
_GRAPHEME = regex.compile(r"\X")
_BLANK_PATTERN = r"(?<!\p{GCB=Prepend})[^\S\xa0\u2007\u202f](?![\p{GCB=Extend}\p{GCB=SpacingMark}\u200d])"
_BLANK = regex.compile(_BLANK_PATTERN)
_RUN = regex.compile(rf"(?:{_BLANK_PATTERN})+|(?:(?!{_BLANK_PATTERN}).)+", flags=regex.DOTALL)
_ASCII_RUN = re.compile(r"\s+|\S+", flags=re.ASCII)
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_NEVER_FIRST = frozenset("、。，．！？：；）」』】〉》〕］｝’”ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…")
_MARK_CARRIER = "\u25cc"


class Row(NamedTuple):
    """One row on the screen: the code points [start, end) of a paragraph, without its line break.

    Without `runs`, these are shown as they are. Otherwise the runs are what is shown, from the left: some of the code
    points may be hidden, and in a table, a row has parts of several cells.
    """

    paragraph: int
    start: int
    end: int
    runs: tuple[Run, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether any character of the text is shown in the row."""
        return any(run.start < run.end for run in self.runs) if self.runs else self.start < self.end

    def holds(self, span: Span) -> bool:
        """Return whether the row shows a character of a span. A row without text holds what lies around it."""
        if not self.runs:
            return span.start < self.end and span.end > self.start
        if not self.has_text:
            return span.start <= self.end and span.end > self.start
        return any(span.start < run.end and run.start < span.end for run in self.runs if run.start < run.end)

    def begins(self, span: Span) -> bool:
        """Return whether the first character of a span that the row holds is in this row."""
        if not self.runs or not self.has_text:
            return span.start >= self.start
        return any(run.start <= span.start < run.end for run in self.runs)


class Cluster(NamedTuple):
    """One user-perceived character: its code points [start, end), what is drawn for it, and the cells that takes.

    `look` adds up constants of `doubleread.markup.runs`. A decoration has no code points.
    """

    start: int
    end: int
    drawn: str
    cells: int
    look: int = 0


def clusters(text: str, start: int, end: int, look: int = 0) -> Iterator[Cluster]:
    """Yield the user-perceived characters of a stretch without line breaks, as they are drawn.

    A combining mark without a base is drawn on a dotted circle, so that everything has at least one cell.
    """
    shown = display_text(text[start:end])
    if text.isascii() or text[start:end].isascii():
        for offset, character in enumerate(shown, start):
            yield Cluster(offset, offset + 1, character, 1, look)
        return
    for match in _GRAPHEME.finditer(text, start, end):
        drawn = shown[match.start() - start : match.end() - start]
        cells = cell_len(drawn)
        if cells == 0:
            drawn, cells = _MARK_CARRIER + drawn, 1
        yield Cluster(match.start(), match.end(), drawn, cells, look)


@dataclass(slots=True)
class WrappedText:
    """A text and its rows for one width in cells.

    The rows, with the line breaks between them, are the text: nothing is lost or repeated. No row is wider than the
    width, except for a single wider character and for one blank that may hang over the right edge.
    """

    text: str
    width: int
    rows: list[Row]

    def append(self, more: str) -> int:
        """Add to the end of the text and return the first row that may have changed.

        Only the last two rows are wrapped again: the new text may make the last character narrower, so that its word
        fits into the previous row.
        """
        keep = len(self.rows) - 1
        while keep > 0 and self.rows[keep - 1].paragraph == self.rows[-1].paragraph and keep > len(self.rows) - 3:
            keep -= 1
        first = self.rows[keep]
        del self.rows[keep:]
        self.text += more
        self.rows.extend(_wrap(self.text, first.start, first.paragraph, self.width))
        return keep

    def row_of(self, offset: int) -> int:
        """Return the index of the row that shows the offset. Between two rows of one paragraph, it is the later one."""
        return max(bisect_right(self.rows, offset, key=lambda row: row.start) - 1, 0)

    def stop(self, offset: int, *, forward: bool = True) -> int:  # noqa: ARG002  (here, nothing is hidden)
        """Return the place for a caret at an offset: another one if what is there is hidden."""
        return offset

    def shown(self, span: Span) -> Span:
        """Return a span without hidden characters at its ends. If all are hidden, return it as it is."""
        return span

    def seen(self, span: Span) -> Span:
        """Like `shown`, but instead of a span that is hidden, return the characters beside it."""
        return span

    def first_offset(self, index: int) -> int:
        """Return the first place for a caret in a row."""
        return self.rows[index].start

    def is_line_end(self, index: int, offset: int) -> bool:
        """Return whether a caret at an offset is behind the last character of a row, at the end of a line."""
        return offset == self.rows[index].end and self.row_of(offset) == index

    def rows_of(self, span: Span) -> range:
        """Return the rows in which something of a span may be drawn."""
        return range(self.row_of(span.start), self.row_of(max(span.end - 1, span.start)) + 1)

    def line_around(self, index: int) -> Span:
        """Return the line that a row belongs to, with the characters of it that are hidden."""
        return Span(self.rows[index].start, self.rows[index].end)

    def clusters_of(self, index: int) -> list[Cluster]:
        """Return what is drawn in a row, from the left."""
        row = self.rows[index]
        return list(clusters(self.text, row.start, row.end))

    def column_of(self, offset: int) -> int:
        """Return the number of cells before the offset in its row."""
        return sum(cluster.cells for cluster in self.clusters_of(self.row_of(offset)) if cluster.end <= offset)

    def cluster_at(self, index: int, column: int) -> Cluster | None:
        """Return what is drawn at a column of a row; None beyond its end."""
        if column < 0:
            column = 0
        for cluster in self.clusters_of(index):
            column -= cluster.cells
            if column < 0:
                return cluster
        return None

    def offset_at(self, index: int, column: int) -> int:
        """Return the offset for a caret at a column of a row; beyond the row's end, the last place in the row."""
        cluster = self.cluster_at(index, column)
        return cluster.start if cluster is not None else self.last_offset(index)

    def last_offset(self, index: int) -> int:
        """Return the last place for a caret in a row: its end where a line ends, else before its last character."""
        row = self.rows[index]
        if index + 1 == len(self.rows) or self.rows[index + 1].paragraph != row.paragraph:
            return row.end
        return self.clusters_of(index)[-1].start


def wrap(text: str, width: int) -> WrappedText:
    """Break a text into rows of at most `width` cells, between words where that is possible."""
    width = max(width, 1)
    return WrappedText(text, width, list(_wrap(text, 0, 0, width)))


def _wrap(text: str, start: int, paragraph: int, width: int) -> Iterator[Row]:
    position = start
    for line_break in _LINE_BREAK.finditer(text, start):
        yield from wrap_line(text, position, line_break.start(), paragraph, width)
        position = line_break.end()
        paragraph += 1
    yield from wrap_line(text, position, len(text), paragraph, width)


def wrap_line(text: str, start: int, end: int, paragraph: int, width: int) -> Iterator[Row]:
    """Yield the rows of one line. A row does not depend on earlier ones, so `append` may start late."""
    row_start, used = start, 0
    for piece_start, piece_end, cells in _pieces(text, start, end):
        if used + cells <= width:
            used += cells
            continue
        blank = _BLANK.match(text, piece_start) is not None
        if used and not (blank and used <= width):
            yield Row(paragraph, row_start, piece_start)
            row_start, used = piece_start, 0
            if cells <= width:
                used = cells
                continue
        for cluster in clusters(text, piece_start, piece_end):
            room = width + 1 if blank else width
            if used and used + cluster.cells > room:
                yield Row(paragraph, row_start, cluster.start)
                row_start, used = cluster.start, 0
            used += cluster.cells
    yield Row(paragraph, row_start, end)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, cells) of the pieces between which a row may be broken."""
    if text.isascii() or text[start:end].isascii():
        for ascii_run in _ASCII_RUN.finditer(text, start, end):
            low, high = ascii_run.span()
            yield low, high, high - low
        return
    for run in _RUN.finditer(text, start, end):
        low, high = run.span()
        if text[low:high].isascii():
            yield low, high, high - low
            continue
        piece_start, cells, before = low, 0, False
        for cluster in clusters(text, low, high):
            ideograph = _CJK.match(cluster.drawn) is not None
            if cluster.start > piece_start and (ideograph or before) and cluster.drawn[0] not in _NEVER_FIRST:
                yield piece_start, cluster.start, cells
                piece_start, cells = cluster.start, 0
            cells += cluster.cells
            before = ideograph or (before and cluster.drawn[0] in _NEVER_FIRST)
        yield piece_start, high, cells
