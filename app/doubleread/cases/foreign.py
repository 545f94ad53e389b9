"""What foreign formats have in common: rows of a table or JSON objects become cases under the names of their fields.

A format is described, not programmed: which of its fields is which of ours, and what is the same in all of its cases.
`refine` does the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from doubleread.cases.case_file import CaseFile, Shape, table_lines
from doubleread.cases.csv_table import Table
from doubleread.cases.json_lines import Line, json_type, quoted
from doubleread.cases.problems import Problem
from doubleread.cases.record import KNOWN_FIELDS, ORIGINAL_ID, Pack, Row

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
    neither `fields` nor `used` are kept as unknown fields. `of_file` returns the layout to read a file with, where only
    all of its records together decide it, and raises FieldRefusedError if they don't; `note` says what they decided.
    """

    shape: Shape
    fields: Mapping[str, str | tuple[str, ...]]
    fixed: Mapping[str, Any]
    refine: Callable[[Source, dict[str, Any]], None] = _nothing
    also: tuple[str | tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()
    used: frozenset[str] = field(default=frozenset())
    of_file: Callable[[Iterable[Source]], Layout] | None = None
    note: str = ""

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The names of each field of the source that a file must have."""
        needed = (theirs for ours, theirs in self.fields.items() if ours not in self.optional)
        return tuple((names,) if isinstance(names, str) else names for names in (*needed, *self.also))

    def read(self, source: CaseFile) -> Pack:
        """Return the cases of a file, and every problem."""
        if self.of_file is not None:
            try:
                layout = self.of_file(line.record for line in source.lines() if line.record is not None)
            except FieldRefusedError as error:
                return Pack(source.name, (), (), (Problem(source.name, 0, error.name, str(error), whole=True),))
            return replace(layout.read(source), notes=(layout.note,) if layout.note else ())
        if self.shape != "table":
            return source.pack(self._rows(source.lines(), source))
        table = source.table(lambda columns: len(self._official(columns)))
        if table is None:
            return source.pack(self._rows(self._as_cells(source.lines()), source))
        if broken := tuple(self._header_problems(table, source.name) if table.columns else table.problems):
            return Pack(source.name, (), (), broken)
        official = self._official(table.columns)
        names = [official.get(index, column) for index, column in enumerate(table.columns)]
        return source.pack(self._rows(table_lines(table, names, source.name), source))

    def _as_cells(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield objects as the cells of a table: under the official names, and texts where they are numbers."""
        for line in lines:
            if line.record is None:
                yield line
                continue
            names = list(line.record)
            official = self._official(names)
            cells: dict[str, Any] = {}
            for index, name in enumerate(names):
                cells.setdefault(official.get(index, name), _cell(line.record[name]))
            yield replace(line, record=cells)

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

    def _rows(self, lines: Iterable[Line], source: CaseFile) -> Iterator[Row]:
        ours = {name: (theirs if isinstance(theirs, str) else theirs[0]) for name, theirs in self.fields.items()}
        for line in lines:
            if line.record is None:
                yield Row(line.number, None, line.problems, ours, line.unit, line.file)
                continue
            record, problem = self._record(line.record, ours)
            record.setdefault("id", source.id_of(line))
            record.setdefault("source", Path(source.name).name)
            if problem is None:
                yield Row(line.number, record, line.problems, ours, line.unit, line.file)
                continue
            shown = record["id"] if isinstance(record["id"], str) else ""
            where = line.file or source.name
            found = Problem(where, line.number, problem.name, str(problem), shown, unit=line.unit)
            yield Row(line.number, None, (*line.problems, found), ours, line.unit, line.file)

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


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


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
