"""The native format: every bad line is named, nothing is taken over, and good cases come back as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.cases.containers import opened
from doubleread.cases.json_lines import lines_of
from doubleread.cases.native import as_lines, native_pack, read_cases
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
    return list(native_pack(opened(path, None, "json")).problems)


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
    ({**CHOICE, "id": "a\0b"}, "id", "a NUL character"),
    ({**CHOICE, "text": ""}, "text", "empty"),
    ({**CHOICE, "question": None}, "question", "null"),
    ({**CHOICE, "kind": "essay"}, "kind", '"choice" or "diagnosis"'),
    ({**CHOICE, "kind": ["choice"]}, "kind", "a list"),
    ({**CHOICE, "title": 3}, "title", "a number"),
    ({**CHOICE, "licence": True}, "licence", "true or false"),
    ({**CHOICE, "tags": "lung"}, "tags", "a list of texts"),
    ({**CHOICE, "documents": "letter"}, "documents", "a list of objects"),
    ({**CHOICE, "tags": ["lung", 3]}, "tags", "entry 2"),
    ({**CHOICE, "accept": [" "]}, "accept", "entry 1 is empty"),
    ({**CHOICE, "options": {"A": "x"}, "key": "A"}, "options", "2 to 26"),
    ({**CHOICE, "options": ["x", "y"]}, "options", "a list"),
    ({**CHOICE, "options": {"a": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"AA": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"A\n": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"": "x", "B": "y"}}, "options", "the name of an entry is empty"),
    ({**CHOICE, "options": {"Ä": "x", "B": "y"}}, "options", "one capital letter"),
    ({**CHOICE, "options": {"A": 1, "B": "y"}}, "options", 'entry "A" must be a text'),
    ({**CHOICE, "options": {"A": "", "B": "y"}}, "options", 'entry "A" is empty'),
    ({**CHOICE, "options": {"A": "y", "B": "y "}}, "options", "A and B have the same text"),
    ({**CHOICE, "key": "C"}, "key", "A, B"),
    ({**CHOICE, "key": "b"}, "key", 'A, B), but is "b"; write "B"'),
    ({**CHOICE, "key": "B. "}, "key", 'write "B"'),
    ({**CHOICE, "key": "y"}, "key", 'write "B"'),
    ({**CHOICE, "key": "z"}, "key", 'A, B), but is "z"'),
    ({**CHOICE, "accept": ["z", "X "]}, "accept", 'entry 2, "X ", names option A, but the key is B'),
    ({**CHOICE, "accept": ["A"]}, "accept", "names option A"),
    ({**CHOICE, "original_id": 3}, "original_id", "a number"),
    ({**CHOICE, "options": {"A": "a  y", "B": "a y"}}, "options", "A and B have the same text"),
    ({**DIAGNOSIS, "key": ""}, "key", "empty"),
    ({**DIAGNOSIS, "options": {"A": "x", "B": "y"}}, "options", "omit them"),
]


@pytest.mark.parametrize(("record", "field", "words"), BAD)
def test_a_bad_field_is_named(tmp_path: Path, record: dict, field: str, words: str) -> None:
    path = written(tmp_path, {**DIAGNOSIS, "id": "other"}, record)
    problems = check_cases(path)
    assert [(problem.line, problem.field) for problem in problems] == [(2, field)]
    assert words in problems[0].message
    assert str(problems[0]).startswith(f"{path}, line 2, {field}: ")


def test_every_bad_entry_of_a_list_and_of_an_object_is_named(tmp_path: Path) -> None:
    record = {**CHOICE, "options": {"A": 1, "B": "y", "c": "z", "D": " "}, "tags": ["", "x", None]}
    problems = [(problem.field, problem.message) for problem in check_cases(written(tmp_path, record))]
    assert problems == [
        ("tags", "entry 1 is empty"),
        ("tags", "entry 3 must be a text in quotes, but is null"),
        ("options", 'entry "A" must be a text in quotes, but is a number'),
        ("options", 'the name of an entry must be one capital letter A to Z, but is "c"'),
        ("options", 'entry "D" is empty'),
    ]


BAD_LINES = [
    ("{", "not valid JSON"),
    ("[1]", "one object"),
    ("3", "a number"),
    ('{"a": NaN}', "NaN is not allowed"),
    ('{"a": -Infinity}', "-Infinity is not allowed"),
    ('{"a": 1e999}', "too large"),
    ('{"a": ' + "9" * 5000 + "}", "too large"),
    ("[" * 100_000, "nested too deeply"),
    ('{"a": "\t"}', "control character"),
    ('{"a": "\0"}', "a NUL byte"),
    ('\0{"a": 1}', "NUL byte"),
    ('{"a": 1,}', "a comma before the closing bracket"),
    ('{"a": [1,]}', "a comma before the closing bracket"),
    ('{"a": 1},', "a comma after the object"),
    ('{"a": 1} {"a": 2}', "a second value on the same line"),
    ("{'a': 1}", "a single quotation mark"),
    ('{"a": None}', "None; JSON writes null"),
    ('{"a": 1', "the line ends inside the object"),
    ('{"a": "x', "the line ends inside the object"),
    ('{"a": ' * 101 + "1" + "}" * 101, "nested too deeply"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str, words: str) -> None:
    problems = check_cases(written(tmp_path, DIAGNOSIS, line))
    assert [problem.line for problem in problems] == [2]
    assert words in problems[0].message


def test_names_that_occur_twice_in_an_object_are_reported(tmp_path: Path) -> None:
    line = json.dumps(CHOICE)[:-1] + ', "key": "A"}'
    inner = json.dumps({**CHOICE, "id": "c2"}).replace('"A": "x"', '"A": "z", "A": "x"')
    assert [(problem.line, problem.field) for problem in check_cases(written(tmp_path, line, inner))] == [
        (1, "key"),
        (2, "A"),
    ]


def test_an_id_that_occurs_twice_names_the_first_line(tmp_path: Path) -> None:
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
    path.write_bytes(json.dumps(CHOICE).encode("utf-16-be"))
    assert "give its encoding, utf-16-be" in check_cases(path)[0].message
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        path.write_bytes(json.dumps({**CHOICE, "text": "Ménière"}, ensure_ascii=False).encode(encoding))
        assert [case.text for case in read_cases(path)] == ["Ménière"]


def test_half_a_surrogate_pair_is_refused_wherever_it_is(tmp_path: Path) -> None:
    bad = ({**CHOICE, "text": "\ud800"}, {**CHOICE, "x": {"y": ["\udfff"]}}, {**CHOICE, "\udc00": 1})
    lines = [json.dumps({**record, "id": str(number)}) for number, record in enumerate(bad)]
    problems = check_cases(written(tmp_path, *lines))
    assert [problem.line for problem in problems] == [1, 2, 3]
    assert [problem.field for problem in problems[:2]] == ["text", "x.y[1]"]
    assert all(str(problem).encode("utf-8") for problem in problems)


def test_half_a_surrogate_pair_that_a_decoder_left_in_the_text_is_refused() -> None:
    good, bad = lines_of('{"x": "\u00e9"}\n{"x": "\ud800"}', (), "x.jsonl")
    assert (good.problems, [problem.field for problem in bad.problems]) == ((), ["x"])


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    assert check_cases(written(tmp_path, text))[0].message == "the file contains no cases"


OTHER_SHAPES = [
    (json.dumps([CHOICE, DIAGNOSIS], indent=1).replace("}\n]", "},\n]"), "not valid at line"),
    (json.dumps(CHOICE, indent=1), "one JSON object over several lines"),
    (json.dumps(CHOICE, indent=1) + "\n" + json.dumps(DIAGNOSIS, indent=1), "the first object covers 11 lines"),
    ("id,kind,text\nx,y,z\n", "no line starts with a curly bracket"),
    ('{"question": "x", "options": {}, "answer_idx": "A"}\n' * 2, "looks like MedQA"),
    ('{"case_id": "x", "text": ""}\n' * 2, "looks like a file of answers"),
    ('{"prompt": "x", "rubrics": []}\n' * 2, "none of its 2 lines is a case"),
]


@pytest.mark.parametrize(("text", "words"), OTHER_SHAPES)
def test_a_file_of_another_shape_has_one_problem_that_says_so(tmp_path: Path, text: str, words: str) -> None:
    problems = check_cases(written(tmp_path, text))
    assert [problem.line for problem in problems] == [0]
    assert words in problems[0].message


@pytest.mark.parametrize("indent", [None, 1])
def test_an_array_or_an_object_of_cases_is_a_pack_too(tmp_path: Path, indent: int | None) -> None:
    assert [case.id for case in read_cases(written(tmp_path, json.dumps([CHOICE, DIAGNOSIS], indent=indent)))] == [
        "c1",
        "d1",
    ]
    without = {name: value for name, value in DIAGNOSIS.items() if name != "id"}
    keyed = json.dumps({"7": CHOICE, "8": without}, indent=indent)
    assert [case.id for case in read_cases(written(tmp_path, keyed))] == ["c1", "8"]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_line_feeds_end_lines(tmp_path: Path, separator: str) -> None:
    text = f"A man.{separator}He coughs."
    record = json.dumps({**CHOICE, "text": text}, ensure_ascii=False)
    if separator < " ":
        record = json.dumps({**CHOICE, "text": text})
    assert [case.text for case in read_cases(written(tmp_path, record, DIAGNOSIS))] == [text, "A man coughs."]


def test_lines_that_end_with_carriage_returns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pack.jsonl"
    path.write_bytes(b"\r".join(json.dumps(record).encode() for record in (CHOICE, DIAGNOSIS)))
    assert [case.id for case in read_cases(path)] == ["c1", "d1"]


def test_of_two_cases_with_one_id_neither_is_good_unless_they_are_the_same(tmp_path: Path) -> None:
    other = {**CHOICE, "key": "A"}
    pack = native_pack(opened(written(tmp_path, CHOICE, DIAGNOSIS, other)))
    assert [case.id for case in pack.cases] == ["d1"]
    assert [(problem.line, problem.field) for problem in pack.problems] == [(1, "id"), (3, "id")]
    pack = native_pack(opened(written(tmp_path, CHOICE, DIAGNOSIS, CHOICE)))
    assert [case.id for case in pack.cases] == ["c1", "d1"]
    assert [(problem.line, problem.id) for problem in pack.problems] == [(3, "c1")]


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
        read_cases(tmp_path)
    with pytest.raises(CaseFileError, match="neither a dataset nor Markdown files"):
        check_cases(tmp_path)


def test_the_record_of_a_case_is_json_whatever_mapping_its_options_are() -> None:
    options = {"A": "x", "B": "y"}
    plain = Case("c1", "choice", "A man.", "Why?", "B", options=options, tags=("lung",), extra={"ward": 3})
    frozen = replace(plain, options=MappingProxyType(options))
    assert frozen.as_record() == plain.as_record() == json.loads(json.dumps(plain.as_record()))
    assert frozen.sha256 == plain.sha256
    assert list(plain.as_record()) == ["id", "kind", "text", "question", "key", "options", "tags", "ward"]


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
    path.write_text("".join(as_lines(cases)), encoding="utf-8", newline="")
    assert read_cases(path) == cases
    assert [case.sha256 for case in read_cases(path)] == [case.sha256 for case in cases]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_cases_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "pack.jsonl"
    path.write_bytes(data)
    assert check_cases(path)
