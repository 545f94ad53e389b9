"""Read cases from a table: CSV with a header, as saved by a spreadsheet.

Columns, in any order and case: `text` (or `case`, `vignette`) and `key` (or `answer`) are needed; `id`, `kind`,
`question`, `title`, `explanation`, `tags`, `accept`, `source`, `licence`, `original_id` may be there. Options are in
columns `option_a`, `option_b`, ... (or `a`, `b`, ...), or in one column `options`, separated by | or line breaks, or
else by semicolons. The key of a case with options is a letter or an option's text; if there is a column `answer_idx` (a
letter, or a position from 0) too, the two must agree. Lists (`accept`, `tags`) are separated by semicolons. A row with
options is of kind "choice", any other of kind "diagnosis". Further columns are kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.csv_table import Table, TableRow, read_table
from doubleread.cases.encodings import decoded
from doubleread.cases.keys import KeyRefusedError, agreed_option
from doubleread.cases.problems import Problem, read_bytes
from doubleread.cases.record import KNOWN_FIELDS, ORIGINAL_ID, Pack, Row, pack_from_rows

_INDEX = "answer_idx"
_FIELDS = KNOWN_FIELDS - {"documents", "criteria", "turns", "fields"} | {_INDEX, ORIGINAL_ID}
_OTHER_NAMES = {
    "answer": "key",
    "case": "text",
    "vignette": "text",
    "synonyms": "accept",
    "license": "licence",
    "specialty": "tags",
}
_OPTION_COLUMN = re.compile(r"(?:option(?:[ _-]|(?!s$)))?([a-z])")
_OPTION_PREFIX = re.compile(r"\s*\(?([A-Z])[).:]\s+")
_QUESTION = {"choice": "Which option is best?", "diagnosis": "What is the most likely diagnosis?"}


def csv_pack(path: str | os.PathLike[str], encoding: str | None = None) -> Pack:
    """Return the cases of a table in the file's order, and every problem with its line and its column's name.

    Raises CaseFileError if the file cannot be read at all.
    """
    file = os.fspath(path)
    text, problems = decoded(read_bytes(path), file, encoding)
    if not problems and text.lstrip()[:1] in ("{", "["):
        problems = [Problem(file, 0, "", "the file looks like JSON, not like a table; use another --format")]
    if problems:
        return Pack(file, (), (), tuple(replace(problem, whole=True) for problem in problems))
    table = read_table(text, file, lambda columns: len(_understood(columns)))
    # Where reading broke off, the header may still be good, and the rows before are checked too.
    broken = list(table.problems)
    if table.columns:
        fields = _understood(table.columns)
        broken += [
            Problem(file, table.header_line, name, message, whole=True)
            for name, message in _header_complaints(table, fields)
        ]
        if len(broken) == len(table.problems):
            rows = [*_rows(table, fields, file), *(Row(item.line, None, (item,)) for item in table.problems)]
            return pack_from_rows(rows, file)
    return Pack(file, (), (), tuple(broken))


def _header_complaints(table: Table, fields: dict[int, str]) -> Iterator[tuple[str, str]]:
    lower = [column.lower() for column in table.columns]
    for column in sorted({column for column in lower if column and lower.count(column) > 1}):
        yield column, "two columns have this name; rename one"
    named = list(fields.values())
    for name in sorted({name for name in named if named.count(name) > 1}):
        both = [table.columns[index] for index, field in fields.items() if field == name]
        if len({column.lower() for column in both}) > 1:
            yield name, f"the columns {' and '.join(both)} mean the same; keep one"
    for name, others in (("text", "case or vignette"), ("key", "answer or answer_idx")):
        if name not in named and not (name == "key" and _INDEX in named):
            yield name, table.no_column(f" (or {others})")


def _rows(table: Table, fields: dict[int, str], file: str) -> Iterator[Row]:
    for number, row in enumerate(table.rows, start=1):
        if wide := table.too_wide(row, file):
            yield Row(row.line, None, (wide,))
        else:
            yield _row(table, fields, row, number, file)


def _row(table: Table, fields: dict[int, str], row: TableRow, number: int, file: str) -> Row:
    record: dict[str, Any] = {}
    options: dict[str, str] = {}
    names = {}
    for index, column in enumerate(table.columns):
        value = row.cells[index].strip() if index < len(row.cells) else ""
        field = fields.get(index, column)
        names[field] = column
        if not value or not column:
            continue
        if len(field) == 1 and index in fields:
            options[field.upper()] = value
        elif field == "options":
            options.update(_split_options(value))
        elif field in ("accept", "tags"):
            record[field] = [part.strip() for part in value.split(";") if part.strip()]
        else:
            record[field] = value
    record.setdefault("id", f"{Path(file).stem}-{number}")
    record.setdefault("kind", "choice" if options else "diagnosis")
    problems: list[Problem] = []
    index, key = record.pop(_INDEX, None), record.pop("key", None)
    record["key"] = key or index or ""
    if options:
        record["options"] = options
        if record["key"]:
            try:
                record["key"] = agreed_option(index, key, options)
            except KeyRefusedError as error:
                column = names.get(_INDEX if index else "key", "key")
                problems.append(Problem(file, row.line, column, str(error), record["id"]))
                record["key"] = next(iter(options))  # so that the other fields are checked; the row is refused anyway
    record.setdefault("question", _QUESTION.get(record["kind"], ""))
    record.setdefault("text", "")
    if len(row.cells) < len(table.columns) and not (record["text"] and record["key"]):
        message = f"has {len(row.cells)} cells, the header {len(table.columns)}, and `text` or `key` is missing"
        return Row(row.line, None, (Problem(file, row.line, "", message, record["id"]),))
    names.setdefault("key", names.get(_INDEX, "key"))
    return Row(row.line, record, tuple(problems), names)


def _understood(columns: Sequence[str]) -> dict[int, str]:
    """Return the field of each column that is known, by its position. An option's column has its letter for a field."""
    fields = {}
    for index, column in enumerate(columns):
        name = column.strip().lower().replace(" ", "_")
        option = _OPTION_COLUMN.fullmatch(column.strip().lower())
        if option:
            fields[index] = option[1]
        elif _OTHER_NAMES.get(name, name) in _FIELDS:
            fields[index] = _OTHER_NAMES.get(name, name)
    return fields


def _split_options(value: str) -> dict[str, str]:
    mark = "|" if "|" in value else "\n" if "\n" in value else ";"
    parts = [part.strip() for part in value.split(mark) if part.strip()]
    prefixes = [_OPTION_PREFIX.match(part) for part in parts]
    letters = [prefix[1] for prefix in prefixes if prefix]
    if len(letters) == len(set(letters)) == len(parts):
        return {prefix[1]: part[prefix.end() :] for prefix, part in zip(prefixes, parts, strict=True) if prefix}
    return dict(zip(ascii_uppercase, parts, strict=False))
