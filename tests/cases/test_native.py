"""The native format: every bad line is named, nothing is taken over, and good cases come back as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.cases.native import cases_and_problems, read_cases, write_cases
from doubleread.domain.case import Case
from doubleread.errors import CaseFileError

CHOICE = {
    "id": "c1",
    "kind": "choice",
    "text": "A man coughs.",
    "question": "Why?",
    "options": {"A": "x", "B": "y"},
    "key": "B",
}
DIAGNOSIS = {
    "id": "d1",
    "kind": "diagnosis",
    "text": "A man coughs.",
    "question": "What is it?",
    "key": "Gout",
    "accept": ["Podagra"],
}


def check_cases(path):
    return cases_and_problems(path)[1]


def written(tmp_path: Path, *records: object, name: str = "pack.jsonl") -> Path:
    path = tmp_path / name
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    return path


def test_reads_both_kinds_and_keeps_unknown_fields(tmp_path: Path) -> None:
    path = written(tmp_path, {**CHOICE, "ward": {"bed": 3}, "tags": ["lung"]}, "", DIAGNOSIS)
    choice, diagnosis = read_cases(path)
    assert check_cases(path) == []
    assert (choice.key_text, choice.specialty, choice.extra) == ("B  y", "lung", {"ward": {"bed": 3}})
    assert (diagnosis.kind, diagnosis.accept) == ("diagnosis", ("Podagra",))


def test_byte_order_mark_and_windows_line_ends_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "pack.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(CHOICE).encode() + b"\r\n\r\n" + json.dumps(DIAGNOSIS).encode() + b"\r\n"
    )
    assert [case.id for case in read_cases(path)] == ["c1", "d1"]


def without(name: str, record: dict = CHOICE) -> dict:
    return {key: value for key, value in record.items() if key != name}


BAD = [
    (without("id"), "id", "missing"),
    (without("text"), "text", "missing"),
    (without("question"), "question", "missing"),
    (without("kind"), "kind", "missing"),
    (without("key"), "key", "missing"),
    (without("options"), "options", "missing"),
    (without("key", DIAGNOSIS), "key", "missing"),
    ({**CHOICE, "id": 7}, "id", "a number"),
    ({**CHOICE, "id": "  "}, "id", "empty"),
    ({**CHOICE, "text": ""}, "text", "empty"),
    ({**CHOICE, "question": None}, "question", "null"),
    ({**CHOICE, "kind": "essay"}, "kind", '"choice", "diagnosis"'),
    ({**CHOICE, "kind": ["choice"]}, "kind", "a list"),
    ({**CHOICE, "title": 3}, "title", "a number"),
    ({**CHOICE, "licence": True}, "licence", "true or false"),
    ({**CHOICE, "tags": "lung"}, "tags", "a list of texts"),
    ({**CHOICE, "tags": ["lung", 3]}, "tags", "entry 2"),
    ({**CHOICE, "accept": [" "]}, "accept", "entry 1 is empty"),
    ({**CHOICE, "options": {"A": "x"}, "key": "A"}, "options", "2 to 26"),
    ({**CHOICE, "options": ["x", "y"]}, "options", "a list"),
    ({**CHOICE, "options": {"a": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"AA": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"Ä": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"A": 1, "B": "y"}}, "options", "option A must be a text"),
    ({**CHOICE, "options": {"A": "", "B": "y"}}, "options", "option A is empty"),
    ({**CHOICE, "options": {"A": "y", "B": "y "}}, "options", "A and B have the same text"),
    ({**CHOICE, "key": "C"}, "key", "A, B"),
    ({**CHOICE, "key": "b"}, "key", "A, B"),
    ({**DIAGNOSIS, "key": ""}, "key", "empty"),
    ({**DIAGNOSIS, "options": {"A": "x", "B": "y"}}, "options", "leave them out"),
]


@pytest.mark.parametrize(("record", "field", "words"), BAD)
def test_a_bad_field_is_named(tmp_path: Path, record: dict, field: str, words: str) -> None:
    path = written(tmp_path, {**DIAGNOSIS, "id": "other"}, record)
    problems = check_cases(path)
    assert [(problem.line, problem.field) for problem in problems] == [(2, field)]
    assert words in problems[0].message
    assert str(problems[0]).startswith(f"{path}, line 2, {field}: ")


BAD_LINES = [
    ("{", "not valid JSON"),
    ("[1]", "one object"),
    ("3", "a number"),
    ('{"a": NaN}', "NaN is not allowed"),
    ('{"a": -Infinity}', "-Infinity is not allowed"),
    ('{"a": 1e999}', "too large"),
    ('{"a": ' + "9" * 5000 + "}", "too large"),
    ("[" * 100_000, "nested too deeply"),
    ('{"a": "\t"}', "not valid JSON"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str, words: str) -> None:
    problems = check_cases(written(tmp_path, DIAGNOSIS, line))
    assert [problem.line for problem in problems] == [2]
    assert words in problems[0].message


def test_names_that_stand_twice_in_an_object_are_reported(tmp_path: Path) -> None:
    line = json.dumps(CHOICE)[:-1] + ', "key": "A"}'
    inner = json.dumps({**CHOICE, "id": "c2"}).replace('"A": "x"', '"A": "z", "A": "x"')
    assert [(problem.line, problem.field) for problem in check_cases(written(tmp_path, line, inner))] == [
        (1, "key"),
        (2, "A"),
    ]


def test_an_id_that_stands_twice_names_the_first_line(tmp_path: Path) -> None:
    problem = check_cases(written(tmp_path, CHOICE, "", DIAGNOSIS, CHOICE))[0]
    assert (problem.line, problem.field) == (4, "id")
    assert "line 1" in problem.message


def test_bytes_that_are_not_utf8_are_named_by_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "pack.jsonl"
    path.write_bytes(json.dumps(DIAGNOSIS).encode() + b'\n{"id": "\xe9"}\n{}')
    problems = check_cases(path)
    assert problems[0].line == 2
    assert "byte 9" in problems[0].message
    assert "0xe9" in problems[0].message
    assert {problem.line for problem in problems} == {2, 3}


def test_utf16_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "pack.jsonl"
    path.write_bytes(json.dumps(CHOICE).encode("utf-16"))
    assert "UTF-16" in check_cases(path)[0].message


def test_half_a_surrogate_pair_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    bad = ({**CHOICE, "text": "\ud800"}, {**CHOICE, "x": {"y": ["\udfff"]}}, {**CHOICE, "\udc00": 1})
    lines = [json.dumps({**record, "id": str(number)}) for number, record in enumerate(bad)]
    problems = check_cases(written(tmp_path, *lines))
    assert [problem.line for problem in problems] == [1, 2, 3]
    assert [problem.field for problem in problems[:2]] == ["text", "x.y[1]"]
    assert all(str(problem).encode("utf-8") for problem in problems)


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    assert check_cases(written(tmp_path, text))[0].message == "the file holds no case"


def test_a_json_list_and_a_spread_out_object_are_explained(tmp_path: Path) -> None:
    assert "JSON list" in check_cases(written(tmp_path, json.dumps([CHOICE], indent=1)))[0].message
    assert "several lines" in check_cases(written(tmp_path, json.dumps(CHOICE, indent=1)))[0].message


def test_nothing_is_read_when_one_line_is_bad_and_all_are_named(tmp_path: Path) -> None:
    path = written(
        tmp_path, CHOICE, "{", {**DIAGNOSIS, "key": "", "tags": 1}, without("text", {**DIAGNOSIS, "id": "d2"})
    )
    with pytest.raises(CaseFileError) as caught:
        read_cases(path)
    assert len(caught.value.problems) == 4
    assert "4 problems in 3 lines" in str(caught.value)


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError, match="does not exist"):
        read_cases(tmp_path / "nowhere.jsonl")
    with pytest.raises(CaseFileError, match=r"is a folder|cannot be read|Permission"):
        check_cases(tmp_path)


TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)


@given(
    st.lists(
        st.tuples(TEXT, TEXT, st.dictionaries(TEXT.map("x-{}".format), st.integers() | TEXT, max_size=2)),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, drawn: list) -> None:
    cases = [
        Case(f"id {number}", "diagnosis", text, "What?", key, extra=extra)
        for number, (text, key, extra) in enumerate(drawn)
    ]
    path = tmp_path_factory.mktemp("pack") / "cases.jsonl"
    assert write_cases(path, cases) == len(cases)
    assert read_cases(path) == cases
    assert [case.sha256 for case in read_cases(path)] == [case.sha256 for case in cases]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_cases_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "pack.jsonl"
    path.write_bytes(data)
    assert check_cases(path)
