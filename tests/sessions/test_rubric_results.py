"""Rubric scores by arm, tag and theme, and how far readers agree on criteria, against values computed by hand."""

from __future__ import annotations

import json

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.rubric import LENGTH_ADJUSTED
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.exports.columns import TABLES
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.read_model.score_words import answer_words, criterion_lines
from doubleread.reports.page import report_page
from doubleread.results import results, unblind
from doubleread.results.adjudicated import adjudicated
from doubleread.results.cases_behind import cases_behind
from doubleread.results.counting import results_and_cases
from doubleread.results.outline import outline
from doubleread.results.record import results_record
from doubleread.results.section import Value
from doubleread.results.study_methods import study_methods
from doubleread.results.view import results_view
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Estimate, compare_yes_and_no
from exports.attested import ATTESTED
from outline_rows import row_of
from sessions.judged_twice import read_all
from sessions.rubric_study import CRITERIA, make_study, read

ADJUDICATOR = "S-01"


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread") as opened:
        yield opened


def test_an_answers_score_is_the_mean_over_its_readers_and_the_mean_over_cases_is_clipped(study):
    read(study, "R-01", ("mmn", "nnm"), ("mnn", "nnm"), ("m?n", "nnm"))
    read(study, "R-02", ("nmn", "nnn"))
    unblind(study, "lead", "interim")
    found = results(study)
    scores = found.rubric
    # Arm one: (1.0 + 0.4) / 2, 0.6, 0.6; arm two: (-0.5 + 0) / 2, -0.5, -0.5, clipped.
    assert scores.overall.first.value == pytest.approx((0.7 + 0.6 + 0.6) / 3)
    assert scores.overall.second.value == 0.0
    assert scores.overall.difference.value == pytest.approx(1.9 / 3)
    assert [scores.overall.first.n, scores.overall.second.n, scores.overall.difference.n] == [3, 3, 3]
    assert scores.by_tag["axis:context_awareness"].first.value == pytest.approx((1 + 0 + 0) / 3)
    assert scores.by_tag["axis:accuracy"].first.value == pytest.approx((0.5 + 1 + 1) / 3)
    # A tag without positive points has no score.
    assert not isinstance(scores.by_tag["danger"].first, Estimate)
    assert list(scores.by_tag) == ["axis:accuracy", "axis:context_awareness", "danger"]
    assert scores.by_theme["theme:context"].first.value == pytest.approx(0.7)
    assert scores.by_theme["theme:hedging"].first.value == pytest.approx(0.6)
    assert (scores.by_theme["travel"].first.n, scores.by_theme["theme:hedging"].first.n) == (3, 2)
    assert scores.judged == (12, 12)
    assert scores.cannot_tell.first.value == pytest.approx(1 / 12)
    (overall, adjusted) = found.measures
    assert (overall.metric.name, overall.found.first.value) == ("rubric", pytest.approx(1.9 / 3))
    characters = len(study.answers.by_id("case-0/one").text)
    assert adjusted.found.first.value == pytest.approx(1.9 / 3 - 0.0147 * (characters - 2000) / 500)
    # Not clipped.
    assert adjusted.found.second.value == pytest.approx(-1.25 / 3 - 0.0147 * (characters - 2000) / 500)


def test_the_sections_show_every_score_with_its_n_and_the_cases_behind_it(study):
    read(study, "R-01", ("mmn", "nnm"), ("mnn", "nnm"))
    unblind(study, "lead", "interim")
    record = results_record(results(study))
    row = row_of(record, "rubric", "overall")
    assert (row["first"]["value"], row["first"]["n"]) == (pytest.approx(0.8), 2)
    assert row_of(record, "rubric", "cases", "theme:context")["first"]["value"] == pytest.approx(1.0)
    assert row_of(record, "rubric", "judged")["second"] == {"count": 6}
    assert row_of(record, "rubric", "overall")["second"]["value"] == 0.0
    assert row_of(record, "rubric", LENGTH_ADJUSTED)["first"]["n"] == 2
    assert "measures" not in [section["key"] for section in record["sections"]]
    section = next(section for section in outline(results(study)) if section.key == "rubric")
    cell = section.rows[0].cells["first"]
    assert isinstance(cell, Value)
    assert [case.id for case in cases_behind(results_view(study), cell.behind).cases] == ["case-0", "case-1"]


def test_an_open_reading_gives_no_score(study):
    session = ReadingSession(study, "R-01")
    for criterion in CRITERIA:
        session.judge_criterion("A", criterion.id, "met")
    session.leave()
    found = results(study)
    assert (found.rubric, found.criteria_agreement, found.measures) == (None, None, ())


def test_agreement_on_criteria_overall_by_reader_and_by_criterion(study):
    read(study, "R-01", ("mmn", "nnm"), ("mnn", "nnm"))
    read(study, "R-02", ("mnn", "nnm"), ("nn?", "nnn"))
    unblind(study, "lead", "interim")
    found = results(study)
    agreement = found.criteria_agreement
    # Of 12 criteria, both say met of 2, R-01 alone of 3, both not met of 7 ("cannot tell" among them).
    assert agreement.overall.pairs == 24
    assert agreement.overall.yes.f1.value == pytest.approx(2 * 2 / (2 * 2 + 3))
    assert agreement.overall.no.f1.value == pytest.approx(2 * 7 / (2 * 7 + 3))
    one, two = agreement.by_reader["R-01"], agreement.by_reader["R-02"]
    assert (one.pairs, two.pairs) == (12, 12)
    assert (one.yes.precision.value, one.yes.recall.value) == (pytest.approx(2 / 5), 1.0)
    assert (two.yes.precision.value, two.yes.recall.value) == (1.0, pytest.approx(2 / 5))
    assert one.mean_f1.value == pytest.approx((4 / 7 + 14 / 17) / 2)
    assert one.mean_f1.n == 2
    assert agreement.criteria == 3
    by_text = {item.text: item for item in agreement.listed}
    advises = by_text[CRITERIA[0].text]
    assert (advises.answers, advises.met.value) == (4, pytest.approx(2 / 3))
    assert advises.observed.value == pytest.approx(3 / 4)
    # Of c3, "not met" and "cannot tell" differ, and so do "met" and "not met".
    assert [item.observed.value for item in agreement.listed] == [pytest.approx(0.5), *[pytest.approx(0.75)] * 2]
    labels = {label.arm: label for label in found.inter_rater.labels if label.subject == "criterion"}
    assert (labels[0].observed.value, labels[0].observed.n) == (pytest.approx(3 / 6), 6)
    assert isinstance(labels[0].ac1, Estimate)
    record = results_record(found)
    assert row_of(record, "criteria-agreement", "all")["met"]["value"] == pytest.approx(4 / 7)
    assert row_of(record, "criteria-agreement", "criteria")["listed"] == {"count": 3, "of": 3}


def test_yes_and_no_that_nobody_said_are_undefined():
    found = compare_yes_and_no([[(False, False)], []])
    assert (found.pairs, found.no.f1.value) == (1, 1.0)
    assert not isinstance(found.yes.precision, Estimate)
    assert not isinstance(found.mean_f1, Estimate)


def test_a_reader_agrees_with_their_repeat_readings_on_criteria(tmp_path):
    protocol = Protocol(title="t", repeat_proportion=1.0, order="study")

    def judge(session, number, again, one, two):
        for side in (one, two):
            for place, criterion in enumerate(CRITERIA):
                changed = again and number == 0 and side == one and place == 0
                session.judge_criterion(side, criterion.id, "cannot tell" if changed else "met")
        session.judge(verdicts={one: "correct", two: "correct"}, preference="tie")

    with make_study(tmp_path / "study.doubleread", protocol, cases=2) as study:
        read_all(study, "R-01", judge)
        (found,) = results(study).intra_rater
        label = next(label for label in found.labels if label.subject == "criterion")
        assert (label.observed.value, label.observed.n, label.cases) == (pytest.approx(11 / 12), 12, 2)
        assert isinstance(label.ac1, Estimate)
        # Repeats count for nothing else.
        assert results(study).rubric.judged == (6, 6)


def test_an_adjudicator_resolves_the_criteria_that_readers_differ_on_and_results_use_them(study):
    read(study, "R-01", ("mmn", "nnm"))
    read(study, "R-02", ("mnn", "nnm"))
    study.readers.register(ADJUDICATOR)
    study.readers.describe(ADJUDICATOR, "adjudicator", "")
    session = AdjudicationSession(study, ADJUDICATOR)
    (difference,) = session.differences
    assert (difference.subject, difference.axis) == ("criterion", "c2")
    assert [held.value for held in difference.held] in (["met", "not met"], ["not met", "met"])
    assert session.missing_for_commit() == (f"criterion on {session.side_of(difference.id)}",)
    session.decide(difference.id, Decision.own_value("cannot tell"))
    session.undo()
    session.decide(difference.id, Decision.take([held.value for held in difference.held].index("met")))
    session.commit()
    (case,) = adjudicated(study)
    assert case.answers["one"].criteria == {"c1": "met", "c2": "met", "c3": "not met"}
    assert case.answers["two"].criteria == {"c1": "not met", "c2": "not met", "c3": "met"}
    unblind(study, "lead", "done")
    record = results_record(results(study))
    assert row_of(record, "adjudicated", "rubric")["first"]["value"] == pytest.approx(1.0)
    assert row_of(record, "rubric", "overall")["first"]["value"] == pytest.approx((1.0 + 0.6) / 2)
    rows = study.connection.rows("SELECT axis, value FROM adjudications WHERE subject = 'criterion' AND resolves = 1")
    assert sorted(tuple(row) for row in rows) == [
        ("c1", "met"),
        ("c1", "not met"),
        ("c2", "met"),
        ("c2", "not met"),
        ("c3", "met"),
        ("c3", "not met"),
    ]


def test_criteria_are_exported_with_their_points_and_evidence(study, tmp_path):
    read(study, "R-01", ("mmn", "nnm"))
    session = ReadingSession(study, "R-02")
    session.judge_criterion("A", "c1", "met", Span(0, 4))
    session.leave()
    for name in ("blinded", "named"):
        export_study(study, "jsonl", tmp_path / name, with_case_text=True, attestation=ATTESTED)
        export_study(study, "csv", tmp_path / f"{name}-csv")
        rows = [json.loads(line) for line in (tmp_path / name / "criteria.jsonl").read_text("utf-8").splitlines()]
        assert [(row["reader_id"], row["criterion_id"]) for row in rows] == [
            *[("R-01", f"c{place}") for place in (1, 2, 3)] * 2,
            ("R-02", "c1"),
        ]
        assert list(rows[0]) == list(TABLES["criteria"])
        assert rows[2]["points"] == -5
        assert (rows[2]["criterion"], rows[2]["criterion_tags"]) == (CRITERIA[2].text, ["axis:accuracy", "danger"])
        assert (rows[-1]["quote"], rows[-1]["start"], rows[0]["quote"]) == ("Wait", 0, None)
        assert ("blinded" in rows[0]["arm_name"]) == (name == "blinded")
        if name == "blinded":
            unblind(study, "lead", "done")


def test_a_case_is_shown_with_what_each_reader_said_of_each_criterion(study):
    read(study, "R-01", ("mmn", "nnm"))
    read(study, "R-02", ("m?n", "nnm"))
    unblind(study, "lead", "done")
    found, cases = results_and_cases(study)
    one = cases[0].answers["one"]
    assert (one.status, cases[1].answers["one"].status) == ("measured", "unscored")
    assert (answer_words(one), answer_words(cases[1].answers["one"])) == ("rubric score 0.80, 2 readers", "not scored")
    assert list(criterion_lines(one)) == [
        "+6 points: R-01 met, R-02 met. Advises against flying for two days.",
        "+4 points: R-01 met, R-02 cannot tell. Asks when the cast was applied.",
        "-5 points: R-01 not met, R-02 not met. Says that flying is harmless.",
    ]
    assert list(criterion_lines(cases[1].answers["one"])) == []
    details = case_details(study, blinding_of(study))
    page = "".join(report_page(found, study_methods(study, found), details, "2026-03-01T12:00:00.000Z"))
    assert "Rubric score 0.80, 2 readers." in page
    assert "R-02 cannot tell. Asks when the cast was applied." in page
    assert "Ideal answer: the-ideal-answer" in page


def test_a_tag_of_few_cases_has_no_score_of_its_own(tmp_path):
    with make_study(tmp_path / "study.doubleread", cases=13) as study:
        read(study, "R-01", *[("mmn", "nnm")] * 13)
        unblind(study, "lead", "done")
        # One of 13 cases has the tag "theme:context": fewer than 8%.
        assert list(results(study).rubric.by_theme) == ["theme:hedging", "travel"]


@pytest.mark.parametrize(("key", "shown"), [("the-ideal-answer", True), ("", False)])
def test_the_commit_shows_a_key_only_if_the_rubric_has_an_ideal_answer(tmp_path, key, shown):
    with make_study(tmp_path / "s", cases=1, key=key) as study:
        session = ReadingSession(study, "R-01")
        assert session.reveals_key is shown
        session.leave()
