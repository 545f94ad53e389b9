"""A case file that has been opened: its records, whatever contains them, for any format to read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from doubleread.cases.csv_table import Table, read_columns, read_table
from doubleread.cases.encodings import decoded
from doubleread.cases.json_lines import Line, entries_of, fields_of, lines_of, parse_object
from doubleread.cases.problems import Problem
from doubleread.cases.record import Pack, RecordProgress, Row, pack_from_rows
from doubleread.cases.worksheet import ZIP_MARK, best_known, read_worksheet, read_worksheets
from doubleread.decoding import encoding_used

Shape = Literal["table", "json", "patients"]
"""A table, JSON objects, or one JSON object from ids to objects."""

Known = Callable[[Sequence[str]], int]
"""Returns how many of a header's columns are known, which decides the delimiter or the worksheet."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What reading does with every record: values of fields that the file does not give, and who is told how far."""

    defaults: Mapping[str, str | list[str]] = field(default_factory=dict)
    progress: RecordProgress | None = None


class CaseFile(ABC):
    """An opened case file. `name` is what problems call it, `container` what kind of file it is, for users.

    `shapes` are the shapes of formats that can read it. `encoding` is that of its text, "" if it has none of its own.
    `format` is that of its records, where the container decides it.
    `notes` say what of it cannot become part of a case, and `defaults` what it says of all of its cases.
    `likely_encodings` are those of a text that is not UTF-8, each with a word that would be in it.
    """

    shapes: frozenset[Shape]
    encoding: str = ""
    format: str = ""
    notes: tuple[str, ...] = ()
    defaults: Mapping[str, str] = MappingProxyType({})
    likely_encodings: Mapping[str, str] = MappingProxyType({})

    def __init__(self, name: str, container: str) -> None:
        self.name = name
        self.container = container
        self.filling = Filling()

    @abstractmethod
    def lines(self) -> Iterator[Line]:
        """Yield its records in order; of a table, the cells of each row by the names of the columns."""

    def table(self, _known: Known) -> Table | None:
        """Return the table that it is, or None: it has records without a common header."""
        return None

    @abstractmethod
    def columns(self, known: Known) -> list[str]:
        """Return the names of its columns, or of the fields of its first good record."""

    def one_object(self) -> tuple[Any, list[tuple[str, str]]]:
        """Return the JSON value that the whole file is, as `parse_object` does. Raises ValueError if it is none."""
        raise ValueError(f"the file is not one JSON object, but {self.container}")

    @property
    def total(self) -> int:
        """About how many records there are; 0 if unknown."""
        return 0

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the whole file or its encoding."""
        return []

    def pack(self, rows: Iterable[Row]) -> Pack:
        """Return the cases of rows that were made of its records."""
        return pack_from_rows(rows, self.name, self.filling.defaults, self.filling.progress, self.total)

    def id_of(self, line: Line) -> str:
        """Return an id for a record without one."""
        return line.name or f"{plain_stem(line.file or self.name)}-{line.number}"


class JsonText(CaseFile):
    """JSON Lines, one JSON array, or one object from names to objects."""

    shapes = frozenset({"json"})

    def __init__(self, name: str, data: bytes, encoding: str | None) -> None:
        super().__init__(name, "JSON Lines")
        self.text, self._undecodable = decoded(data, name, encoding)
        self.encoding = encoding_used(data, encoding)
        if self._entries is not None:
            self.container = "a JSON array" if self.text.lstrip()[:1] == "[" else "a JSON object"
            if self.container == "a JSON object":
                self.shapes = frozenset({"json", "patients"})

    @cached_property
    def _entries(self) -> list[Line] | None:
        if self._undecodable or self.text.lstrip()[:1] not in ("[", "{"):
            return None
        try:
            value, twice = parse_object(self.text)
        except ValueError:
            return None  # lines_of says what is wrong
        return entries_of(value, twice, self.name)

    def lines(self) -> Iterator[Line]:
        """Yield its records in order."""
        if self._entries is not None:
            yield from self._entries
        else:
            yield from lines_of(self.text, self._undecodable, self.name)

    def columns(self, _known: Known) -> list[str]:
        """Return the names of the fields of its first good record."""
        return fields_of(self.lines())

    def one_object(self) -> tuple[Any, list[tuple[str, str]]]:
        """Return the JSON value that the whole file is, as `parse_object` does. Raises ValueError if it is none."""
        return parse_object(self.text)

    @property
    def total(self) -> int:
        """How many records there are, blank lines included."""
        return len(self._entries) if self._entries is not None else self.text.count("\n") + 1

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with its encoding."""
        return self._undecodable


class TableFile(CaseFile):
    """A table: `read` returns it, and `header` only its columns, given which columns are known."""

    shapes = frozenset({"table"})

    def __init__(
        self,
        name: str,
        container: str,
        read: Callable[[Known], Table],
        header: Callable[[Known], Sequence[str]] | None = None,
    ) -> None:
        super().__init__(name, container)
        self._read = read
        self._header = header or (lambda known: self.table(known).columns)
        self.undecodable: list[Problem] = []
        self._total = 0

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with its encoding."""
        return self.undecodable

    def table(self, known: Known) -> Table:
        """Return the table."""
        table = self._read(known)
        self._total = len(table.rows)
        return table

    def columns(self, known: Known) -> list[str]:
        """Return the names of its columns."""
        return [name for name in self._header(known) if name]

    @property
    def total(self) -> int:
        """How many rows there are, once it has been read."""
        return self._total

    def lines(self) -> Iterator[Line]:
        """Yield the cells of each row by the names of the columns."""
        table = self.table(len)
        return table_lines(table, table.columns, self.name)


class SeveralFiles(CaseFile):
    """Several files that are read as one, such as the parts of a dataset or a folder of cases."""

    def __init__(self, name: str, parts: Sequence[CaseFile]) -> None:
        first = parts[0]
        super().__init__(name, f"{len(parts)} files, each {first.container}")
        self._parts = parts
        self.shapes = first.shapes
        self.encoding = first.encoding
        self.format = first.format
        self.likely_encodings = next((part.likely_encodings for part in parts if part.likely_encodings), {})
        self.notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))

    @property
    def total(self) -> int:
        """How many records there are in all, as far as it is known."""
        return sum(part.total for part in self._parts)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the encodings of its files."""
        return [problem for part in self._parts for problem in part.problems]

    def columns(self, known: Known) -> list[str]:
        """Return the names of the columns or fields of its files."""
        return list(dict.fromkeys(name for part in self._parts for name in part.columns(known)))

    def lines(self) -> Iterator[Line]:
        """Yield the records of each file."""
        for part in self._parts:
            yield from (replace(line, file=part.name) for line in part.lines())


def csv_file(name: str, data: bytes, encoding: str | None) -> CaseFile:
    """Return a CSV or TSV file."""
    text, problems = decoded(data, name, encoding)
    broken = Table(1, (), ",", (), tuple(replace(problem, whole=True) for problem in problems))
    source = TableFile(
        name,
        "CSV",
        lambda known: broken if problems else read_table(text, name, known),
        lambda known: () if problems else read_columns(text, name, known),
    )
    source.encoding = encoding_used(data, encoding)
    source.undecodable = problems
    return source


def workbook_file(name: str, data: bytes) -> CaseFile:
    """Return an Excel workbook."""
    tables = cache(lambda: read_worksheets(data, name))
    return TableFile(name, "an Excel workbook", lambda known: best_known(tables(), known))


def table_of(data: bytes, file: str, encoding: str | None, known: Known) -> Table:
    """Return the table of a CSV file or of a workbook."""
    if data.startswith(ZIP_MARK):
        return read_worksheet(data, file, known)
    text, problems = decoded(data, file, encoding)
    if not problems and text.lstrip()[:1] in ("{", "["):
        problems = [Problem(file, 0, "", "the file looks like JSON, not like a table; use another --format")]
    if problems:
        return Table(1, (), ",", (), tuple(replace(problem, whole=True) for problem in problems))
    return read_table(text, file, known)


def plain_stem(name: str) -> str:
    """Return the name of a file without its folder and its ending, for ids."""
    return re.sub(r"[^\w.-]+", "-", Path(name).stem)


def table_lines(table: Table, names: Sequence[str], file: str) -> Iterator[Line]:
    """Yield the cells of each row by the names of its columns; the first of several with one name counts."""
    lines = [Line(item.line, None, (item,), item.unit) for item in table.problems]
    for row in table.rows:
        wide = table.too_wide(row, file)
        cells = (*row.cells, *[""] * (len(names) - len(row.cells)))
        values: dict[str, Any] = {}
        for name, cell in zip(names, cells, strict=False):
            if name:
                values.setdefault(name, cell)
        lines.append(Line(row.line, None if wide else values, (wide,) if wide else (), table.unit))
    return iter(sorted(lines, key=lambda line: line.number))
