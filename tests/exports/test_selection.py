"""Exports contain what was asked for: kinds of case, readers, committed readings, adjudicated cases, and case text."""

from __future__ import annotations

from doubleread.exports.case_text import without_case_text
from doubleread.exports.selection import Selection


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
