"""Repeated runs: what is counted of several answers to a case, and why it is undefined where it cannot be had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.score import LETTER_LIKELIHOOD, Score
from doubleread.domain.score_override import Ruling
from doubleread.reports.results_table import results_tables
from doubleread.results import results, unblind
from doubleread.results.record import results_record
from doubleread.statistics import Undefined, wilson
from outline_rows import row_of, section_of
from reports import small_studies as studies
from sessions.making import make_study


@pytest.fixture
def repeated(tmp_path):
    with studies.repeated(tmp_path) as study:
        yield study


def value(record, *keys, of="first"):
    return row_of(record, "repeated-runs", *keys)[of]


def test_every_estimate_has_its_n_and_interval(repeated):
    record = results_record(results(repeated))
    # The first arm is correct in 1, 2, 3 and 3 of 3 answers, the second one always.
    assert row_of(record, "repeated-runs", "answers")["first"] == {"count": 12, "of": 12}
    for keys, expected in {
        ("accuracy",): 9 / 12,
        ("majority-vote",): 3 / 4,
        ("worst-of-k",): 2 / 4,
        ("best-of-k",): 1,
        ("consistency",): (2 / 3 + 2 / 3 + 1 + 1) / 4,
        ("pairwise-agreement",): (1 / 3 + 1 / 3 + 1 + 1) / 4,
    }.items():
        first, second = value(record, *keys), value(record, *keys, of="second")
        difference = value(record, *keys, "difference", of="difference")
        assert (first["value"], second["value"]) == (pytest.approx(expected), 1)
        assert difference["value"] == pytest.approx(expected - 1)
        for estimate in (first, second, difference):
            assert estimate["n"] == 4
            assert estimate["low"] <= estimate["value"] <= estimate["high"]
        test = value(record, *keys, "difference", of="test")
        assert "p" in test or test == {"undefined": "the arms differ on no case"}
    assert value(record, "accuracy", "difference", of="test") == {"p": pytest.approx(0.5)}
    assert value(record, "within")["n"] == 4
    assert value(record, "within")["value"] == pytest.approx((1 / 3 + 1 / 3) / 4)
    assert value(record, "between", "of-difference", of="difference")["n"] == 4
    # Four cases of an arm that is always correct: the interval is that of four trials, not of twelve.
    sure = wilson(4, 4)
    assert value(record, "accuracy", of="second")["low"] == pytest.approx(sure.low)


def test_all_other_estimates_are_of_first_answers(repeated):
    found = results(repeated)
    assert [arm.answered for arm in found.arms] == [5, 5]
    choice = row_of(results_record(found), "accuracy", "choice")
    assert (choice["first"]["successes"], choice["first"]["n"]) == (4, 4)


def test_scores_are_the_automatic_ones_of_the_primary_scorer(repeated):
    repeated.readers.register("S-01")
    unblind(repeated, "lead", "a test")
    before = results(repeated).repeated_runs
    repeated.overrides.decide("S-01", "case-0/one/0", Ruling("A"), before=None)
    (primary,) = repeated.answers.scores_of("case-0/one/0")
    repeated.answers.replace_scores("case-0/one/0", [Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood")])
    assert repeated.answers.scores_of("case-0/one/0")[0] == primary
    assert results(repeated).repeated_runs == before


def test_indeterminate_answers_are_not_correct_or_left_out(repeated):
    repeated.answers.replace_scores("case-3/one/2", [Score("choice", "1", "unparsed", None, "no letter")])
    record = results_record(results(repeated))
    assert value(record, "accuracy")["value"] == pytest.approx(8 / 12)
    assert value(record, "accuracy", "determinate")["value"] == pytest.approx((1 / 3 + 2 / 3 + 1 + 1) / 4)
    assert value(record, "worst-of-k")["value"] == pytest.approx(1 / 4)


def test_answers_without_a_score_are_not_counted(repeated):
    answer = repeated.answers.by_id("case-0/one/0")
    repeated.answers.record(replace(answer, id="unscored", sample=3))
    assert results(repeated).repeated_runs.answers == (12, 12)


def test_what_needs_several_answers_is_undefined_with_the_reason(tmp_path):
    with studies.partly_repeated(tmp_path) as study:
        record = results_record(results(study))
    assert value(record, "accuracy")["n"] == 2
    assert value(record, "consistency") == {"undefined": "no case has two answers of both arms"}
    assert value(record, "worst-of-k") == {"undefined": "no case has 3 answers of both arms"}
    assert value(record, "within") == {"undefined": "fewer than two cases have two answers"}


def test_a_study_without_choices_says_why_there_is_nothing(tmp_path):
    with make_study(tmp_path / "s", 0, diagnoses=2, protocol=studies.SAMPLED) as study:
        for sample in range(2):
            answer = Answer(f"a{sample}", "case-0", "one", "Infarction.", "", "", "stop", {}, sample=sample)
            study.answers.record(answer, [Score("diagnosis", "1", "proposed", "infarction", "match", 0, 5)])
        found = results(study)
        assert isinstance(found.repeated_runs.compared, Undefined)
        record = results_record(found)
        assert value(record, "consistency")["undefined"].startswith("the study has no choices")
        assert [row["key"] for row in section_of(record, "repeated-runs")["rows"]] == [
            "answers",
            "accuracy",
            "consistency",
        ]


def test_tables_name_the_test(repeated):
    (table,) = [table for table in results_tables(results(repeated)).tables if table.title == "Repeated runs"]
    words = [" ".join(line) for line in table.lines]
    assert any("sign-flip p = 0.500" in line for line in words)
    assert any(line.startswith("correct, all of 3") for line in words)


def test_a_study_with_one_answer_to_each_case_has_no_such_section(tmp_path):
    with studies.generated(tmp_path) as study:
        assert results(study).repeated_runs is None
