"""Figures of a small study, counted by hand."""

from __future__ import annotations

import json

import pytest

from doubleread.domain.spans import Span
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.rescoring import score_again
from doubleread.sessions.results import results
from doubleread.statistics.proportions import Undefined
from sessions.judged_study import answered_study, read, side_of
from sessions.making import make_study


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        yield opened


def test_choices_count_unclear_answers_both_ways(study):
    one, two = results(study).models
    assert (one.choice.right, one.choice.wrong, one.choice.unparsed) == (2, 1, 1)
    assert (one.choice.unclear_wrong.successes, one.choice.unclear_wrong.n) == (2, 4)
    assert (one.choice.unclear_left_out.successes, one.choice.unclear_left_out.n) == (2, 3)
    assert one.choice.unclear_wrong.low == pytest.approx(0.150, abs=0.001)
    assert one.choice.unclear_wrong.high == pytest.approx(0.850, abs=0.001)
    assert (two.choice.truncated, two.choice.unclear_left_out.n) == (1, 3)


def test_diagnoses_wait_for_a_reader(study):
    one, two = results(study).models
    assert (one.diagnosis.waiting, one.diagnosis.answered) == (2, 2)
    assert one.diagnosis.unclear_wrong == Undefined("no reader has confirmed or refused a proposed diagnosis yet")
    assert (two.diagnosis.waiting, two.diagnosis.unparsed) == (1, 1)
    assert two.diagnosis.unclear_wrong == one.diagnosis.unclear_wrong


def test_readers_settle_diagnoses(study):
    read(study, "R-01", 6)
    one, two = results(study).models
    assert (one.diagnosis.right, one.diagnosis.waiting) == (2, 0)
    assert (two.diagnosis.wrong, two.diagnosis.unparsed) == (2, 0)
    assert two.diagnosis.unclear_left_out.n == 2


def test_readers_who_differ_settle_nothing(study):
    read(study, "R-01", 6)
    read(study, "R-02", 6)
    one = results(study).models[0]
    assert (one.diagnosis.disputed, one.diagnosis.right, one.diagnosis.wrong) == (2, 0, 0)


def test_findings_that_stand_in_committed_readings_count(study):
    read(study, "R-01", 3)
    read(study, "R-02", 2)
    found = results(study)
    one, two = (model.hallucinations for model in found.models)
    assert (one.findings, one.readings, one.answers) == (5, 5, 3)
    assert one.each.value == 1
    assert (one.answers_with.successes, one.answers_with.n) == (3, 3)
    assert one.by_category == {"fabrication": 5, "negation": 0, "causality": 0, "contextual": 0}
    assert one.by_severity == {"minor": 0, "major": 5}
    assert (one.omissions, one.omissions_by_severity) == (5, {"minor": 5, "major": 0})
    assert (two.findings, two.each.value, two.answers_with.successes) == (0, 0, 0)
    assert [model.preferred for model in found.models] == [0, 5]
    assert [model.verdicts for model in found.models] == [{"wrong": 5}, {"correct": 5}]


def test_an_open_reading_and_one_outside_the_field_count_for_nothing(study):
    session = ReadingSession(study, "R-01")
    session.mark(side_of(session, "one"), "answer", Span(0, 13), "fabrication", "major")
    session.judge(outside_field=True)
    session.commit()
    session.next_open()
    session.mark(side_of(session, "one"), "answer", Span(0, 13), "fabrication", "major")
    found = results(study)
    assert found.models[0].hallucinations.each == Undefined("no reading of it is committed")
    assert (found.readings_opened, found.readings_committed, found.outside_field) == (2, 1, 1)
    assert found.preferences == {"tie": 0, "both bad": 0, "none given": 0}


def test_readers_who_are_not_done_are_named_in_a_warning(study):
    read(study, "R-01", 6)
    assert results(study).warnings == ()
    read(study, "R-02", 2)
    (warning,) = results(study).warnings
    assert "R-02 (4 to go)" in warning


def test_an_empty_study_has_no_figures_and_says_why(tmp_path):
    with make_study(tmp_path / "empty.doubleread") as study:
        found = results(study)
    record = json.loads(json.dumps(found.as_record()))
    assert record["models"][0]["choice"]["unclear_wrong"] == {"undefined": "there are no answers to choice cases"}
    assert record["models"][0]["words"] == {"undefined": "there are no answers"}
    assert len(record["warnings"]) == 2


def test_the_record_has_every_share_with_its_value_and_n(study):
    record = json.loads(json.dumps(results(study).as_record(), allow_nan=False))
    share = record["models"][0]["choice"]["unclear_left_out"]
    assert share["value"] == pytest.approx(2 / 3)
    assert (share["successes"], share["n"], share["confidence"]) == (2, 3, 0.95)
    assert record["models"][1]["words"]["n"] == 6


def test_scoring_again_changes_scores_and_says_which(study):
    done = score_again(study)
    assert done.scored == 12
    assert {change.case_id for change in done.changes} <= set(study.case_ids())
    assert all(len(study.scores_of(f"case-0/{model}")) == 1 for model in ("one", "two"))
    assert score_again(study).changes == ()
