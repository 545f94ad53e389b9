"""`doubleread cases list`."""

from __future__ import annotations

import json

import pytest


def test_cases_are_listed_searched_and_filtered(invoke, make):
    study = make(3)
    listed = invoke("cases", "list", study, "--json")
    assert listed.code == 0
    record = json.loads(listed.out)
    assert [case["number"] for case in record["cases"]] == [1, 2, 3]
    assert record["of"] == 3
    assert "key" not in record["cases"][0]
    first = record["cases"][0]
    assert (first["answered"], first["readers"], first["adjudicated"]) == (False, [], False)
    found = invoke("cases", "list", study, "--text", "cough", "--state", "unread", "--kind", first["kind"])
    assert found.code == 0
    assert first["id"] in found.out
    assert "of 3 cases" in found.err
    none = invoke("cases", "list", study, "--text", "cough zebra")
    assert (none.code, "0 of 3 cases" in none.err) == (0, True)


@pytest.mark.parametrize(
    ("option", "words"), [(("--kind", "riddle"), 'there is no kind "riddle"'), (("--state", "x"), "there is no state")]
)
def test_what_there_is_not_is_refused(invoke, make, option, words):
    refused = invoke("cases", "list", make(1), *option)
    assert (refused.code, words in refused.err) == (2, True)
