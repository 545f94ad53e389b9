"""Tables as CSV. Cells that a spreadsheet would treat as formulas get an apostrophe and are listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from doubleread.exports.columns import TABLES
from doubleread.exports.jsonl import json_text
from doubleread.exports.kept_rows import records_of

BYTE_ORDER_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that got an apostrophe in front. `row` counts from 1 below the header, `id` is the row's own id."""

    table: str
    row: int
    id: str
    column: str


def cell(value: Any) -> tuple[str, bool]:
    """Return a value as a cell, and whether it got an apostrophe because a spreadsheet would take it for a formula.

    None is empty, booleans are "true" or "false", objects and lists are JSON. Numbers are never changed.
    """
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("true" if value else "false"), False
    if isinstance(value, int | float):
        return repr(value), False
    text = value if isinstance(value, str) else json_text(value)
    return (f"'{text}", True) if text.startswith(_FORMULA_STARTS) else (text, False)


class CsvTable:
    """A table to which records are added. `rows` counts them; `on_changed` is told each cell that got an apostrophe.

    UTF-8 with a byte order mark, so that spreadsheets know the encoding; lines end with CR LF (RFC 4180). `file` must
    not translate line ends. The byte order mark and the `header` are written at once.
    """

    def __init__(
        self,
        file: TextIO,
        name: str,
        columns: Iterable[str],
        on_changed: Callable[[ChangedCell], object] | None = None,
        *,
        header: bool = True,
    ) -> None:
        self.rows = 0
        self._on_changed = on_changed
        self._name = name
        self._columns = list(columns)
        self._id = f"{name.removesuffix('s')}_id"
        self._file = file
        self._writer = csv.writer(file, lineterminator="\r\n")
        if header:
            file.write(BYTE_ORDER_MARK)
            self._writer.writerow(self._columns)

    def write(self, records: Iterable[Mapping[str, Any]]) -> int:
        """Add records, which have every column, and return how many there are now."""
        for record in records:
            self.rows += 1
            row = []
            for column in self._columns:
                text, guarded = cell(record[column])
                row.append(text)
                if guarded and self._on_changed is not None:
                    row_id = str(record.get(self._id, ""))
                    self._on_changed(ChangedCell(self._name, self.rows, row_id, column))
            self._writer.writerow(row)
        return self.rows

    def add(self, lines: str, rows: int, changed: Iterable[tuple[int, str, str]]) -> None:
        """Add the lines of a page (see `lines_of_page`)."""
        self._file.write(lines)
        for row, row_id, column in changed:
            if self._on_changed is not None:
                self._on_changed(ChangedCell(self._name, self.rows + row, row_id, column))
        self.rows += rows


def lines_of_page(chunk: tuple[str, bytes]) -> tuple[str, int, list[tuple[int, str, str]]]:
    """Return a page of a table, which is given by its name, as lines, how many rows they are, and its changed cells.

    A changed cell is given by its row in the page from 1, the id of that row, and its column.
    """
    name = chunk[0]
    lines = io.StringIO()
    changed: list[ChangedCell] = []
    table = CsvTable(lines, name, TABLES[name], changed.append, header=False)
    count = table.write(records_of(*chunk))
    return lines.getvalue(), count, [(cell.row, cell.id, cell.column) for cell in changed]
