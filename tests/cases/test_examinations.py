"""Files in the layouts of examination datasets become cases, field by field; faults are named by line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from cases import dataset_files as files
from doubleread.cases.packs import read_packs
from doubleread.cases.problems import Problem
from doubleread.cases.reading import ReadAs, read_case_file
from doubleread.cases.record import Pack
from doubleread.domain.case import Case


def pack_of(tmp_path: Path, name: str, data: bytes, file: str = "file") -> Pack:
    path = tmp_path / file
    path.write_bytes(data)
    return read_case_file(path, ReadAs(name))


def read(tmp_path: Path, name: str, data: bytes | None = None, file: str = "file") -> list[Case]:
    pack = pack_of(tmp_path, name, files.FILES[name] if data is None else data, file)
    assert not pack.problems
    return list(pack.cases)


def problem_of(tmp_path: Path, name: str, data: bytes) -> Problem:
    pack = pack_of(tmp_path, name, data)
    assert not pack.cases
    (problem,) = pack.problems
    return problem


FOUR = {"A": "Flu", "B": "Cold", "C": "Both", "D": "Neither"}


def test_medmcqa(tmp_path: Path) -> None:
    first, second = read(tmp_path, "medmcqa")
    assert first == Case(
        id="q1",
        kind="choice",
        text="A man coughs.",
        question="Which is it?",
        options=FOUR,
        key="B",
        explanation="Colds are common.",
        tags=("Medicine",),
        source="MedMCQA (Pal et al. 2022)",
        licence="MIT",
        extra={"cop": 2, "choice_type": "single"},
    )
    assert second.key == "D"


@pytest.mark.parametrize(
    ("cops", "keys"),
    [((1, 4, 2), "ADB"), ((0, 1, 3), "ABD"), (("4", "1"), "DA"), (("b", "c"), "BC")],
)
def test_where_keys_of_medmcqa_count_from_is_decided_for_the_whole_file(
    tmp_path: Path, cops: tuple[object, ...], keys: str
) -> None:
    records = [{**files.MEDMCQA, "id": f"q{number}", "cop": cop} for number, cop in enumerate(cops)]
    assert "".join(case.key for case in read(tmp_path, "medmcqa", files.lines(*records))) == keys
    as_table = files.table(tuple(records[0]), *[[str(value) for value in record.values()] for record in records])
    assert "".join(case.key for case in read(tmp_path, "medmcqa", as_table)) == keys


def test_what_a_file_of_medmcqa_decides_is_said(tmp_path: Path) -> None:
    (note,) = pack_of(tmp_path, "medmcqa", files.FILES["medmcqa"]).notes
    assert note == "the keys of MedMCQA count from 1 in this file, since some are 4"
    assert not pack_of(tmp_path, "medmcqa-from-1", files.FILES["medmcqa"]).notes


def test_medmcqa_that_decides_nothing_needs_the_name_of_its_format(tmp_path: Path) -> None:
    data = files.lines(files.MEDMCQA, {**files.MEDMCQA, "id": "q2", "cop": 3})
    problem = problem_of(tmp_path, "medmcqa", data)
    assert (problem.field, problem.whole) == ("cop", True)
    assert "could count from 0 or from 1" in problem.message
    assert "medmcqa-from-1" in problem.message
    assert [case.key for case in read(tmp_path, "medmcqa-from-0", data)] == ["C", "D"]
    assert [case.key for case in read(tmp_path, "medmcqa-from-1", data)] == ["B", "C"]


def test_medmcqa_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    data = files.lines({**files.MEDMCQA, "cop": 0}, {**files.MEDMCQA, "id": "q2", "cop": 4})
    assert "counts neither from 0 nor from 1" in problem_of(tmp_path, "medmcqa", data).message


def _problems(name: str, good: dict[str, Any], changes: list[tuple[dict[str, Any], str, str]]) -> list[Any]:
    return [(name, {**good, **change}, field, words) for change, field, words in changes]


FAULTS = [
    *_problems(
        "medmcqa-from-1",
        files.MEDMCQA,
        [
            ({"cop": 5}, "cop", "must be a position from 1 to 4, but is 5"),
            ({"cop": -1}, "cop", "names no option, as in the test split"),
            ({"cop": "x"}, "cop", 'must be a whole number, but is "x"'),
            ({"opc": ""}, "opc", "is empty"),
            ({"opd": "Flu"}, "options", "options A and D have the same text"),
            ({"question": None}, "question", "must be a text, but is null"),
        ],
    ),
    *_problems(
        "mmlu",
        files.MMLU,
        [
            ({"answer": 4}, "answer", "must be a position from 0 to 3, but is 4"),
            ({"answer": "E"}, "answer", 'must be a whole number, but is "E"'),
            ({"choices": "Flu"}, "choices", "must be a list of options, but is a text"),
            ({"choices": ["x"] * 27}, "choices", "has 27 options"),
            ({"choices": ["Flu", 2]}, "options", "must be a text"),
        ],
    ),
    *_problems(
        "mmlu-pro",
        files.MMLU_PRO,
        [
            ({"answer": "A"}, "answer_index", "is the position of option C, but `answer` is A"),
            ({"answer": "K"}, "answer", 'must be one of the options\' letters (A, B, C, D), but is "K"'),
            ({"answer_index": 9}, "answer_index", "must be a position from 0 to 3"),
        ],
    ),
    *_problems(
        "medxpertqa",
        files.MEDXPERTQA,
        [
            ({"label": "C"}, "label", "must be one of the options' letters (A, B)"),
            ({"label": None}, "label", "null"),
            ({"images": ["x.jpeg"]}, "images", "needs an image"),
            ({"options": [{"content": "x"}]}, "options", "entry 1 must be an object with letter and content"),
        ],
    ),
    *_problems(
        "pubmedqa",
        files.PUBMEDQA,
        [
            ({"final_decision": "perhaps"}, "final_decision", 'must be yes, no or maybe, but is "perhaps"'),
            ({"CONTEXTS": []}, "CONTEXTS", "must be a list with the parts of the abstract"),
            ({"CONTEXTS": [1]}, "CONTEXTS", "must be a list of texts"),
            ({"QUESTION": ""}, "QUESTION", "is empty"),
        ],
    ),
    *_problems(
        "agentclinic",
        files.OSCE,
        [
            ({"OSCE_Examination": []}, "OSCE_Examination", "must be an object, but is a list"),
            ({"OSCE_Examination": {"Patient_Actor": {"a": "b"}}}, "Correct_Diagnosis", "is missing"),
            ({"OSCE_Examination": {"Correct_Diagnosis": "x"}}, "Patient_Actor", "is missing or empty"),
        ],
    ),
    *_problems("medqa-endings", files.SWAG, [({"label": 7}, "label", "must be a position from 0 to 3")]),
    *_problems("lm-eval", files.SAMPLE, [({"doc": 5}, "doc", "must be an object, but is a number")]),
]


@pytest.mark.parametrize(("name", "record", "field", "words"), FAULTS)
def test_a_wrong_record_is_named_by_line_and_field(
    tmp_path: Path, name: str, record: dict[str, Any], field: str, words: str
) -> None:
    problem = problem_of(tmp_path, name, files.lines(record))
    assert (problem.line, problem.field) == (1, field)
    assert words in problem.message


def test_mmlu_has_a_letter_or_a_position_for_a_key(tmp_path: Path) -> None:
    case = read(tmp_path, "mmlu", files.lines(files.MMLU))[0]
    assert case == Case(
        id="file-1",
        kind="choice",
        text="A man coughs.",
        question="What is it?",
        options=FOUR,
        key="B",
        tags=("clinical knowledge",),
        source="MMLU (Hendrycks et al. 2021)",
        licence="MIT",
    )
    assert read(tmp_path, "mmlu", files.lines({**files.MMLU, "answer": "B"}))[0] == case


def test_mmlu_without_a_header_has_its_first_question_and_the_subject_of_its_name(tmp_path: Path) -> None:
    first, second = read(tmp_path, "mmlu-csv", file="clinical_knowledge_test.csv")
    assert first == Case(
        id="clinical_knowledge_test-1",
        kind="choice",
        text='A man coughs, "once".',
        question="What is it?",
        options={**FOUR, "C": "Both, or one"},
        key="B",
        tags=("clinical knowledge",),
        source="MMLU (Hendrycks et al. 2021)",
        licence="MIT",
    )
    assert (second.id, second.text, second.key) == ("clinical_knowledge_test-2", "Why?", "A")


def test_commas_separate_the_cells_of_mmlu_whatever_is_in_a_question(tmp_path: Path) -> None:
    path = tmp_path / "anatomy_dev.csv"
    path.write_text("Bones; muscles; nerves; vessels; skin; fat; which?,a,b,c,d,B\n", encoding="utf-8")
    (pack,) = read_packs([path])
    assert (pack.format, [case.key for case in pack.cases]) == ("mmlu-csv", ["B"])
    assert pack.cases[0].text == "Bones; muscles; nerves; vessels; skin; fat; which?"


def test_a_line_of_mmlu_without_a_header_is_named_where_it_lacks_a_cell(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, "mmlu-csv", files.FILES["mmlu-csv"] + b"What?,a,b,c,D\nWhen?,a,b,c,d,E\n")
    assert [(problem.line, problem.field) for problem in pack.problems] == [(3, ""), (4, "answer")]
    assert "has 5 cells; a line has a question, four options and a letter" in pack.problems[0].message
    assert len(pack.cases) == 2
    assert "not a table" in problem_of(tmp_path, "mmlu-csv", b'{"question": "x"}').message


def test_mmlu_pro_leaves_out_what_only_fills_up_ten_options(tmp_path: Path) -> None:
    case = read(tmp_path, "mmlu-pro")[0]
    assert case == Case(
        id="70",
        kind="choice",
        text="A man coughs.",
        question="What is it?",
        options={"A": "Flu", "C": "Cold"},
        key="C",
        tags=("health",),
        source="MMLU-Pro (Wang et al. 2024)",
        licence="MIT",
        extra={"src": "own"},
    )
    worked = {**files.MMLU_PRO, "cot_content": "A: Let's think.", "answer": "B", "answer_index": 1}
    (case,) = read(tmp_path, "mmlu-pro", files.lines(worked))
    assert (case.explanation, dict(case.options)) == ("A: Let's think.", {"A": "Flu", "B": "N/A", "C": "Cold"})


def test_medxpertqa_in_both_forms_of_the_authors(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "medxpertqa")
    assert case == Case(
        id="Text-1",
        kind="choice",
        text="A man coughs.",
        question="What is it?",
        options={"A": "Flu", "B": "Cold"},
        key="B",
        tags=("Respiratory", "Diagnosis", "Reasoning"),
        source="MedXpertQA (Zuo et al. 2025)",
        licence="MIT",
    )
    options = [{"letter": "A", "content": "Flu"}, {"letter": "B", "content": "Cold"}]
    other = {**files.MEDXPERTQA, "options": options, "label": ["B"]}
    assert read(tmp_path, "medxpertqa", files.lines(other)) == [case]


def test_choices_in_a_question_stay_if_they_are_not_all_options(tmp_path: Path) -> None:
    question = "What is it?\nAnswer Choices: (A) Flu (B) Gout"
    (case,) = read(tmp_path, "medxpertqa", files.lines({**files.MEDXPERTQA, "question": question}))
    assert "Gout" in case.text


def test_pubmedqa(tmp_path: Path) -> None:
    first, second = read(tmp_path, "pubmedqa")
    assert first == Case(
        id="101",
        kind="choice",
        text="BACKGROUND: Colds are common.\n\nRESULTS: Rest helped 9 of 10.",
        question="Does rest help?",
        options={"A": "yes", "B": "no", "C": "maybe"},
        key="C",
        explanation="Rest may help.",
        tags=("Rest", "Humans"),
        source="PubMedQA (Jin et al. 2019)",
        licence="MIT",
        extra={"YEAR": "2026", "reasoning_required_pred": "yes", "reasoning_free_pred": "no"},
    )
    assert (second.id, second.key) == ("102", "A")


def test_pubmedqa_as_on_hugging_face(tmp_path: Path) -> None:
    record = {
        "pubid": 101,
        "question": "Does rest help?",
        "context": {"contexts": files.PUBMEDQA["CONTEXTS"], "labels": ["BACKGROUND", "RESULTS"], "meshes": ["Rest"]},
        "long_answer": "Rest may help.",
        "final_decision": "maybe",
    }
    path = tmp_path / "file"
    path.write_bytes(files.lines(record))
    (pack,) = read_packs([path])
    assert (pack.format, pack.problems) == ("pubmedqa", ())
    original = read(tmp_path, "pubmedqa")[0]
    case = pack.cases[0]
    assert (case.id, case.text, case.question, case.key, case.explanation, case.tags) == (
        original.id,
        original.text,
        original.question,
        original.key,
        original.explanation,
        ("Rest",),
    )


def test_an_abstract_with_fewer_labels_than_parts_has_none(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "pubmedqa", files.lines({**files.PUBMEDQA, "LABELS": ["RESULTS"]}))
    assert case.text == "Colds are common.\n\nRest helped 9 of 10."


def test_agentclinic_shows_everything_but_the_diagnosis(tmp_path: Path) -> None:
    first, second = read(tmp_path, "agentclinic")
    assert first == Case(
        id="file-1",
        kind="diagnosis",
        text="Examine the man with a cough.\n"
        "\nPatient Actor\nDemographics: 40-year-old man\nSymptoms\n  Primary Symptom: Cough"
        "\n  Secondary Symptoms: Fever; Chills\n"
        "\nPhysical Examination Findings\nVital Signs\n  Temperature: 39 °C\n"
        "\nTest Results\nSputum\n  Blood: no",
        question="What is the most likely diagnosis?",
        key="Pneumonia",
        source="AgentClinic (Schmidgall et al. 2024)",
        licence="MIT",
    )
    assert second.id == "file-2"
    assert read(tmp_path, "agentclinic", files.lines(files.OSCE))[0].text == first.text, "also as the only line"


def test_craft_md_with_and_without_options(tmp_path: Path) -> None:
    case = read(tmp_path, "craft-md")[0]
    assert case == Case(
        id="case_0",
        kind="choice",
        text="A man coughs.",
        question="What is the most likely diagnosis?",
        options=FOUR,
        key="B",
        tags=("Other", "own"),
        source="CRAFT-MD (Johri et al. 2025)",
        licence="MIT",
    )
    case = read(tmp_path, "craft-md-open", files.FILES["craft-md"])[0]
    assert (case.kind, case.key, dict(case.options)) == ("diagnosis", "Cold", {})
    row = ("0", "A man coughs.", "Flu", "Cold", "Both", "Neither", "Gout", "Other", "own", "case_0")
    found = problem_of(tmp_path, "craft-md", files.table(files.CRAFT_MD_COLUMNS, row))
    assert (found.line, found.field) == (2, "answer")


def test_medqa_as_the_harness_reads_it(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "medqa-endings")
    assert (case.id, case.text, case.question, case.key, dict(case.options)) == (
        "dev-1",
        "A man coughs.",
        "What is it?",
        "B",
        FOUR,
    )


def test_medagents_adds_explanation_and_subject_and_fills_up_options(tmp_path: Path) -> None:
    record = {
        "realidx": "a1",
        "question": "A man coughs. What is it?",
        "options": {"A": "Flu", "B": "Cold", "C": "n/a", "D": "n/a", "E": "Both"},
        "answer_idx": "B",
        "reason": "Colds are common.",
        "subject": "medicine",
    }
    (case,) = read(tmp_path, "medqa", files.lines(record))
    assert dict(case.options) == {"A": "Flu", "B": "Cold", "E": "Both"}
    assert (case.explanation, case.tags, dict(case.extra)) == ("Colds are common.", ("medicine",), {})


def test_documents_of_the_harness_are_cases_of_their_own_format(tmp_path: Path) -> None:
    first, second = read(tmp_path, "lm-eval", file="samples_own_task_2026-01-02T03-04-05.6.jsonl")
    assert (first.id, first.key, first.source) == ("own_task-5", "B", "MMLU (Hendrycks et al. 2021)")
    assert (second.id, second.key) == ("own_task-6", "A")
    score = {**files.SAMPLE, "doc": {**files.MEDXPERTQA}, "acc": float("nan")}
    (case,) = read(tmp_path, "lm-eval", files.lines(score))
    assert case.id == "Text-1"


def test_documents_of_no_known_format_are_named_with_their_fields(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "lm-eval", files.lines({**files.SAMPLE, "doc": {"input": "x", "gold": 1}}))
    assert (problem.field, problem.message) == (
        "doc",
        "is a record of no known case format; its fields are input, gold",
    )


@pytest.mark.parametrize("name", ["medmcqa", "mmlu", "mmlu-pro", "medxpertqa", "agentclinic", "medqa-endings"])
def test_a_json_array_has_the_cases_of_json_lines(tmp_path: Path, name: str) -> None:
    records = [json.loads(line) for line in files.FILES[name].splitlines()]
    path = tmp_path / "file"
    path.write_text(json.dumps(records), encoding="utf-8")
    (pack,) = read_packs([path])
    assert (pack.format, list(pack.cases)) == (name, read(tmp_path, name))


@pytest.mark.parametrize("name", ["medmcqa", "mmlu", "mmlu-pro", "medxpertqa", "agentclinic", "medqa-endings"])
def test_a_parquet_file_has_the_cases_of_json_lines(tmp_path: Path, name: str) -> None:
    records = [json.loads(line) for line in files.FILES[name].splitlines()]
    path = tmp_path / "file"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), path)
    (pack,) = read_packs([path])
    assert (pack.format, list(pack.cases)) == (name, read(tmp_path, name))
