"""Our tasks through the converter of Label Studio's own SDK. Runs where `label-studio-sdk` is installed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.exports.export import export_study
from doubleread.imports.offsets import same_words
from doubleread.read_model.blinding import unblind
from doubleread.runs.importing_annotations import AnnotationImport, import_annotations
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from exports.attested import ATTESTED
from imports.texts_study import AWKWARD, PLAIN, fresh_copy, side_of, study_of

pytest.importorskip("label_studio_sdk")

MARKS = {"one": [(0, 3, "negation"), (12, 21, "fabrication")], "two": [(0, 10, "causality"), (24, 31, "fabrication")]}


@pytest.fixture
def exported(tmp_path: Path):
    with study_of(tmp_path / "study.doubleread", [(PLAIN, AWKWARD)]) as study:
        study.readers.register("R-01")
        fresh_copy(study, tmp_path / "fresh.doubleread").close()
        session = ReadingSession(study, "R-01")
        session.answers()
        for arm, marks in MARKS.items():
            for start, end, category in marks:
                session.mark(side_of(session, arm), "answer", Span(start, end), category, "major", note=f"{start}, ✓")
        session.leave()
        unblind(study, "lead", "to see the texts")
        export_study(study, "label-studio", tmp_path / "out", attestation=ATTESTED)
        yield tmp_path / "out"


@pytest.fixture
def converter(exported: Path):
    from label_studio_sdk.converter import Converter

    return Converter(str(exported / "labeling-config.xml"), str(exported), download_resources=False)


def texts_and_marks() -> list[tuple[str, list[tuple[int, int, str]]]]:
    return [(PLAIN, MARKS["one"]), (AWKWARD, MARKS["two"])]


def test_json(exported: Path, converter, tmp_path: Path):
    converter.convert_to_json(str(exported / "tasks.json"), str(tmp_path / "json"), is_dir=False)
    (file,) = (tmp_path / "json").glob("*.json")
    tasks = json.loads(file.read_text(encoding="utf-8"))
    assert [task["data"]["text"] for task in tasks] == [text for text, _ in texts_and_marks()]
    with_ids = json.loads((exported / "tasks.json").read_text(encoding="utf-8"))
    assert [task["annotations"] for task in tasks] == [task["annotations"] for task in with_ids]


def test_minimal_json(exported: Path, converter, tmp_path: Path):
    converter.convert_to_json_min(str(exported / "tasks.json"), str(tmp_path / "min"), is_dir=False)
    (file,) = (tmp_path / "min").glob("*.json")
    for row, (text, marks) in zip(json.loads(file.read_text(encoding="utf-8")), texts_and_marks(), strict=True):
        assert row["text"] == text
        found = [(one["start"], one["end"], *one["labels"]) for one in row["label"]]
        assert found == marks
        assert all(same_words(text[one["start"] : one["end"]], one["text"]) for one in row["label"])


def test_csv(exported: Path, converter, tmp_path: Path):
    converter.convert_to_csv(str(exported / "tasks.json"), str(tmp_path / "csv"), is_dir=False, sep=",", header=True)
    (file,) = (tmp_path / "csv").glob("*.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row, (_, marks) in zip(rows, texts_and_marks(), strict=True):
        assert [(one["start"], one["end"], *one["labels"]) for one in json.loads(row["label"])] == marks


def test_conll(exported: Path, converter, tmp_path: Path):
    converter.convert_to_conll2003(str(exported / "tasks.json"), str(tmp_path / "conll"), is_dir=False)
    (file,) = (tmp_path / "conll").iterdir()
    lines = [line.rsplit(" ", 1) for line in file.read_text(encoding="utf-8").split("\n") if " -X- _ " in line]
    tagged = [(line[0].split(" ")[0], line[1]) for line in lines if line[1] != "O"]
    assert ("The", "B-negation") in tagged
    assert ("fever", "I-fabrication") in tagged
    assert ("😀", "B-causality") in tagged
    assert [word for word, tag in tagged if tag.endswith("fabrication")] == ["has", "fever", "no", "rash"]


def test_what_the_converter_writes_comes_back(exported: Path, converter, tmp_path: Path):
    converter.convert_to_json(str(exported / "tasks.json"), str(tmp_path / "json"), is_dir=False)
    (file,) = (tmp_path / "json").glob("*.json")
    with StudyFile.open(tmp_path / "fresh.doubleread", device="elsewhere") as fresh:
        done = import_annotations(fresh, file, AnnotationImport())
        made = fresh.reading("R-01", "case-0").judgement.annotations
    assert done.added == {"R-01": 4}
    assert {(one.start, one.end, one.category) for one in made} == {*MARKS["one"], *MARKS["two"]}
