"""Doubts about answers are counted from their manifests, and shown to the study lead."""

from __future__ import annotations

from doubleread.domain.answer import Answer
from doubleread.runs.answer_warnings import answer_warnings
from doubleread.runs.importing import import_answers
from sessions.making import ARMS, make_study

WHEN = "2026-03-01T12:00:00.000Z"
CLEAN = {"suspected_markers": [], "reasoning_unclosed": False, "reasoning_retracted": False}


def answered(study, case: str, arm: str, **entries) -> None:
    study.answers.record(Answer(f"{case}-{arm}", case, arm, "text", WHEN, WHEN, "stop", CLEAN | entries))


def test_each_doubt_is_counted_by_model(tmp_path):
    with make_study(tmp_path / "study.doubleread") as study:
        cases = study.case_ids()
        answered(study, cases[0], "one", suspected_markers=["<deep>", "</deep>"])
        answered(study, cases[1], "one", suspected_markers=["<deep>"], reasoning_unclosed=True)
        answered(study, cases[0], "two")
        assert [warning.split(";")[0] for warning in answer_warnings(study)] == [
            "Alpha-7B: 2 answers with what looks like a reasoning marker or a control token (<deep>, </deep>)",
            "Alpha-7B: 1 answer whose reasoning never ends",
        ]
        answered(study, cases[1], "two", reasoning_retracted=True)
        assert "Beta-7B: 1 answer whose reasoning has no opening marker" in answer_warnings(study)[2]


def test_documents_that_were_left_out_are_told(tmp_path):
    with make_study(tmp_path / "study.doubleread") as study:
        first, second = study.case_ids()[:2]
        whole = {"order": ["a", "b"], "left_out": [], "counted": "tokenizer"}
        answered(study, first, "one", documents=whole)
        answered(study, second, "one", documents=whole | {"left_out": ["b"]})
        (warning,) = answer_warnings(study)
        assert warning.startswith("Alpha-7B: 1 answer without some of the case's documents")


def test_answers_without_doubts_give_no_warning(tmp_path):
    with make_study(tmp_path / "study.doubleread") as study:
        answered(study, study.case_ids()[0], "one")
        study.answers.record(Answer("x", study.case_ids()[0], "two", "<deep>", WHEN, WHEN, "imported", {}))
        assert answer_warnings(study) == ()


def test_external_answers_are_warned_of_too(tmp_path):
    file = tmp_path / "one.jsonl"
    file.write_text('{"case_id": "case-0", "text": "Answer: B <my_reasoning>x</my_reasoning>"}', encoding="utf-8")
    with make_study(tmp_path / "study.doubleread") as study:
        import_answers(study, file, ARMS[0])
        (warning,) = answer_warnings(study)
        assert warning.startswith("Alpha-7B: 1 answer with what looks like a reasoning marker")
        assert "<my_reasoning>" in warning
