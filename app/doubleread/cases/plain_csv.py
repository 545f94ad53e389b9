"""Cases in a table: CSV with a header line, as a spreadsheet saves it.

Columns, in any order and case: `text` (or `case`, `vignette`) and `key` (or `answer`) are needed; `id`, `kind`,
`question`, `title`, `explanation`, `tags`, `accept`, `source`, `licence` may be there. Options stand in columns
`option_a`, `option_b`, ... (or `a`, `b`, ...), or in one column `options`, separated by | or line breaks, or else by
semicolons. Lists (`accept`, `tags`) are separated by semicolons. A row with options is of kind "choice", any other of
kind "diagnosis". Further columns are kept.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.problems import Problem, decoded, raise_for, read_bytes
from doubleread.cases.record import KNOWN_FIELDS, Row, cases_from_rows
from doubleread.domain.case import Case

_DELIMITERS = (",", ";", "\t")
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


def read_csv(path: str | os.PathLike[str]) -> list[Case]:
    """Return the cases of a table in the file's order. Comma, semicolon and tab are told apart by the header.

    Raises CaseFileError with every problem, each with its line and its column's name.
    """
    file = os.fspath(path)
    text, problems = decoded(read_bytes(path), file)
    if not problems:
        table = _Table(text, file)
        problems = table.problems
        if not problems:
            cases, problems = cases_from_rows(table.rows(), file)
    raise_for(problems, file)
    return cases


class _Table:
    """The header, understood, and the rows after it."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        first = text.split("\n", 1)[0]
        self.delimiter = max(_DELIMITERS, key=lambda mark: len(_understood(_cells(first, mark))))
        self.columns = _cells(first, self.delimiter)
        self.fields = _understood(self.columns)
        self.problems = [Problem(file, 1, name, message) for name, message in self._header_complaints()]

    def _header_complaints(self) -> Iterator[tuple[str, str]]:
        if not any(self.columns):
            yield "", "the file is empty; the first line must name the columns"
            return
        lower = [column.lower() for column in self.columns]
        for column in sorted({column for column in lower if column and lower.count(column) > 1}):
            yield column, "two columns have this name; rename one"
        fields = list(self.fields.values())
        for name in sorted({name for name in fields if fields.count(name) > 1}):
            both = [self.columns[index] for index, field in self.fields.items() if field == name]
            if len({column.lower() for column in both}) > 1:
                yield name, f"the columns {' and '.join(both)} mean the same; keep one"
        for name, others in (("text", "case or vignette"), ("key", "answer")):
            if name not in fields:
                yield (
                    name,
                    f"there is no column of this name (or {others}); found: {', '.join(filter(None, self.columns))}",
                )

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank. After broken quoting the rest cannot be read, and a problem says so."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        start = 1
        number = -1
        try:
            for cells in reader:
                if number >= 0 and any(cell.strip() for cell in cells):
                    yield self._row(start, number + 1, cells)
                    number += 1
                elif number < 0:
                    number = 0
                start = reader.line_num + 1
        except csv.Error as error:
            message = f"cannot be read as a table from here on ({error}); look at the quotation marks"
            yield Row(start, None, (Problem(self.file, start, "", message),))

    def _row(self, line: int, number: int, cells: list[str]) -> Row:
        if len(cells) > len(self.columns) and any(cell.strip() for cell in cells[len(self.columns) :]):
            message = (
                f"has {len(cells)} cells, the header {len(self.columns)}; put texts that hold "
                f"{'a tab' if self.delimiter == chr(9) else repr(self.delimiter)} in double quotes"
            )
            return Row(line, None, (Problem(self.file, line, "", message),))
        record: dict[str, Any] = {}
        options: dict[str, str] = {}
        names = {}
        for index, column in enumerate(self.columns):
            value = cells[index].strip() if index < len(cells) else ""
            field = self.fields.get(index, column)
            names[field] = column
            if not value or not column:
                continue
            if len(field) == 1:
                options[field.upper()] = value
            elif field == "options":
                options.update(_split_options(value))
            elif field in ("accept", "tags"):
                record[field] = [part.strip() for part in value.split(";") if part.strip()]
            else:
                record[field] = value
        record.setdefault("kind", "choice" if options else "diagnosis")
        if options:
            record["options"] = options
            record["key"] = _letter(record.get("key", ""), options)
        record.setdefault("id", f"{Path(self.file).stem}-{number}")
        record.setdefault("question", _QUESTION.get(record["kind"], ""))
        record.setdefault("text", "")
        record.setdefault("key", "")
        return Row(line, record, names=names)


def _cells(header: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([header.rstrip("\r")], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _understood(columns: list[str]) -> dict[int, str]:
    """Return the field of each column that is known, by its position. An option's column has its letter for a field."""
    fields = {}
    for index, column in enumerate(columns):
        name = column.lower().replace(" ", "_")
        option = _OPTION_COLUMN.fullmatch(column.lower())
        if option:
            fields[index] = option[1]
        elif _OTHER_NAMES.get(name, name) in KNOWN_FIELDS:
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


def _letter(key: str, options: dict[str, str]) -> str:
    """Return the letter that a key means: itself, in either case and bracketed or not, or the option of that text."""
    bare = key.strip(" ().:").upper()
    if bare in options:
        return bare
    same = [letter for letter, text in options.items() if text.casefold() == key.strip().casefold()]
    return same[0] if len(same) == 1 else key
