"""The same cases in every container: Parquet, Arrow, folders of datasets and Markdown files."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from cases import dataset_files as files
from doubleread.cases.reading import CancelledError, ReadAs, read_case_file
from doubleread.cases.record import Pack
from doubleread.errors import CaseFileError

CASES: list[dict[str, Any]] = [
    {
        "id": "007",
        "kind": "choice",
        "text": " A man\r\ncoughs.\t",
        "question": "Q?",
        "key": "B",
        "options": {"A": "x", "B": "y"},
    },
    {
        "id": "d",
        "kind": "diagnosis",
        "text": "A toe\u2028hurts 🦶.",
        "question": "Why?",
        "key": "Gout",
        "ward": 3,
        "seen": 1.5,
    },
]
SCHEMA = pyarrow.Table.from_pylist([{**CASES[1], **CASES[0]}]).schema


def table(records: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist(records, schema=SCHEMA)


def parquet(path: Path, found: pyarrow.Table) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(found, path)
    return path


def arrow(path: Path, found: pyarrow.Table, *, stream: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = pyarrow.ipc.new_stream if stream else pyarrow.ipc.new_file
    with pyarrow.OSFile(str(path), "wb") as sink, new(sink, found.schema) as writer:
        writer.write_table(found)
    return path


_SHEET = "xl/worksheets/sheet1.xml"


def worksheet(book: bytes) -> bytes:
    """Return the XML of a workbook's worksheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(_SHEET)


def with_worksheet(sheet: bytes) -> bytes:
    """Return a workbook with this XML as its worksheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files.workbook(["id"]))) as book, zipfile.ZipFile(made, "w") as archive:
        for name in book.namelist():
            archive.writestr(name, sheet if name == _SHEET else book.read(name))
    return made.getvalue()


def shown(pack: Pack) -> list[str]:
    return [str(problem) for problem in pack.problems]


@pytest.mark.parametrize("container", ["parquet", "stream", "file"])
def test_rows_of_parquet_and_arrow_are_cases(tmp_path: Path, container: str) -> None:
    path = tmp_path / "cases.bin"
    if container == "parquet":
        parquet(path, table(CASES))
    else:
        arrow(path, table(CASES), stream=container == "stream")
    pack = read_case_file(path)
    assert [case.as_record() for case in pack.cases] == CASES
    assert (pack.format, pack.problems, pack.container) == (
        "native",
        (),
        "Parquet" if container == "parquet" else "Arrow",
    )
    assert pack.columns[:3] == ("id", "kind", "text")


HOSTILE = [
    " A man\r\ncoughs.\t",
    "\n\nHe said \"no\"; 'no', he said.\n",
    "e\u0301 \u00e9 👩\u200d⚕\ufe0f \u2028 \u2029 \x85 \u00a0",
    "\u202bשלום\u202c مرحبا",
    "=1+1",
    "_x0041_ \\u0041 \\n",
    "x " * 15_000,
]


@pytest.mark.parametrize("container", ["lines", "array", "object", "csv", "tsv", "xlsx", "parquet", "arrow"])
def test_text_shown_is_text_given(tmp_path: Path, container: str) -> None:
    texts = HOSTILE if container == "xlsx" else [*HOSTILE, "y" * 1_000_000]
    rows = [{"id": str(number), "text": text, "key": text.strip() or "x"} for number, text in enumerate(texts)]
    cells = [list(row.values()) for row in rows]
    path = tmp_path / "x"
    match container:
        case "csv":
            path.write_bytes(files.table(list(rows[0]), *cells))
        case "tsv":
            path.write_bytes(files.table(list(rows[0]), *cells).replace(b",", b"\t"))
            texts = [text.replace(",", "\t") for text in texts]
        case "xlsx":
            texts = texts[:4] + texts[5:]  # a formula is refused
            escaped = [[cell.replace("\r", "_x000D_") for cell in row] for row in cells[:4] + cells[5:]]
            path.write_bytes(files.workbook(list(rows[0]), *escaped))
        case "parquet":
            parquet(path, pyarrow.Table.from_pylist(rows))
        case "arrow":
            arrow(path, pyarrow.Table.from_pylist(rows))
        case _:
            objects = [{**row, "kind": "diagnosis", "question": "Why?"} for row in rows]
            named = {row["id"]: row for row in objects}
            whole = {"lines": files.lines(*objects), "array": json.dumps(objects), "object": json.dumps(named)}[
                container
            ]
            path.write_bytes(whole if isinstance(whole, bytes) else whole.encode())
    pack = read_case_file(path)
    assert not pack.problems
    assert [case.text for case in pack.cases] == texts


def test_a_problem_in_a_parquet_file_names_row_and_field(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", table([CASES[0], {**CASES[1], "key": ""}]))
    assert shown(read_case_file(path)) == [f"{path}, row 2, key: is empty"]


def test_values_that_json_has_no_type_for(tmp_path: Path) -> None:
    import datetime
    import decimal

    row = {
        **CASES[1],
        "when": datetime.date(2026, 1, 31),
        "dose": decimal.Decimal("1.50"),
        "score": float("nan"),
        "image": b"\x89PNG",
    }
    maps = pyarrow.array([[("a", 1)]], pyarrow.map_(pyarrow.string(), pyarrow.int64()))
    found = pyarrow.Table.from_pylist([row]).append_column("map", maps)
    pack = read_case_file(parquet(tmp_path / "x.parquet", found))
    assert pack.cases[0].extra == {"ward": 3, "seen": 1.5, "when": "2026-01-31", "dose": "1.50", "map": {"a": 1}}
    assert pack.notes == ('the column "image" of x.parquet has binary data and is left out',)
    endless = pyarrow.Table.from_pylist([{**CASES[1], "score": float("inf")}])
    assert "score: is infinite" in shown(read_case_file(parquet(tmp_path / "y.parquet", endless)))[0]


def test_the_labels_of_a_class_have_their_names(tmp_path: Path) -> None:
    features = {"key": {"_type": "ClassLabel", "names": ["yes", "no"]}}
    found = pyarrow.table({"text": ["A man.", "A toe."], "key": [1, 0]})
    found = found.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    assert [case.key for case in read_case_file(arrow(tmp_path / "x.arrow", found)).cases] == ["no", "yes"]


EXAMINATIONS = {
    "mmlu": (
        {"question": "A man coughs. Why?", "subject": "anatomy", "choices": ["w", "x", "y", "z"], "answer": 1},
        {"answer": ["A", "B", "C", "D"]},
        "B",
    ),
    "medmcqa": (
        {"id": "1", "question": "Why?", "opa": "w", "opb": "x", "opc": "y", "opd": "z", "cop": 2, "exp": "So."},
        {"cop": ["a", "b", "c", "d"]},
        "C",
    ),
}


@pytest.mark.parametrize("name", list(EXAMINATIONS))
def test_examinations_as_datasets_stores_them_have_the_key_that_the_label_names(tmp_path: Path, name: str) -> None:
    row, labels, key = EXAMINATIONS[name]
    features = {column: {"_type": "ClassLabel", "names": names} for column, names in labels.items()}
    found = pyarrow.Table.from_pylist([row])
    found = found.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pack = read_case_file(parquet(tmp_path / "x.parquet", found))
    assert (pack.format, [case.key for case in pack.cases], pack.problems) == (name, [key], ())


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", table(CASES))
    path.write_bytes(path.read_bytes()[:-20])
    pack = read_case_file(path, ReadAs("native"))
    assert [(problem.line, problem.whole) for problem in pack.problems] == [(0, True)]
    assert pack.problems[0].message.startswith("the file is a damaged Parquet file")


@pytest.mark.parametrize("name", ["aci-bench", "mts-dialog", "mednli", "medisumqa", "probsum"])
def test_a_dataset_is_recognised_in_parquet_and_json_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(files.FILES[name])
    own = read_case_file(path)
    records = [dict(line) for line in _records(files.FILES[name])]
    again = tmp_path / "own.jsonl"
    again.write_bytes(files.lines(*records))
    for other in (again, parquet(tmp_path / "own.parquet", pyarrow.Table.from_pylist(records))):
        pack = read_case_file(other)
        assert pack.format == name
        assert [case.text for case in pack.cases] == [case.text for case in own.cases]
        assert [case.key_record for case in pack.cases] == [case.key_record for case in own.cases]


def _records(data: bytes) -> list[dict[str, Any]]:
    import csv
    import io

    text = data.decode()
    if text.startswith("{"):
        return [json.loads(line) for line in text.split("\n")]
    return list(csv.DictReader(io.StringIO(text, newline="")))


def saved(folder: Path, found: pyarrow.Table, parts: int = 1) -> Path:
    size = max(1, found.num_rows // parts)
    names = [f"data-{number:05}-of-{parts:05}.arrow" for number in range(parts)]
    for number, name in enumerate(names):
        arrow(folder / name, found.slice(number * size, size))
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (folder / "dataset_info.json").write_text("{}")
    return folder


def test_a_saved_data_set_is_read_from_its_folder(tmp_path: Path) -> None:
    pack = read_case_file(saved(tmp_path / "one", table(CASES), parts=2))
    assert [case.as_record() for case in pack.cases] == CASES
    assert (pack.container, pack.format) == ("2 files, each Arrow", "native")
    assert [Path(file).name for file in pack.files] == ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]


def test_one_of_several_splits_is_named(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "test")):
        saved(tmp_path / split, table(CASES[number : number + 1]))
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(CaseFileError, match="has the splits train, test; name one with --split"):
        read_case_file(tmp_path)
    with pytest.raises(CaseFileError, match="has no split dev, but train, test"):
        read_case_file(tmp_path, ReadAs(split="dev"))
    assert [case.id for case in read_case_file(tmp_path, ReadAs(split="test")).cases] == ["d"]
    assert [case.id for case in read_case_file(tmp_path, ReadAs(split="all")).cases] == ["007", "d"]


def test_a_data_set_cannot_name_files_outside_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "../secret.arrow"}]}')
    with pytest.raises(CaseFileError, match="names a file outside of it"):
        read_case_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_data_set_cannot_have_a_pipe_that_reading_would_wait_for(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "data.arrow"}]}')
    os.mkfifo(tmp_path / "data.arrow")
    with pytest.raises(CaseFileError, match=r"data\.arrow is damaged"):
        read_case_file(tmp_path)


@pytest.mark.parametrize("stated", ["A1", "A1:B1", "A1:XFD1048576"])
def test_the_range_that_a_worksheet_states_does_not_count(tmp_path: Path, stated: str) -> None:
    header, cells = ["id", "kind", "text", "question", "key"], ["a", "diagnosis", "A toe hurts.", "Why?", "Gout"]
    sheet = worksheet(files.workbook(header, cells, ["b", *cells[1:]]))
    path = tmp_path / "x.xlsx"
    path.write_bytes(with_worksheet(re.sub(rb'(<dimension ref=")[^"]*', rb"\g<1>" + stated.encode(), sheet)))
    assert [case.id for case in read_case_file(path).cases] == ["a", "b"]


def test_a_worksheet_with_an_impossible_row_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doubleread.cases.worksheet._MOST_ROWS", 50)
    sheet = worksheet(files.workbook(["id", "kind", "text", "question", "key"], ["a"]))
    path = tmp_path / "x.xlsx"
    path.write_bytes(with_worksheet(sheet.replace(b'r="2"', b'r="99999"').replace(b'"A2"', b'"A99999"')))
    (problem,) = read_case_file(path, ReadAs(format="table")).problems
    assert "damaged workbook (it has a row beyond 50)" in problem.message


def test_a_repository_has_splits_in_its_names_and_a_licence_in_its_card(tmp_path: Path) -> None:
    parquet(tmp_path / "data" / "train-00000-of-00002.parquet", table(CASES[:1]))
    parquet(tmp_path / "data" / "train-00001-of-00002.parquet", table(CASES[1:]))
    parquet(tmp_path / "data" / "test-00000-of-00001.parquet", table(CASES))
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n# Own\n")
    (tmp_path / ".cache").mkdir()
    parquet(tmp_path / ".cache" / "x.parquet", table(CASES))
    pack = read_case_file(tmp_path, ReadAs(split="train"))
    assert [(case.id, case.licence) for case in pack.cases] == [("007", "cc-by-4.0"), ("d", "cc-by-4.0")]
    both = read_case_file(tmp_path, ReadAs(split="all"))
    assert "is already the id in row 1 of" in shown(both)[0]
    parquet(tmp_path / "other" / "test.parquet", table(CASES))
    with pytest.raises(CaseFileError, match="has the subsets in the folder itself, other"):
        read_case_file(tmp_path)


MARKDOWN = """---
id: 007
key: NO
kind: diagnosis
tags: [lung, adult]
seen: 2026-01-31
---

A man of 54.\r
He coughs.

## Laboratory
Na 140
```
# not a heading
```

"""
CHOICE = """---
key: Both of them
source: Ward 3
---
# Case
A toe hurts.

# Question
What is it?
# Options
- A: Gout
- B: Flu,
  perhaps
- C: Both of them
# Explanation
It is both.
"""


def markdown(tmp_path: Path, text: str, name: str = "one.md") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def test_a_markdown_file_is_a_case_and_its_values_stay_texts(tmp_path: Path) -> None:
    pack = read_case_file(markdown(tmp_path, MARKDOWN))
    (case,) = pack.cases
    assert (case.id, case.key, case.tags, case.extra) == ("007", "NO", ("lung", "adult"), {"seen": "2026-01-31"})
    assert case.text == "A man of 54.\r\nHe coughs.\n\n## Laboratory\nNa 140\n```\n# not a heading\n```"
    assert (pack.format, pack.container) == ("table", "Markdown")


def test_long_texts_of_a_markdown_file_are_sections(tmp_path: Path) -> None:
    (case,) = read_case_file(markdown(tmp_path, CHOICE)).cases
    assert (case.id, case.kind, case.text, case.question) == ("one", "choice", "A toe hurts.", "What is it?")
    assert case.options == {"A": "Gout", "B": "Flu,\nperhaps", "C": "Both of them"}
    assert (case.key, case.explanation, case.source) == ("C", "It is both.", "Ward 3")


def test_a_markdown_file_can_have_every_kind(tmp_path: Path) -> None:
    texts = [
        "---\nkind: coding\nquestion: Codes?\n---\nA man.\n# Answer\n- E11.9\n- I10\n",
        "---\nkind: extraction\nquestion: Values?\n"
        'key: {hb: 9.1, code: "007", weight: null, on: true, id: 007}\n---\nA man.\n',
        "---\nkind: rubric\nquestion: What now?\ncriteria:\n- {id: 1, text: Asks, points: 2.5}\n---\nA man.\n",
        "---\nkind: summary\nquestion: Sum up.\n---\n# Document: letter\nDear\n# Answer\nFine.\n",
        "---\nkind: inference\nquestion: He is ill.\nkey: neutral\n---\nA man.\n",
    ]
    for number, text in enumerate(texts):
        markdown(tmp_path, text, f"{number}.md")
    markdown(tmp_path, "# About these cases", "README.md")
    pack = read_case_file(tmp_path)
    assert not pack.problems
    coding, extraction, rubric, summary, inference = pack.cases
    assert coding.codes == ("E11.9", "I10")
    assert extraction.values == {"hb": 9.1, "code": "007", "weight": None, "on": True, "id": "007"}
    assert rubric.criteria[0].points == 2.5
    assert (summary.documents[0].id, summary.documents[0].text, summary.text, summary.key) == (
        "letter",
        "Dear",
        "",
        "Fine.",
    )
    assert inference.id == "4"


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("---\nkey: x\n", 1, "", "never closed"),
        ("---\nkey: x\n---\nA man.\n# Frage\nWas?\n", 5, "", '"Frage" is no known heading; write Case, Question'),
        ("---\nkey: x\nkey: y\n---\nA man.\n", 3, "key", "is given twice"),
        ("---\nkey: x\n---\n# Answer\ny\n# Case\nA man.\n", 4, "key", "is given twice; keep the front matter"),
        ("---\nkey: a: b\n---\nA man.\n", 2, "", "is not YAML"),
        ("---\na: &x [1]\nb: *x\n---\nA man.\n", 2, "", "aliases"),
        ("---\n- a\n---\nA man.\n", 1, "", "a name and a value"),
        ("---\nkey: B\n---\nA man.\n# Options\nGout\n", 6, "options", "must be a list of options"),
        ("---\nkey: B\n---\nA man.\n# Options\n- A: x\n- A: y\n", 7, "options", "the letter A is there twice"),
        ("---\nkey: B\n---\nA man.\n# Options\n- A: x\n- C: y\n", 1, "key", "names none of the options"),
        ("---\nkey: x\n---\n", 1, "text", "is empty"),
        pytest.param("---\nkey: " + "[" * 1000 + "\n---\nA man.\n", 1, "", "nested too deeply", id="deep"),
        ("---\nkey: \x01\n---\nA man.\n", 1, "", "is not YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_markdown_file_has_its_line(
    tmp_path: Path, text: str, line: int, field: str, words: str
) -> None:
    (problem,) = read_case_file(markdown(tmp_path, text)).problems
    assert (problem.line, problem.field) == (line, field)
    assert words in problem.message


def test_reading_tells_its_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(files.lines(*({**CASES[1], "id": str(number)} for number in range(500))))
    told: list[tuple[int, int]] = []
    assert len(read_case_file(path, None, lambda done, total: told.append((done, total))).cases) == 500
    assert told == [(200, 500), (400, 500), (500, 500)]

    def stop(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        read_case_file(path, None, stop)


MAKE = """
import sys, datasets
case = {"id": "a", "kind": "diagnosis", "text": "A man.", "question": "Why?", "key": "Flu"}
rows = datasets.Dataset.from_list([case])
rows.save_to_disk(sys.argv[1] + "/saved")
datasets.DatasetDict({"train": rows, "test": rows}).save_to_disk(sys.argv[1] + "/splits")
rows.to_parquet(sys.argv[1] + "/rows.parquet")
"""


def test_what_datasets_itself_writes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    subprocess.run([sys.executable, "-c", MAKE, str(tmp_path)], check=True, capture_output=True)
    for name, split in (("saved", ""), ("splits", "test"), ("rows.parquet", "")):
        assert [case.key for case in read_case_file(tmp_path / name, ReadAs(split=split)).cases] == ["Flu"]
