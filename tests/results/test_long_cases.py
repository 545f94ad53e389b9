"""LongHealth in the results, and documents that were left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doubleread.cases.containers import opened
from doubleread.cases.longhealth import longhealth_pack
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.reports.results_table import results_tables
from doubleread.results import results, unblind
from doubleread.results.record import results_record
from doubleread.runs.saving import scores_of
from doubleread.store import StudyFile
from outline_rows import row_of, section_of
from sessions.making import ARMS, DEVICE, choice_case

WHEN = "2026-03-01T12:00:00.000Z"
FILE = Path(__file__).parents[1] / "data" / "longhealth.json"


@contextmanager
def study_of(path: Path, *cases: Case, samples: int = 2) -> Iterator[StudyFile]:
    protocol = Protocol(samples=samples, document_order="shuffled")
    with StudyFile.create(
        path, cases=list(cases), arms=ARMS, protocol=protocol, device=DEVICE, secret=b"s" * 32
    ) as study:
        yield study


def answered(study: StudyFile, case: Case, arm: str, *texts: str, left_out: int = 0) -> None:
    ids = [document.id for document in case.documents]
    entry = {"documents": {"order": ids, "left_out": ids[:left_out], "counted": "tokenizer"}} if ids else {}
    for sample, text in enumerate(texts):
        answer = Answer(f"{case.id}-{arm}-{sample}", case.id, arm, text, WHEN, WHEN, "stop", entry, sample=sample)
        study.answers.record(answer, scores_of(study, answer))


def record_of(study: StudyFile):
    unblind(study, "lead", "test")
    return results_record(results(study))


def value(record, *keys, of="first"):
    return row_of(record, "longhealth", *keys)[of]


@pytest.fixture
def third(tmp_path):
    cases = longhealth_pack(opened(FILE), task=3).cases[:3]
    with study_of(tmp_path / "study.doubleread", *cases) as study:
        answered(study, cases[0], "one", "The correct answer is F: Question cannot", "The correct answer is A: x")
        answered(study, cases[1], "one", "The correct answer is B: x", "It is hard to say.")
        answered(study, cases[2], "one", "Hm.", "No idea at all.", left_out=2)
        answered(study, cases[0], "two", "The correct answer is F: x", "Answer: F")
        answered(study, cases[1], "two", "The correct answer is F: x", "The correct answer is F: x")
        answered(study, cases[2], "two", "The correct answer is C: x", "The correct answer is F: x")
        yield study


def test_hallucinations_are_counted_apart_from_answers_without_a_choice(third):
    record = record_of(third)
    assert value(record, "task-3") == {"count": 6, "of": 6}
    # Of the first arm's six answers, one is F, two are A to E, and three have no choice.
    assert value(record, "task-3", "accuracy")["value"] == pytest.approx(1 / 6)
    assert value(record, "task-3", "hallucinated")["value"] == pytest.approx(2 / 6)
    assert value(record, "task-3", "without-choice")["value"] == pytest.approx(3 / 6)
    of_parsed = value(record, "task-3", "hallucinated", "of-parsed")
    assert of_parsed["value"] == pytest.approx((1 / 2 + 1) / 2)
    assert of_parsed["n"] == 2
    of_parsed = value(record, "task-3", "hallucinated", "of-parsed", of="second")
    assert (of_parsed["n"], of_parsed["value"]) == (3, pytest.approx(1 / 6))
    assert value(record, "task-3", "hallucinated", of="second")["value"] == pytest.approx(1 / 6)
    difference = value(record, "task-3", "hallucinated", "difference", of="difference")
    assert difference["value"] == pytest.approx(1 / 6)
    assert difference["n"] == 3
    assert difference["low"] < difference["value"] < difference["high"]
    # By CLUE's scoring, "Answer: F" is no answer, and so a hallucination.
    assert value(record, "task-3", "published", of="second")["value"] == pytest.approx(4 / 6)


def test_the_questions_of_a_task_are_the_clusters(third):
    record = record_of(third)
    assert value(record, "task-3", "accuracy")["n"] == 3


def test_published_scoring_counts_every_question_once(third):
    """CLUE's code for LongHealth does not store the first item twice, as its code for other tasks does."""
    first = row_of(record_of(third), "published-scoring", "longhealth_3_clue")
    assert first["first"]["value"] == pytest.approx(1 / 3)
    assert first["second"]["value"] == pytest.approx(2 / 3)


def test_documents_that_were_left_out_are_counted_by_arm(third):
    record = record_of(third)
    assert row_of(record, "documents", "cut")["first"] == {"count": 2, "of": 6}
    assert row_of(record, "documents", "cut")["second"] == {"count": 0, "of": 6}
    documents = sum(len(case.documents) for case in third.cases()) * 2
    assert row_of(record, "documents", "left-out")["first"] == {"count": 4, "of": documents}


def test_the_other_tasks_have_no_hallucinations(tmp_path):
    cases = [longhealth_pack(opened(FILE), task=task).cases[0] for task in (1, 2)]
    with study_of(tmp_path / "study.doubleread", *cases, samples=1) as study:
        for case in cases:
            answered(study, case, "one", f"The correct answer is {case.key}: x")
            answered(study, case, "two", "The correct answer is A: x")
        record = record_of(study)
        rows = section_of(record, "longhealth")["rows"]
        assert [row["key"] for row in rows] == ["task-1", "task-2"]
        for task in ("task-1", "task-2"):
            assert value(record, task, "accuracy")["value"] == 1
            keys = [row["key"] for row in next(row for row in rows if row["key"] == task)["rows"]]
            assert keys == ["accuracy", "without-choice", "published"]
        assert "task 1, scored" in str(results_tables(results(study)).tables)


def test_a_study_without_documents_has_neither_section(tmp_path):
    case = choice_case(0)
    with StudyFile.create(
        tmp_path / "s.doubleread", cases=[case], arms=ARMS, protocol=Protocol(), device=DEVICE, secret=b"s" * 32
    ) as study:
        answered(study, case, "one", "B")
        keys = [section["key"] for section in record_of(study)["sections"]]
        assert not {"longhealth", "documents"} & set(keys)
