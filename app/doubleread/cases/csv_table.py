"""Read a CSV file as a header and rows with line numbers, and explain damaged or unusual files.

Comma, semicolon and tab are told apart by the header. Line ends are LF, CR LF or CR. Blank lines, also before the
header, and the line "sep=;" that Excel understands are skipped.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from doubleread.cases.encodings import split_lines
from doubleread.cases.problems import Problem

_DELIMITERS = (",", ";", "\t")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
_SEP = re.compile(r"\s*\"?sep=([,;\t])\"?[ \t]*(?=[\r\n]|$)", re.I)
_NO_LIMIT = 2**31 - 1
_SHOWN_COLUMNS = 12
_limit_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of one row, and the line on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `columns` are the header's cells without blanks around them; `problems` list what could not be read.

    A worksheet has no delimiter, and its lines are rows.
    """

    header_line: int
    columns: tuple[str, ...]
    delimiter: str
    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...]

    @property
    def delimiter_name(self) -> str:
        """The delimiter in words."""
        return _NAMES[self.delimiter]

    @property
    def unit(self) -> str:
        """What `TableRow.line` counts."""
        return "line" if self.delimiter else "row"

    def no_column(self, expected: str) -> str:
        """Return the message for a column that the table does not have."""
        separated = f", separated by {self.delimiter_name}" if self.delimiter else ""
        return f"there is no column of this name{expected} in the first row; found{separated}: {self.columns_shown()}"

    def too_wide(self, row: TableRow, file: str) -> Problem | None:
        """Return the problem of a row with more cells than the header, or None."""
        if not any(cell.strip() for cell in row.cells[len(self.columns) :]):
            return None
        message = f"has {len(row.cells)} cells, the header {len(self.columns)}"
        if self.delimiter:
            message += f"; put a text that contains a {self.delimiter_name} in double quotation marks"
        return Problem(file, row.line, "", message, unit=self.unit)

    def columns_shown(self) -> str:
        """Return the names of the columns for a message."""
        return columns_shown(self.columns)


def columns_shown(columns: Sequence[str]) -> str:
    """Return the names of columns or fields for a message, long ones and long lists cut."""
    named = [f'"{name[:30]}..."' if len(name) > 40 else name for name in columns if name]
    more = f" and {len(named) - _SHOWN_COLUMNS} more" if len(named) > _SHOWN_COLUMNS else ""
    return ", ".join(named[:_SHOWN_COLUMNS]) + more


def read_table(text: str, file: str, known: Callable[[Sequence[str]], int]) -> Table:
    """Read a table. `known` returns how many of a header's columns are known, which decides the delimiter."""
    if "\0" in text:
        message = "contains a NUL byte; the file is damaged, or UTF-16 saved as something else"
        lines = (number for number, line in enumerate(split_lines(text), start=1) if "\0" in line)
        return Table(1, (), ",", (), tuple(Problem(file, line, "", message, whole=True) for line in lines))
    delimiter, _ = _header(text, file, known)
    found: list[Problem] = []
    rows = list(_rows(text, delimiter, file, found))
    if not rows:
        found = found or [Problem(file, 0, "", "the file is empty; the first row must name the columns")]
        return Table(1, (), delimiter, (), tuple(found))
    header, *others = rows
    return Table(header.line, tuple(cell.strip() for cell in header.cells), delimiter, tuple(others), tuple(found))


def read_columns(text: str, file: str, known: Callable[[Sequence[str]], int]) -> tuple[str, ...]:
    """Return the columns of a table without reading its rows."""
    return tuple(cell.strip() for cell in _header(text, file, known)[1]) if "\0" not in text else ()


def _header(text: str, file: str, known: Callable[[Sequence[str]], int]) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter with which most columns are known, and the cells of the header."""
    stated = _SEP.match(text)
    found: dict[str, tuple[str, ...]] = {}
    for mark in (stated[1],) if stated else _DELIMITERS:
        header = next(_rows(text, mark, file, []), None)
        found[mark] = header.cells if header else ()
    delimiter = max(found, key=lambda mark: (known(found[mark]), len(found[mark])))
    return delimiter, found[delimiter]


def _rows(text: str, delimiter: str, file: str, problems: list[Problem]) -> Iterator[TableRow]:
    """Yield the rows that are not blank. If quoting is broken, the last problem says so and nothing follows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    first = True
    while True:
        try:
            with _no_cell_limit():
                cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(Problem(file, start, "", _broken(str(error), start, reader.line_num), whole=True))
            return
        if any(cell.strip() for cell in cells) and not (first and _SEP.fullmatch(delimiter.join(cells))):
            yield TableRow(start, tuple(cells))
            first = False
        start = reader.line_num + 1


def _broken(message: str, start: int, last: int) -> str:
    if "unexpected end of data" in message:
        return (
            "a quotation mark in this row is never closed, so the cell runs to the end of the file; close it,"
            ' or double it ("") if it belongs to the text'
        )
    if "expected after" in message:
        where = f" (read as far as line {last})" if last > start else ""
        return (
            f"a cell continues after its closing quotation mark{where}, so the rest of the file cannot be read; double"
            ' a quotation mark ("") that belongs to the text'
        )
    return f"cannot be read as a table from here on ({message}); check the quotation marks"


@contextlib.contextmanager
def _no_cell_limit() -> Iterator[None]:
    """Let cells be of any length. The limit belongs to the whole process, so it is restored at once."""
    with _limit_lock:
        before = csv.field_size_limit(_NO_LIMIT)
        try:
            yield
        finally:
            csv.field_size_limit(before)
