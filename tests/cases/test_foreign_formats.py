"""MedQA files and tables become cases; what cannot is named by line and field or column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doubleread.cases.formats import FORMATS
from doubleread.cases.medqa import FALLBACK_QUESTION, read_medqa, split_question
from doubleread.cases.native import read_cases, write_cases
from doubleread.cases.plain_csv import read_csv
from doubleread.errors import CaseFileError

ITEM = {
    "realidx": 4,
    "question": "A man coughs. What is it?",
    "options": {"A": "Flu", "B": "Cold"},
    "answer_idx": "B",
    "answer": "Cold",
}


def medqa(tmp_path: Path, *records: object) -> Path:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("whole", "text", "question"),
    [
        ("A man coughs. What is it?", "A man coughs.", "What is it?"),
        ("A man coughs.\nNa 140\nWhich drug is best?", "A man coughs.\nNa 140", "Which drug is best?"),
        ('A man coughs. What is it?"', "A man coughs.", "What is it?"),
        ('He says "I cough." What is it?', 'He says "I cough."', "What is it?"),
        ("A man coughs. He is most at risk for:", "A man coughs.", "He is most at risk for:"),
        ("A man coughs. What is it?\nNa 140 mEq/L", "A man coughs.\nNa 140 mEq/L", "What is it?"),
        ("He saw Dr. Hill at 5 p.m. yesterday. Why?", "He saw Dr. Hill at 5 p.m. yesterday.", "Why?"),
        ("Is it flu? The fever rose. Which test is next?", "Is it flu? The fever rose.", "Which test is next?"),
        ("See Image A. Which of the following is right?", "See Image A.", "Which of the following is right?"),
        ("What has the longest half-life?", "What has the longest half-life?", FALLBACK_QUESTION),
    ],
)
def test_the_question_is_told_from_the_vignette(whole: str, text: str, question: str) -> None:
    assert split_question(whole) == (text, question)


def test_a_medqa_item_becomes_a_case(tmp_path: Path) -> None:
    case = read_medqa(medqa(tmp_path, {**ITEM, "meta_info": "step1"}))[0]
    assert (case.id, case.kind, case.text, case.question, case.key) == (
        "items-4",
        "choice",
        "A man coughs.",
        "What is it?",
        "B",
    )
    assert case.extra == {"meta_info": "step1"}


@pytest.mark.parametrize(
    "change",
    [
        {"options": ["Flu", "Cold"]},
        {"options": ["Flu", "Cold"], "answer_idx": 1},
        {"answer_idx": None},
        {"answer_idx": "x"},
        {"answer_idx": None, "answer": "B"},
    ],
)
def test_the_key_is_found_in_every_shape(tmp_path: Path, change: dict) -> None:
    case = read_medqa(medqa(tmp_path, {**ITEM, **change}))[0]
    assert (case.key, dict(case.options)) == ("B", {"A": "Flu", "B": "Cold"})


def test_bad_items_are_all_named(tmp_path: Path) -> None:
    path = medqa(
        tmp_path,
        ITEM,
        {**ITEM, "realidx": 5, "question": ""},
        {"question": "x. y?"},
        {**ITEM, "answer": "", "answer_idx": "E"},
        ITEM,
    )
    with pytest.raises(CaseFileError) as caught:
        read_medqa(path)
    named = [problem.split("items.jsonl, ")[1].split(":")[0] for problem in caught.value.problems]
    assert named == ["line 2, question", "line 3, options", "line 4, answer_idx", "line 5, id"]


def test_a_line_without_a_number_gets_its_own(tmp_path: Path) -> None:
    record = {key: value for key, value in ITEM.items() if key != "realidx"}
    assert [case.id for case in read_medqa(medqa(tmp_path, record, record))] == ["items-1", "items-2"]


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_of_choices(tmp_path: Path, mark: str, encoding: str) -> None:
    rows = [
        ["ID", "Text", "Question", "Option A", "Option B", "Answer", "Tags", "Ward"],
        ["q1", "A man\ncoughs.", "Why?", "Flu", "Cold", "b", "lung;adult", "3"],
    ]
    body = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    case = read_csv(table(tmp_path, body, encoding))[0]
    assert (case.id, case.text, case.options, case.key) == ("q1", "A man\ncoughs.", {"A": "Flu", "B": "Cold"}, "B")
    assert (case.tags, case.extra) == (("lung", "adult"), {"Ward": "3"})


def test_a_table_of_diagnoses_with_what_is_missing_filled_in(tmp_path: Path) -> None:
    case = read_csv(table(tmp_path, "vignette,key,accept\nA toe hurts.,Gout,Podagra; gouty arthritis\n"))[0]
    assert (case.id, case.kind, case.question) == ("table-1", "diagnosis", "What is the most likely diagnosis?")
    assert case.accept == ("Podagra", "gouty arthritis")


@pytest.mark.parametrize("cell", ["Flu|Cold", "A) Flu|B) Cold", "Flu; Cold", '"A. Flu\nB. Cold"'])
def test_options_in_one_column(tmp_path: Path, cell: str) -> None:
    case = read_csv(table(tmp_path, f"text,options,key\nA man coughs.,{cell},Cold\n"))[0]
    assert (case.options, case.key) == ({"A": "Flu", "B": "Cold"}, "B")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["line 1: the file is empty"]),
        ("title,key\nx,y\n", ["line 1, text: there is no column"]),
        ("text,key,key\nx,y,z\n", ["line 1, key: two columns"]),
        ("text,key,answer\nx,y,z\n", ["line 1, key: the columns key and answer"]),
        ("text,key\n", ["the file holds no case"]),
        ("text,key\nx,y,z\n", ["line 2: has 3 cells"]),
        ('text,key\n"x\nz",\n,y\n', ["line 2, key: is empty", "line 4, text: is empty"]),
        ("Case,a,b,Answer\nx,Flu,Cold,D\n", ["line 2, Answer: must be one of the options' letters (A, B)"]),
        ('text,key\n"x" y,z\n', ["line 2: cannot be read as a table"]),
        ("id,text,key\n1,x,y\n1,x,y\n", ["line 3, id: "]),
    ],
)
def test_problems_of_a_table_name_line_and_column(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_csv(table(tmp_path, text))
    shown = [problem.split("table.csv, ")[-1].split("table.csv: ")[-1] for problem in caught.value.problems]
    assert len(shown) == len(problems)
    assert all(line.startswith(start) for line, start in zip(shown, problems, strict=True)), shown


def test_a_table_in_another_encoding_is_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_csv(table(tmp_path, "text,key\nx,Ménière\n", "latin-1"))
    assert "line 2: byte 4" in caught.value.problems[0]


def test_every_format_has_a_name() -> None:
    assert list(FORMATS) == ["native", "medqa", "csv"]


def test_a_converted_file_is_a_native_one(tmp_path: Path) -> None:
    cases = FORMATS["medqa"](medqa(tmp_path, {**ITEM, "meta_info": "step1"}))
    out = tmp_path / "out.jsonl"
    write_cases(out, cases)
    assert read_cases(out) == cases
