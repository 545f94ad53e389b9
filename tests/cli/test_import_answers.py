"""Answers made elsewhere: a study of two sets of them and no GGUF, and what is refused."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from cli.conftest import write_pack
from doubleread.store import StudyFile
from doubleread.store.verify import verify

THOUGHTS = {"temperature": 0.2, "note": "α → β"}


def write_answers(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def study(tmp_path, invoke):
    path = tmp_path / "elsewhere.doubleread"
    pack = write_pack(tmp_path / "pack.jsonl")
    made = invoke("new", path, "--cases", pack, "--model-a", "gpt-4.1", "--model-b", "Dr. Müller")
    assert made.code == 0, made.err
    assert "import-answers" in made.out
    assert "doubleread run" not in made.out
    return path


def opened(path):
    return closing(StudyFile.open(path, device="test", read_only=True))


def test_two_sets_of_answers_and_no_gguf_make_a_study(study, invoke, tmp_path):
    first = write_answers(
        tmp_path / "a.jsonl",
        [{"case_id": f"pack-{number}", "text": f"Answer: {'AB'[number % 2]}", **THOUGHTS} for number in range(3)],
    )
    second = write_answers(
        tmp_path / "b.jsonl",
        [
            {"case_id": "pack-0", "text": "It is pneumonia.\r\n", "finished_at": "2026-01-02T03:04:05+01:00"},
            {"case_id": "pack-1", "text": "On the one hand,", "finish_reason": "length", "thinking": "Answer: B?"},
        ],
    )
    done = invoke("import-answers", study, first, "--model", "gpt-4.1")
    assert done.out == f"{study}: 3 answers of gpt-4.1 taken in, 0 still missing\n"
    assert invoke("import-answers", study, second, "--model", "Dr. Müller").code == 0
    with opened(study) as file:
        names = {model.name: model.id for model in file.models()}
        answer = file.answers_of("pack-0")[names["gpt-4.1"]]
        assert answer.manifest["given"] == THOUGHTS
        assert answer.manifest["imported"]["file"] == "a.jsonl"
        other = file.answers_of("pack-0")[names["Dr. Müller"]]
        assert file.answers_of("pack-1")[names["Dr. Müller"]].thinking == "Answer: B?"
        assert (answer.started_at, answer.finished_at) == ("", ""), "the time of the import is not that of the answer"
        assert (other.text, other.started_at) == ("It is pneumonia.\r\n", "")
        assert other.finished_at == other.manifest["finished_at"] == "2026-01-02T02:04:05.000Z"
        outcomes = {
            (case_id, model.name): [score.outcome for score in file.scores_of(found.id)]
            for case_id in file.case_ids()
            for model in file.models()
            if (found := file.answers_of(case_id).get(model.id))
        }
    assert outcomes == {
        ("pack-0", "gpt-4.1"): ["wrong"],
        ("pack-1", "gpt-4.1"): ["correct"],
        ("pack-2", "gpt-4.1"): ["wrong"],
        ("pack-0", "Dr. Müller"): ["correct"],
        ("pack-1", "Dr. Müller"): ["truncated"],
    }
    assert verify(study).ok
    record = invoke("results", study, "--json").json
    assert [model["answered"] for model in record["models"]] == [3, 2]
    again = invoke("import-answers", study, second, "--model", "Dr. Müller")
    assert "0 answers" in again.out
    assert "2 answers were there already" in again.err


def test_every_bad_line_is_named_and_nothing_is_taken_in(study, invoke, tmp_path):
    lines = [
        json.dumps({"case_id": "pack-0", "text": "Answer: A"}),
        json.dumps({"case_id": "pack-9", "text": "Answer: A"}),
        json.dumps({"case_id": 7, "text": "Answer: A"}),
        json.dumps({"case_id": "pack-1"}),
        json.dumps({"case_id": "pack-2", "text": "B", "finish_reason": "eos", "started_at": "yesterday"}),
        json.dumps({"case_id": "pack-2", "text": "B", "started_at": "2026-01-01T00:00:00"}),
        json.dumps({"case_id": "pack-0", "text": "Answer: B"}),
        "{not json",
        '{"case_id": "pack-1", "text": "\\ud800"}',
    ]
    bad = tmp_path / "bad.jsonl"
    bad.write_text("\n".join(lines), encoding="utf-8")
    done = invoke("import-answers", study, bad, "--model", "gpt-4.1")
    assert done.code == 1
    for line in range(2, 10):
        assert f"line {line}" in done.err, line
    assert "line 1," not in done.err
    with opened(study) as file:
        assert len(file.missing_answers()) == 6


def test_another_text_for_an_answer_that_is_there_is_refused(study, invoke, tmp_path):
    first = write_answers(tmp_path / "a.jsonl", [{"case_id": "pack-0", "text": "Answer: A"}])
    other = write_answers(
        tmp_path / "b.jsonl", [{"case_id": "pack-1", "text": "B"}, {"case_id": "pack-0", "text": "Answer: A "}]
    )
    assert invoke("import-answers", study, first, "--model", "gpt-4.1").code == 0
    done = invoke("import-answers", study, other, "--model", "gpt-4.1")
    assert done.code == 1
    assert "line 2, text" in done.err
    with opened(study) as file:
        assert len(file.missing_answers()) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{file}", "--model", "gpt"], 2, "Unknown model"),
        (["{folder}/none.jsonl", "--model", "gpt-4.1"], 1, "does not exist"),
        (["{folder}", "--model", "gpt-4.1"], 1, "is a folder"),
    ],
)
def test_wrong_use_says_what_to_do(study, invoke, tmp_path, arguments, code, words):
    file = write_answers(tmp_path / "a.jsonl", [{"case_id": "pack-0", "text": "Answer: A"}])
    given = [argument.format(file=file, folder=tmp_path) for argument in arguments]
    done = invoke("import-answers", study, *given)
    assert done.code == code
    assert words in done.err


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201, "missing.gguf", "folder/name"])
def test_a_model_is_a_file_that_is_there_or_a_name(tmp_path, invoke, name):
    pack = write_pack(tmp_path / "pack.jsonl")
    done = invoke("new", tmp_path / "s.doubleread", "--cases", pack, "--model-a", name, "--model-b", "other")
    assert done.code == 1
    assert not (tmp_path / "s.doubleread").exists()
    same = invoke("new", tmp_path / "s.doubleread", "--cases", pack, "--model-a", "one", "--model-b", "one")
    assert "Twice the same model" in same.err
