"""External answers: a study of two sets of them and no GGUF, and what is refused."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from cli.conftest import write_pack
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

CASE = {
    "id": "1",
    "kind": "choice",
    "text": "A man coughs.",
    "question": "What is it?",
    "options": {"A": "Asthma", "B": "Pneumonia"},
    "key": "B",
}
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
            {"case_id": "pack-1", "text": "On the one hand,", "finish_reason": "length", "reasoning": "Answer: B?"},
        ],
    )
    done = invoke("import-answers", study, first, "--arm", "gpt-4.1")
    assert done.out == f"{study}: 3 answers of gpt-4.1 imported, 0 still missing\n"
    assert invoke("import-answers", study, second, "--arm", "Dr. Müller").code == 0
    with opened(study) as file:
        names = {arm.name: arm.id for arm in file.arms()}
        answer = file.answers.of_case("pack-0")[names["gpt-4.1"]]
        assert answer.manifest["given"] == THOUGHTS
        assert answer.manifest["imported"]["file"] == "a.jsonl"
        other = file.answers.of_case("pack-0")[names["Dr. Müller"]]
        assert file.answers.of_case("pack-1")[names["Dr. Müller"]].reasoning == "Answer: B?"
        assert (answer.started_at, answer.finished_at) == ("", ""), "the time of the import is not that of the answer"
        assert (other.text, other.started_at) == ("It is pneumonia.\r\n", "")
        assert other.finished_at == other.manifest["finished_at"] == "2026-01-02T02:04:05.000Z"
        outcomes = {
            (case_id, arm.name): [score.outcome for score in file.answers.scores_of(found.id)]
            for case_id in file.case_ids()
            for arm in file.arms()
            if (found := file.answers.of_case(case_id).get(arm.id))
        }
    assert outcomes == {
        ("pack-0", "gpt-4.1"): ["incorrect"],
        ("pack-1", "gpt-4.1"): ["correct"],
        ("pack-2", "gpt-4.1"): ["incorrect"],
        ("pack-0", "Dr. Müller"): ["correct"],
        ("pack-1", "Dr. Müller"): ["truncated"],
    }
    assert verify(study).ok
    record = invoke("results", study, "--json").json
    assert [arm["answered"] for arm in record["arms"]] == [3, 2]
    again = invoke("import-answers", study, second, "--arm", "Dr. Müller")
    assert "0 answers" in again.out
    assert "2 answers were already in the study" in again.err


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
    done = invoke("import-answers", study, bad, "--arm", "gpt-4.1")
    assert done.code == 1
    for line in range(1, 10):
        assert f"line {line}" in done.err, line
    with opened(study) as file:
        assert len(file.answers.missing()) == 6


def test_another_text_for_an_answer_that_is_there_is_refused(study, invoke, tmp_path):
    first = write_answers(tmp_path / "a.jsonl", [{"case_id": "pack-0", "text": "Answer: A"}])
    other = write_answers(
        tmp_path / "b.jsonl", [{"case_id": "pack-1", "text": "B"}, {"case_id": "pack-0", "text": "Answer: A "}]
    )
    assert invoke("import-answers", study, first, "--arm", "gpt-4.1").code == 0
    done = invoke("import-answers", study, other, "--arm", "gpt-4.1")
    assert done.code == 1
    assert "line 2, text" in done.err
    with opened(study) as file:
        assert len(file.answers.missing()) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{file}", "--arm", "gpt"], 2, "Unknown arm"),
        (["{folder}/none.jsonl", "--arm", "gpt-4.1"], 1, "does not exist"),
        (["{folder}", "--arm", "gpt-4.1"], 1, "is a folder"),
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
    assert done.code == (1 if name else 2)
    assert not (tmp_path / "s.doubleread").exists()
    same = invoke("new", tmp_path / "s.doubleread", "--cases", pack, "--model-a", "one", "--model-b", "one")
    assert "Both arms are the same" in same.err


def study_of(tmp_path, invoke, *cases, **named):
    pack = tmp_path / "own.jsonl"
    pack.write_text("".join(json.dumps({**CASE, **case}) + "\n" for case in cases), encoding="utf-8")
    path = tmp_path / "own.doubleread"
    made = invoke("new", path, "--cases", pack, "--model-a", "one", "--model-b", "two", *named.get("more", ()))
    assert made.code == 0, made.err
    return path


def take(study, invoke, tmp_path, records, *more):
    file = write_answers(tmp_path / "answers.jsonl", records)
    return invoke("import-answers", study, file, "--arm", "one", *more)


def answers_in(study):
    with opened(study) as file:
        arm = file.arms()[0].id
        return {
            case_id: answer
            for case_id in file.case_ids()
            if (answer := file.answers.of_case(case_id).get(arm)) is not None
        }


def log_of(study, kind):
    with opened(study) as file:
        return [json.loads(row[0]) for row in file.connection.rows("SELECT body FROM events WHERE kind = ?", [kind])]


def test_a_case_is_found_by_its_original_id(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "a-7", "original_id": "7"}, {"id": "b-8", "original_id": "8"})
    done = take(study, invoke, tmp_path, [{"case_id": 7, "text": "A"}, {"case_id": "b-8", "text": "B"}])
    assert done.code == 0, done.err
    answers = answers_in(study)
    assert {case_id: answer.text for case_id, answer in answers.items()} == {"a-7": "A", "b-8": "B"}
    assert answers["a-7"].manifest["given_case_id"] == "7"
    assert "given_case_id" not in answers["b-8"].manifest


def test_an_original_id_of_two_cases_is_refused_with_both_ids(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "a-7", "original_id": "7"}, {"id": "b-7", "original_id": "7"})
    done = take(study, invoke, tmp_path, [{"case_id": "7", "text": "A"}])
    assert done.code == 1
    assert '"7" is the original id of 2 cases; write "a-7" or "b-7"' in done.err


def test_one_case_by_two_names_has_one_answer(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "a-7", "original_id": "7"})
    done = take(study, invoke, tmp_path, [{"case_id": "7", "text": "A"}, {"case_id": "a-7", "text": "B"}])
    assert done.code == 1
    assert "line 1" in done.err
    assert "line 2" in done.err
    assert answers_in(study) == {}


@pytest.mark.parametrize(
    ("case_ids", "named", "words"),
    [
        (["x-1", "x-2", "x-3"], ["1", "2", "3"], '3 of 3 would match with a prefix "x-"'),
        (["1", "2", "3"], ["x-1", "x-2", "x-3"], '3 of 3 would match without the prefix "x-"'),
        (["1.txt", "2.txt"], ["1", "2"], '2 of 2 would match with a suffix ".txt"'),
        (["1", "2"], ["1.txt", "2.txt"], '2 of 2 would match without the suffix ".txt"'),
        (["Case-1"], ["case-1"], 'did you mean "Case-1"?'),
        (["7"], ["007"], 'did you mean "7"?'),
        (["pneumonia-7"], ["pnuemonia-7"], 'did you mean "pneumonia-7"?'),
    ],
)
def test_unknown_ids_get_a_hint(tmp_path, invoke, case_ids, named, words):
    study = study_of(tmp_path, invoke, *({"id": case_id} for case_id in case_ids))
    done = take(study, invoke, tmp_path, [{"case_id": name, "text": "A"} for name in named])
    assert done.code == 1
    assert words in done.err
    assert f"{len(named)} problem" in done.err


def test_an_id_with_another_number_is_no_hint(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "question-17"})
    assert "did you mean" not in take(study, invoke, tmp_path, [{"case_id": "question-18", "text": "A"}]).err


def test_faulty_answers_are_left_out_listed_and_logged(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "1"}, {"id": "2"}, {"id": "3"})
    records = [
        {"case_id": "1", "text": "A"},
        {"case_id": "9", "text": "A"},
        {"case_id": "2", "text": "A"},
        {"case_id": "2", "text": "B"},
    ]
    listed = tmp_path / "left-out.jsonl"
    assert "--skip-bad" in take(study, invoke, tmp_path, records).err
    done = take(study, invoke, tmp_path, records, "--skip-bad", "--skipped-out", listed, "--json")
    assert done.code == 0, done.err
    assert (done.json["added"], done.json["missing"], done.json["left_out"]) == (1, 2, 3)
    assert [item["line"] for item in done.json["left_out_because"]] == [2, 3, 4]
    assert [json.loads(line)["id"] for line in listed.read_text(encoding="utf-8").splitlines()] == ["9", "2", "2"]
    assert list(answers_in(study)) == ["1"]
    (body,) = log_of(study, "answers.imported")
    assert (body["added"], body["left_out"]["count"], body["file"]) == (1, 3, "answers.jsonl")
    assert body["left_out"]["listed"][0]["reason"].startswith('the study has no case "9"')
    assert verify(study).ok


def test_a_study_logs_the_cases_that_were_left_out(tmp_path, invoke):
    pack = write_pack(tmp_path / "pack.jsonl")
    with pack.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**CASE, "id": "twins", "options": {"A": "x", "B": "x"}}) + "\n")
    study = tmp_path / "s.doubleread"
    arguments = ["new", study, "--cases", pack, "--model-a", "one", "--model-b", "two"]
    assert "--skip-bad" in invoke(*arguments).err
    assert not study.exists()
    done = invoke(*arguments, "--skip-bad")
    assert (done.code, "3 cases" in done.out) == (0, True)
    assert f"skipped: {pack}, line 4, options" in done.err
    (body,) = log_of(study, "study.created")
    assert body["left_out"]["count"] == 1
    assert body["left_out"]["listed"][0]["id"] == "twins"
    assert verify(study).ok


def test_a_study_is_made_with_a_json_document(tmp_path, invoke):
    pack = write_pack(tmp_path / "pack.jsonl")
    arguments = ["new", tmp_path / "s.doubleread", "--cases", pack, "--model-a", "one", "--model-b", "two"]
    done = invoke(*arguments, "--json")
    assert done.json == {
        "study": str(tmp_path / "s.doubleread"),
        "cases": 3,
        "arms": ["one", "two"],
        "left_out": 0,
        "left_out_because": [],
    }


REASONED = [
    ("<think>\nIt could be B.\n</think>\n\nAnswer: A", "It could be B.", "Answer: A", "think"),
    ("It could be B.\n</think>\n\nAnswer: A", "It could be B.", "Answer: A", "think"),
    ("<unused94>thought\nIt could be B.<unused95>Answer: A", "It could be B.", "Answer: A", "medgemma"),
    (
        "<|channel|>analysis<|message|>It could be B.<|end|><|start|>assistant<|channel|>final<|message|>Answer: A",
        "It could be B.",
        "Answer: A",
        "harmony",
    ),
]


@pytest.mark.parametrize(("text", "reasoning", "answer", "form"), REASONED)
def test_reasoning_is_split_off(tmp_path, invoke, text, reasoning, answer, form):
    study = study_of(tmp_path, invoke, {"id": "1", "key": "A"}, {"id": "2"})
    records = [{"case_id": "1", "text": text}, {"case_id": "2", "text": "Write `<think>` yourself."}]
    done = take(study, invoke, tmp_path, records)
    assert "reasoning was split off 1 answer" in done.err
    found = answers_in(study)["1"]
    assert (found.text, found.reasoning) == (answer, reasoning)
    assert (found.manifest["original_text"], found.manifest["reasoning_format"]) == (text, form)
    plain = answers_in(study)["2"]
    assert (plain.text, plain.reasoning) == ("Write `<think>` yourself.", "")
    with opened(study) as file:
        assert file.answers.scores_of(found.id)[0].chosen == "A"
    assert log_of(study, "answers.imported")[0]["reasoned"] == 1
    again = take(study, invoke, tmp_path, records)
    assert "0 answers" in again.out
    assert len(log_of(study, "answers.imported")) == 1


def test_the_protocols_own_markers_count_too(tmp_path, invoke):
    protocol = tmp_path / "protocol.toml"
    protocol.write_text('[[reasoning]]\nbegin = "((("\nend = ")))"\n', encoding="utf-8")
    study = study_of(tmp_path, invoke, {"id": "1"}, more=("--protocol", protocol))
    assert take(study, invoke, tmp_path, [{"case_id": "1", "text": "(((It could be B.)))A"}]).code == 0
    assert (answers_in(study)["1"].text, answers_in(study)["1"].reasoning) == ("A", "It could be B.")


def test_reasoning_that_never_ends_counts_as_truncated(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "1"})
    done = take(study, invoke, tmp_path, [{"case_id": "1", "text": "<think>It could be B. The answer is B."}])
    assert "in 1 answer the reasoning never ends; it counts as truncated" in done.err
    found = answers_in(study)["1"]
    assert (found.text, found.finish_reason) == ("", "length")
    with opened(study) as file:
        assert file.answers.scores_of(found.id)[0].outcome == "truncated"


@pytest.mark.parametrize(("reasoning", "code"), [("It could be B.", 0), ("Something else.", 1)])
def test_reasoning_given_twice_must_be_the_same(tmp_path, invoke, reasoning, code):
    study = study_of(tmp_path, invoke, {"id": "1"})
    record = {"case_id": "1", "text": "<think>It could be B.</think>A", "reasoning": reasoning}
    done = take(study, invoke, tmp_path, [record])
    assert done.code == code
    assert ("keep one of the two" in done.err) == bool(code)


def test_what_looks_like_another_marker_is_named(tmp_path, invoke):
    study = study_of(tmp_path, invoke, {"id": "1"})
    done = take(study, invoke, tmp_path, [{"case_id": "1", "text": "Answer: A <my_reasoning>x</my_reasoning>"}])
    assert "1: the answer contains what looks like a reasoning marker: <my_reasoning>" in done.err
    assert answers_in(study)["1"].manifest["suspected_markers"] == ["<my_reasoning>", "</my_reasoning>"]


def test_several_answers_to_a_case_are_imported(tmp_path, invoke):
    study, protocol = tmp_path / "repeated.doubleread", tmp_path / "protocol.toml"
    protocol.write_text("samples = 2\n", encoding="utf-8")
    pack = write_pack(tmp_path / "pack.jsonl")
    names = ("--model-a", "one", "--model-b", "two")
    assert invoke("new", study, "--cases", pack, *names, "--protocol", protocol).code == 0
    file = write_answers(
        tmp_path / "a.jsonl",
        [{"case_id": "pack-0", "text": f"Answer: {'AB'[sample]}", "sample": sample} for sample in (0, 1)],
    )
    assert invoke("import-answers", study, file, "--arm", "one").out.endswith(
        "2 answers of one imported, 4 still missing\n"
    )
    assert "0 answers" in invoke("import-answers", study, file, "--arm", "one").out
    with opened(study) as found:
        answers = found.answers.all_of_case("pack-0")
    assert [(answer.sample, answer.text) for answer in answers] == [(0, "Answer: A"), (1, "Answer: B")]
    assert "given" not in answers[1].manifest
    bad = write_answers(
        tmp_path / "bad.jsonl",
        [
            {"case_id": "pack-1", "text": "Answer: A", "sample": 2},
            {"case_id": "pack-1", "text": "Answer: A", "sample": -1},
            {"case_id": "pack-1", "text": "Answer: A", "sample": "1"},
            {"case_id": "pack-0", "text": "Answer: A", "sample": 1},
        ],
    )
    done = invoke("import-answers", study, bad, "--arm", "one")
    assert done.code == 1
    for words in (
        "line 1, sample: must be below 2, because the protocol has samples = 2",
        "line 2, sample: must be 0 or more, but is -1",
        "line 3, sample: must be a whole number",
        'line 4, text: one already has a different answer to "pack-0" for sample 1',
    ):
        assert words in done.err, done.err
    assert verify(study).ok


def test_answers_are_imported_from_a_table(study, invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('Encounter ID,note,rating\npack-0,"Answer: A,\nor so",5\npack-1,Answer: B,\n', encoding="utf-8")
    done = invoke("import-answers", study, path, "--arm", "gpt-4.1")
    assert done.out == f"{study}: 2 answers of gpt-4.1 imported, 1 still missing\n"
    with opened(study) as file:
        answer = file.answers.all_of_case("pack-0")[0]
    assert answer.text == "Answer: A,\nor so"
    assert answer.manifest["given"] == {"rating": "5"}


def test_a_column_of_another_name_is_named(study, invoke, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id;text;prediction;sample\npack-0;asked;Answer: A;0\n", encoding="utf-8")
    refused = invoke("import-answers", study, path, "--arm", "gpt-4.1")
    assert refused.code == 1
    assert (
        "found, separated by semicolon: id, text, prediction, sample; name it with --column case_id=NAME" in refused.err
    )
    wrong = invoke("import-answers", study, path, "--arm", "gpt-4.1", "--column", "case=id")
    assert (wrong.code, "fields are case_id, text" in wrong.err) == (2, True)
    named = ["--column", "case_id=id", "--column", "text=prediction"]
    assert invoke("import-answers", study, path, "--arm", "gpt-4.1", *named).code == 0
    with opened(study) as file:
        answer = file.answers.all_of_case("pack-0")[0]
    assert answer.text == "Answer: A"
    assert answer.manifest["given"] == {"source_text": "asked"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("case_id,text,sample\npack-0,x,two\n", "line 2, sample: must be a whole number"),
        ('case_id,text\npack-0,"x\n', "line 2: a quotation mark in this row is never closed"),
        ("case_id,text\npack-0,x,y\n", "line 2: has 3 cells, the header 2"),
        ("case_id\npack-0\n", "line 1, text: there is no column of this name"),
    ],
)
def test_a_wrong_row_of_a_table_is_named(study, invoke, tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    refused = invoke("import-answers", study, path, "--arm", "gpt-4.1")
    assert (refused.code, words in refused.err) == (1, True), refused.err
