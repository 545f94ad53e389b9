"""However a plain reading ends, everything is saved; while the file is locked, the reader is told and asked."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.plain import talk
from doubleread.plain.start import run
from doubleread.plain.terminal import EndedError, Terminal
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading import PROTOCOL_CHANGED, ReadingSession
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import forget_keys
from doubleread.store.log.verify import verify
from plain.playing import Lines, play
from pty_terminal import PtyProgram
from tui.driving import annotations, rows
from tui.studies import ARMS, READER, OneStudyLibrary, arm_on, commit_readings, make_study
from tui.test_locked_file import locked, release

TYPED = ("mark A1 neg maj", "verdict A partly", "mark", "B1", "fab", "minor", "omit both", "C1", "both", "major")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_study(tmp_path / "study.doubleread")


@pytest.mark.parametrize("count", range(len(TYPED) + 1))
def test_the_input_may_end_anywhere(path: Path, count: int) -> None:
    played = play(path, *TYPED[:count])
    assert played.code == 0
    assert played.lines[-1].startswith("0 of 3 cases committed, everything saved.")
    assert len(annotations(path)) == (count > 0) + (count > 5) + 2 * (count > 9)
    assert verify(path).ok


def on_a_terminal(path: Path) -> PtyProgram:
    command = [sys.executable, "-m", "doubleread", "read", str(path), "--reader", READER, "--plain"]
    return PtyProgram(command, dict(os.environ), 80, 24)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 1)], ids=str)
def test_a_signal_ends_in_good_order(path: Path, number: int, code: int) -> None:
    with on_a_terminal(path) as program:
        program.wait_for("Both answers are finished.\r\n> ")
        program.send("mark A1 negation major\n")
        program.wait_for("Annotation A1 marked")
        program.send("mark A2\n")
        program.wait_for("4 contextual")
        program.process.send_signal(number)
        assert program.ended() == code
        words = program.plain()
        assert "0 of 3 cases committed, everything saved." in words
        assert "receipt: device " in words
        # No escape sequence: nothing is moved or coloured.
        assert b"\x1b" not in program.output
    assert len(annotations(path)) == 1
    assert verify(path).ok


def test_a_signal_waits_for_what_is_being_saved() -> None:
    terminal = Terminal(Lines(["x"]), sys.stdout)
    terminal.end(signal.SIGTERM)
    with pytest.raises(EndedError) as ended:
        terminal.read()
    assert ended.value.code == 143
    with pytest.raises(EndedError):
        terminal.end(signal.SIGTERM)


def test_a_locked_file_is_waited_for_and_then_asked_about(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "SOON", 0.01)
    monkeypatch.setattr(talk, "LATER", 0.01)
    with contextlib.ExitStack() as stack:
        held: list[subprocess.Popen[str]] = []

        def before(number: int) -> None:
            if number == 0:
                held.append(stack.enter_context(locked(path)))
            if number == 3:
                release(held[0])

        # The first command is given up, the second one is tried again when the file is free.
        out = play(path, "verdict A partly", "give up", "mark A1 neg maj", "1", before=before).lines
    assert out.count("Another program keeps the study file locked. Waiting for up to 0 seconds.") == 2
    assert "Given up. Nothing was stored." in out
    assert out[-2].startswith("Annotation A1 marked")
    assert len(annotations(path)) == 1
    assert not rows(path, "SELECT 1 FROM events WHERE kind = 'reading.judged'")


def test_the_same_reader_in_two_windows(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "windows"
    window = OneWindow(folder, path, READER, "09:00")
    first = ReadingSession(StudyFile.open(path, device="d"), READER, window=window)
    library = OneStudyLibrary(path)
    library.window = lambda path, reader_id: OneWindow(folder, path, reader_id, "09:10")

    def before(number: int) -> None:
        if number == 2:
            first.mark("A", "answer", Span(0, 4), "negation", "minor")
        if number == 5:
            first.take_over()

    out = play(
        path, "verdict A partly", "", "here", "verdict A partly", "", "verdict B partly", library=library, before=before
    ).lines
    first.close()
    elsewhere = "R-01 is open in another window since 09:00. This window is read-only. Type here to read in this one."
    assert out.count(elsewhere) == 2
    assert any(line.startswith("Not saved. R-01 has been reading in another window since 09:00.") for line in out)
    assert "R-01 now reads in this window." in out
    assert "Answer A: partly." in out
    assert len(rows(path, "SELECT 1 FROM events WHERE kind = 'reading.judged'")) == 1


def test_a_change_of_the_protocol_is_said(path: Path) -> None:
    def before(number: int) -> None:
        if number == 1:
            with StudyFile.open(path, device="lead") as study:
                study.change_protocol(replace(study.protocol, guideline="Mark less."), "why not")

    assert PROTOCOL_CHANGED in play(path, "", "", before=before).lines


def test_answers_are_announced_between_commands(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "live.doubleread", answered=()), live=True)

    def before(number: int) -> None:
        engines = library.engines
        if number == 0:
            for engine in engines.values():
                engine.load()
            engines[arm_on("A")].write("It is pericarditis.")
        if number == 1:
            engines[arm_on("B")].die(f"{ARMS[0].name} and {ARMS[1].name} are gone")
        if number == 2:
            engines[arm_on("A")].finish()

    out = play(library.path, "a", "verdict A partly", "wait", library=library, before=before).out
    assert "Answer A is waiting to be generated." in out
    assert "So far: It is pericarditis." in out
    assert "Not yet. Both answers must be complete first. Wait until they are complete." in out
    assert "Answer B failed." in out
    assert "Answer A is finished." in out
    assert not [arm.name for arm in ARMS if arm.name in out]


def test_an_encrypted_study_asks_for_its_passphrase(tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3")
    path = make_study(tmp_path / "secret.doubleread", key=FileKey.chosen("a long passphrase"))
    forget_keys()
    words = iter(["wrong passphrase", "a long passphrase"])
    out = play(path, secret=lambda _: next(words)).lines
    asked = "secret.doubleread is encrypted. Type its passphrase, or its recovery key."
    assert out[0] == out[2] == asked
    assert out[1].startswith("Wrong passphrase.")
    assert out[3] == "Study: Chest and more. Reader R-01."
    forget_keys()
    assert play(path).lines == [asked, "Nothing was opened."]


def test_the_reader_is_asked_where_nobody_is_named(path: Path) -> None:
    commit_readings(path, cases=1)
    out = play(path, "1", reader=None).lines
    assert out[:3] == ["Your reader ID?", "1 R-01", "2 another ID"]
    assert "3 cases, 1 committed." in out
    out = play(path, "2", "R-1", "maybe", "no", reader=None).lines
    assert any(line.startswith("R-1 has not read in this study. Did you mean R-01?") for line in out)
    assert "Study: Chest and more. Reader R-1." not in out
    assert "Study: Chest and more. Reader R-1." in play(path, "another ID", "R-1", "yes", reader=None).lines


def test_without_a_study_the_studies_are_listed(path: Path) -> None:
    out = io.StringIO()
    assert run(OneStudyLibrary(path), reader=READER, terminal=Terminal(Lines(["1", "quit"]), out)) == 0
    assert "1 Chest and more: not read yet. 3 cases, all with both answers" in out.getvalue()
    assert "Study: Chest and more. Reader R-01." in out.getvalue()
    out = io.StringIO()
    assert run(OneStudyLibrary(path, listed=False), terminal=Terminal(Lines([]), out)) == 0
    assert out.getvalue().startswith("There are no studies yet.\nTo open a file: doubleread FILE --plain.")
