"""The command `review`, and what the other commands say of reviewed scores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.conftest import PROGRAM
from doubleread.domain.bond import BondGrade
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.store import StudyFile
from outline_rows import row_of
from pty_terminal import PtyProgram
from sessions.judged_study import answered_study, read
from sessions.making import ARMS, DEVICE, make_study
from store.making import ready_study, use_newer_schema

ADJUDICATOR = "R-09"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Six answers to review, one of them reviewed."""
    path = tmp_path / "trial.doubleread"
    with answered_study(path) as study:
        study.readers.register(ADJUDICATOR)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")
        study.overrides.decide(ADJUDICATOR, "case-3/one", Ruling(chosen="B"), before=None)
    return path


def test_the_list_shows_what_is_open_and_what_is_reviewed(invoke, path):
    done = invoke("review-scores", path, "--list")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[-1] == "6 answers, 5 to review"
    (reviewed,) = [line for line in lines if "option B, by R-09" in line]
    assert "case-3" in reviewed
    assert sum(line.rstrip().endswith("open") for line in lines) == 5
    assert sum("a match with the key is proposed" in line for line in lines) == 3
    assert not [arm for arm in ARMS if arm.name in done.out]
    assert "correct" not in done.out


def test_the_list_as_json(invoke, path):
    found = invoke("review-scores", path, "--list", "--json", "--adjudicator", ADJUDICATOR).json
    assert (len(found["answers"]), found["left"], found["held_back"]) == (6, 5, 0)
    (reviewed,) = [item for item in found["answers"] if item["reviewed"]]
    assert reviewed["answer_id"] == "case-3/one"
    assert reviewed["reviewed"] == {"chosen": "B", "grade": None, "refused": False, "by": ADJUDICATOR, "reason": ""}
    assert reviewed["score_changed_since"] is False


def test_a_reviewer_who_still_reads_is_told_what_is_held_back(invoke, path):
    with StudyFile.open(path, device=DEVICE) as study:
        read(study, "R-01", 1)
    done = invoke("review-scores", path, "--list", "--adjudicator", "R-01")
    assert done.out.startswith("Nothing to review")
    assert "6 more answers" in done.err


def test_an_empty_queue_needs_no_terminal_to_say_so_in_the_list(invoke, tmp_path):
    with make_study(tmp_path / "s.doubleread") as study:
        study.readers.register(ADJUDICATOR)
    done = invoke("review-scores", tmp_path / "s.doubleread", "--list")
    assert (done.code, done.out) == (0, "Nothing to review: no score is in doubt.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "--adjudicator is missing"),
        (("--json", "--adjudicator", ADJUDICATOR), 2, "add --list"),
        (("--adjudicator", ADJUDICATOR), 2, "No terminal"),
        (("--list", "--adjudicator", "R-77"), 1, "readers add"),
        (("--list", "--adjudicator", " "), 2, "Reader refused"),
    ],
)
def test_wrong_use_says_what_to_do(invoke, path, arguments, code, message):
    done = invoke("review-scores", path, *arguments)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_results_report_export_and_log_tell_of_it(invoke, path, tmp_path):
    with StudyFile.open(path, device=DEVICE) as study:
        study.overrides.decide(ADJUDICATOR, "case-4/one", Ruling(grade=BondGrade.VERY_CLOSE), before=None)
    shown = " ".join(invoke("results", path).out.split())
    assert "reviewed scores 2 of 6 0 of 6" in shown
    assert "automatic only 50.0%" in shown
    assert "grades 5/4/3/2/0 0/1/0/0/0 of 1 0/0/0/0/0 of 0" in shown
    found = invoke("results", path, "--json").json
    assert row_of(found, "accuracy", "choice", "reviewed")["first"]["count"] == 1
    assert row_of(found, "diagnoses", "grades")["first"]["counts"]["4"] == 1
    assert invoke("report", path, "--out", tmp_path / "r.html").code == 0
    page = " ".join((tmp_path / "r.html").read_text(encoding="utf-8").split())
    assert "2 scores were decided by a person in score review" in page
    assert "Score review by R-09: grade 4, very close, incorrect." in page
    assert invoke("export", path, "--format", "csv", "--out", tmp_path / "out").code == 0
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "`override_grade`" in readme
    assert "reviewed an answer's score: grade 4, very close" in invoke("log", path).out


def test_scoring_again_says_under_which_decision_a_score_has_changed(invoke, path):
    with StudyFile.open(path, device=DEVICE) as study:
        study.answers.replace_scores("case-3/one", [Score("choice", "0", "incorrect", "A", "opening")])
    done = invoke("score", path)
    assert "case-3, Alpha-7B: the score review still counts" in done.err
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.overrides.of("case-3/one").outcome == "correct"
    assert "the score has changed since" in invoke("review-scores", path, "--list").out


@pytest.mark.xdist_group("screens")
def test_the_screen_reviews_and_leaves_a_receipt(path):
    with PtyProgram(
        [*PROGRAM, "review-scores", str(path), "--adjudicator", ADJUDICATOR], dict(os.environ), columns=120, rows=40
    ) as program:
        program.wait_for("5 to review")
        program.send("!")
        program.wait_for("4 to review")
        program.send("\x11")
        assert program.ended() == 0
        assert "Traceback" not in program.plain()
        assert "1 entry written in this session" in program.plain()
    with StudyFile.open(path, device=DEVICE) as study:
        assert [held.outcome for held in study.overrides.all().values()].count("refused") == 1


@pytest.mark.parametrize("command", [("review-scores", "--list"), ("log",), ("readers", "list")])
def test_a_study_of_an_older_schema_is_brought_up_to_date_by_looking_at_it(invoke, tmp_path, command, monkeypatch):
    old = tmp_path / "old.doubleread"
    ready_study(old).close()
    use_newer_schema(monkeypatch)
    name, *rest = command
    done = invoke(name, *rest, old) if name == "readers" else invoke(name, old, *rest)
    assert done.code == 0, done.err
    assert len(list(tmp_path.glob("old-before-migration-1-*"))) == 1
    assert invoke("verify", old).code == 0
