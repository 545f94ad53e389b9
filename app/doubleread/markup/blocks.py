"""A text in lines, each with what is shown of it: headings, lists, quotes, tables, code.

Every line of the text stays a line: models write a single line break where they want one. A line of markup alone, such
as a fence, is shown as a decoration. Nothing is code for being indented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Literal, NamedTuple

import regex

from doubleread.markup.inline import MOST_CHARACTERS, Dialect, inline_runs
from doubleread.markup.runs import CODE, HEADING, STRONG, Run

MOST_QUOTES = 6
"""Quotes within quotes; the signs of more are shown as they are."""
MOST_ITEMS = 8
"""Lists within lists; deeper items are shown at this depth."""
MOST_COLUMNS = 40
"""A table with more columns is shown as it is."""

Kind = Literal["text", "heading", "code", "fence", "rule", "header", "delimiter", "record"]
Align = Literal["left", "center", "right"]

QUOTE_BAR = "▎ "
BULLET = "• "

_BREAK = regex.compile(r"\r?\n")
_BLANKS = regex.compile(r"[ \t]*")
_QUOTE = regex.compile(r" {0,3}>[ \t]?")
_COMPARISON = regex.compile(r" {0,3}>[ \t]*[\p{N}=.<]")
_ITEM = regex.compile(r"([ \t]*)([-*+•]|\d{1,9}[.)])(?:[ \t]+|$)")
_HEADING = regex.compile(r"[ \t]*(#{1,6})(?:[ \t]+|$)")
_HEADING_END = regex.compile(r"[ \t]+#+[ \t]*$|[ \t]+$")
_OPTION = regex.compile(r"(?:[A-Z]|[0-9]{1,2})  (?=\S)")
"""Before an option of a case, as `case_text` writes it."""
_RULE = regex.compile(r"[ \t]*([-*])(?:[ \t]*\1){2,}[ \t]*$")
_FENCE = regex.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_DELIMITER_ROW = regex.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_BREAK = regex.compile(r"\\.|(\|)")
_GRAPHEME = regex.compile(r"\X")


class Item(NamedTuple):
    """A list item that is open: the column of its marker in the text, and the cells before its content as shown."""

    column: int
    hang: int


class Fence(NamedTuple):
    """The beginning of a block of code that is open."""

    mark: str
    indent: int


@dataclass(frozen=True, slots=True)
class State:
    """What a line's meaning depends on: the quotes, list items and fence around it."""

    quotes: int = 0
    items: tuple[Item, ...] = ()
    fence: Fence | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: where its content is, and what is shown of it."""

    start: int
    end: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What all rows of a table share."""

    header: tuple[Cell, ...]
    aligns: tuple[Align, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line [start, end) of the text, without its line break.

    `lead` is drawn before its first row, `hang` before the others. Of its characters, `runs` are shown, and of a
    table's row, `cells`. `level` is that of a heading, or the depth of a list item.
    """

    start: int
    end: int
    kind: Kind = "text"
    runs: tuple[Run, ...] = ()
    lead: str = ""
    hang: str = ""
    cells: tuple[Cell, ...] = ()
    table: Table | None = None
    quotes: int = 0
    level: int = 0


class Group(NamedTuple):
    """Lines that are parsed together, such as those of a paragraph or a table, and the state before them."""

    state: State
    lines: list[Line]


def parse(text: str, dialect: Dialect, start: int = 0, state: State | None = None) -> Iterator[Group]:
    """Yield the groups of lines of a text, from the start of a line that begins a group in a known state."""
    return _Parser(text, dialect, start).groups(state or State())


@lru_cache(maxsize=8)
def lines_of(text: str, dialect: Dialect) -> tuple[Line, ...]:
    """Return all lines of a text."""
    return tuple(line for group in parse(text, dialect) for line in group.lines)


class _Opened(NamedTuple):
    """A line without the signs of quotes before it: where its content begins and ends, and the number of signs."""

    start: int
    content: int
    end: int
    quotes: int


def _all_of(line: Line) -> bool:
    return all((run.start, run.end) == (line.start, line.end) for run in line.runs)


class _Parser:
    def __init__(self, text: str, dialect: Dialect, start: int) -> None:
        self._text, self._dialect = text, dialect
        self._lines: list[tuple[int, int]] = []
        at = start
        for found in _BREAK.finditer(text, start):
            self._lines.append((at, found.start()))
            at = found.end()
        self._lines.append((at, len(text)))

    def groups(self, state: State) -> Iterator[Group]:
        """Yield groups until the text ends."""
        at = 0
        while at < len(self._lines):
            start, end = self._lines[at]
            if start == end and not state.quotes and state.fence is None:
                yield Group(state, [Line(start, end)])
                at += 1
                continue
            line = self._opened(at, state.quotes)
            if line.quotes != state.quotes:
                state = State(line.quotes)
            before = state
            if state.fence is not None:
                lines, state = self._in_fence(line, state, state.fence)
            elif line.end - line.start > MOST_CHARACTERS or self._blank(line):
                lines = [self._as_is(line)]
            elif (count := self._table_length(at, line)) > 1:
                state = self._within_items(line, state)
                lines = self._table(at, count, line, state)
            else:
                lines, state = self._other(at, line, state)
            yield Group(before, lines if self._text.isascii() else [self._uncut(one) for one in lines])
            at += len(lines)

    def _opened(self, at: int, quotes_before: int) -> _Opened:
        start, end = self._lines[at]
        content, quotes = start, 0
        if self._dialect == "answer" and (quotes_before or not _COMPARISON.match(self._text, start, end)):
            while quotes < MOST_QUOTES and (sign := _QUOTE.match(self._text, content, end)):
                content, quotes = sign.end(), quotes + 1
        return _Opened(start, content, end, quotes)

    def _uncut(self, line: Line) -> Line:
        """Return the line as it is in the text if what is shown of it would cut a user-perceived character.

        That is asked of the text, and of what is shown: between two characters that join, markup may be hidden.
        """
        text = self._text
        if (not line.cells and len(line.runs) < 2 and _all_of(line)) or text[line.start : line.end].isascii():
            return line
        edges = {found.start() for found in _GRAPHEME.finditer(text, line.start, line.end)} | {line.end}
        for runs in (line.runs, *(cell.runs for cell in line.cells)):
            shown = [run.shown(text) for run in runs]
            seen = {found.start() for found in _GRAPHEME.finditer("".join(shown))}
            starts = accumulate((len(piece) for piece in shown[:-1]), initial=0)
            if not edges.issuperset(chain.from_iterable((run.start, run.end) for run in runs)) or (
                runs and not seen.issuperset(starts)
            ):
                return Line(line.start, line.end, "text", (Run(line.start, line.end, None, 0),))
        return line

    def _blank(self, line: _Opened) -> bool:
        return not self._text[line.content : line.end].strip(" \t")

    def _as_is(self, line: _Opened) -> Line:
        runs = (Run(line.content, line.end, None, 0),) if line.content < line.end else ()
        lead = QUOTE_BAR * line.quotes
        return Line(line.start, line.end, "text", runs, lead, lead, quotes=line.quotes)

    def _in_fence(self, line: _Opened, state: State, fence: Fence) -> tuple[list[Line], State]:
        closing = _FENCE.match(self._text, line.content, line.end)
        lead = self._lead(line, state)
        if closing and closing[1].startswith(fence.mark) and not closing[2].strip():
            made = Line(line.start, line.end, "fence", lead=lead, hang=lead, quotes=line.quotes)
            return [made], replace(state, fence=None)
        return [self._code(line, lead, fence.indent)], state

    def _code(self, line: _Opened, lead: str, indent: int) -> Line:
        low = line.content
        while low < line.end and low - line.content < indent and self._text[low] in " \t":
            low += 1
        runs = (Run(low, line.end, None, CODE),) if low < line.end else ()
        return Line(line.start, line.end, "code", runs, lead, lead, quotes=line.quotes)

    def _lead(self, line: _Opened, state: State) -> str:
        return QUOTE_BAR * line.quotes + " " * (state.items[-1].hang if state.items else 0)

    def _column(self, start: int, end: int) -> int:
        return len(self._text[start:end].expandtabs(4))

    def _within_items(self, line: _Opened, state: State) -> State:
        """Leave the list items that a line is not indented for."""
        blanks = _BLANKS.match(self._text, line.content, line.end)
        column = self._column(line.content, blanks.end() if blanks else line.content)
        items = state.items
        while items and column < items[-1].column + 2:
            items = items[:-1]
        return state if items is state.items else replace(state, items=items)

    def _other(self, at: int, line: _Opened, state: State) -> tuple[list[Line], State]:
        text, answer = self._text, self._dialect == "answer"
        if answer and _RULE.match(text, line.content, line.end):
            lead = QUOTE_BAR * line.quotes
            made = Line(line.start, line.end, "rule", lead=lead, hang=lead, quotes=line.quotes)
            return [made], replace(state, items=())
        state = self._within_items(line, state)
        lead = hang = self._lead(line, state)
        content, level = line.content, 0
        first: list[Run] = []
        item = _ITEM.match(text, line.content, line.end)
        if item is not None and answer:
            state, lead, hang, first = self._item(item, line, state)
            content, level = item.end(), len(state.items)
        elif not answer and (option := _OPTION.match(text, line.content, line.end)):
            hang = " " * len(option[0])
        elif item is not None:
            hang = " " * min(self._column(line.content, item.end()), 12)
        elif state.items and answer:
            blanks = _BLANKS.match(text, content, line.end)
            content, level = blanks.end() if blanks else content, len(state.items)
        if fence := _FENCE.match(text, content, line.end):
            indent = self._column(line.content, content) if item else fence.start(1) - line.content
            language = Run(fence.start(2), line.end, None, CODE)
            shown = (*first, language) if fence[2] else tuple(first)
            made = Line(line.start, line.end, "fence", shown, lead, hang, quotes=line.quotes)
            return [made], replace(state, fence=Fence(fence[1], indent))
        heading = _HEADING.match(text, content, line.end)
        if heading is not None and (answer or len(heading[1]) > 1) and heading.end() < line.end:
            end_signs = _HEADING_END.search(text, heading.end(), line.end)
            end = end_signs.start() if end_signs else line.end
            [runs] = inline_runs(text, [(heading.end(), max(end, heading.end()))], HEADING, self._dialect)
            made = Line(
                line.start, line.end, "heading", (*first, *runs), lead, hang, quotes=line.quotes, level=len(heading[1])
            )
            return [made], state
        return self._paragraph(at, line, content, state, lead, hang, first, level), state

    def _item(self, item: regex.Match[str], line: _Opened, state: State) -> tuple[State, str, str, list[Run]]:
        """Open a list item. Its sign becomes a bullet; a number or a bullet stays text, since it may be quoted."""
        if len(state.items) >= MOST_ITEMS:
            state = replace(state, items=state.items[: MOST_ITEMS - 1])
        before = state.items[-1].hang if state.items else 0
        marker, column = item[2], self._column(line.content, item.end(1))
        lead = QUOTE_BAR * line.quotes + " " * before
        if marker in "-*":
            first: list[Run] = []
            lead, width = lead + BULLET, len(BULLET)
        else:
            first = [Run(item.start(2), min(item.end(2) + 1, item.end()), None, 0)]
            width = len(marker) + 1
        items = (*state.items, Item(column, before + width))
        hang = QUOTE_BAR * line.quotes + " " * (before + width)
        return replace(state, items=items), lead, hang, first

    def _paragraph(
        self, at: int, line: _Opened, content: int, state: State, lead: str, hang: str, first: list[Run], level: int
    ) -> list[Line]:
        """Return the line and those that go on with its paragraph."""
        opened, contents = [line], [(content, line.end)]
        while at + len(opened) < len(self._lines):
            following = self._opened(at + len(opened), line.quotes)
            if not self._continues(at + len(opened), following, line, state):
                break
            start = following.content
            if state.items and self._dialect == "answer":
                blanks = _BLANKS.match(self._text, start, following.end)
                start = blanks.end() if blanks else start
            opened.append(following)
            contents.append((start, following.end))
        runs = inline_runs(self._text, contents, 0, self._dialect)
        runs[0] = first + runs[0]
        below = hang if state.items else QUOTE_BAR * line.quotes
        leads = [(lead, hang), *[(below, below)] * (len(opened) - 1)]
        return [
            Line(one.start, one.end, "text", tuple(shown), first_row, rest, quotes=one.quotes, level=level)
            for one, shown, (first_row, rest) in zip(opened, runs, leads, strict=True)
        ]

    def _continues(self, at: int, line: _Opened, first: _Opened, state: State) -> bool:
        text = self._text
        return not (
            line.quotes != first.quotes
            or line.end - line.start > MOST_CHARACTERS
            or self._blank(line)
            or any(pattern.match(text, line.content, line.end) for pattern in (_ITEM, _HEADING, _FENCE, _RULE))
            or (self._dialect == "case" and _OPTION.match(text, line.content, line.end))
            or self._within_items(line, state) is not state
            or self._table_length(at, line) > 1
        )

    def _table_length(self, at: int, line: _Opened) -> int:
        """Return the number of lines of the table that begins at a line, or 0."""
        if at + 1 >= len(self._lines) or "|" not in self._text[line.content : line.end]:
            return 0
        below = self._opened(at + 1, line.quotes)
        if below.quotes != line.quotes or not _DELIMITER_ROW.match(self._text, below.content, below.end):
            return 0
        columns = len(self._cell_spans(line))
        if "|" not in self._text[below.content : below.end] or not 0 < columns == len(self._cell_spans(below)):
            return 0
        if columns > MOST_COLUMNS:
            return 0
        count = 2
        while at + count < len(self._lines):
            row = self._opened(at + count, line.quotes)
            if row.quotes != line.quotes or "|" not in self._text[row.content : row.end]:
                break
            count += 1
        return count

    def _cell_spans(self, line: _Opened, most: int = MOST_COLUMNS + 1) -> list[tuple[int, int]]:
        """Return where the contents of a row's cells are. What is beyond the last column belongs to the last cell."""
        text = self._text
        low, high = line.content, line.end
        while high > low and text[high - 1] in " \t":
            high -= 1
        while low < high and text[low] in " \t":
            low += 1
        if low < high and text[low] == "|":
            low += 1
        bars = [found.start() for found in _CELL_BREAK.finditer(text, low, high) if found[1]]
        if bars and bars[-1] == high - 1:
            high = bars.pop()
        inner = bars[: most - 1]
        edges = [low - 1, *inner, high]
        found = []
        for before, after in pairwise(edges):
            start, end = before + 1, after
            while start < end and text[start] in " \t":
                start += 1
            while end > start and text[end - 1] in " \t":
                end -= 1
            found.append((start, end))
        return found

    def _table(self, at: int, count: int, line: _Opened, state: State) -> list[Line]:
        below = self._opened(at + 1, line.quotes)
        aligns = tuple(self._align(*span) for span in self._cell_spans(below))
        table = Table(self._cells(line, len(aligns), STRONG), aligns)
        lead = self._lead(line, state)
        lines = [Line(line.start, line.end, "header", (), lead, lead, table.header, table, line.quotes)]
        lines.append(Line(below.start, below.end, "delimiter", (), lead, lead, (), table, line.quotes))
        for number in range(2, count):
            row = self._opened(at + number, line.quotes)
            cells = self._cells(row, len(aligns), 0)
            lines.append(Line(row.start, row.end, "record", (), lead, lead, cells, table, line.quotes))
        return lines

    def _align(self, start: int, end: int) -> Align:
        right = self._text[end - 1] == ":"
        if right and self._text[start] == ":":
            return "center"
        return "right" if right else "left"

    def _cells(self, line: _Opened, columns: int, look: int) -> tuple[Cell, ...]:
        return tuple(
            Cell(start, end, tuple(inline_runs(self._text, [(start, end)], look, self._dialect)[0]))
            for start, end in self._cell_spans(line, columns)
        )
