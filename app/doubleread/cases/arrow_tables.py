"""Read Parquet files and Arrow streams or files, such as those of Hugging Face datasets.

A missing value is no value: columns and fields of structs without one are left out, and so are NaN. Labels of a class
(`ClassLabel`) are given by their names, because their numbers count from 0 in some datasets and from 1 in others. Dates
and decimal numbers become texts. Columns with binary data, such as images, are left out.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doubleread.cases.case_file import CaseFile, Known
from doubleread.cases.json_lines import Line
from doubleread.cases.problems import Problem

if TYPE_CHECKING:
    import pyarrow

PARQUET_MARK = b"PAR1"
ARROW_MARKS = (b"ARROW1", b"\xff\xff\xff\xff")
_ROWS_AT_ONCE = 1000

Cleaned = Callable[[Any], Any]


class ArrowFile(CaseFile):
    """A Parquet or Arrow file. A damaged one has a problem in place of its rows."""

    shapes = frozenset({"json", "table"})

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            parquet = file.read(4) == PARQUET_MARK
        super().__init__(str(path), "Parquet" if parquet else "Arrow")
        self._path = path
        self._parquet = parquet
        self._names: list[str] = []
        self._rows = 0
        self._damage = ""
        try:
            with self._opened() as (schema, rows, _):
                self._rows = rows
                self._columns = _columns(schema)
        except Exception as error:  # pyarrow raises whatever its readers do
            self._columns = {}
            self._damage = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        left_out = [name for name, cleaned in self._columns.items() if cleaned is None]
        self._names = [name for name in self._columns if name not in left_out]
        self.notes = tuple(
            f'the column "{name[:80]}" of {path.name} has binary data and is left out' for name in left_out
        )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[pyarrow.Schema, int, Iterator[pyarrow.RecordBatch]]]:
        """Open the file: its schema, the number of its rows (0: unknown), and its rows."""
        import pyarrow
        import pyarrow.parquet

        with pyarrow.OSFile(str(self._path)) as source:
            if self._parquet:
                with pyarrow.parquet.ParquetFile(source) as file:
                    yield file.schema_arrow, file.metadata.num_rows, file.iter_batches(_ROWS_AT_ONCE)
                return
            with self._path.open("rb") as start:
                is_file = start.read(6) == ARROW_MARKS[0]
            if is_file:
                with pyarrow.ipc.open_file(source) as reader:
                    batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
                    yield reader.schema, 0, batches
            else:
                with pyarrow.ipc.open_stream(source) as stream:
                    yield stream.schema, 0, iter(stream)

    @property
    def total(self) -> int:
        """How many rows there are; 0 if the file does not say."""
        return self._rows

    def columns(self, _known: Known) -> list[str]:
        """Return the names of its columns."""
        return self._names

    def lines(self) -> Iterator[Line]:
        """Yield its rows in order."""
        number = 0
        if not self._damage:
            try:
                with self._opened() as (_, _, batches):
                    for batch in batches:
                        batch.validate(full=True)  # offsets in a damaged file can point outside of its memory
                        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                            for line in self._lines_of(batch.slice(start, _ROWS_AT_ONCE), number):
                                number = line.number
                                yield line
                return
            except Exception as error:
                self._damage = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        after = f" after row {number}" if number else ""
        at = number + 1 if number else 0
        message = f"the file is a damaged {self.container} file{after} ({self._damage}); get it again"
        yield Line(at, None, (Problem(self.name, at, "", message, whole=True, unit="row"),), "row")

    def _lines_of(self, batch: pyarrow.RecordBatch, before: int) -> Iterator[Line]:
        present = frozenset(batch.schema.names)
        batch = batch.select([name for name in self._names if name in present])
        try:
            rows = batch.to_pylist()
        except (UnicodeDecodeError, ValueError, OverflowError):
            rows = [self._row_of(batch.slice(number, 1)) for number in range(batch.num_rows)]
        for number, row in enumerate(rows, start=before + 1):
            if isinstance(row, str):
                yield Line(number, None, (Problem(self.name, number, "", row, unit="row"),), "row")
            else:
                yield self._line(number, row)

    def _row_of(self, one: pyarrow.RecordBatch) -> dict[str, Any] | str:
        """Return a row, or why it cannot be read."""
        try:
            return dict(one.to_pylist()[0])
        except (UnicodeDecodeError, ValueError, OverflowError) as error:
            return f"cannot be read ({str(error)[:200]})"

    def _line(self, number: int, row: Mapping[str, Any]) -> Line:
        record: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, value in row.items():
            cleaned = self._columns[name]
            assert cleaned is not None
            try:
                value = cleaned(value)
            except ValueError as error:
                problems.append(Problem(self.name, number, name, str(error), unit="row"))
                continue
            if value is not None:
                record[name] = value
        return Line(number, record, tuple(problems), "row")


def _columns(schema: pyarrow.Schema) -> dict[str, Cleaned | None]:
    """Return how the values of each column become JSON; None for binary data."""
    features = _features(schema.metadata or {})
    return {field.name: _cleaned(field.type, features.get(field.name)) for field in schema}


def _features(metadata: Mapping[bytes, bytes]) -> Mapping[str, Any]:
    """Return what Hugging Face datasets say of each column."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _cleaned(kind: pyarrow.DataType, feature: Any) -> Cleaned | None:
    from pyarrow import types

    described = feature if isinstance(feature, dict) else {}
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return None
    if types.is_integer(kind) and described.get("_type") == "ClassLabel" and isinstance(described.get("names"), list):
        return _label(described["names"])
    if types.is_floating(kind):
        return _number
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind):
        return lambda value: value
    if types.is_struct(kind):
        inner = {field.name: _cleaned(field.type, described.get(field.name)) for field in kind}
        return None if None in inner.values() else lambda value: _struct(value, inner)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        first = feature[0] if isinstance(feature, list) and feature else None
        return _each(_cleaned(kind.value_type, described.get("feature", first)))
    if types.is_map(kind):
        inner_value = _each(_cleaned(kind.item_type, None))
        return None if inner_value is None else lambda value: _map(value, inner_value)
    if types.is_dictionary(kind):
        return _cleaned(kind.value_type, None)
    return _as_text


def _each(cleaned: Cleaned | None) -> Cleaned | None:
    """Return how the values of a list become JSON."""
    return None if cleaned is None else lambda values: None if values is None else [cleaned(one) for one in values]


def _map(pairs: Any, cleaned: Cleaned) -> dict[str, Any] | None:
    """Return the object of a map, which is a list of pairs."""
    if pairs is None:
        return None
    return dict(zip((str(name) for name, _ in pairs), cleaned([value for _, value in pairs]), strict=True))


def _label(names: list[Any]) -> Cleaned:
    def label(value: int | None) -> Any:
        return str(names[value]) if value is not None and 0 <= value < len(names) else None

    return label


def _number(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("is infinite, which JSON has no number for; leave it out or use a text")
    return float(value)


def _struct(value: Mapping[str, Any] | None, inner: Mapping[str, Cleaned | None]) -> dict[str, Any] | None:
    if value is None:
        return None
    cleaned = {name: clean(value.get(name)) for name, clean in inner.items() if clean is not None}
    return {name: one for name, one in cleaned.items() if one is not None}


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
