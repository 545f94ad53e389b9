"""`doubleread adjudicate`: the list of cases, the screen on a terminal, and what prevents it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.conftest import PROGRAM, Invoke
from doubleread.domain.adjudication import Decision
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.store import StudyFile
from pty_terminal import PtyProgram
from tui.adjudicated import ADJUDICATOR, READERS, adjudicable_study
from tui.studies import NAMES

pytestmark = pytest.mark.xdist_group("screens")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return adjudicable_study(tmp_path / "trial.doubleread")


def resolve(path: Path) -> None:
    with StudyFile.open(path, device="d") as opened:
        session = AdjudicationSession(opened, ADJUDICATOR, clock=lambda: 0.0)
        for case in session.case_list():
            session.goto(case.case_id)
            for difference in session.differences:
                session.decide(difference.id, Decision.take(0))
            session.commit()
        session.leave()


def test_the_cases_are_listed_with_their_open_differences(invoke: Invoke, study: Path) -> None:
    done = invoke("adjudicate", study, "--list")
    assert (done.code, done.err) == (0, "")
    assert "6 of 6" in done.out
    assert "0 of 2 cases resolved" in done.out
    assert "Fever and cough" not in done.out, "nobody has read it"
    record = invoke("adjudicate", study, "--adjudicator", ADJUDICATOR, "--list", "--json").json
    assert record["adjudicator"] == ADJUDICATOR
    assert record["resolved"] == 0
    assert [(case["case_id"], case["open_differences"]) for case in record["cases"]] == [("c01", 6), ("c02", 0)]
    for word in (*READERS, *NAMES):
        assert word not in done.out + str(record)
    resolve(study)
    assert "2 of 2 cases resolved: adjudication is complete" in invoke("adjudicate", study, "--list").out
    assert invoke("adjudicate", study, "--list", "--json").json["resolved"] == 2


def test_fewer_than_two_readings_are_nothing_to_adjudicate(invoke: Invoke, tmp_path: Path) -> None:
    study = adjudicable_study(tmp_path / "one.doubleread", readers=READERS[:1])
    done = invoke("adjudicate", study, "--list")
    assert done.code == 0
    assert done.out.startswith("nothing to adjudicate yet")
    assert invoke("adjudicate", study, "--list", "--json").json["cases"] == []


def test_who_adjudicates_is_registered_first(invoke: Invoke, study: Path) -> None:
    assert invoke("readers", "add", study, "--reader", "ARB-2", "--role", "adjudicator").code == 0
    done = invoke("adjudicate", study, "--list")
    assert done.code == 2
    assert "ARB-1, ARB-2 are registered" in done.err
    assert invoke("readers", "add", study, "--reader", "ARB-2", "--role", "reader").code == 0
    assert invoke("readers", "add", study, "--reader", ADJUDICATOR, "--role", "reader").code == 0
    done = invoke("adjudicate", study, "--list")
    assert done.code == 2
    assert "readers add" in done.err


def test_without_a_terminal_it_says_what_to_do(invoke: Invoke, study: Path) -> None:
    done = invoke("adjudicate", study, "--adjudicator", ADJUDICATOR)
    assert done.code == 2
    assert done.err.startswith("No terminal: ")


def on_a_terminal(*arguments: object) -> PtyProgram:
    return PtyProgram([*PROGRAM, *map(str, arguments)], dict(os.environ), columns=120, rows=40)


def test_the_screen_opens_blind_and_leaves_a_receipt(study: Path) -> None:
    with on_a_terminal("adjudicate", study, "--adjudicator", ADJUDICATOR) as program:
        program.wait_for("of 6 differences resolved")
        program.resolve()
        program.send("1")
        program.wait_for("1 of 6")
        program.send("\x11")
        assert program.ended() == 0
        words = program.plain()
        assert "Traceback" not in words
        assert "written in this session" in words
        for word in (*READERS, *NAMES):
            assert word not in words


def test_obstacles_are_reported_without_a_screen(study: Path, tmp_path: Path) -> None:
    one = adjudicable_study(tmp_path / "one.doubleread", readers=READERS[:1])
    for path, name in ((study, "SOMEBODY"), (study, READERS[0]), (one, ADJUDICATOR)):
        with on_a_terminal("adjudicate", path, "--adjudicator", name) as program:
            assert program.ended() == 1
            assert "\x1b[?1049h" not in program.output.decode("utf-8", "replace")
            assert "Traceback" not in program.plain()
