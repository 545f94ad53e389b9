"""LongHealth's file becomes cases for its three tasks; what cannot is named by patient and question."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from doubleread.cases.containers import opened
from doubleread.cases.longhealth import DISTRACTORS, UNANSWERABLE, longhealth_pack
from doubleread.cases.native import as_lines, native_pack
from doubleread.domain.case import Case
from doubleread.domain.longhealth import task_of
from doubleread.scoring import score
from doubleread.scoring.longhealth import clue_measures

FILE = Path(__file__).parents[1] / "data" / "longhealth.json"
SOURCE: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def pack_of(tmp_path: Path, change: Any = lambda source: None, **options: Any):
    source = copy.deepcopy(SOURCE)
    change(source)
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps(source), encoding="utf-8")
    return longhealth_pack(opened(path), **options)


def cases_of(task: int, seed: int = 1) -> dict[str, Case]:
    pack = longhealth_pack(opened(FILE), task=task, seed=seed)
    assert pack.problems == ()
    return {case.id.removeprefix(f"longhealth-{task}-"): case for case in pack.cases}


def needed(case: Case) -> list[str]:
    return [document.id for document in case.documents if document.needed]


def patients(case: Case) -> set[str]:
    return {document.id.partition("-")[0] for document in case.documents}


def test_task_1_has_all_texts_of_the_patient():
    cases = cases_of(1)
    assert len(cases) == 9
    for name, case in cases.items():
        patient, number = name.rsplit("-", 1)
        question = SOURCE[patient]["questions"][int(number)]
        assert [document.text for document in case.documents] == list(SOURCE[patient]["texts"].values())
        assert needed(case) == [f"{patient}-{text}" for text in question["answer_location"]]
        assert case.options[case.key] == question["correct"]
        assert list(case.options) == list("ABCDE")
        assert (case.text, case.question) == ("", question["question"])
        assert task_of(case) == 1


def test_task_2_has_the_answer_among_texts_of_others():
    for name, case in cases_of(2).items():
        patient, number = name.rsplit("-", 1)
        question = SOURCE[patient]["questions"][int(number)]
        own = [document for document in case.documents if document.id.startswith(patient)]
        assert [document.id for document in own] == needed(case)
        assert len(case.documents) - len(own) == min(DISTRACTORS, 5)
        assert case.options["F"] == UNANSWERABLE
        assert case.options[case.key] == question["correct"]


def test_task_3_has_texts_of_others_only_and_f_is_the_key():
    for name, case in cases_of(3).items():
        assert patients(case) == {"patient_01", "patient_02"} - {name.rsplit("-", 1)[0]}
        assert needed(case) == []
        assert case.key == "F"


def test_ten_texts_of_others_are_chosen_by_the_seed(tmp_path):
    def add(source):
        for number in range(3, 8):
            copied = copy.deepcopy(source["patient_02"])
            copied["texts"] = {name: f"{number} {text}" for name, text in copied["texts"].items()}
            source[f"patient_{number:02d}"] = copied

    def chosen(seed: int) -> list[list[str]]:
        pack = pack_of(tmp_path, add, task=3, seed=seed)
        return [[document.id for document in case.documents] for case in pack.cases]

    one = chosen(1)
    assert one == chosen(1)
    assert one != chosen(2)
    assert {len(ids) for ids in one} == {10}
    assert len({tuple(sorted(ids)) for ids in one}) > 20


@pytest.mark.parametrize("task", [1, 2, 3])
def test_cases_come_back_from_a_native_file(tmp_path, task):
    out = tmp_path / "out.jsonl"
    cases = tuple(cases_of(task).values())
    out.write_text("".join(as_lines(cases)), encoding="utf-8", newline="")
    assert native_pack(opened(out)).cases == cases


def _question(source: dict[str, Any]) -> dict[str, Any]:
    return source["patient_01"]["questions"][1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"correct": "Neuro"}, '"Neuro" is not the text of any option; option A contains it, but is longer'),
        ({"correct": "neuropathy"}, '"neuropathy" is not the text of any option'),
        ({"answer_c": "Neuropathy "}, '"Neuropathy" is the text of the options A and C'),
        ({"correct": ""}, "correct: is missing or empty; it holds the text of the correct option"),
        ({"answer_d": None}, "answer_d: is missing or empty"),
        ({"question": " "}, "question: is missing or empty"),
        ({"answer_location": {"text_9": {}}}, '"text_9" is none of the patient\'s texts'),
        ({"answer_location": []}, "answer_location: must be an object from names of texts, but is a list"),
    ],
)
def test_what_is_unclear_is_named_and_left_out(tmp_path, changes, said):
    pack = pack_of(tmp_path, lambda source: _question(source).update(changes))
    assert [said in str(problem) for problem in pack.problems] == [True]
    assert "patient_01, question 1, " in str(pack.problems[0])
    assert (len(pack.cases), pack.left_out) == (8, 1)
    assert pack.problems[0].can_skip


def test_task_2_needs_to_know_where_the_answer_is(tmp_path):
    def change(source):
        _question(source).update(answer_location={})

    assert "task 2 needs the texts that contain the answer" in str(pack_of(tmp_path, change, task=2).problems[0])
    assert pack_of(tmp_path, change, task=1).problems == ()
    assert pack_of(tmp_path, change, task=3).problems == ()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"a": 1}', '{"a": {"texts": {}}}', "{", '{"a": {"texts": {"t": "x"}}}']
)
def test_a_file_of_another_shape_is_refused_as_a_whole(tmp_path, content):
    path = tmp_path / "file.json"
    path.write_text(content, encoding="utf-8")
    pack = longhealth_pack(opened(path))
    assert pack.cases == ()
    assert [problem.line for problem in pack.problems] == [0]


def test_the_published_scoring_of_clue_is_repeated_with_its_defects():
    one, three = cases_of(1)["patient_02-1"], cases_of(3)["patient_02-1"]
    assert one.key == "B"
    assert clue_measures("The correct answer is B: Gynaecomastia", one) == {"longhealth_1_clue": 1.0}
    assert clue_measures("The correct answer is A: x. The correct answer is B: y", one) == {"longhealth_1_clue": 0.0}
    # Another wording of the same answer is not read, and in task 3 it counts as a hallucination.
    assert clue_measures("Answer: B", one) == {"longhealth_1_clue": 0.0}
    assert clue_measures("Answer: F", three) == {"longhealth_3_clue": 0.0}
    assert clue_measures("The correct answer is F: Question cannot be", three) == {"longhealth_3_clue": 1.0}


def test_a_longer_option_before_the_key_wins_in_clue_and_not_here(tmp_path):
    def change(source):
        _question(source).update(answer_a="Neuropathy and neutropenia", answer_b="Neuropathy")

    (case,) = (case for case in pack_of(tmp_path, change).cases if case.id.endswith("patient_01-1"))
    assert case.key == "B"
    answer = "The correct answer is B: Neuropathy"
    assert clue_measures(answer, case) == {"longhealth_1_clue": 0.0}
    found = score(answer, case)
    assert found is not None
    assert (found.outcome, found.measures) == ("correct", {"longhealth_1_clue": 0.0})


def test_other_choices_have_no_such_measure():
    case = Case("a", "choice", "Text", "What?", "A", {"A": "x", "B": "y"}, tags=("cardiology",))
    assert clue_measures("The correct answer is A: x", case) == {}
