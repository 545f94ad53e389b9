"""Damaged files of every format: whatever is in them, either cases come of them or problems that name file and line.

`DOUBLEREAD_TEST_MUTATED_FILES` asks for another number of files.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from cases import answer_logs, dataset_files
from doubleread.cases.answer_formats import ANSWER_FORMATS, read_answers
from doubleread.cases.containers import opened
from doubleread.cases.formats import FORMATS
from doubleread.cases.native import as_lines, native_pack
from doubleread.cases.packs import read_packs
from doubleread.cases.problems import Problem
from doubleread.cases.reading import ReadAs, read_case_file

FILES = int(os.environ.get("DOUBLEREAD_TEST_MUTATED_FILES", "150"))

RECORDS = [
    {
        "id": f"c{number}",
        "realidx": number,
        "case_id": f"c{number}",
        "kind": "choice",
        "text": 'A man says "ouch",\nand faints; Ménière 日本 \u2028.',
        "question": "He coughs. What is it?",
        "options": {"A": "Flu", "B": "Cold", "C": "Both"},
        "key": "B",
        "answer_idx": "B",
        "answer": "Cold",
        "accept": ["cold"],
        "reasoning": "",
        "extra": {"deep": [1, 2.5, None, True]},
    }
    for number in range(6)
]
COLUMNS = ["id", "text", "question", "option_a", "option_b", "answer", "tags"]
TOKENS = [
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u",
    b"\\ud800", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc3", b"\x1a", b"NaN", b"Infinity", b"-1e999",
    b"9" * 5000, b"[" * 3000, b'{"a":' * 300, b"null", b"true", b"0", b"sep=;\n", b"=cmd()", b"<think>", b" " * 200,
    b'""', b"x" * 140_000,
]  # fmt: skip


def json_lines(records: list[dict]) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def a_table(delimiter: str, end: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(COLUMNS)
    for record in RECORDS:
        writer.writerow([record["id"], record["text"], "Why?", "Flu", "Cold", "B", "lung;adult"])
    return out.getvalue().encode()


SEEDS = [
    json_lines(RECORDS),
    json.dumps(RECORDS, indent=1).encode(),
    json.dumps({str(number): record for number, record in enumerate(RECORDS)}).encode(),
    a_table(",", "\r\n"),
    a_table(";", "\n"),
    a_table("\t", "\r"),
]
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "shift_jis"]


OWN = {
    **dataset_files.FILES,
    "any": dataset_files.FILES["meqsum"],
    "answers of answers": dataset_files.table(
        ("encounter_id", "note", "sample"), ("c1", 'He says "no".\nB', "0"), ("c2", "A", "")
    ),
    "answers of any": answer_logs.inspect_json(answer_logs.inspect_sample("c1", "B")),
    **{f"answers of {name}": data for name, data in answer_logs.LOGS.items()},
}
"""The files that readers are made for, which most of their damaged files come from."""


WRONG: list[Any] = [
    None, True, -1, 5, 2.5, "", "x", "=1+1", "x" * 140_000, "\0", "\u2028", [], {}, [None], {"": ""}, {"text": ["x"]},
    float("nan"), [[[[]]]] * 3,
]  # fmt: skip


def wrongly_typed(random: random.Random, own: bytes) -> bytes:
    """Return JSON, in lines or whole, in which one value is another, or is missing, or has another name."""
    try:
        records = [json.loads(own)]
    except ValueError:
        records = [json.loads(line) for line in own.decode().split("\n")]
    holders = [random.choice(records)]
    for holder in holders:
        children = holder.values() if isinstance(holder, dict) else holder
        holders += [child for child in children if isinstance(child, dict | list) and child]
    holder = random.choice(holders)
    at = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    match random.randrange(3):
        case 0:
            del holder[at]
        case 1 if isinstance(holder, dict):
            holder[random.choice(["x", "id", "options", "text"])] = holder.pop(at)
        case _:
            holder[at] = random.choice(WRONG)
    return "\n".join(map(json.dumps, records)).encode()


def mutated(random: random.Random, own: bytes | None) -> bytes:
    if own is not None and own[:1] == b"{" and random.random() < 0.4:
        return wrongly_typed(random, own)
    data = bytearray(own if own is not None and random.random() < 0.7 else random.choice(SEEDS))
    if random.random() < 0.1 and not data.startswith((b"PK", b"PAR1", b"ARROW1", b"\xff")):
        data = bytearray(data.decode().encode(random.choice(ENCODINGS), "replace"))
    for _ in range(random.choice([1, 1, 2, 3, 8])):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice([0, 0, 1, 1, 5, 40, 400]))
        match random.randrange(5):
            case 0:
                data[start:end] = random.choice(TOKENS)
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end]
            case 3:
                data[start:end] = random.randbytes(end - start)
            case _:
                del data[start:]
    return bytes(data)


MARKDOWN = b"""---
id: 007
key: "B"
tags: [lung, 'adult']
criteria:
- {id: 1, text: Asks, points: 2.5}
fields: {x: {compare: numeric, tolerance: 0.1}}
---
# Case
A man says "ouch".\r
## Laboratory
```
# no heading
```
# Question
What is it?
# Options
- A: Flu
- B: Cold,
  perhaps
# Document: letter
Dear colleague
"""


def in_arrow(write: Callable[[pyarrow.Table, pyarrow.BufferOutputStream], None]) -> bytes:
    """Return records with nested and missing values, labels of a class, numbers and dates."""
    rows = [
        {**record, "extra": record["extra"]["deep"][:1], "when": date(2026, 1, 31), "seen": 1.5 * number or None}
        for number, record in enumerate(RECORDS)
    ]
    found = pyarrow.Table.from_pylist(rows)
    features = {"realidx": {"_type": "ClassLabel", "names": ["a", "b"]}}
    found = found.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    sink = pyarrow.BufferOutputStream()
    write(found, sink)
    return bytes(sink.getvalue())


def ipc(new: Callable[..., Any]) -> Callable[[pyarrow.Table, pyarrow.BufferOutputStream], None]:
    def write(found: pyarrow.Table, sink: pyarrow.BufferOutputStream) -> None:
        with new(sink, found.schema) as writer:
            writer.write_table(found)

    return write


CONTAINERS = {
    "in Parquet": in_arrow(pyarrow.parquet.write_table),
    "in an Arrow stream": in_arrow(ipc(pyarrow.ipc.new_stream)),
    "in an Arrow file": in_arrow(ipc(pyarrow.ipc.new_file)),
    "in Markdown": MARKDOWN,
    "mapped": a_table(",", "\r\n"),
}
OWN |= {**CONTAINERS, "in a folder": CONTAINERS["in an Arrow stream"]}


def checked(problems: list[Problem], path: Path) -> None:
    for problem in problems:
        assert problem.file == str(path)
        assert problem.line >= 0
        assert problem.message
        assert len(str(problem).encode("utf-8")) < len(str(path)) + 1500
        assert json.dumps(problem.as_record())


def answers_as(format_name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        found = read_answers(path, format_name)
        assert found.answers or found.problems
        checked(found.problems, path)

    return read


def read_as(format_name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        pack = read_case_file(path, ReadAs(format_name))
        assert pack.cases or pack.problems
        assert len(pack.cases) == len(pack.lines)
        checked(list(pack.problems), path)
        if pack.cases:
            out = path.with_suffix(".out")
            out.write_text("".join(as_lines(pack.cases)), encoding="utf-8", newline="")
            again = native_pack(opened(out))
            assert (again.cases, again.problems) == (pack.cases, ())

    return read


def read_any(path: Path) -> None:
    (pack,) = read_packs([path])
    assert pack.cases or pack.problems
    checked(list(pack.problems), path)


def read_mapped(path: Path) -> None:
    mapping = {"text": "question", "key": "answer", "option_a": "text", "criteria": "tags"}
    (pack,) = read_packs([path], ReadAs(mapping=mapping, defaults={"kind": "coding", "tags": "a;b"}))
    assert pack.cases or pack.problems
    checked(list(pack.problems), path)


def read_folder(path: Path) -> None:
    """Read a saved dataset with a damaged part, and the same file as its description."""
    folder = path.with_name("folder")
    folder.mkdir(exist_ok=True)
    part, state = folder / "data-0.arrow", folder / "state.json"
    data = path.read_bytes()
    for described, rows in ((b'{"_data_files": [{"filename": "data-0.arrow"}]}', data), (data, b"")):
        state.write_bytes(described)
        part.write_bytes(rows)
        (pack,) = read_packs([folder])
        assert pack.cases or pack.problems
        assert all(Path(problem.file) in (folder, part) for problem in pack.problems)


READERS = {
    **{name: read_as(name) for name in FORMATS},
    **{f"answers of {name or 'any'}": answers_as(name) for name in ("", *ANSWER_FORMATS)},
    "any": read_any,
    **dict.fromkeys(CONTAINERS, read_any),
    "mapped": read_mapped,
    "in a folder": read_folder,
}


@pytest.mark.parametrize("reader", list(READERS))
def test_a_damaged_file_gives_cases_or_problems(tmp_path: Path, reader: str) -> None:
    chance = random.Random(reader)
    path = tmp_path / "file"
    for number in range(FILES):
        path.write_bytes(data := mutated(chance, OWN.get(reader)))
        try:
            READERS[reader](path)
        except Exception as error:
            pytest.fail(f"file {number}: {type(error).__name__}: {error}; {data[:2000]!r}")
