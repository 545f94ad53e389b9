"""What foreign formats have in common: rows of a table or JSON objects become cases under the names of their fields.

A format is described, not programmed: which of its fields is which of ours, and what is the same in all of its cases.
`refine` does the rest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from doubleread.cases.csv_table import Table, read_table
from doubleread.cases.encodings import decoded
from doubleread.cases.json_lines import Line, json_type, quoted, read_records
from doubleread.cases.problems import Problem, read_bytes
from doubleread.cases.record import KNOWN_FIELDS, ORIGINAL_ID, Pack, Row, pack_from_rows
from doubleread.cases.worksheet import ZIP_MARK, read_worksheet

Shape = Literal["table", "json", "patients"]
"""A table, JSON objects, or one JSON object from ids to objects."""

Source = Mapping[str, Any]
"""One row or object of the source, by the names of its fields."""


class FieldRefusedError(ValueError):
    """A field of the source can't become a field of a case. The message is for the author of the file."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def _nothing(source: Source, record: dict[str, Any]) -> None:
    """Leave a record as it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a foreign format becomes cases.

    `fields` maps our fields to the source's; the first of several names is the official one, the others are accepted.
    Rows are recognised by all of them and by `also`. `fixed` is the same in every case. `refine` changes the record of
    a case by the whole source row, and raises FieldRefusedError for what it refuses. Fields of the source that are in
    neither `fields` nor `used` are kept as unknown fields.
    """

    shape: Shape
    fields: Mapping[str, str | tuple[str, ...]]
    fixed: Mapping[str, Any]
    refine: Callable[[Source, dict[str, Any]], None] = _nothing
    also: tuple[str | tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()
    used: frozenset[str] = field(default=frozenset())

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The names of each field of the source that a file must have."""
        needed = (theirs for ours, theirs in self.fields.items() if ours not in self.optional)
        return tuple((names,) if isinstance(names, str) else names for names in (*needed, *self.also))

    def read(self, path: str | os.PathLike[str], encoding: str | None = None) -> Pack:
        """Return the cases of a file, and every problem. Raises CaseFileError if it cannot be read at all."""
        file = os.fspath(path)
        data = read_bytes(path)
        if self.shape == "json":
            return pack_from_rows(self._rows(read_records(data, file, encoding), file), file)
        table = table_of(data, file, encoding, lambda columns: len(self._official(columns)))
        if broken := tuple(self._header_problems(table, file) if table.columns else table.problems):
            return Pack(file, (), (), broken)
        return pack_from_rows(self._rows(self._lines(table, file), file), file)

    def _official(self, columns: Sequence[str]) -> dict[int, str]:
        """Return the official name of each column that is known, by its position."""
        official = {plain_name(name): names[0] for names in self._all_names() for name in names}
        found = ((index, official.get(plain_name(column))) for index, column in enumerate(columns))
        return {index: name for index, name in found if name}

    def _all_names(self) -> Iterator[tuple[str, ...]]:
        for theirs in (*self.fields.values(), *self.also):
            yield (theirs,) if isinstance(theirs, str) else theirs

    def _header_problems(self, table: Table, file: str) -> Iterator[Problem]:
        found = list(self._official(table.columns).values())
        for names in self.names:
            if names[0] not in found:
                others = f" (or {', '.join(names[1:])})" if names[1:] else ""
                message = table.no_column(others)
            elif found.count(names[0]) > 1:
                message = "two columns have this name; rename one"
            else:
                continue
            yield Problem(file, table.header_line, names[0], message, whole=True, unit=table.unit)

    def _lines(self, table: Table, file: str) -> Iterator[Line]:
        official = self._official(table.columns)
        names = [official.get(index, column) for index, column in enumerate(table.columns)]
        lines = [Line(item.line, None, (item,)) for item in table.problems]
        for row in table.rows:
            wide = table.too_wide(row, file)
            cells = (*row.cells, *[""] * (len(names) - len(row.cells)))
            values = {name: cell for name, cell in zip(names, cells, strict=False) if name}
            lines.append(Line(row.line, None if wide else values, (wide,) if wide else (), table.unit))
        return iter(sorted(lines, key=lambda line: line.number))

    def _rows(self, lines: Iterable[Line], file: str) -> Iterator[Row]:
        stem = re.sub(r"[^\w.-]+", "-", Path(file).stem)
        ours = {name: (theirs if isinstance(theirs, str) else theirs[0]) for name, theirs in self.fields.items()}
        for line in lines:
            if line.record is None:
                yield Row(line.number, None, line.problems, ours, line.unit)
                continue
            record, problem = self._record(line.record, ours)
            record.setdefault("id", f"{stem}-{line.number}")
            record.setdefault("source", Path(file).name)
            if problem is None:
                yield Row(line.number, record, line.problems, ours, line.unit)
                continue
            shown = record["id"] if isinstance(record["id"], str) else ""
            found = Problem(file, line.number, problem.name, str(problem), shown, unit=line.unit)
            yield Row(line.number, None, (*line.problems, found), ours, line.unit)

    def _record(self, source: Source, ours: Mapping[str, str]) -> tuple[dict[str, Any], FieldRefusedError | None]:
        record = dict(self.fixed)
        for name, theirs in self.fields.items():
            given = next((one for one in _tuple(theirs) if one in source), None)
            if given is not None and (name not in self.optional or source[given] not in (None, "")):
                record[name] = source[given]
        if isinstance(number := record.get("id"), int) and not isinstance(number, bool):
            record["id"] = str(number)
        problem = None
        try:
            self.refine(source, record)
        except FieldRefusedError as error:
            problem = error
        taken = {*ours.values(), *self.used, *(one for names in self.fields.values() for one in _tuple(names))}
        for name, value in source.items():
            if name not in taken:
                record.setdefault(f"source_{name}" if name in KNOWN_FIELDS | {ORIGINAL_ID} else name, value)
        return record, problem


def _tuple(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def table_of(data: bytes, file: str, encoding: str | None, known: Callable[[Sequence[str]], int]) -> Table:
    """Return the table of a CSV file or of a workbook. `known` returns how many of a header's columns are known."""
    if data.startswith(ZIP_MARK):
        return read_worksheet(data, file, known)
    text, problems = decoded(data, file, encoding)
    if not problems and text.lstrip()[:1] in ("{", "["):
        problems = [Problem(file, 0, "", "the file looks like JSON, not like a table; use another --format")]
    if problems:
        return Table(1, (), ",", (), tuple(replace(problem, whole=True) for problem in problems))
    return read_table(text, file, known)


def plain_name(name: str) -> str:
    """Return the name of a column without case, and with underscores for blanks."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def text_of(source: Source, name: str) -> str:
    """Return a text that is not empty. Raises FieldRefusedError for anything else."""
    value = source.get(name)
    if not isinstance(value, str):
        raise FieldRefusedError(name, f"must be a text, but is {json_type(value)}" if name in source else "is missing")
    if not value.strip():
        raise FieldRefusedError(name, "is empty")
    return value


def whole_number_of(source: Source, name: str) -> int:
    """Return a whole number, which a table has as text. Raises FieldRefusedError for anything else."""
    value = source.get(name)
    text = value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,9}", text):
        raise FieldRefusedError(name, f"must be a whole number, but is {quoted(value)}")
    return int(text)
