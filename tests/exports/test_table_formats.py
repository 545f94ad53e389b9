"""Parquet, Hugging Face folder, SQLite and CSV, read back by the programs they are for: the values of JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubleread.domain.times import iso_utc
from doubleread.exports.columns import CASES, TABLES, Column, ColumnType, ListOf, ObjectOf
from doubleread.exports.csv import CsvTable
from doubleread.exports.export import export_study
from doubleread.exports.huggingface import size_category
from doubleread.exports.jsonl import json_text, write_jsonl
from doubleread.exports.parquet import parquet_schema, write_parquet
from doubleread.exports.selection import Selection
from doubleread.exports.sqlite import insert_table
from doubleread.exports.tables import CHANGED_CELLS
from exports.attested import ATTESTED
from exports.full_study import fits
from exports.hostile_texts import texts

ALL = {**TABLES, "cases": CASES}
NO_NETWORK = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


@pytest.fixture(params=["full_study", "blind_study"])
def study(request):
    return request.getfixturevalue(request.param)


def exported(study, folder: Path, format_name: str, **options: Any) -> Path:
    export_study(study, format_name, folder / format_name, with_case_text=True, attestation=ATTESTED, **options)
    return folder / format_name


def expected(study, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every table as JSON Lines has it, and the cases as the other formats have them."""
    from doubleread.exports.source import ExportSource

    out = exported(study, folder, "jsonl")
    tables = {
        name: [json.loads(line) for line in (out / f"{name}.jsonl").read_text("utf-8").split("\n") if line]
        for name in TABLES
    }
    return {**tables, "cases": list(ExportSource(study, with_case_text=True).case_table())}


def as_json(value: Any, type: ColumnType) -> Any:
    """Return a value of Arrow as JSON has it."""
    if value is None or value is pandas.NA:
        return None
    if type == "time":
        return iso_utc(value.astimezone(UTC))
    return json.loads(value) if type == "JSON" else value


def test_parquet_has_the_same_values_for_pyarrow_and_pandas(study, tmp_path):
    out, tables = exported(study, tmp_path, "parquet"), expected(study, tmp_path)
    assert {path.name for path in out.glob("*.parquet")} == {f"{name}.parquet" for name in ALL}
    for name, rows in tables.items():
        columns = ALL[name]
        table = pyarrow.parquet.read_table(out / f"{name}.parquet")
        assert table.schema.equals(parquet_schema(columns), check_metadata=False)
        assert table.schema.field(0).metadata == {b"description": next(iter(columns.values())).about.encode()}
        read = [{column: as_json(row[column], columns[column].type) for column in columns} for row in table.to_pylist()]
        assert read == rows, name
        frame = pandas.read_parquet(out / f"{name}.parquet", dtype_backend="pyarrow")
        for column, about in columns.items():
            if not isinstance(about.type, ListOf):
                assert [as_json(value, about.type) for value in frame[column]] == [row[column] for row in rows], column


def test_row_groups_are_small(tmp_path, monkeypatch):
    monkeypatch.setattr("doubleread.exports.parquet._ROWS", 2)
    columns = {"text": Column(""), "texts": Column("", ListOf("text"))}
    path = tmp_path / "t.parquet"
    assert write_parquet(path, columns, ({"text": str(number), "texts": []} for number in range(5))) == 5
    assert pyarrow.parquet.ParquetFile(path).num_row_groups == 3
    monkeypatch.setattr("doubleread.exports.parquet._CHARACTERS", 10)
    monkeypatch.setattr("doubleread.exports.parquet._ROWS", 100)
    assert write_parquet(path, columns, ({"text": None, "texts": ["x" * 11]} for _ in range(3))) == 3
    assert pyarrow.parquet.ParquetFile(path).num_row_groups == 3


READ_DATASET = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
folder = sys.argv[1]
read = {}
for name in get_dataset_config_names(folder):
    data = load_dataset(folder, name, split="train")
    read[name] = {"features": data.features._to_yaml_list(), "rows": data.to_list()}
default = load_dataset(folder, split="train")
read[""] = {"rows": default.num_rows}
print(json.dumps(read, default=lambda time: time.isoformat(timespec="milliseconds").replace("+00:00", "Z")))
"""


def loaded(folder: Path, home: Path) -> dict[str, Any]:
    """Read a folder with `datasets`, offline, in a process of its own."""
    environment = {**os.environ, **NO_NETWORK, "HF_HOME": str(home), "HF_DATASETS_CACHE": str(home / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", READ_DATASET, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_datasets_loads_the_folder_offline(full_study, tmp_path):
    out, tables = exported(full_study, tmp_path, "huggingface"), expected(full_study, tmp_path)
    read = loaded(out, tmp_path / "home")
    card = yaml.safe_load((out / "README.md").read_text("utf-8").split("---\n")[1])
    stated = {entry["config_name"]: entry for entry in card["dataset_info"]}
    assert read.keys() - {""} == tables.keys() == stated.keys()
    assert read[""]["rows"] == len(tables["annotations"])
    for name, rows in tables.items():
        columns = ALL[name]
        assert stated[name]["features"] == read[name]["features"]
        found = [
            {
                column: json.loads(value) if columns[column].type == "JSON" and value is not None else value
                for column, value in row.items()
            }
            for row in read[name]["rows"]
        ]
        assert found == rows, name


def test_tables_without_rows_are_no_configurations(full_study, tmp_path):
    out = exported(full_study, tmp_path, "huggingface", selection=Selection(readers=frozenset({"R-03"})))
    card = yaml.safe_load((out / "README.md").read_text("utf-8").split("---\n")[1])
    names = ["annotations", "readings", "answers", "scores", "cases"]
    assert [entry["config_name"] for entry in card["configs"]] == names
    assert (out / "data" / "criteria.parquet").exists()


def test_sqlite_has_the_same_values_and_keeps_its_references(study, tmp_path):
    out, tables = exported(study, tmp_path, "sqlite"), expected(study, tmp_path)
    db = sqlite3.connect(out / "study.db")
    db.row_factory = sqlite3.Row
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(db.execute('PRAGMA foreign_key_list("annotations")').fetchall()) == 3
    for name, rows in tables.items():
        columns = ALL[name]
        read = [
            {
                column: json.loads(value)
                if columns[column].nested and value is not None
                else bool(value)
                if columns[column].type == "boolean" and value is not None
                else value
                for column, value in dict(row).items()
            }
            for row in db.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
        ]
        assert read == rows, name
    db.close()


def test_the_metadata_for_datasette_is_about_the_tables_and_columns_that_there_are(study, tmp_path):
    out = exported(study, tmp_path, "sqlite")
    metadata = json.loads((out / "metadata.json").read_text("utf-8"))
    about = metadata["databases"]["study"]
    assert (metadata["title"], about["title"]) == (study.protocol.title, study.protocol.title)
    assert about["license"] == "Cases: not recorded (4 cases), CC-BY-4.0 (1 case), CC0-1.0 (1 case)"
    db = sqlite3.connect(out / "study.db")
    assert list(about["tables"]) == [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for name, table in about["tables"].items():
        columns = [row[1] for row in db.execute(f'PRAGMA table_info("{name}")')]
        assert list(table["columns"]) == columns == list(ALL[name])
        named = {*table["facets"], *table.get("units", {}), table.get("label_column", columns[0])}
        assert named <= set(columns)
        # Each answer of a blinded export has a name of its own.
        blinded = "blinded" in about["description"]
        assert ("arm_name" in table["facets"]) == (not blinded and "arm_name" in columns and name != "adjudications")
    db.close()


def test_pandas_reads_each_csv_as_the_readme_says(study, tmp_path):
    out, tables = exported(study, tmp_path, "csv"), expected(study, tmp_path)
    options = {"encoding": "utf-8-sig", "dtype": str, "keep_default_na": False}
    assert 'encoding="utf-8-sig", dtype=str, keep_default_na=False' in (out / "README.md").read_text("utf-8")
    changed = pandas.read_csv(out / CHANGED_CELLS, **options)
    cells = {(row.table, int(row.row), row.column) for row in changed.itertuples()}
    for name in TABLES:
        frame = pandas.read_csv(out / f"{name}.csv", **options)
        assert list(frame.columns) == list(TABLES[name])
        assert len(frame) == len(tables[name])
        for column, about in TABLES[name].items():
            for number, row in enumerate(tables[name], start=1):
                text, meant = frame[column][number - 1], row[column]
                if (name, number, column) in cells:
                    assert text[0] == "'"
                    text = text[1:]
                if about.type in ("text", "time") or meant is None:
                    assert text == (meant or "")
                else:
                    assert json.loads(text) == meant


COLUMNS = {
    "text": Column("a"),
    "integer": Column("b", "integer"),
    "number": Column("c", "number"),
    "boolean": Column("d", "boolean"),
    "time": Column("e", "time"),
    "JSON": Column("f", "JSON"),
    "list": Column("g", ListOf(ObjectOf({"quote": "text", "start": "integer", "tags": ListOf("text")}))),
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "time": st.datetimes(timezones=st.just(UTC)).map(iso_utc),
    "JSON": st.dictionaries(texts, texts | st.none() | st.integers(0, 9)),
    "list": st.lists(
        st.fixed_dictionaries({"quote": texts | st.none(), "start": st.integers(0, 9), "tags": st.lists(texts)}),
        max_size=3,
    ),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | strategy for name, strategy in VALUES.items()}), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_text_comes_back_from_every_format(tmp_path, rows):
    assert all(fits(row[name], column.type) for row in rows for name, column in COLUMNS.items())
    lines = io.StringIO(newline="")
    write_jsonl(lines, rows)
    assert [json.loads(line) for line in lines.getvalue().split("\n") if line] == rows
    write_parquet(tmp_path / "t.parquet", COLUMNS, rows)
    read = pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert [{name: as_json(row[name], COLUMNS[name].type) for name in COLUMNS} for row in read] == rows
    db = sqlite3.connect(":memory:")
    insert_table(db, "t", COLUMNS, rows)
    for stored, row in zip(db.execute('SELECT * FROM "t"'), rows, strict=True):
        for value, (name, column) in zip(stored, COLUMNS.items(), strict=True):
            assert (json.loads(value) if column.nested and value is not None else value) == row[name]
    db.close()
    sheet = io.StringIO(newline="")
    changed: list[str] = []
    CsvTable(sheet, "t", COLUMNS, lambda cell: changed.append(f"{cell.row} {cell.column}")).write(rows)
    sheet.seek(1)
    for number, (cells, row) in enumerate(zip(csv.DictReader(sheet), rows, strict=True), start=1):
        text = row["text"] or ""
        assert cells["text"] == (f"'{text}" if f"{number} text" in changed else text)
        assert cells["JSON"] == ("" if row["JSON"] is None else json_text(row["JSON"]))


def test_size_categories():
    assert [size_category(rows) for rows in (0, 999, 1000, 99_999, 10**9)] == [
        "n<1K",
        "n<1K",
        "1K<n<10K",
        "10K<n<100K",
        "n>100M",
    ]
