"""Training and readers' background, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cases.test_training_file import LINE, line
from cli.conftest import Invoke, write_pack
from doubleread.cases.training_file import read_training_file
from doubleread.domain.background import Background
from doubleread.domain.labels import CREOLA
from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.training import TrainingPlan
from doubleread.store import StudyFile
from reports import small_studies
from training_study import make_training_study, train

PROTOCOL = '[training]\nfile = "training.jsonl"\nmetric = "span F1"\nthreshold = 0.7\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "training.jsonl").write_text(json.dumps(line()) + "\n", encoding="utf-8")
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    write_pack(tmp_path / "pack.jsonl", 2)
    return tmp_path


def new(invoke: Invoke, folder: Path, *more: object):
    arms = ("--model-a", "Alpha", "--model-b", "Beta")
    return invoke("new", folder / "trial.doubleread", "--cases", folder / "pack.jsonl", *arms, *more)


def test_a_protocol_names_its_training_cases(invoke: Invoke, folder: Path) -> None:
    made = new(invoke, folder, "--protocol", folder / "protocol.toml")
    assert (made.code, "1 training case from" in made.err) == (0, True), made.err
    with StudyFile.open(folder / "trial.doubleread", device="d") as study:
        assert study.protocol.training == TrainingPlan("span F1", 0.7)
        assert [case.id for case in study.training.cases()] == ["t1"]
    assert "chose 1 training case" in invoke("log", folder / "trial.doubleread").out
    shown = invoke("protocol", "show", folder / "trial.doubleread").out
    (folder / "again.toml").write_text(shown, encoding="utf-8")
    assert invoke("protocol", "check", folder / "again.toml").code == 0


def test_an_option_names_them_with_the_defaults(invoke: Invoke, folder: Path) -> None:
    assert new(invoke, folder, "--training", folder / "training.jsonl").code == 0
    with StudyFile.open(folder / "trial.doubleread", device="d") as study:
        assert study.protocol.training == TrainingPlan()


def test_a_study_that_cannot_be_trained_for_is_refused(invoke: Invoke, folder: Path) -> None:
    (folder / "protocol.toml").write_text("[training]\nthreshold = 0.5\n", encoding="utf-8")
    made = new(invoke, folder, "--protocol", folder / "protocol.toml")
    assert (made.code, "names no file" in made.err) == (2, True)
    (folder / "protocol.toml").write_text(f"{PROTOCOL}hidden_repeats = 2\n", encoding="utf-8")
    made = new(invoke, folder, "--protocol", folder / "protocol.toml")
    assert "2 hidden repeats are more than the 1 training case" in made.err
    (folder / "training.jsonl").write_text(json.dumps({**LINE, "id": "pack-0"}) + "\n", encoding="utf-8")
    made = new(invoke, folder, "--training", folder / "training.jsonl")
    assert made.code == 1
    assert 'line 1, id: "pack-0" is the id of a case of the study' in made.err
    assert "line 1, training: is missing" in made.err
    assert not (folder / "trial.doubleread").exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("training = 1", "training must be a table"),
        ("[training]\nfile = 3", "training.file must be the name of a file"),
        ("[training]\nthreshold = 2.0", "training.threshold must be between 0 and 1"),
        ('[training]\nmetric = "luck"', "training.metric must be one of training score, span F1"),
        ("[training]\ncolour = 1", "training.colour is not known"),
        ("reveal_names = true\n[training]\nhidden_repeats = 1", "hidden_repeats needs reveal_names = false"),
        ('background = "yes"', "background must be like False"),
    ],
)
def test_mistakes_in_the_protocol_are_named(invoke: Invoke, folder: Path, said: str, words: str) -> None:
    (folder / "protocol.toml").write_text(said, encoding="utf-8")
    assert words in invoke("protocol", "check", folder / "protocol.toml").err


def test_training_is_added_and_changed_with_the_protocol(invoke: Invoke, folder: Path) -> None:
    study = folder / "trial.doubleread"
    assert new(invoke, folder).code == 0
    change = ("protocol", "change", study, folder / "protocol.toml", "--reason", "they disagree")
    assert invoke(*change).code == 0
    with StudyFile.open(study, device="d") as opened:
        assert len(opened.training.cases()) == 1
    (folder / "protocol.toml").write_text("[training]\nthreshold = 0.9\n", encoding="utf-8")
    assert invoke(*change).code == 0
    with StudyFile.open(study, device="d") as opened:
        assert (len(opened.training.cases()), opened.protocol.training.threshold) == (1, 0.9)


def test_how_far_readers_are_is_listed_and_training_is_waived(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "s.doubleread"
    with make_training_study(path) as study:
        train(study, "R-01", wrong=["t0"])
    for reader in ("R-02", "S-01"):
        role = ("--role", "adjudicator") if reader == "S-01" else ()
        assert invoke("readers", "add", path, "--reader", reader, *role).code == 0

    def listed() -> dict[str, str]:
        return {one["reader_id"]: one["training"] for one in invoke("readers", "list", path, "--json").json["readers"]}

    assert listed() == {"R-01": "passed, 100.0% in round 2", "R-02": "not begun", "S-01": ""}
    assert "not begun" in invoke("readers", "list", path).out
    waive = ("readers", "qualify", path, "--reader")
    assert "R-02 is waived" in invoke(*waive, "R-02", "--reason", "trained elsewhere").out
    assert listed()["R-02"] == "waived"
    for reader, words in (("R-02", "qualified already"), ("R-1", "R-01"), ("R-01", "qualified already")):
        refused = invoke(*waive, reader, "--reason", "x")
        assert (refused.code, words in refused.err) == (1, True), refused.err
    entry = invoke("log", path, "--json").json[-1]
    assert (entry["kind"], entry["actor"], entry["reason"]) == ("reader.qualified", "study lead", "trained elsewhere")
    make_training_study(tmp_path / "plain.doubleread", plan=None).close()
    assert (
        "has no training" in invoke("readers", "qualify", tmp_path / "plain", "--reader", "R-01", "--reason", "x").err
    )


def test_a_background_is_stated_part_by_part(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "s.doubleread"
    make_training_study(path, plan=None).close()
    assert invoke("readers", "add", path, "--reader", "R-01").code == 0
    command = ("readers", "background", path, "--reader", "R-01")
    assert "nothing stated" in invoke(*command).out
    assert invoke(*command, "--specialty", "cardiology", "--years", 1).code == 0
    said = invoke(*command, "--profession", "nurse", "--board-certified", "no").out
    assert said.endswith("R-01: cardiology, nurse, 1 year, board certified: no\n")
    assert invoke(*command).out == said
    with StudyFile.open(path, device="d") as study:
        assert study.background_of("R-01") == Background("cardiology", "nurse", 1, board_certified="no")
    for wrong, words in ((("--years", 99), "whole number"), (("--profession", "king"), "specialist physician")):
        refused = invoke(*command, *wrong)
        assert (refused.code, words in refused.err) == (1, True)
    assert "not registered" in invoke("readers", "background", path, "--reader", "R-09", "--years", 1).err
    assert "cardiology" not in invoke("log", path).out


def test_adjudicated_cases_become_training_cases(invoke: Invoke, tmp_path: Path) -> None:
    with small_studies.adjudicated(tmp_path) as study:
        path, names = study.path, [arm.name for arm in study.arms()]
        (resolved,) = {
            row["case_id"] for row in study.connection.rows("SELECT case_id FROM adjudications WHERE resolves")
        }
        other = next(case_id for case_id in study.case_ids() if case_id != resolved)
        texts = {answer.text for answer in study.answers.of_case(resolved).values()}
        marked = study.connection.rows("SELECT quote, category FROM adjudicated_annotations")
    out = tmp_path / "training.jsonl"
    done = invoke("protocol", "training", path, "--out", out)
    assert (done.code, done.out) == (0, f"{out}: 1 training case\n"), done.err
    (made,) = read_training_file(out, CREOLA)
    assert made.id == resolved
    assert {text for text in made.answers if REDACTION_MARK not in text} <= texts
    assert sorted((one.quote, one.category) for one in made.annotations) == sorted(map(tuple, marked))
    assert not any(name in out.read_text(encoding="utf-8") for name in names)
    assert invoke("protocol", "training", path, "--out", out).code == 1
    assert invoke("protocol", "training", path, "--cases", resolved, "--out", "-").out == out.read_text(
        encoding="utf-8"
    )
    for cases, words in (("nothing", "has no case nothing"), (other, "not adjudicated")):
        assert words in invoke("protocol", "training", path, "--cases", cases, "--out", tmp_path / "x").err
