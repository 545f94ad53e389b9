"""Measures of answers in the results: by metric, by field, and by the published scoring."""

from __future__ import annotations

from statistics import fmean

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.runs.saving import scores_of
from doubleread.store import StudyFile
from outline_rows import row_of, section_of
from sessions.making import ARMS, DEVICE

SUMMARIES = ["the cat sat", "a dog ran away", "one two three four"]
SUMMARISED = {"one": ["the cat", "the cat", "one"], "two": ["the cat sat", "a dog ran away", ""]}
KEYS = [{"age": 58, "drugs": ["aspirin", "metformin"]}, {"age": 6, "drugs": None}, {"age": 70, "sex": "male"}]
EXTRACTED = {
    "one": ["Age: 58\nDrugs: aspirin, insulin", "Age: 7\nDrugs: paracetamol", "Age: 70"],
    "two": ["Age: 58\nDrugs: aspirin, metformin", "Age: 6\nDrugs: n/a", "I do not know."],
}


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    cases = [
        *(Case(f"s{n}", "summary", "text", "Summarise.", key) for n, key in enumerate(SUMMARIES)),
        *(
            Case(
                f"e{n}",
                "extraction",
                "text",
                "Extract.",
                values={name: tuple(value) if isinstance(value, list) else value for name, value in key.items()},
            )
            for n, key in enumerate(KEYS)
        ),
    ]
    path = tmp_path_factory.mktemp("measured") / "s"
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=Protocol(), device=DEVICE, secret=b"s" * 32) as study:
        for arm in ("one", "two"):
            for case, text in zip(cases, [*SUMMARISED[arm], *EXTRACTED[arm]], strict=True):
                answer = Answer(f"{case.id}/{arm}", case.id, arm, text, "2026-03-01", "2026-03-01", "stop", {})
                study.answers.record(answer, scores_of(study, answer))
        return results_record(results(study))


def pair(row):
    """The estimates of both arms, sorted: which arm is first is randomised while the study is blind."""
    return sorted((row["first"]["value"], row["second"]["value"]))


def test_a_measure_is_the_mean_over_cases_an_empty_answer_counted_as_zero(record):
    row = row_of(record, "measures", "rouge1_f1")
    first, second = [2 * 1 * (2 / 3) / (1 + 2 / 3), 0, 2 * 1 * (1 / 4) / (1 + 1 / 4)], [1, 1, 0]
    assert pair(row) == pytest.approx(sorted((fmean(first), fmean(second))))
    difference = row_of(record, "measures", "rouge1_f1", "difference")["difference"]
    assert abs(difference["value"]) == pytest.approx(abs(fmean(first) - fmean(second)))


def test_parts_of_a_metric_are_below_it(record):
    rows = section_of(record, "measures")["rows"]
    assert "rouge1_precision" not in {row["key"] for row in rows}
    row = row_of(record, "measures", "rouge1_f1")
    assert [(below["key"], below["label"]) for below in row["rows"]] == [
        ("difference", "difference"),
        ("rouge1_precision", "precision"),
        ("rouge1_recall", "recall"),
    ]
    assert row_of(record, "measures", "rougeL_stem_f1", "rougeL_stem_recall")["label"] == "recall"


def test_the_published_scoring_counts_the_first_case_twice(record):
    values = [0.8, 0, 0.4], [1, 1, 0]
    expected = [(2 * first + second + third) / 4 for first, second, third in values]
    assert pair(row_of(record, "published-scoring", "clue_rouge1")) == pytest.approx(sorted(expected))


def test_values_of_a_field_are_counted_over_all_cases(record):
    age = row_of(record, "fields", "age")
    # One: 58 and 70 of three, and 7 instead of 6. Two: 58 and 6, and nothing in the third.
    assert pair(age) == pytest.approx(sorted((2 / 3, 4 / 5)))
    assert pair(row_of(record, "fields", "age", "precision")) == pytest.approx(sorted((2 / 3, 1)))
    assert pair(row_of(record, "fields", "age", "recall")) == pytest.approx(sorted((2 / 3, 2 / 3)))
    # One: 58, aspirin and 70 of six stated and six in the keys. Two: all but 70 and male.
    both = row_of(record, "fields", "all fields")
    one, two = 2 * 3 / (2 * 3 + 3 + 3), 2 * 4 / (2 * 4 + 0 + 2)
    assert pair(both) == pytest.approx(sorted((one, two)))
    assert abs(row_of(record, "fields", "all fields", "difference")["difference"]["value"]) == pytest.approx(two - one)


def test_fields_are_in_the_order_of_how_many_cases_have_them_and_rare_ones_are_left_out(record):
    assert [row["key"] for row in section_of(record, "fields")["rows"]] == ["all fields", "age", "drugs"]
