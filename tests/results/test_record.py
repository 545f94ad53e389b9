"""The results as JSON: every key is documented, and every documented key occurs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from doubleread.results import results
from doubleread.results.outline import SECTIONS
from doubleread.results.record import CELL_KEYS, RESULT_KEYS, estimate_record, results_record
from doubleread.statistics import Estimate, Undefined
from outline_rows import row_of
from reports import small_studies as studies

ROWS_AND_LABELS = {"key", "label", "rows"}
BAR_KEYS = {"label", "arm", "parts"}


def documented(name: str) -> set[str]:
    return {key for keys in CELL_KEYS[name] for key in keys.split(", ")}


def kind_of(cell: dict[str, Any]) -> str:
    """Name the kind of a cell by the key that no other kind has."""
    for key, kind in (("value", "estimate"), ("p", "test"), ("neither", "paired table"), ("counts", "counts")):
        if key in cell:
            return kind
    return "count" if "count" in cell else "estimate"


def rows_of(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        yield from rows_of(row.get("rows", []))


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> list[dict[str, Any]]:
    found = []
    for builder in (studies.empty, studies.two_readers, studies.twice, studies.assessed, studies.reviewed):
        with builder(tmp_path_factory.mktemp(builder.__name__)) as study:
            found.append(json.loads(json.dumps(results_record(results(study)), allow_nan=False)))
    return found


def test_every_key_is_documented_and_every_documented_key_occurs(records):
    occurring: dict[str, set[str]] = {name: set() for name in CELL_KEYS}
    for record in records:
        assert list(record) == [key for keys in RESULT_KEYS for key in keys.split(", ")]
        for section in record["sections"]:
            occurring["section"] |= section.keys()
            for group in section.get("bars", []):
                assert group.keys() == {"key", "title", "bars"}
                assert all(bar.keys() == BAR_KEYS for bar in group["bars"])
            for row in rows_of(section["rows"]):
                assert row.keys() >= {"key", "label"}
                occurring["row"] |= row.keys()
                for name, cell in row.items():
                    if name not in ROWS_AND_LABELS and isinstance(cell, dict):
                        occurring[kind_of(cell)] |= cell.keys()
    for name in ("section", "estimate", "paired table", "count", "counts"):
        assert occurring[name] == documented(name), name
    assert occurring["test"] | {"undefined"} == documented("test")
    assert occurring["row"] >= ROWS_AND_LABELS | {"first", "second", "both", "difference", "test", "paired"}


def test_keys_of_neighbours_are_unique(records):
    for record in records:
        sections = [section["key"] for section in record["sections"]]
        assert sections == [key for key in SECTIONS if key in sections]
        for section in record["sections"]:
            for rows in (section["rows"], *(row.get("rows", []) for row in rows_of(section["rows"]))):
                keys = [row["key"] for row in rows]
                assert len(keys) == len(set(keys)), (section["key"], keys)


def test_an_estimate_says_why_it_has_no_interval_or_does_not_exist():
    alone = Estimate(0.5, Undefined("one case"), 1, "mean")
    assert estimate_record(alone) == {
        "value": 0.5,
        "low": None,
        "high": None,
        "no_interval": "one case",
        "n": 1,
        "method": "mean",
    }
    assert estimate_record(Undefined("nobody looked")) == {"undefined": "nobody looked"}


def test_confirmed_inconsistencies_are_counted_by_reader(tmp_path):
    with studies.checked(tmp_path) as study:
        record = results_record(results(study))
    assert row_of(record, "readers", "R-01")["inconsistencies"] == {"count": 1}
