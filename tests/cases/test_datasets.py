"""Files in the layouts of published datasets become cases and are recognised; faults are named by row and column."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from cases import dataset_files as files
from doubleread.cases.containers import opened
from doubleread.cases.formats import FORMATS
from doubleread.cases.formats import recognised as recognised_format
from doubleread.cases.packs import read_packs
from doubleread.cases.problems import Problem
from doubleread.cases.reading import ReadAs, read_case_file
from doubleread.domain.case import Case, Turn
from doubleread.errors import CaseFileError


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def recognised(path: Path) -> str:
    return recognised_format(opened(path))


def read(tmp_path: Path, name: str, data: bytes | None = None) -> list[Case]:
    pack = read_case_file(written(tmp_path, files.FILES[name] if data is None else data), ReadAs(name))
    assert not pack.problems
    return list(pack.cases)


def problems_of(tmp_path: Path, name: str, data: bytes) -> list[Problem]:
    return list(read_case_file(written(tmp_path, data), ReadAs(name)).problems)


@pytest.mark.parametrize("name", list(files.FILES))
def test_a_file_is_recognised_by_its_fields(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, files.FILES[name])
    assert recognised(path) == name
    pack = read_packs([path])[0]
    assert pack.format == name
    assert pack.cases


def test_every_described_format_has_a_file() -> None:
    only_named = {"craft-md-open", "medmcqa-from-0", "medmcqa-from-1"}
    assert set(FORMATS) - set(files.FILES) == {"native", "medqa", "table", "longhealth", *only_named}


@pytest.mark.parametrize("indent", [None, 2])
def test_longhealth_is_recognised_on_one_line_and_on_several(tmp_path: Path, indent: int | None) -> None:
    patients = {"patient_01": {"texts": {"text_0": "x"}, "questions": []}, "patient_02": {}}
    assert recognised(written(tmp_path, json.dumps(patients, indent=indent).encode())) == "longhealth"


def test_a_file_of_no_known_format_has_its_fields_named(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError, match='fields or columns "a", "b"'):
        recognised(written(tmp_path, b"a,b\n1,2\n"))
    with pytest.raises(CaseFileError, match="neither lines of JSON nor a table"):
        recognised(written(tmp_path, b"\xff\xfe\x00"))


def test_aci_bench(tmp_path: Path) -> None:
    first, second = read(tmp_path, "aci-bench")
    assert (first.id, first.kind, first.tags, first.licence) == ("V1", "summary", ("aci",), "CC BY 4.0")
    assert first.text == '[doctor] hi , ann .\n[patient] my "knee" hurts .'
    assert first.key == "CHIEF COMPLAINT\n\nKnee pain.\n", "kept exactly, since scores depend on it"
    assert second.question == "Write the clinical note of this visit."


def test_mts_dialog(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "mts-dialog")
    assert (case.id, case.key, case.tags) == ("0", "None.", ("ALLERGY",))
    assert case.question == "Write the section ALLERGY of the clinical note of this conversation."


def test_meqsum_from_a_workbook_and_from_csv(tmp_path: Path) -> None:
    cases = read(tmp_path, "meqsum")
    assert [case.id for case in cases] == ["1.txt", "2.txt"]
    assert cases[0].text.startswith("SUBJECT: gout\nMESSAGE:")
    assert cases[0].key == "What should people with gout not eat?"
    rows = [(case.id, case.text, case.key) for case in cases]
    assert read(tmp_path, "meqsum", files.table(("File", "CHQ", "Summary"), *rows)) == cases


def test_medec_keeps_the_numbers_of_the_sentences(tmp_path: Path) -> None:
    wrong, right = read(tmp_path, "medec")
    assert wrong.text == files.NUMBERED
    assert wrong.values == {
        "error_flag": 1,
        "error_sentence_id": 3,
        "corrected_sentence": "Pneumonia is confirmed by the X-ray.",
    }
    assert right.values == {"error_flag": 0, "error_sentence_id": -1, "corrected_sentence": None}
    assert (wrong.tags, right.tags) == (("diagnosis",), ())
    assert wrong.extra["Error Sentence"] == "Pneumonia is excluded by the X-ray."
    assert wrong.licence == "CC BY 4.0"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Error Flag", "2", "must be 0 or 1, but is 2"),
        ("Error Flag", "yes", 'must be a whole number, but is "yes"'),
        ("Error Flag", "0", "must be -1 where Error Flag is 0, but is 3"),
        ("Error Sentence ID", "4", "is 4, which is not a number in Sentences"),
        ("Error Sentence ID", "-1", "is -1, which is not a number in Sentences"),
        ("Corrected Sentence", " ", "is empty"),
        ("Sentences", "", "is empty"),
        ("Text ID", "", "is empty"),
    ],
)
def test_a_medec_row_that_contradicts_itself_is_named_by_line_and_column(
    tmp_path: Path, column: str, value: str, words: str
) -> None:
    row = list(files.MEDEC_ROWS[0])
    row[files.MEDEC_COLUMNS.index(column)] = value
    found = problems_of(tmp_path, "medec", files.table(files.MEDEC_COLUMNS, files.MEDEC_ROWS[1], row))
    assert {problem.line for problem in found} == {7}, "the row before covers lines 2 to 6"
    assert any(words in str(problem) for problem in found)


def test_healthbench(tmp_path: Path) -> None:
    first, second = read(tmp_path, "healthbench")
    assert (first.id, first.kind, first.text, first.tags) == ("own-1", "rubric", "My knee hurts.", ("theme:hedging",))
    assert first.turns == (Turn("user", "My knee hurts."),)
    assert [(one.id, one.text, one.points) for one in first.criteria] == [
        ("1", "Asks how long.", 5),
        ("2", "Advises surgery at once.", -3),
    ]
    assert first.criteria[0].tags == ("level:example", "axis:completeness")
    assert (first.key, second.key) == ("How long has it hurt?", "")
    assert first.extra["canary"] == "own-canary"


def test_a_longer_conversation_is_shown_with_its_speakers(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "It hurts."},
    ]
    (case,) = read(tmp_path, "healthbench", files.lines({**files.HEALTHBENCH, "prompt": turns}))
    assert case.text == "User: Hi.\n\nAssistant: Hello.\n\nUser: It hurts."
    assert len(case.turns) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prompt": []}, "prompt: must be a list of objects"),
        ({"prompt": [{"role": "user", "content": ""}]}, "prompt: entry 1 must be an object with content"),
        ({"prompt": [{"role": "tool", "content": "x"}]}, "prompt: entry 1 has an unknown role; use one of user"),
        ({"prompt": [{"role": "assistant", "content": "x"}]}, "turns: the last turn must be the user's"),
        ({"rubrics": [{"criterion": "x"}]}, "points must be a number"),
        ({"rubrics": "x"}, "rubrics: must be a list of objects"),
        ({"example_tags": "x"}, "example_tags: must be a list"),
        ({"prompt_id": 1.5}, "prompt_id: must be a text"),
    ],
)
def test_a_wrong_healthbench_line_is_named(tmp_path: Path, change: dict, words: str) -> None:
    data = files.lines(files.HEALTHBENCH, {**files.HEALTHBENCH, "prompt_id": "own-2", **change})
    found = problems_of(tmp_path, "healthbench", data)
    assert [problem.line for problem in found] == [2]
    assert words in str(found[0])


def test_mednli(tmp_path: Path) -> None:
    case = read(tmp_path, "mednli")[0]
    assert (case.id, case.kind, case.text, case.question, case.key) == (
        "p1",
        "inference",
        "She has no fever.",
        "She is febrile.",
        "contradiction",
    )
    found = problems_of(tmp_path, "mednli", files.lines({**files.MEDNLI, "gold_label": "-"}))
    assert 'gold_label: must be "contradiction" or "entailment" or "neutral", but is "-"' in str(found[0])


def test_probsum(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "probsum")
    assert (case.id, case.text, case.key) == (
        "f1",
        "Coughs at night.\n\n50 yo with cough.",
        "Pneumonia, Type 2 diabetes",
    )
    assert case.extra == {"Objective Sections": "RR 20"}


def test_medisumqa_reads_lines_and_an_array_and_leaves_out_the_instructions(tmp_path: Path) -> None:
    cases = read(tmp_path, "medisumqa")
    assert [case.text for case in cases] == ["Pneumonia, treated with amoxicillin."] * 2
    assert len({case.id for case in cases}) == 2
    assert cases[0].id.startswith("n1-")
    array = json.dumps([files.MEDISUMQA, {**files.MEDISUMQA, "Question": "Was I treated?", "Answer": "Yes."}])
    assert read(tmp_path, "medisumqa", array.encode()) == cases
    whole = {**files.MEDISUMQA, "discharge_summary": "Pneumonia."}
    assert read(tmp_path, "medisumqa", files.lines(whole))[0].text == "Pneumonia."


def test_medisumcode_counts_a_code_once(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "medisumcode")
    assert (case.id, case.kind, case.codes) == ("77", "coding", ("J189", "E119"))


@pytest.mark.parametrize("codes", [None, [], [{"description": "x"}], "J18", [{"code": " "}]])
def test_a_letter_without_codes_is_refused(tmp_path: Path, codes: object) -> None:
    data = json.dumps([files.MEDISUMCODE, {**files.MEDISUMCODE, "hadm_id": "78", "icd_codes": codes}]).encode()
    found = problems_of(tmp_path, "medisumcode", data)
    assert [str(problem).startswith(f"{tmp_path / 'file'}, entry 2, icd_codes: ") for problem in found] == [True]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("3.txt", "=1+1", "x"), "row 2, CHQ: is a formula"),
        (("3.txt", "#REF!", "x"), "row 2, CHQ: is the error #REF!"),
        (("3.txt", None, "x"), "row 2, CHQ: is empty"),
        (("3.txt", "x", "y", "z"), "row 2: has 4 cells, the header 3"),
    ],
)
def test_a_wrong_cell_of_a_worksheet_is_named_by_row_and_column(tmp_path: Path, row: tuple, words: str) -> None:
    data = files.workbook(("File", "CHQ", "Summary"), row, ("4.txt", "a", "b"))
    path = written(tmp_path, data)
    pack = read_case_file(path, ReadAs("meqsum"))
    assert [str(problem).removeprefix(f"{path}, ")[: len(words)] for problem in pack.problems] == [words]
    assert pack.problems[0].as_record()["unit"] == "row"
    assert [case.id for case in pack.cases] == ["4.txt"]


def test_numbers_and_dates_of_a_worksheet_are_texts(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "meqsum", files.workbook(("Summary", "file", "CHQ"), ("s", 12.0, True)))
    assert (case.id, case.text) == ("12", "true")


def test_the_worksheet_with_the_columns_is_read(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(files.FILES["meqsum"]))
    book.create_sheet("about", 0).append(["read me"])
    out = io.BytesIO()
    book.save(out)
    assert len(read(tmp_path, "meqsum", out.getvalue())) == 2


def damaged_workbooks() -> dict[str, bytes]:
    good = files.FILES["meqsum"]
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "x")
    return {
        "cut": good[: len(good) // 2],
        "no workbook": other.getvalue(),
        "wrong columns": files.workbook(("A", "B"), ("1", "2")),
        "empty": files.workbook(()),
    }


@pytest.mark.parametrize("what", list(damaged_workbooks()))
def test_a_damaged_workbook_has_one_problem_that_says_so(tmp_path: Path, what: str) -> None:
    found = problems_of(tmp_path, "meqsum", damaged_workbooks()[what])
    words = {
        "cut": "the file is a damaged workbook",
        "no workbook": "the file is a damaged workbook",
        "wrong columns": "there is no column of this name in the first row; found: A, B",
        "empty": "the worksheet is empty",
    }[what]
    assert words in found[0].message
    assert all(problem.whole for problem in found)


def test_missing_columns_are_all_named_with_those_that_were_found(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "aci-bench", b"dataset;encounter_id\nx;y\n")
    assert [problem.field for problem in found] == ["dialogue", "note"]
    assert "found, separated by semicolon: dataset, encounter_id" in found[0].message


def test_a_nul_byte_and_another_encoding_are_named(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "aci-bench", files.FILES["aci-bench"].replace(b"knee", b"kn\0e"))
    assert "contains a NUL byte" in found[0].message
    data = files.FILES["aci-bench"].replace(b"knee", "Knöchel".encode("cp1252"))
    assert "is not UTF-8; save it as UTF-8" in problems_of(tmp_path, "aci-bench", data)[0].message
    pack = read_case_file(written(tmp_path, data), ReadAs("aci-bench", "cp1252"))
    assert "Knöchel" in pack.cases[0].text


def test_a_cell_may_be_huge(tmp_path: Path) -> None:
    data = files.table(("dataset", "encounter_id", "dialogue", "note"), ("d", "1", "x" * 2_000_000, "n"))
    assert len(read(tmp_path, "aci-bench", data)[0].text) == 2_000_000


def test_unknown_columns_are_kept_also_under_names_of_our_own(tmp_path: Path) -> None:
    columns = ("dataset", "encounter_id", "dialogue", "note", "tags", "rating")
    (case,) = read(tmp_path, "aci-bench", files.table(columns, ("d", "1", "t", "n", "a;b", "5")))
    assert case.extra == {"source_tags": "a;b", "rating": "5"}
