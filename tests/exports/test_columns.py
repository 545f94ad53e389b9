"""The data dictionary: every value has its column's type, and every column is filled somewhere."""

from __future__ import annotations

import pytest

from doubleread.exports.columns import CASES, TABLES, Column, ListOf, ObjectOf, type_words
from doubleread.exports.source import ExportSource
from exports.full_study import fits


@pytest.mark.parametrize("with_case_text", [False, True])
@pytest.mark.parametrize("fixture", ["full_study", "blind_study"])
def test_every_value_has_its_columns_type(request, fixture, with_case_text):
    source = ExportSource(request.getfixturevalue(fixture), with_case_text=with_case_text)
    for name, rows in source.tables().items():
        seen = set()
        for row in rows:
            assert list(row) == list(TABLES[name])
            wrong = {column: value for column, value in row.items() if not fits(value, TABLES[name][column].type)}
            assert not wrong, name
            seen |= {column for column, value in row.items() if value is not None}
        if fixture == "full_study" and with_case_text:
            assert seen == set(TABLES[name]), name


def test_every_value_of_a_case_has_its_columns_type(full_study):
    rows = list(ExportSource(full_study, with_case_text=True).case_table())
    assert len(rows) == 6
    for row in rows:
        assert list(row) == list(CASES)
        assert all(fits(value, CASES[column].type) for column, value in row.items())
    assert {column for row in rows for column, value in row.items() if value} == set(CASES)


def test_types_in_words():
    listed = ListOf(ObjectOf({"start": "integer", "tags": ListOf("text")}))
    assert type_words(listed) == "list of objects (start integer, tags list of text)"
    assert [type_words(kind) for kind in ("time", "JSON", ListOf("text"))] == ["time", "JSON", "list of text"]
    assert [Column("", kind).nested for kind in ("text", "JSON", listed)] == [False, True, True]
