"""MedQA files and tables become cases; what cannot is named by line and field or column."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from doubleread.cases.formats import FORMATS
from doubleread.cases.native import as_lines, read_cases
from doubleread.cases.problems import raise_for
from doubleread.cases.questions import FALLBACK_QUESTION, split_question
from doubleread.cases.reading import ReadAs, read_case_file
from doubleread.domain.case import Case
from doubleread.errors import CaseFileError

ITEM = {
    "realidx": 4,
    "question": "A man coughs. What is it?",
    "options": {"A": "Flu", "B": "Cold"},
    "answer_idx": "B",
    "answer": "Cold",
}


def read(format_name: str, path: Path, encoding: str | None = None) -> list[Case]:
    pack = read_case_file(path, ReadAs(format_name, encoding))
    raise_for(pack.problems, pack.file)
    return list(pack.cases)


def read_medqa(path: Path) -> list[Case]:
    return read("medqa", path)


def read_csv(path: Path) -> list[Case]:
    return read("table", path)


def medqa(tmp_path: Path, *records: object) -> Path:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("whole", "text", "question"),
    [
        ("A man coughs. What is it?", "A man coughs.", "What is it?"),
        ("A man coughs.\nNa 140\nWhich drug is best?", "A man coughs.\nNa 140", "Which drug is best?"),
        ('A man coughs. What is it?"', "A man coughs.", 'What is it?"'),
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
        "4",
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
        {"answer_idx": "b", "answer": "cold."},
        {"answer_idx": " B. ", "answer": None},
        {"answer_idx": "(B)", "answer": ""},
        {"answer_idx": "Cold", "answer": None},
        {"answer_idx": "B. Cold", "answer": None},
        {"answer_idx": None, "answer": "B"},
    ],
)
def test_the_key_is_found_in_every_shape(tmp_path: Path, change: dict) -> None:
    case = read_medqa(medqa(tmp_path, {**ITEM, **change}))[0]
    assert (case.key, dict(case.options)) == ("B", {"A": "Flu", "B": "Cold"})


KEYS = [
    ({"answer_idx": "A"}, "answer_idx", 'names option A, but `answer` is "Cold", which is option B'),
    ({"answer_idx": "x"}, "answer_idx", 'is "x", which names none of the options (A, B); `answer` is "Cold"'),
    ({"answer": "Gout"}, "answer_idx", 'names option B, but `answer` is "Gout", which is none of the options'),
    ({"answer_idx": 0}, "answer_idx", "names option A, but"),
    ({"answer_idx": 2}, "answer_idx", "positions run from 0 to 1"),
    ({"answer_idx": 1, "answer": None}, "answer_idx", "from 0 or from 1"),
    ({"answer_idx": "1", "answer": ""}, "answer_idx", "from 0 or from 1"),
    ({"answer_idx": None, "answer": None}, "answer_idx", "is missing, and so is `answer`"),
    ({"answer_idx": True}, "answer_idx", "must be a letter"),
    ({"answer_idx": ["B"]}, "answer_idx", "must be a letter"),
    ({"answer_idx": "A. Cold"}, "answer_idx", "the text after the letter is not that of option A"),
    ({"answer_idx": None, "answer": "A", "options": {"A": "B", "B": "A"}}, "answer", "could mean option A or the text"),
    ({"answer_idx": "A", "answer": "A", "options": {"A": "O", "B": "A"}}, "answer_idx", "which is option B"),
    ({"answer_idx": None, "answer": "tt", "options": {"A": "TT", "B": "Tt"}}, "answer", "the options A and B"),
]


@pytest.mark.parametrize(("change", "field", "words"), KEYS)
def test_a_key_that_is_contradicted_or_ambiguous_is_refused(
    tmp_path: Path, change: dict, field: str, words: str
) -> None:
    problems = read_case_file(medqa(tmp_path, {**ITEM, **change}), ReadAs("medqa")).problems
    assert [problem.field for problem in problems] == [field]
    assert words in problems[0].message


@pytest.mark.parametrize(
    ("options", "index", "answer", "key"),
    [
        ({"A": "B", "B": "C", "C": "D"}, "A", "B", "A"),
        ({"A": "5", "B": "16", "C": "20"}, "C", "20", "C"),
        ({"A": "1", "B": "0"}, 0, "1", "A"),
        ({"A": "C", "B": "A", "C": "B"}, "A", "C", "A"),
        ({"A": "C", "B": "A", "C": "B"}, "A", None, "A"),
        ({"A": "O", "B": "A"}, None, "B)", "B"),
        ({"A": "A", "B": "O"}, None, "A", "A"),
        ({"A": "TT", "B": "Tt"}, None, "Tt", "B"),
        ({"A": "16", "B": "20"}, None, "20", "B"),
        ({"A": "C. difficile", "B": "E. coli", "C": "x"}, None, "C. difficile", "A"),
    ],
)
def test_options_that_are_letters_or_numbers_have_the_key_on_which_both_sources_agree(
    tmp_path: Path, options: dict, index: object, answer: str, key: str
) -> None:
    record = {**ITEM, "options": options, "answer_idx": index, "answer": answer}
    assert read_medqa(medqa(tmp_path, record))[0].key == key


@pytest.mark.parametrize("realidx", ["q-7", 7])
def test_ids_stay_as_they_are_in_the_file(tmp_path: Path, realidx: object) -> None:
    assert read_medqa(medqa(tmp_path, {**ITEM, "realidx": realidx}))[0].id == str(realidx)


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
    assert named == ["line 2, question", "line 3, options", "line 4, answer_idx", "line 5, realidx"]


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
        ("", ["the file is empty"]),
        ("title,key\nx,y\n", ["line 1, text: there is no column"]),
        ("text,key,key\nx,y,z\n", ["line 1, key: two columns"]),
        ("text,key,answer\nx,y,z\n", ["line 1, key: the columns key and answer"]),
        ("text,key\n", ["the file contains no cases"]),
        ("text,key\nx,y,z\n", ["line 2: has 3 cells"]),
        ('text,key\n"x\nz",\n,y\n', ["line 2, key: is empty", "line 4, text: is empty"]),
        ("Case,a,b,Answer\nx,Flu,Cold,D\n", ['line 2, Answer: is "D", which names none of the options (A, B)']),
        ('text,key\n"x" y,z\n', ["line 2: a cell continues after its closing quotation mark"]),
        ("id,text,key\n1,x,y\n1,x,y\n", ["line 3, id: "]),
    ],
)
def test_problems_of_a_table_name_line_and_column(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_csv(table(tmp_path, text))
    shown = [problem.split("table.csv, ")[-1].split("table.csv: ")[-1] for problem in caught.value.problems]
    assert len(shown) == len(problems)
    assert all(line.startswith(start) for line, start in zip(shown, problems, strict=True)), shown


TABLES = [
    ("text,key\rA man.,Gout\rA toe.,Flu\r", ["Gout", "Flu"]),
    ("\r\n\n , \ntext,key\nA man.,Gout\n", ["Gout"]),
    ("sep=;\ntext;key\nA man.;Gout\n", ["Gout"]),
    ("sep=,\r\ntext,key\r\nA man.,Gout\r\n", ["Gout"]),
    ("text,key,title\nA man.,Gout\n", ["Gout"]),
    (f"text,key\n{'x ' * 100_000},Gout\n", ["Gout"]),
    (f'text,key\n"{"x " * 100_000}",Gout\n', ["Gout"]),
    ("text,a,b,answer_idx\nA man.,Flu,Cold,B\n", ["B"]),
    ("text,a,b,answer_idx,answer\nA man.,Flu,Cold,1,Cold\n", ["B"]),
    ("text,a,b,answer\nA man.,Flu,Cold,cold.\n", ["B"]),
    ("text,a,b,answer\nA man.,O,A,B)\n", ["B"]),
]


@pytest.mark.parametrize(("text", "keys"), TABLES, ids=lambda value: repr(value)[:40])
def test_unusual_tables_are_read(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert [case.key for case in read_csv(table(tmp_path, text))] == keys


def test_the_limit_of_cells_is_put_back(tmp_path: Path) -> None:
    before = csv.field_size_limit(1000)
    try:
        read_csv(table(tmp_path, f"text,key\n{'x ' * 1000},Gout\n"))
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(before)


REFUSED_TABLES = [
    ('text,key\nx,y\n"A man., Gout\nA toe.,Flu\n', 3, "", "never closed"),
    ('text,key\nx,y\n"A\n"man.,Gout\n', 3, "", "after its closing quotation mark (read as far as line 4)"),
    ("text,key\nx,y\nx\0z,y\n", 3, "", "NUL byte"),
    ("A man coughs and has a fever of 39 degrees and more.,Gout\n", 1, "text", '"A man coughs and has a fever'),
    ("name,dialogue,note\n1,2,3\n", 1, "text", "separated by comma: name, dialogue, note"),
    ("text,key,title\nA man.\n", 2, "", "has 1 cells, the header 3"),
    ("\n\ntext,key,key\nx,y,z\n", 3, "key", "two columns"),
    ("text,a,b,answer_idx,answer\nx,Flu,Cold,A,Cold\n", 2, "answer_idx", "names option A, but"),
    ("text,a,b,answer_idx\nx,Flu,Cold,1\n", 2, "answer_idx", "from 0 or from 1"),
    ("text,a,b,answer\nx,O,A,A\n", 2, "answer", "could mean option A or the text of option B"),
    ("text,a,b,answer,accept\nx,Flu,Cold,B,flu\n", 2, "accept", "names option A, but the key is B"),
]


@pytest.mark.parametrize(("text", "line", "field", "words"), REFUSED_TABLES, ids=lambda value: repr(value)[:40])
def test_a_refused_table_says_what_it_contains(tmp_path: Path, text: str, line: int, field: str, words: str) -> None:
    problem = read_case_file(table(tmp_path, text), ReadAs("table")).problems[0]
    assert (problem.line, problem.field) == (line, field)
    assert words in problem.message


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_another_encoding_is_read_only_where_it_is_named(tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path, "text,key\nA man coughs.,Ménière\n", encoding)
    assert read_case_file(path, ReadAs("table")).problems
    assert [case.key for case in read("table", path, encoding)] == ["Ménière"]


def test_the_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "text,key\nA man coughs.,Ménière\n", "cp1252")
    assert "the file is not utf-8" in read_case_file(path, ReadAs("table", "utf-8")).problems[0].message


@pytest.mark.parametrize(
    ("written", "named", "words"),
    [
        ("utf-8", "cp1252", "the file is UTF-8 and would be garbled as cp1252"),
        ("utf-8-sig", "latin-1", "the file is UTF-8"),
        ("utf-8", "utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16", "no byte order mark; use the encoding utf-16-le or utf-16-be"),
    ],
)
def test_an_encoding_that_would_garble_the_file_is_refused(
    tmp_path: Path, written: str, named: str, words: str
) -> None:
    pack = read_case_file(table(tmp_path, "text,key\nA man coughs.,Ménière\n", written), ReadAs("table", named))
    assert pack.cases == ()
    assert words in pack.problems[0].message


def test_plain_ascii_may_be_called_by_any_encoding_that_contains_it(tmp_path: Path) -> None:
    path = table(tmp_path, "text,key\nA man coughs.,Gout\n")
    assert [read("table", path, name)[0].key for name in ("cp1252", "iso-2022-jp", "utf-8")] == ["Gout"] * 3


@pytest.mark.parametrize("format_name", list(FORMATS))
@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-1.7", b"SQLite format 3\0", b"PAR1"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, format_name: str, start: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(start + bytes(range(256)) * 4)
    problems = read_case_file(path, ReadAs(format_name)).problems
    assert [problem.line for problem in problems] == [0]
    assert problems[0].message.startswith("the file is ")


def test_a_table_in_another_encoding_is_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_csv(table(tmp_path, "text,key\nx,Ménière\n", "latin-1"))
    assert "line 2: byte 4" in caught.value.problems[0]


def test_a_converted_file_is_a_native_one(tmp_path: Path) -> None:
    cases = read_medqa(medqa(tmp_path, {**ITEM, "meta_info": "step1"}))
    out = tmp_path / "out.jsonl"
    out.write_text("".join(as_lines(cases)), encoding="utf-8", newline="")
    assert read_cases(out) == cases
