"""The screens as the commands open them, on a terminal."""

from __future__ import annotations

import os
import sys

import pytest

from cli.conftest import PROGRAM
from doubleread import locations
from doubleread.store import StudyFile
from pty_terminal import ESCAPE, PtyProgram

pytestmark = pytest.mark.xdist_group("screens")


FAULTY = """
from doubleread.tui.reading.screen import ReadingScreen

def fault(self):
    raise RuntimeError(f"a fault at: {self.session.case.text}")

ReadingScreen.action_zoom = fault
from doubleread.cli import main

main()
"""


def on_a_terminal(*arguments: object, program: list[str] = PROGRAM) -> PtyProgram:
    return PtyProgram([*program, *map(str, arguments)], dict(os.environ), columns=120, rows=40)


def quit_program(program: PtyProgram) -> int:
    program.send("\x11")
    return program.ended()


def test_the_library_opens_without_a_command():
    with on_a_terminal() as program:
        program.wait_for("demo")
        assert quit_program(program) == 0
        assert "Traceback" not in program.plain()


def test_the_demo_opens_on_its_first_case(tmp_path):
    study = tmp_path / "demo.doubleread"
    with on_a_terminal("demo", "--study", study) as program:
        program.wait_for("electrician")
        assert quit_program(program) == 0
        assert "Traceback" not in program.plain()
    assert study.is_file()


def test_read_opens_a_study_for_its_reader(make):
    study = make(1)
    with on_a_terminal("read", study, "--reader", "R-07") as program:
        program.wait_for("R-07")
        program.wait_for("cough")
        assert quit_program(program) == 0
        assert "Alpha" not in program.plain()
        assert "Beta" not in program.plain()


def test_a_study_in_the_place_of_a_command_opens_its_page(make):
    study = make(1)
    with on_a_terminal(study) as program:
        program.wait_for("Generate the answers")
        assert quit_program(program) == 0
        assert "Alpha" not in program.plain()


def test_a_study_of_the_library_is_found_by_its_name(make):
    study = make(1)
    locations.studies().mkdir(parents=True)
    study.rename(locations.studies() / "pilot.doubleread")
    with on_a_terminal("pilot") as program:
        program.wait_for("Generate the answers")
        assert quit_program(program) == 0


@pytest.mark.parametrize("name", ["gone.doubleread", "no/such/study"])
def test_a_study_in_the_place_of_a_command_that_is_not_there(name):
    with on_a_terminal(name) as program:
        program.wait_for("No such study")
        assert program.ended() == 1


def test_a_mistyped_command_is_no_study(invoke):
    done = invoke("raed", "pilot")
    assert (done.code, done.err) == (
        2,
        "Wrong use: No such command 'raed'. Did you mean 'read'? See doubleread --help\n",
    )


def test_a_command_is_never_taken_for_a_study(invoke, make):
    study = make(1)
    locations.studies().mkdir(parents=True)
    study.rename(locations.studies() / "results.doubleread")
    assert "Missing argument" in invoke("results").err


def test_a_file_that_is_no_study_is_said_without_a_screen(tmp_path):
    path = tmp_path / "text.doubleread"
    path.write_text("hello")
    with on_a_terminal("read", path, "--reader", "R-07") as program:
        program.wait_for("Not a study file")
        assert program.ended() == 1
        assert "Traceback" not in program.plain()


def test_a_fault_of_the_screens_ends_with_a_message_and_a_report(make):
    study = make(1)
    with on_a_terminal("read", study, "--reader", "R-07", program=[sys.executable, "-c", FAULTY]) as program:
        program.wait_for("cough")
        program.resolve()
        program.send("z")
        assert program.ended() == 1
        left = program.output.rindex(b"\x1b[?1049l")
        words = program.plain(left)
        assert "Unexpected error: the program failed because of a bug (RuntimeError)" in words
        assert "Traceback" not in program.plain()
        assert "cough" not in words
    (report,) = locations.logs().glob("crash-*.txt")
    assert str(report) in words
    assert "a fault at: A man of 40 years has a cough." in report.read_text()


def test_read_asks_before_a_new_pseudonym_beside_one_that_has_read(make):
    study = make(1)
    with StudyFile.open(study, device="d") as opened:
        opened.readers.register("R-01")
    with on_a_terminal("read", study, "--reader", "R-1") as program:
        program.wait_for("R-1 has not read in this study. Did you mean R-01?")
        program.send(ESCAPE)
        program.wait_for("Your reader ID")
        program.send(ESCAPE)
        assert program.ended() == 0
    with on_a_terminal("read", study, "--reader", "R-1", "--new-reader") as program:
        program.wait_for("cough")
        assert quit_program(program) == 0
    with StudyFile.open(study, device="d") as opened:
        assert opened.readers.ids() == ["R-01", "R-1"]


def test_read_refuses_who_is_not_registered_where_readers_are(make, invoke):
    study = make(1)
    assert invoke("readers", "add", study, "--reader", "R-01").code == 0
    for arguments in (("--reader", "R-1"), ("--reader", "R-1", "--new-reader")):
        with on_a_terminal("read", study, *arguments) as program:
            program.wait_for("Not a reader of this study: R-1 is not registered. Did you mean R-01?")
            assert program.ended() == 1
    assert invoke("readers", "withdraw", study, "--reader", "R-01", "--reason", "ill").code == 0
    with on_a_terminal("read", study, "--reader", "R-01") as program:
        program.wait_for("was withdrawn from this study")
        assert program.ended() == 1
