"""The command `import-annotations`: what it says, what it refuses, and what the log says of it."""

from __future__ import annotations

import json

import pytest

from doubleread.store import StudyFile
from imports.texts_study import AWKWARD, PLAIN, study_of

HEADER = "answer_id,start,end,quote,category,severity,reader\n"
GOOD = "case-0/one,16,21,fever,fabrication,major,ann\n"


@pytest.fixture
def study(tmp_path):
    with study_of(tmp_path / "study.doubleread", [(PLAIN, AWKWARD)]) as opened:
        opened.readers.register("R-01")
    return tmp_path / "study.doubleread"


def spans(path, *rows):
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def test_it_says_what_it_did(study, invoke, tmp_path):
    file = spans(tmp_path / "spans.csv", GOOD, "case-0/one,28,32,rash,negation,minor,ann\n")
    done = invoke("import-annotations", study, file, "--reader", "ann=R-01")
    assert (done.code, done.out) == (0, f"{study}: 2 annotations of R-01 imported, 1 reading opened\n")
    assert "note: format spans; offsets are code points from 0, end exclusive, as 2 quotes show\n" in done.err
    again = invoke("import-annotations", study, file, "--reader", "R-01")
    assert again.out == f"{study}: 0 annotations imported\n"
    assert "note: 2 annotations were already there, unchanged\n" in again.err
    log = invoke("log", study).out
    assert "imported 2 annotations of R-01" in log
    assert log.count("marked") == 0
    assert 'fabrication, major "fever"' in log.partition("opened the case")[2].partition("imported ")[2]
    results = invoke("results", study)
    assert "2 annotations of reader R-01 were imported from files; how they were made is not recorded." in (
        " ".join(results.out.split())
    )
    assert invoke("results", study, "--json").json["imported_annotations"] == {"R-01": 2}
    assert invoke("verify", study).code == 0


def test_json_is_one_document(study, invoke, tmp_path):
    file = spans(tmp_path / "spans.csv", GOOD, "case-0/one,1,5,nope,negation,minor,ann\n")
    out = tmp_path / "skipped.jsonl"
    done = invoke(
        *("import-annotations", study, file, "--reader", "R-01", "--skip-bad", "--json", "--skipped-out", out)
    )
    assert done.json | {"left_out_because": []} == {
        "study": str(study),
        "file": str(file),
        "format": "spans",
        "offsets": "code-points,0,exclusive",
        "quotes_that_decided": 1,
        "added": {"R-01": 1},
        "same": {},
        "relocated": 0,
        "readings_opened": 1,
        "ignored": {},
        "left_out": 1,
        "left_out_because": [],
    }
    assert json.loads(out.read_text(encoding="utf-8"))["reason"] == "the quote at [1, 5) is not in the text"


def test_a_faulty_file_is_refused_with_every_fault(study, invoke, tmp_path):
    more = "case-0/one,28,32,rash,negation,minor,ann\n"
    file = spans(tmp_path / "spans.csv", GOOD, more, "case-0/one,17,22,fever,negation,minor,ann\n")
    done = invoke("import-annotations", study, file, "--reader", "R-01")
    assert (done.code, done.out) == (1, "")
    assert "spans.csv, line 4, quote: the quote is not at [17, 22), but once at [16, 21)" in done.err
    assert "--skip-bad" in done.err
    moved = invoke("import-annotations", study, file, "--reader", "R-01", "--relocate")
    assert "1 annotation was moved to the quote" in moved.err


def test_labels_columns_and_offsets_of_the_file(study, invoke, tmp_path):
    file = tmp_path / "theirs.csv"
    start = AWKWARD.encode().index(b"120/80")
    file.write_text(f"doc;von;bis;art\ncase-0/two;{start + 1};{start + 6};Erfindung\n", encoding="utf-8")
    maps = ("--map", "answer_id=doc", "--map", "start=von", "--map", "end=bis", "--map", "category=art")
    label = ("--label", "Erfindung=fabrication/major")
    unclear = invoke("import-annotations", study, file, "--reader", "R-01", *maps, *label)
    assert unclear.code == 1
    assert "say how they count with --offsets" in unclear.err
    done = invoke(
        *("import-annotations", study, file, "--reader", "R-01", *maps, *label, "--offsets", "bytes,1,inclusive")
    )
    assert done.code == 0, done.err
    assert "offsets are bytes of UTF-8 from 1, end inclusive\n" in done.err
    with StudyFile.open(study, device="test", read_only=True) as opened:
        (made,) = opened.reading("R-01", "case-0").judgement.annotations
    assert (made.quote, made.category, made.severity) == ("120/80", "fabrication", "major")


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "xml"),
        ("--reader", "R-01", "--reader", "R-02"),
        ("--reader", "=R-01"),
        ("--reader", "R-99"),
        ("--label", "x"),
        ("--map", "nothing=x"),
        ("--offsets", "utf-8"),
        ("--skipped-out", "x.jsonl"),
        (),
    ],
)
def test_wrong_use(study, invoke, tmp_path, options):
    done = invoke("import-annotations", study, spans(tmp_path / "spans.csv", GOOD), *options)
    assert (done.code, done.out) == (2, "")
