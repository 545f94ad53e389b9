"""Damaged files of annotations: whatever is in them, annotations come of them or problems that name file and line.

`DOUBLEREAD_TEST_MUTATED_FILES` asks for another number of files.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.test_mutated_files import FILES, checked, mutated
from doubleread.domain.spans import Span
from doubleread.errors import CaseFileError, DoublereadError
from doubleread.exports.export import export_study
from doubleread.imports.formats import FORMATS, read_annotations
from doubleread.imports.offsets import MeasuredText, decide
from doubleread.read_model.blinding import unblind
from doubleread.runs.importing_annotations import AnnotationImport, import_annotations
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from imports.texts_study import AWKWARD, PLAIN, fresh_copy, study_of

SPANS = (
    b"answer_id,start,end,quote,category,severity,reader,note\n"
    b'case-0/one,0,3,The,fabrication,major,R-01,"a, b"\ncase-0/two,5,10,fever,negation,minor,R-01,\n'
)
TEXT = MeasuredText(AWKWARD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A study that nobody has read, and its annotations in every format."""
    path = tmp_path_factory.mktemp("annotations")
    with study_of(path / "study.doubleread", [(PLAIN, AWKWARD)]) as study:
        study.readers.register("R-01")
        fresh_copy(study, path / "fresh.doubleread").close()
        session = ReadingSession(study, "R-01")
        for side, answer in session.answers().items():
            session.mark(side, "answer", Span(2, 12), "fabrication", "major", note="a\tb", harm="likely")
            session.mark(side, "answer", Span(0, len(answer.text)), "negation", "minor")
        session.mark("A", "case", Span(0, 7), "omission", "major")
        session.leave()
        unblind(study, "lead", "to see the texts")
        for name in ("jsonl", "csv", "label-studio", "brat"):
            export_study(study, name, path / name)
    return path


def own_file(folder: Path, name: str) -> bytes:
    if name == "spans":
        return SPANS
    if name == "brat":
        return next((folder / "brat").rglob("case-0-a.ann")).read_bytes()
    path = folder / name / ("tasks.json" if name == "label-studio" else f"annotations.{name}")
    return path.read_bytes().rstrip(b"\n")


def read(path: Path, format_name: str | None) -> None:
    try:
        found = read_annotations(path, format_name)
    except CaseFileError:
        return
    checked(list(found.problems), path)
    decide([(one.marked, TEXT) for one in found.annotations], found.offsets)


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_gives_annotations_or_problems(folder: Path, tmp_path: Path, name: str):
    chance = random.Random(name)
    own = own_file(folder, name)
    path = tmp_path / ("file.ann" if name == "brat" else "file")
    (tmp_path / "file.txt").write_text(PLAIN, encoding="utf-8")
    for number in range(FILES):
        path.write_bytes(data := mutated(chance, own))
        try:
            read(path, None if number % 2 else name)
        except Exception as error:
            pytest.fail(f"file {number}: {type(error).__name__}: {error}; {data[:2000]!r}")


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_leaves_a_study_that_is_sound(folder: Path, tmp_path: Path, name: str):
    chance = random.Random(f"{name} imported")
    own = own_file(folder, name)
    path = tmp_path / ("file.ann" if name == "brat" else "file")
    shutil.copyfile(next((folder / "brat").rglob("case-0-a.txt")), tmp_path / "file.txt")
    shutil.copyfile(folder / "fresh.doubleread", tmp_path / "study.doubleread")
    with StudyFile.open(tmp_path / "study.doubleread", device="elsewhere") as study:
        before = study.chain_heads()
        for number in range(max(FILES // 20, 10)):
            path.write_bytes(data := mutated(chance, own))
            try:
                done = import_annotations(
                    study, path, AnnotationImport(format_name=name, reader_id="R-01"), skip_bad=number % 2 == 1
                )
            except DoublereadError:
                assert study.chain_heads() == before
            except Exception as error:
                pytest.fail(f"file {number}: {type(error).__name__}: {error}; {data[:2000]!r}")
            else:
                assert bool(done.added) == (study.chain_heads() != before)
            before = study.chain_heads()
        reading = study.reading("R-01", "case-0")
        texts = {answer.id: answer.text for answer in study.answers.of_case("case-0").values()}
        for one in () if reading is None else reading.judgement.annotations:
            if one.in_answer:
                assert texts[one.answer_id][one.start : one.end] == one.quote
