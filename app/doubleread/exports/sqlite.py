"""The study's tables as one SQLite file, with metadata for Datasette (https://docs.datasette.io/en/stable/metadata.html).

It is not the study file: blinded, filtered and without case text as every export.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from doubleread.exports.columns import CASES, TABLES, Column
from doubleread.exports.dictionary import ABOUT, tables_readme
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.jsonl import json_text
from doubleread.exports.licences import licences_of
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource

DATABASE, METADATA = "study.db", "metadata.json"

_KEYS: Mapping[str, tuple[str, ...]] = {
    "annotations": ("annotation_id",),
    "readings": ("reading_id",),
    "answers": ("answer_id",),
    "adjudications": ("decision_id",),
    "adjudicated_annotations": ("adjudicated_annotation_id",),
    "sentences": ("reading_id", "answer_id", "start", "end"),
    "criteria": ("reading_id", "answer_id", "criterion_id"),
    "cases": ("case_id",),
}
"""Primary keys. Scores have none: their table names no id."""

_REFERENCES: Mapping[str, str] = {
    **dict.fromkeys(("answer_id", "answer_a", "answer_b", "preferred_answer_id"), "answers"),
    "reading_id": "readings",
    "case_id": "cases",
}
"""Of columns that refer to rows of other tables: which table."""

_LABELS = {"answers": "arm_name", "readings": "reader_id", "annotations": "label", "cases": "title"}
"""The column that Datasette shows in place of a row's id."""

_FACETS: Mapping[str, tuple[str, ...]] = {
    "annotations": ("arm_name", "reader_id", "category", "severity"),
    "readings": ("reader_id", "preference"),
    "answers": ("arm_name", "case_kind", "status"),
    "scores": ("arm_name", "scorer", "outcome"),
    "adjudications": ("subject", "adjudicator_id"),
    "adjudicated_annotations": ("arm_name", "category", "severity", "source"),
    "sentences": ("arm_name", "reader_id", "judgement"),
    "criteria": ("arm_name", "reader_id", "judgement"),
    "cases": ("kind", "licence"),
}
_UNITS = {"readings": {"active_seconds": "s"}}
_TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}

_ABOUT_SQLITE = f"""\
## About SQLite

Booleans are 0 and 1, times ISO 8601 texts, lists and objects JSON text. `{METADATA}` describes tables and columns for
Datasette:

```
datasette {DATABASE} --metadata {METADATA}
```
"""


def _write(source: ExportSource, folder: Path) -> Written:
    tables = dict(source.tables())
    columns = dict(TABLES)
    if source.with_case_text:
        tables["cases"], columns["cases"] = source.case_table(), CASES
    rows = {}
    with contextlib.closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        # The folder appears whole or not at all, so the file needs no journal of its own.
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        for name, records in tables.items():
            rows[name] = insert_table(db, name, columns[name], records, tables)
        db.execute("COMMIT")
    with text_file(folder / METADATA) as file:
        json.dump(datasette_metadata(source, columns), file, ensure_ascii=False, indent=2)
        file.write("\n")
    return Written(rows, tables_readme(source, "", _ABOUT_SQLITE, file=DATABASE))


def insert_table(
    db: sqlite3.Connection,
    name: str,
    columns: Mapping[str, Column],
    records: Iterable[Record],
    tables: Collection[str] = (),
) -> int:
    """Create a table as sqlite-utils would, with references to `tables`, and return how many rows it has."""
    references = {
        column: other
        for column, other in _REFERENCES.items()
        if column in columns and other in tables and (column,) != _KEYS.get(name)
    }
    db.execute(_create(name, columns, references))
    count = _insert(db, name, columns, records)
    for column in references:
        db.execute(f'CREATE INDEX "idx_{name}_{column}" ON "{name}" ("{column}")')
    return count


def _create(name: str, columns: Mapping[str, Column], references: Mapping[str, str]) -> str:
    key = _KEYS.get(name, ())
    lines = []
    for column, about in columns.items():
        line = f'"{column}" {_TYPES.get(about.type, "TEXT") if isinstance(about.type, str) else "TEXT"}'
        if key == (column,):
            line += " PRIMARY KEY"
        elif other := references.get(column):
            line += f' REFERENCES "{other}" ("{_KEYS[other][0]}")'
        lines.append(line)
    if len(key) > 1:
        names = ", ".join(f'"{column}"' for column in key)
        lines.append(f"PRIMARY KEY ({names})")
    body = ",\n  ".join(lines)
    return f'CREATE TABLE "{name}" (\n  {body}\n)'


def _insert(db: sqlite3.Connection, name: str, columns: Mapping[str, Column], records: Iterable[Record]) -> int:
    nested = {column for column, about in columns.items() if about.nested}

    def values() -> Iterator[tuple[Any, ...]]:
        for record in records:
            yield tuple(
                json_text(record[column]) if column in nested and record[column] is not None else record[column]
                for column in columns
            )

    marks = ", ".join("?" for _ in columns)
    return db.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values()).rowcount


def datasette_metadata(source: ExportSource, tables: Mapping[str, Mapping[str, Column]]) -> dict[str, Any]:
    """Return what Datasette shows of the file: titles, licence, columns, facets and labels."""
    licences = licences_of(source)
    title = source.study.protocol.title
    blinded = " The export is blinded." if source.blinded is not None else ""
    entry = {
        "title": title,
        "description": f"Export of the doubleread study {source.study.study_id}.{blinded}",
        "license": licences.only or f"Cases: {licences.words}",
        "tables": {name: _table_metadata(source, name, columns) for name, columns in tables.items()},
    }
    return {"title": title, "databases": {Path(DATABASE).stem: entry}}


def _table_metadata(source: ExportSource, name: str, columns: Mapping[str, Column]) -> dict[str, Any]:
    # In a blinded export, each answer has its own name.
    facets = [facet for facet in _FACETS[name] if source.blinded is None or facet != "arm_name"]
    metadata: dict[str, Any] = {
        "description": ABOUT[name],
        "columns": {column: about.about for column, about in columns.items()},
        "facets": facets,
    }
    if name in _LABELS:
        metadata["label_column"] = _LABELS[name]
    if name in _UNITS:
        metadata["units"] = _UNITS[name]
    return metadata


SQLITE = Exporter("SQLite, one file with metadata for Datasette: to browse and query", _write)
