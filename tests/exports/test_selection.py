"""Exports contain what was asked for: kinds of case, readers, committed readings, adjudicated cases, and case text."""

from __future__ import annotations

import json

import pytest

from doubleread.exports import case_text
from doubleread.exports.export import export_study
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.selection import Selection
from exports.attested import ATTESTED
from exports.everything import texts_of


def test_filters_keep_rows_by_reader_and_commit():
    chosen = Selection(readers=frozenset({"R-01"}), committed_only=True)
    row = {"reader_id": "R-01", "committed_at": "2026-01-01T00:00:00Z"}
    assert chosen.has_row("annotations", row)
    assert not chosen.has_row("annotations", {**row, "reader_id": "R-02"})
    assert not chosen.has_row("readings", {**row, "committed_at": None})
    assert chosen.has_row("answers", {})


def test_filters_keep_cases_by_kind_and_adjudication():
    assert Selection(frozenset({"choice"})).has_case("choice", adjudicated=False)
    assert not Selection(frozenset({"choice"})).has_case("summary", adjudicated=True)
    assert not Selection(adjudicated_only=True).has_case("choice", adjudicated=False)


def exported(study, folder, format_name: str, selection: Selection) -> str:
    """Return all that an export contains."""
    export_study(study, format_name, folder / "out", with_case_text=True, attestation=ATTESTED, selection=selection)
    return "\n".join(text for _, text in texts_of(folder / "out"))


def ids_of(study, where: str) -> set[str]:
    """Return the ids of readings, and of all that belongs to them."""
    chosen = [row["id"] for row in study.connection.rows(f"SELECT id FROM readings WHERE {where}")]
    marks = ", ".join("?" for _ in chosen)
    rows = study.connection.rows(f"SELECT id FROM annotations WHERE reading_id IN ({marks})", chosen)
    return {*chosen, *(row["id"] for row in rows)}


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_an_export_of_one_reader_contains_nothing_of_others(full_study, tmp_path, format_name):
    text = exported(full_study, tmp_path, format_name, Selection(readers=frozenset({"R-01"})))
    others = ids_of(full_study, "reader_id <> 'R-01'")
    assert len(others) > 30
    decided = {
        row["adjudication_id"] for row in full_study.connection.rows("SELECT adjudication_id FROM adjudications")
    }
    secrets = {"R-02", "R-03", "S-01", "open note", "the last line", *others, *decided}
    assert {secret for secret in secrets if secret in text} == set()
    assert "R-01" in text


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_an_export_of_committed_readings_contains_no_open_one(full_study, tmp_path, format_name):
    text = exported(full_study, tmp_path, format_name, Selection(committed_only=True))
    secrets = {"open note", *ids_of(full_study, "reader_id = 'R-03'")}
    assert {secret for secret in secrets if secret in text} == set()


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_an_export_of_some_cases_contains_nothing_of_others(full_study, tmp_path, format_name):
    text = exported(full_study, tmp_path, format_name, Selection(frozenset({"choice", "rubric"})))
    secrets = {"fields-1", "long-1", "coding-1", *ids_of(full_study, "case_id NOT IN ('choice-1', 'rubric-1')")}
    assert {secret for secret in secrets if secret in text} == set()
    assert "rubric-1" in text


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_an_export_of_adjudicated_cases_contains_no_others(full_study, tmp_path, format_name):
    text = exported(full_study, tmp_path, format_name, Selection(adjudicated_only=True))
    secrets = {"fields-1", "long-1", *ids_of(full_study, "case_id IN ('nan', 'fields-1', 'long-1')")}
    assert {secret for secret in secrets if secret in text} == set()
    assert "rubric-1" in text


def test_filters_are_stated(full_study, tmp_path):
    chosen = Selection(frozenset({"choice"}), frozenset({"R-01"}), True, True)
    exported(full_study, tmp_path, "jsonl", chosen)
    readme = (tmp_path / "out" / "README.md").read_text("utf-8").partition("## Filters")[2]
    assert readme.count("\n- Only") == 4
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["filters"] == chosen.as_record()
    assert [one["reader_id"] for one in manifest["readers"]] == ["R-01"]


def test_the_status_and_overrides_by_others_are_withheld_with_a_filter_by_reader():
    row = {"status": "correct", "override_by": "S-01", "override_outcome": "correct", "override_reason": "r"}
    assert Selection().without_other_readers(row) is row
    withheld = Selection(readers=frozenset({"R-01"})).without_other_readers(row)
    assert (withheld["status"], withheld["override_by"], withheld["override_outcome"]) == (None, None, None)
    own = Selection(readers=frozenset({"S-01"})).without_other_readers(row)
    assert (own["status"], own["override_by"], own["override_reason"]) == (None, "S-01", "r")


def test_adjudications_are_left_out_with_a_filter_by_reader_and_before_their_commit():
    some = Selection(readers=frozenset({"R-01"}))
    assert not some.has_row("adjudications", {"committed_at": "2026-01-01T00:00:00Z"})
    assert not some.has_row("adjudicated_annotations", {})
    assert not Selection(committed_only=True).has_row("adjudications", {"committed_at": None})


def without_case_text(record: dict, kind: str) -> dict:
    (found,) = case_text.without_case_text([{"case_id": "c", **record}], {"c": kind})
    del found["case_id"]
    return found


def test_quotes_of_a_case_and_of_passages_are_case_text():
    omission = {"place": "case", "quote": "penicillin allergy", "start": 3, "passage_quote": "none"}
    assert without_case_text(omission, "choice") == {"place": "case", "quote": None, "start": 3, "passage_quote": None}
    assert without_case_text({"place": "answer", "quote": "sepsis"}, "choice") == {"place": "answer", "quote": "sepsis"}


def test_a_key_is_case_text_where_it_is_a_text():
    assert without_case_text({"case_key": "B"}, "choice") == {"case_key": "B"}
    assert without_case_text({"case_key": "The patient ..."}, "summary") == {"case_key": None}


def test_a_decision_keeps_its_annotation_without_quotes_of_the_case():
    annotation = {"place": "case", "quote": "allergy", "passage": {"quote": "q", "source": "case"}}
    row = without_case_text({"decision": {"how": "own", "annotation": annotation}}, "choice")
    assert row["decision"]["annotation"] == {
        "place": "case",
        "quote": None,
        "passage": {"quote": None, "source": "case"},
    }
