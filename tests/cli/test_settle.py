"""The command `settle`, and what the other commands say of settled scores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.conftest import PROGRAM
from doubleread.domain.bond import BondGrade
from doubleread.domain.score import Score
from doubleread.domain.settling import Ruling
from doubleread.store import StudyFile
from pty_terminal import PtyProgram
from sessions.judged_study import answered_study, read
from sessions.making import DEVICE, MODELS, make_study
from store.making import version_1_study

ARBITER = "R-09"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Six answers to settle, one of them settled."""
    path = tmp_path / "trial.doubleread"
    with answered_study(path) as study:
        study.register_reader(ARBITER)
        study.describe_reader(ARBITER, "arbiter", "")
        study.settle(ARBITER, "case-3/one", Ruling(chosen="B"), before=None)
    return path


def test_the_list_shows_what_is_open_and_what_is_settled(invoke, path):
    done = invoke("settle", path, "--list")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[-1] == "6 answers, 5 to settle"
    (settled,) = [line for line in lines if "option B, by R-09" in line]
    assert "case-3" in settled
    assert sum(line.rstrip().endswith("open") for line in lines) == 5
    assert sum("a match with the key is proposed" in line for line in lines) == 3
    assert not [model for model in MODELS if model.name in done.out]
    assert "correct" not in done.out


def test_the_list_as_json(invoke, path):
    found = invoke("settle", path, "--list", "--json", "--arbiter", ARBITER).json
    assert (len(found["answers"]), found["left"], found["held_back"]) == (6, 5, 0)
    (settled,) = [item for item in found["answers"] if item["settled"]]
    assert settled["answer_id"] == "case-3/one"
    assert settled["settled"] == {"chosen": "B", "grade": None, "refused": False, "by": ARBITER, "reason": ""}
    assert settled["score_changed_since"] is False


def test_whoever_still_reads_is_told_what_is_held_back(invoke, path):
    with StudyFile.open(path, device=DEVICE) as study:
        read(study, "R-01", 1)
    done = invoke("settle", path, "--list", "--arbiter", "R-01")
    assert done.out.startswith("Nothing to settle")
    assert "6 answers more" in done.err


def test_an_empty_queue_needs_no_terminal_to_say_so_in_the_list(invoke, tmp_path):
    with make_study(tmp_path / "s.doubleread") as study:
        study.register_reader(ARBITER)
    done = invoke("settle", tmp_path / "s.doubleread", "--list")
    assert (done.code, done.out) == (0, "Nothing to settle: no score is in doubt.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "--arbiter is missing"),
        (("--json", "--arbiter", ARBITER), 2, "add --list"),
        (("--arbiter", ARBITER), 2, "No terminal"),
        (("--list", "--arbiter", "R-77"), 1, "readers add"),
        (("--list", "--arbiter", " "), 2, "Reader refused"),
    ],
)
def test_wrong_use_says_what_to_do(invoke, path, arguments, code, message):
    done = invoke("settle", path, *arguments)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_results_report_export_and_log_tell_of_it(invoke, path, tmp_path):
    with StudyFile.open(path, device=DEVICE) as study:
        study.settle(ARBITER, "case-4/one", Ruling(grade=BondGrade.VERY_CLOSE), before=None)
    shown = " ".join(invoke("results", path).out.split())
    assert "score review 2 of 6 by a person 0 of 6 by a person" in shown
    assert "automatic only 50.0%" in shown
    assert "grades 5/4/3/2/0 0/1/0/0/0 of 1 0/0/0/0/0 of 0" in shown
    found = invoke("results", path, "--json").json
    assert found["models"][0]["choice"]["settled"] == 1
    assert found["diagnoses"]["grades"][0]["counts"]["4"] == 1
    assert invoke("report", path, "--out", tmp_path / "r.html").code == 0
    page = " ".join((tmp_path / "r.html").read_text(encoding="utf-8").split())
    assert "2 scores were decided by a person in score review" in page
    assert "Score review by R-09: grade 4, very close, wrong." in page
    assert invoke("export", path, "--format", "csv", "--out", tmp_path / "out").code == 0
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "`settled_grade`" in readme
    assert "settled an answer's score: grade 4, very close" in invoke("log", path).out


def test_scoring_again_says_under_which_decision_a_score_has_changed(invoke, path):
    with StudyFile.open(path, device=DEVICE) as study:
        study.replace_scores("case-3/one", [Score("choice", "0", "wrong", "A", "opening")])
    done = invoke("score", path)
    assert "case-3, Alpha-7B: what a person settled goes on to count" in done.err
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.settlement_of("case-3/one").outcome == "correct"
    assert "the score has changed since" in invoke("settle", path, "--list").out


@pytest.mark.xdist_group("screens")
def test_the_screen_settles_and_leaves_a_receipt(path):
    with PtyProgram(
        [*PROGRAM, "settle", str(path), "--arbiter", ARBITER], dict(os.environ), columns=120, rows=40
    ) as program:
        program.wait_for("5 to settle", 40)
        program.send("!")
        program.wait_for("4 to settle", 20)
        program.send("\x11")
        assert program.process.wait(20) == 0
        assert "Traceback" not in program.plain()
        assert "1 entry written in this session" in program.plain()
    with StudyFile.open(path, device=DEVICE) as study:
        assert [held.outcome for held in study.settlements().values()].count("refused") == 1


@pytest.mark.parametrize("command", [("settle", "--list"), ("log",), ("readers", "list")])
def test_a_study_of_an_older_schema_is_brought_up_to_date_by_looking_at_it(invoke, tmp_path, command):
    old = version_1_study(tmp_path / "old.doubleread")
    name, *rest = command
    done = invoke(name, *rest, old) if name == "readers" else invoke(name, old, *rest)
    assert done.code == 0, done.err
    assert len(list(tmp_path.glob("old-before-migration-1-*"))) == 1
    assert invoke("verify", old).code == 0
