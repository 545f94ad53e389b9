"""The study's tables as Parquet: typed columns, read and written a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doubleread.exports.columns import CASES, TABLES, Column, ColumnType, ListOf, ObjectOf
from doubleread.exports.dictionary import tables_readme
from doubleread.exports.exporter import Exporter, Written
from doubleread.exports.jsonl import json_text
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource

if TYPE_CHECKING:
    import pyarrow

_ROWS, _CHARACTERS = 5_000, 16_000_000
"""What a row group has at most: rows, and about so many characters."""

ABOUT_PARQUET = """\
Times are timestamps in UTC. Lists and objects whose fields are always the same are nested columns; columns of type JSON
contain JSON text. Each column carries its meaning as `description` in its metadata.
"""


def write_parquet(path: Path, columns: Mapping[str, Column], records: Iterable[Record]) -> int:
    """Write a table to a Parquet file in row groups of limited size, and return how many rows there were."""
    from pyarrow import RecordBatch
    from pyarrow.parquet import ParquetWriter

    schema = parquet_schema(columns)
    count = 0
    with ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _batches(columns, records):
            arrays = [_array([row[name] for row in rows], schema.field(name).type) for name in columns]
            writer.write_batch(RecordBatch.from_arrays(arrays, schema=schema))
            count += len(rows)
    return count


def parquet_schema(columns: Mapping[str, Column]) -> pyarrow.Schema:
    """Return the Arrow schema of a table."""
    import pyarrow

    return pyarrow.schema(
        [
            pyarrow.field(name, _arrow_type(column.type), metadata={"description": column.about})
            for name, column in columns.items()
        ]
    )


def write_tables(source: ExportSource, folder: Path) -> dict[str, int]:
    """Write every table to a Parquet file, with the cases if case text is wanted. Return the numbers of rows."""
    rows = {
        name: write_parquet(folder / f"{name}.parquet", TABLES[name], records)
        for name, records in source.tables().items()
    }
    if source.with_case_text:
        rows["cases"] = write_parquet(folder / "cases.parquet", CASES, source.case_table())
    return rows


def _write(source: ExportSource, folder: Path) -> Written:
    rows = write_tables(source, folder)
    return Written(rows, tables_readme(source, ".parquet", f"## About Parquet\n\n{ABOUT_PARQUET}"))


def _arrow_type(type: ColumnType) -> pyarrow.DataType:
    import pyarrow

    if isinstance(type, ListOf):
        return pyarrow.list_(_arrow_type(type.item))
    if isinstance(type, ObjectOf):
        return pyarrow.struct([(name, _arrow_type(field)) for name, field in type.fields.items()])
    types = {
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "time": pyarrow.timestamp("ms", "UTC"),
    }
    return types.get(type, pyarrow.string())


def _array(values: list[Any], type: pyarrow.DataType) -> pyarrow.Array:
    import pyarrow

    if pyarrow.types.is_timestamp(type):
        return pyarrow.array(values, pyarrow.string()).cast(type)
    return pyarrow.array(values, type)


def _batches(columns: Mapping[str, Column], records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the rows of each row group, with JSON as text."""
    as_text = [name for name, column in columns.items() if column.type == "JSON"]
    texts: dict[int, tuple[Any, str]] = {}
    """By id, objects that rows share, such as manifests, with their text. Kept alive, so that ids stay theirs."""
    batch: list[Record] = []
    characters = 0
    for record in records:
        row = dict(record)
        for name in as_text:
            value = row[name]
            if value is not None:
                if id(value) not in texts:
                    texts[id(value)] = value, json_text(value)
                row[name] = texts[id(value)][1]
        batch.append(row)
        characters += sum(map(_size, row.values()))
        if len(batch) == _ROWS or characters > _CHARACTERS:
            yield batch
            batch, characters = [], 0
            texts.clear()
    if batch:
        yield batch


def _size(value: Any) -> int:
    """Return about how many characters a value has."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(_size, value))
    return sum(map(_size, value.values())) if isinstance(value, dict) else 1


PARQUET = Exporter("Parquet, one file per table: for pandas, Polars, R and DuckDB", _write)
