"""doubleread's own files of external answers: JSON Lines or a table with `case_id`, `text` and optional fields.

| field | what |
|---|---|
| case_id | the case's id in the study, or its original id (`original_id` of the case); a text or a whole number |
| text | the answer, kept exactly; reasoning between the usual markers is split off |
| reasoning | what a reasoning model wrote before its answer, kept apart and never scored |
| finish_reason | "stop" (the default), "length" if it was cut off at the maximum length, or "content_filter" |
| started_at, finished_at | ISO 8601 with a time zone, if known |
| sample | which of several answers to the case it is, from 0 (the default); readers read sample 0 |

Every other field is kept beside the answer. A table (CSV, or a workbook) has a column for each field; `encounter_id`
and `note`, as in the published notes of ACI-Bench, are accepted for `case_id` and `text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doubleread.cases.answers import FIELDS, AnswerLine
from doubleread.cases.case_file import table_of
from doubleread.cases.csv_table import Table, TableRow
from doubleread.cases.foreign import plain_name
from doubleread.cases.json_lines import Line, read_lines
from doubleread.cases.problems import Problem

_NEEDED = ("case_id", "text")
_OTHER_NAMES = {"case_id": "encounter_id", "text": "note"}
_NOT_SHOWN = b" \t\r\n\xef\xbb\xbf"
_SAMPLE = re.compile(r"\d{1,9}")


def answer_file_lines(data: bytes, file: str, columns: Mapping[str, str]) -> Iterator[AnswerLine]:
    """Yield the answers of one of our own files. `columns` maps fields to columns whose names differ."""
    for line in _lines(data, file, columns):
        yield AnswerLine(line.number, line.record, line.problems, line.unit)


def _lines(data: bytes, file: str, columns: Mapping[str, str]) -> Iterator[Line]:
    """Yield the lines of a file, which is a table if its header names one of the fields that answers need."""
    if columns or data.lstrip(_NOT_SHOWN)[:1] != b"{":
        table = table_of(data, file, None, lambda found: len(_fields(found, columns)))
        fields = _fields(table.columns, columns)
        if columns or fields:
            yield from _table_lines(table, fields, file, columns)
            return
    yield from read_lines(data, file)


def _fields(found: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """Return the field of each column that is known, by its position."""
    position = {plain_name(column): index for index, column in reversed(list(enumerate(found)))}
    fields = {}
    for field in FIELDS:
        names = (columns[field],) if field in columns else (field, _OTHER_NAMES.get(field, field))
        if (name := next((name for name in map(plain_name, names) if name in position), None)) is not None:
            fields[position[name]] = field
    return fields


def _table_lines(table: Table, fields: Mapping[int, str], file: str, columns: Mapping[str, str]) -> Iterator[Line]:
    line = table.header_line
    missing = [field for field in (*_NEEDED, *columns) if field not in fields.values()]
    if not table.columns:
        yield Line(0, None, table.problems)
    elif missing:
        named = {field: table.no_column("") + f"; name it with --column {field}=NAME" for field in missing}
        found = (Problem(file, line, columns.get(field, field), named[field], whole=True) for field in named)
        yield Line(line, None, tuple(found))
    else:
        yield from (Line(item.line, None, (item,), item.unit) for item in table.problems)
        yield from (_table_line(table, row, fields, file) for row in table.rows)


def _table_line(table: Table, row: TableRow, fields: Mapping[int, str], file: str) -> Line:
    if wide := table.too_wide(row, file):
        return Line(row.line, None, (wide,), table.unit)
    record: dict[str, Any] = {}
    for index, column in enumerate(table.columns):
        name = fields.get(index) or (f"source_{column}" if column in FIELDS else column)
        value = row.cells[index] if index < len(row.cells) else ""
        if not name or not (value or name in _NEEDED):
            continue
        whole = name == "sample" and _SAMPLE.fullmatch(value.strip())
        record.setdefault(name, int(value) if whole else value)
    return Line(row.line, record, (), table.unit)
