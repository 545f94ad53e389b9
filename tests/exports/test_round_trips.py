"""A study with hostile texts, exported to each format and read back by another program: nothing has changed.

The texts have emoji, combining marks, right-to-left letters, every kind of line end, NUL, formulas, and words that
programs take for numbers or missing values; one has a megabyte.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.source import ExportSource
from doubleread.exports.tables import CHANGED_CELLS
from doubleread.read_model.blinding import unblind
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from exports.hostile_texts import SNIPPETS, filled_texts, texts
from sessions.making import ARMS, DEVICE

MEGABYTE = ("fever \U0001fac0 \u00b0C\r\n" + "x" * 500) * 2050
FIELDS = ("answer_id", "place", "start", "end", "quote", "category", "severity", "note")
Row = dict[str, Any]


def made(path: Path, answers: tuple[str, str], case_text: str, marks: Iterable[tuple[int, int, int, str]]) -> StudyFile:
    """Return a study of one case. Of each mark: answer or case (2), start, length, note."""
    case = Case("case-0", "diagnosis", case_text, "What is it?", "Angina")
    study = StudyFile.create(path, cases=[case], arms=ARMS, protocol=Protocol(), device=DEVICE, secret=b"s" * 32)
    for arm, text in zip(ARMS, answers, strict=True):
        answer = Answer(arm.id, case.id, arm.id, text, "", "", "stop", {})
        study.answers.record(answer, [Score("diagnosis", "1", "incorrect", None, text[:9])])
    session = ReadingSession(study, "R-01")
    seen = set()
    for where, start, length, note in marks:
        in_case = where == 2
        text = case_text if in_case else answers[where]
        side = session.reading.side_of(ARMS[where % 2].id)
        span = Span(start % len(text), min(start % len(text) + length, len(text)))
        if (where, span) in seen:
            continue
        seen.add((where, span))
        category = "omission" if in_case else ("fabrication", "negation")[length % 2]
        session.mark(side, "case" if in_case else "answer", span, category, ("minor", "major")[start % 2], note=note)
    session.judge(verdicts={"A": "incorrect", "B": "incorrect"}, preference="both bad")
    session.commit()
    session.leave()
    unblind(study, "lead", "a test")
    return study


def as_json_lines(folder: Path, table: str) -> list[Row]:
    return [json.loads(line) for line in (folder / f"{table}.jsonl").read_text(encoding="utf-8").split("\n") if line]


def as_parquet_in_pyarrow(folder: Path, table: str) -> list[Row]:
    return pyarrow.parquet.read_table(folder / f"{table}.parquet").to_pylist()


def as_parquet_in_pandas(folder: Path, table: str) -> list[Row]:
    return pandas.read_parquet(folder / f"{table}.parquet").to_dict("records")


def as_dataset_folder(folder: Path, table: str) -> list[Row]:
    return as_parquet_in_pyarrow(folder / "data", table)


def as_sqlite(folder: Path, table: str) -> list[Row]:
    (path,) = folder.glob("*.db")
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f'SELECT * FROM "{table}"')]


def as_csv(folder: Path, table: str) -> list[Row]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return _unescaped(folder, table, list(csv.DictReader(file)))


def as_csv_in_pandas(folder: Path, table: str) -> list[Row]:
    frame = pandas.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return _unescaped(folder, table, frame.to_dict("records"))


def _unescaped(folder: Path, table: str, rows: list[Row]) -> list[Row]:
    """Undo what `changed-cells.csv` lists."""
    path = folder / CHANGED_CELLS
    changed = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")) if path.exists() else ()
    for cell in changed:
        if cell["table"] == table:
            row = rows[int(cell["row"]) - 1]
            row[cell["column"]] = row[cell["column"]].removeprefix("'")
    for row in rows:
        for column in ("start", "end"):
            if column in row:
                row[column] = int(row[column])
    return rows


READERS: dict[str, tuple[Callable[[Path, str], list[Row]], ...]] = {
    "jsonl": (as_json_lines,),
    "csv": (as_csv, as_csv_in_pandas),
    "parquet": (as_parquet_in_pyarrow, as_parquet_in_pandas),
    "huggingface": (as_dataset_folder,),
    "sqlite": (as_sqlite,),
}
TESTED_ELSEWHERE = {
    "trl": "test_trl.py",
    "token-labels": "test_token_labels.py",
    "inspect": "test_inspect_log.py",
    "label-studio": "test_annotations_there_and_back.py",
    "brat": "test_annotations_there_and_back.py",
}


def test_every_format_is_read_back():
    assert {*READERS, *TESTED_ELSEWHERE} == set(EXPORTERS)


def written(study: StudyFile, folder: Path, name: str) -> Path:
    """Write one format as `export_study` does, without the scan for identifiers and the manifest."""
    out = folder / name
    out.mkdir()
    EXPORTERS[name].write(ExportSource(study, with_case_text=True), out)
    return out


def comes_back(study: StudyFile, folder: Path, formats: Iterable[str] = READERS, *, quick: bool = False) -> int:
    """Compare what each format says with the study, and return the number of annotations.

    `quick` reads each format with one program only.
    """
    annotations = [
        tuple(row)
        for row in study.connection.rows(
            'SELECT answer_id, place, start, "end", quote, category, severity, note FROM annotations ORDER BY id'
        )
    ]
    texts_of = {row["id"]: row["text"] for row in study.connection.rows("SELECT id, text FROM answers")}
    for name in formats:
        readers = READERS[name]
        out = written(study, folder, name)
        for reader in readers[:1] if quick else readers:
            found = sorted(reader(out, "annotations"), key=lambda row: row["annotation_id"])
            assert [tuple(row[field] for field in FIELDS) for row in found] == annotations, reader.__name__
            rows = {row["answer_id"]: row for row in reader(out, "answers")}
            assert {answer_id: row["text"] for answer_id, row in rows.items()} == texts_of, reader.__name__
            for row in found:
                if row["place"] == "answer":
                    assert texts_of[row["answer_id"]][row["start"] : row["end"]] == row["quote"]
    return len(annotations)


@given(
    answers=st.tuples(filled_texts, filled_texts),
    case_text=filled_texts,
    marks=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 9), texts), max_size=4),
)
@settings(max_examples=6)
def test_annotations_come_back_from_every_format(answers, case_text, marks):
    with TemporaryDirectory() as name, made(Path(name) / "s.doubleread", answers, case_text, marks) as study:
        comes_back(study, Path(name), ("jsonl", "csv", "parquet", "sqlite"))


def test_every_hostile_snippet_comes_back_from_every_format(tmp_path):
    everything = "".join(f"{snippet}|" for snippet in SNIPPETS)
    starts = [everything.index(f"{snippet}|") for snippet in SNIPPETS]
    marks = [(0, start, len(snippet), snippet) for start, snippet in zip(starts, SNIPPETS, strict=True)]
    with made(tmp_path / "s.doubleread", (everything, everything[::-1]), everything, marks) as study:
        assert comes_back(study, tmp_path) > 30


def test_a_text_of_a_megabyte_comes_back_from_every_format(tmp_path):
    csv.field_size_limit(2 * len(MEGABYTE))
    assert len(MEGABYTE.encode()) > 2**20
    marks = [(0, len(MEGABYTE) - 9, 9, "the end"), (2, len(MEGABYTE) // 2, 8, ""), (1, 0, 1, MEGABYTE[:99])]
    with made(tmp_path / "s.doubleread", (MEGABYTE, "No."), MEGABYTE, marks) as study:
        assert comes_back(study, tmp_path, quick=True) == 3


@pytest.mark.parametrize("name", ["trl", "token-labels", "inspect"])
def test_training_formats_hold_hostile_answers_unchanged(tmp_path, name):
    everything = "".join(f"{snippet}|" for snippet in SNIPPETS)
    with made(tmp_path / "s.doubleread", (everything, everything[::-1]), everything, [(0, 3, 9, "n")]) as study:
        out = written(study, tmp_path, name)
    read = "\n".join(_texts(out, name))
    assert everything in read
    assert everything[::-1] in read


def _texts(folder: Path, name: str) -> Iterable[str]:
    if name == "trl":
        for row in as_json_lines(folder, "ties"):
            yield from row["answers"]
    elif name == "token-labels":
        yield from (row["text"] for row in as_json_lines(folder, "token-labels"))
    else:
        import zipfile

        for path in folder.glob("*.eval"):
            with zipfile.ZipFile(path) as archive:
                yield json.loads(archive.read("samples/case-0_epoch_1.json"))["output"]["completion"]
