"""Read the first worksheet of an Excel workbook (.xlsx) as a table, and explain damaged or unusual files."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from doubleread.cases.csv_table import Table, TableRow
from doubleread.cases.problems import Problem

ZIP_MARK = b"PK\x03\x04"
_LARGEST = 500_000_000
_MOST_ROWS = 1_048_576
_BLANK = ("n", "")
_ESCAPED = re.compile(r"_x00([01][0-9A-Fa-f])_")
"""How workbooks write characters that XML cannot hold, such as a carriage return."""

_SAVE = "open it in a spreadsheet program and save it again, or export the sheet as CSV UTF-8"


def read_worksheet(data: bytes, file: str, known: Callable[[Sequence[str]], int]) -> Table:
    """Read the worksheet with the most `known` columns, the first one if several have as many."""
    return best_known(read_worksheets(data, file), known)


def best_known(tables: Sequence[Table], known: Callable[[Sequence[str]], int]) -> Table:
    """Return the table with the most `known` columns, the first one if several have as many."""
    return max(tables, key=lambda table: known(table.columns))


def read_worksheets(data: bytes, file: str) -> list[Table]:
    """Read every worksheet.

    A formula or an error value in a column that has a name is a problem of its row: only texts, numbers and dates are
    sure to be what the author sees.
    """
    try:
        sheets = list(_sheets(data))
    except _TooLargeError:
        message = f"the file is a workbook of more than {_LARGEST // 1_000_000} MB; export the sheet as CSV UTF-8"
        return [_unread(file, message)]
    except Exception as error:  # openpyxl raises whatever its XML and zip readers do
        reason = "it is cut off or not a workbook" if isinstance(error, zipfile.BadZipFile) else str(error)[:200]
        return [_unread(file, f"the file is a damaged workbook ({reason or type(error).__name__}); {_SAVE}")]
    return [_table(rows, file) for rows in sheets] or [_unread(file, "the file is a workbook without a worksheet")]


class _TooLargeError(Exception):
    pass


def _unread(file: str, message: str) -> Table:
    return Table(1, (), "", (), (Problem(file, 0, "", message, whole=True),))


def _sheets(data: bytes) -> Iterator[list[tuple[int, list[tuple[str, str]]]]]:
    """Yield the rows of each worksheet that are not blank: their numbers, and the type and text of each cell."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > _LARGEST:
            raise _TooLargeError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which do not concern the cells
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            # Some programs state a smaller range than the sheet has, or all of the rows and columns that one can have.
            sheet.reset_dimensions()
            yield list(_filled_rows(sheet.iter_rows()))
    finally:
        workbook.close()


def _filled_rows(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield the rows that are not blank. Raises ValueError for more rows than a workbook can have."""
    for number, row in enumerate(rows, start=1):
        if number > _MOST_ROWS:
            raise ValueError(f"it has a row beyond {_MOST_ROWS:,}")
        cells = [_BLANK if cell.value is None else (cell.data_type, _text(cell.value)) for cell in row]
        if any(text and not text.isspace() for _, text in cells):
            yield number, cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), str(value))


def _table(rows: list[tuple[int, list[tuple[str, str]]]], file: str) -> Table:
    if not rows:
        return _unread(file, "the worksheet is empty; the first row must name the columns")
    number, header = rows[0]
    columns = [text.strip() for _, text in header]
    while columns and not columns[-1]:
        columns.pop()
    problems: list[Problem] = []
    found = []
    for line, row in rows[1:]:
        bad = list(_not_values(columns, row))
        problems += [Problem(file, line, column, message, unit="row") for column, message in bad]
        if not bad:
            found.append(TableRow(line, tuple(text for _, text in row)))
    return Table(number, tuple(columns), "", tuple(found), tuple(problems))


def _not_values(columns: Sequence[str], row: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for column, (kind, text) in zip(columns, row, strict=False):
        if column and kind == "f":
            yield column, "is a formula; copy the column and paste it as values"
        elif column and kind == "e":
            yield column, f"is the error {text[:20]}; correct it"
