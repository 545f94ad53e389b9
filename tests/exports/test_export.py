"""Exports read back: every quote in its place, every cell as it was or listed."""

from __future__ import annotations

import csv
import hashlib
import json
import os

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.sentences import sentences_to_judge
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.exports.columns import TABLES
from doubleread.exports.csv import cell
from doubleread.exports.export import export_study
from doubleread.exports.tables import CHANGED_CELLS
from doubleread.read_model.blinding import unblind
from doubleread.read_model.cases import answered_cases
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from sessions.judged_study import FORMULA, THOUGHT, answered_study, read
from sessions.making import DEVICE


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        read(opened, "R-01", 2)
        read(opened, "R-02", 1)
        unblind(opened, "lead", "these tests look at the names")
        yield opened


def json_lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def csv_rows(path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_quote_is_in_the_exported_text(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    texts = {row["answer_id"]: row["text"] for row in json_lines(tmp_path / "out" / "answers.jsonl")}
    cases = {row["id"]: row["text"] for row in json_lines(tmp_path / "out" / "cases.jsonl")}
    annotations = json_lines(tmp_path / "out" / "annotations.jsonl")
    assert len(annotations) == 9
    for row in annotations:
        text = cases[row["case_id"]] if row["place"] == "case" else texts[row["answer_id"]]
        assert text[row["start"] : row["end"]] == row["quote"]
        assert row["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert row["manifest"]["sampler"] == {"seed": 1}
    assert sum(row["retracted"] for row in annotations) == 3
    assert {row["reader_id"] for row in annotations} == {"R-01", "R-02"}


def test_every_judged_sentence_is_exported_with_its_quote(study, tmp_path):
    session = ReadingSession(study, "R-03")
    spans = {side: sentences_to_judge(answer.text)[0] for side, answer in session.answers().items()}
    session.judge_sentence("A", spans["A"], "unsupported")
    session.judge_sentence("B", spans["B"], "supported")
    session.judge_sentence("B", spans["B"], "incorrect")
    session.leave()
    export_study(study, "jsonl", tmp_path / "out")
    export_study(study, "csv", tmp_path / "csv")
    texts = {row["answer_id"]: row["text"] for row in json_lines(tmp_path / "out" / "answers.jsonl")}
    rows = json_lines(tmp_path / "out" / "sentences.jsonl")
    assert [(row["side"], row["judgement"], row["reader_id"]) for row in rows] == [
        ("A", "unsupported", "R-03"),
        ("B", "incorrect", "R-03"),
    ]
    for row in rows:
        text = texts[row["answer_id"]]
        assert text[row["start"] : row["end"]] == row["quote"]
        assert row["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert (row["committed_at"], row["segmentation"], row["repeat"]) == (None, "1", 0)
        assert list(row) == list(TABLES["sentences"])
    assert [row["judgement"] for row in csv_rows(tmp_path / "csv" / "sentences.csv")] == ["unsupported", "incorrect"]
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "## sentences.jsonl" in readme


def test_every_score_is_exported_by_its_scorer_and_one_is_the_main_one(study, tmp_path):
    case = next(case for case in study.cases() if case.kind == "choice")
    answer = next(iter(study.answers.of_case(case.id).values()))
    (main,) = study.answers.scores_of(answer.id)
    second = Score("letter-likelihood", "1", "incorrect", "A", "likelihood", confidence=0.71)
    study.answers.replace_scores(answer.id, [second])
    export_study(study, "jsonl", tmp_path / "out")
    rows = [row for row in json_lines(tmp_path / "out" / "scores.jsonl") if row["answer_id"] == answer.id]
    assert [(row["scorer"], row["primary"], row["chosen"], row["score_confidence"]) for row in rows] == [
        (main.scorer, True, main.chosen, main.confidence),
        ("letter-likelihood", False, "A", 0.71),
    ]
    (row,) = [row for row in json_lines(tmp_path / "out" / "answers.jsonl") if row["answer_id"] == answer.id]
    assert (row["scorer"], row["chosen"]) == (main.scorer, main.chosen)


def test_every_table_has_the_columns_that_are_described(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out")
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    for table, columns in TABLES.items():
        for row in json_lines(tmp_path / "out" / f"{table}.jsonl"):
            assert list(row) == list(columns)
        assert all(f"| `{name}` |" in readme for name in columns)


def test_reasoning_is_exported_beside_the_answers(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out")
    rows = json_lines(tmp_path / "out" / "answers.jsonl")
    assert [row["reasoning"] for row in rows] == [THOUGHT, ""] * 6
    assert all(THOUGHT not in row["text"] for row in rows)


def test_the_manifest_names_files_heads_and_protocol(study, tmp_path):
    done = export_study(study, "jsonl", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == entry["sha256"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*manifest["files"], "manifest.json"}
    (head,) = manifest["chain_heads"]
    assert verify(study.path).heads == {DEVICE: (head["seq"], head["hash"])}
    assert manifest["protocol_sha256"] == study.protocol.sha256
    counts = {
        "annotations": 9,
        "readings": 3,
        "sentences": 0,
        "criteria": 0,
        "adjudications": 0,
        "adjudicated_annotations": 0,
    }
    assert manifest["rows"] == done.rows == {**counts, "answers": 12, "scores": 12}


def test_readings_name_models_and_verdicts_by_side(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out")
    rows = json_lines(tmp_path / "out" / "readings.jsonl")
    for row in rows:
        assert row["preferred_arm"] == "Beta-7B"
        assert row[f"arm_{row['preference'].lower()}"] == "Beta-7B"
        assert row[f"verdict_{row['preference'].lower()}"] == "correct"
        assert row["committed_at"]
    assert {row["annotations_a"] + row["annotations_b"] for row in rows} == {2}


def test_csv_guards_formulas_and_lists_every_cell_that_it_changed(study, tmp_path):
    done = export_study(study, "csv", tmp_path / "out")
    plain = tmp_path / "plain"
    export_study(study, "jsonl", plain)
    changed = {(row["table"], int(row["row"]), row["column"]) for row in csv_rows(tmp_path / "out" / CHANGED_CELLS)}
    assert changed
    assert f"{len(changed)} cell" in done.notes[0]
    for table, columns in TABLES.items():
        pairs = zip(csv_rows(tmp_path / "out" / f"{table}.csv"), json_lines(plain / f"{table}.jsonl"), strict=True)
        for number, (written, meant) in enumerate(pairs, start=1):
            for column in columns:
                text = written[column]
                assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
                if (table, number, column) in changed:
                    assert text[0] == "'"
                    text = text[1:]
                if isinstance(meant[column], str):
                    assert text == meant[column]
    answers = csv_rows(tmp_path / "out" / "answers.csv")
    assert answers[0]["text"] == f"'{FORMULA}"
    assert (tmp_path / "out" / "answers.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert CHANGED_CELLS in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", ("'=1+1", True)),
        ("+1", ("'+1", True)),
        ("-1", ("'-1", True)),
        ("@a", ("'@a", True)),
        ("\t=1", ("'\t=1", True)),
        ("\r\n=1", ("'\r\n=1", True)),
        ("＝1", ("'＝1", True)),
        ("a=1", ("a=1", False)),
        ("'=1", ("'=1", False)),
        (-1.5, ("-1.5", False)),
        (None, ("", False)),
        (True, ("true", False)),
        (["=1"], ('["=1"]', False)),
    ],
)
def test_cells(value, expected):
    assert cell(value) == expected


def test_a_folder_with_something_in_it_is_left_alone(study, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(DoublereadError, match="not empty"):
        export_study(study, "jsonl", out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_an_empty_folder_is_used(study, tmp_path):
    (tmp_path / "out").mkdir()
    export_study(study, "jsonl", tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_only_the_owner_can_read_it(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out")
    if os.name == "nt":
        return
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_a_quote_that_is_not_in_its_place_leaves_no_folder(study, tmp_path, monkeypatch):
    def moved(self, case_id, cases):
        return {case_id: Case(id=case_id, kind="choice", text="other words", question="?", key="A")}

    monkeypatch.setattr(StudyFile, "from_case_on", moved)
    with pytest.raises(StudyFileError, match="does not match the text"):
        export_study(study, "jsonl", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["study.doubleread"]


def test_overrides_and_grades_are_exported_beside_their_answers(study, tmp_path):
    study.overrides.decide("R-01", "case-3/one", Ruling(chosen="B"), "the last line", before=None)
    study.overrides.decide("R-01", "case-4/two", Ruling(grade=BondGrade.RELATED), before=None)
    study.answers.replace_scores("case-4/two", [Score("diagnosis", "2", "refused", None, "refused")])
    read(study, "R-01", 4)
    session = ReadingSession(study, "R-01")
    session.goto("case-5")
    session.grade_diagnosis("A", BondGrade.VERY_CLOSE)
    session.leave()
    export_study(study, "jsonl", tmp_path / "out")
    rows = {row["answer_id"]: row for row in json_lines(tmp_path / "out" / "answers.jsonl")}
    names = ("override_outcome", "override_chosen", "override_grade", "override_by", "override_reason")
    assert [rows["case-3/one"][name] for name in names] == ["correct", "B", None, "R-01", "the last line"]
    assert [rows["case-4/two"][name] for name in names] == ["incorrect", None, 2, "R-01", ""]
    assert [rows[name]["overridden_score_changed"] for name in ("case-3/one", "case-4/two", "case-0/one")] == [
        False,
        True,
        None,
    ]
    assert rows["case-3/one"]["outcome"] == "unparsed"
    assert [rows[name]["status"] for name in ("case-3/one", "case-4/two")] == ["correct", "incorrect"]
    assert rows["case-0/one"]["override_at"] is None
    (row,) = [row for row in json_lines(tmp_path / "out" / "readings.jsonl") if row["case_id"] == "case-5"]
    assert (row["grade_a"], row["diagnosis_a"], row["grade_b"]) == (4, False, None)


def test_every_status_is_that_of_the_results(full_study, tmp_path):
    export_study(full_study, "jsonl", tmp_path / "out")
    exported = {row["answer_id"]: row["status"] for row in json_lines(tmp_path / "out" / "answers.jsonl")}
    with full_study.connection.snapshot() as db:
        cases = list(answered_cases(db, full_study.protocol.labels))
    shown = {answer.id: (case.kind, answer.status) for case in cases for answer in case.answers.values()}
    assert {answer_id: exported[answer_id] for answer_id in shown} == {
        key: status for key, (_, status) in shown.items()
    }
    assert {status for kind, status in shown.values() if kind == "rubric"} == {"measured"}
