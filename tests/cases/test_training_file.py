"""Files of training cases: what a line may say, and that every mistake is named at once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from doubleread.cases.training_file import as_training_lines, read_training_file
from doubleread.domain.labels import CREOLA
from doubleread.domain.training import Alternative, ReferenceAnnotation, TrainingCase
from doubleread.errors import CaseFileError
from training_study import BAD, GOOD, training_case

LINE = {
    "id": "t1",
    "kind": "choice",
    "text": "A man has a cough and a cough.",
    "question": "What is it?",
    "options": {"A": "Pneumonia", "B": "Asthma"},
    "key": "A",
    "note": "kept",
}
RIGHT = {"answers": ["A. He has a rash.", "B."], "verdicts": ["correct", ["incorrect", "partly"]], "annotations": []}
MARK = {"answer": 1, "quote": "a rash", "category": "fabrication", "severity": "major"}


def read(tmp_path, *records, **more) -> tuple[TrainingCase, ...]:
    path = tmp_path / "training.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return read_training_file(path, CREOLA, **more)


def problems(tmp_path, *records, **more) -> list[str]:
    with pytest.raises(CaseFileError) as caught:
        read(tmp_path, *records, **more)
    return [problem.removeprefix(str(tmp_path / "training.jsonl")).lstrip(", ") for problem in caught.value.problems]


def line(**changes):
    return {**LINE, "training": {**RIGHT, **changes}}


def test_a_line_is_read_and_written_back(tmp_path):
    marks = [
        {**MARK, "alternatives": [{"category": "contextual"}, {"quote": "has a rash", "severity": "minor"}]},
        {"answer": 2, "place": "case", "start": 12, "end": 17, "quote": "cough", "category": "omission"}
        | {"severity": "minor", "optional": True},
    ]
    (found,) = read(tmp_path, line(annotations=marks, preference=1, feedback="No rash."))
    assert found.verdicts == (("correct",), ("incorrect", "partly"))
    assert found.annotations == (
        ReferenceAnnotation(
            0,
            10,
            16,
            "a rash",
            "fabrication",
            "major",
            alternatives=(Alternative("contextual"), Alternative(None, "minor", 6, 16, "has a rash")),
        ),
        ReferenceAnnotation(1, 12, 17, "cough", "omission", "minor", "case", optional=True),
    )
    assert (found.preference, found.feedback, found.case.extra) == ("1", "No rash.", {"note": "kept"})
    (tmp_path / "again.jsonl").write_text("".join(as_training_lines([found])), encoding="utf-8")
    assert read_training_file(tmp_path / "again.jsonl", CREOLA) == (found,)


def test_what_the_tests_of_training_use_can_be_written(tmp_path):
    cases = (training_case(0), replace(training_case(1), answers=(GOOD, BAD), preference="both bad"))
    (tmp_path / "t.jsonl").write_text("".join(as_training_lines(cases)), encoding="utf-8")
    assert read_training_file(tmp_path / "t.jsonl", CREOLA) == cases


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answers": ["one"]}, "training.answers: must be a list of two texts"),
        ({"answers": ["one", " "]}, "training.answers: must be a list of two texts"),
        ({"verdicts": ["right", "incorrect"]}, "training.verdicts: must be a list of two of correct, partly"),
        ({"verdicts": ["correct", []]}, "training.verdicts: must be"),
        ({"verdicts": None}, "training.verdicts: must be"),
        ({"preference": "A"}, "training.preference: must be 1, 2, tie or both bad"),
        ({"preference": [1]}, "training.preference: must be 1, 2, tie or both bad"),
        ({"preference": True}, "training.preference: must be 1, 2, tie or both bad"),
        ({"feedback": 1}, "training.feedback: must be a text"),
        ({"annotations": {}}, "training.annotations: must be a list of objects"),
        ({"annotations": [1]}, "training.annotations, number 1: must be an object"),
        ({"colour": 1}, "training.colour: is not known"),
        ({"annotations": [{**MARK, "answer": 3}]}, "answer must be 1 or 2"),
        ({"annotations": [{**MARK, "answer": True}]}, "answer must be 1 or 2"),
        ({"annotations": [{**MARK, "quote": "no rash"}]}, 'the words "no rash" are not in the text'),
        ({"annotations": [{**MARK, "quote": "a"}]}, 'the words "a" are 3 times in the text; give start and end'),
        ({"annotations": [{**MARK, "quote": ""}]}, "quote is missing"),
        ({"annotations": [{**MARK, "start": 3, "end": 99}]}, "[3, 99) is not a span of a text of 17 characters"),
        ({"annotations": [{**MARK, "start": 3, "end": 9}]}, "does not match the quote"),
        ({"annotations": [{**MARK, "category": "x"}]}, "category must be one of fabrication"),
        ({"annotations": [{**MARK, "severity": None}]}, "severity must be one of minor, major"),
        ({"annotations": [{**MARK, "category": "omission"}]}, "an omission belongs in the case"),
        ({"annotations": [{**MARK, "place": "document:d"}]}, "place must be answer, case, or document:"),
        ({"annotations": [{**MARK, "place": 3}]}, "place must be answer, case, or document:"),
        ({"annotations": [{**MARK, "optional": 1}]}, "optional must be true or false"),
        ({"annotations": [{**MARK, "colour": 1}]}, "colour is not known"),
        ({"annotations": [{**MARK, "alternatives": [1]}]}, "alternatives must be a list of objects"),
        ({"annotations": [{**MARK, "alternatives": [{"x": 1}]}]}, "alternatives: x is not known"),
        ({"annotations": [{**MARK, "alternatives": [{"category": "x"}]}]}, "alternatives: category must be one of"),
        ({"annotations": [{**MARK, "alternatives": [{"quote": "x"}]}]}, 'alternatives: the words "x" are not in'),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(tmp_path, changes, words):
    (problem,) = problems(tmp_path, {**line(), "id": "t0"}, line(**changes))
    assert problem.startswith("line 2")
    assert words in problem


def test_all_bad_lines_are_named_at_once(tmp_path):
    found = problems(
        tmp_path,
        line(verdicts=None),
        {**LINE, "id": "t2"},
        {**line(), "id": "t3", "key": "C"},
        {**line(), "id": "case-1"},
        taken=["case-1"],
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "line 3, key",
        "line 1, training.verdicts",
        "line 2, training",
        "line 4, id",
    ]


def test_too_few_cases_and_no_file(tmp_path):
    assert "it has 1 case, but the protocol asks for 2" in problems(tmp_path, line(), minimum=2)[0]
    with pytest.raises(CaseFileError, match="does not exist"):
        read_training_file(tmp_path / "nothing.jsonl", CREOLA)
