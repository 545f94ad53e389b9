"""A program on the screen that is ended from outside: the terminal is as it was, and what was typed is saved."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from doubleread.store.log.verify import verify
from pty_terminal import PtyProgram
from test_killed_program import F3, FIRST_ROW, make_study, stored
from tui.driving import annotations
from waiting import until

DOUBLEREAD = [sys.executable, "-m", "doubleread"]
LEFT = rb"\x1b\[\?1049l"
OFF = {
    "mouse": rb"\x1b\[\?1000l",
    "mouse drags": rb"\x1b\[\?1003l",
    "mouse coordinates": rb"\x1b\[\?1006l",
    "bracketed paste": rb"\x1b\[\?2004l",
    "focus": rb"\x1b\[\?1004l",
    "kitty keys": rb"\x1b\[<u",
    "alternate screen": LEFT,
    "cursor": rb"\x1b\[\?25h",
}
ON = {
    "mouse": rb"\x1b\[\?1000h",
    "mouse drags": rb"\x1b\[\?1003h",
    "mouse coordinates": rb"\x1b\[\?1006h",
    "bracketed paste": rb"\x1b\[\?2004h",
    "focus": rb"\x1b\[\?1004h",
    "kitty keys": rb"\x1b\[>[0-9]+u",
    "alternate screen": rb"\x1b\[\?1049h",
    "cursor": rb"\x1b\[\?25l",
}
FAULT_IN_A_THREAD = """
import threading
from doubleread.tui.reading.screen import ReadingScreen

def fault(self):
    def work():
        raise RuntimeError(f"a fault at: {self.session.case.text}")
    threading.Thread(target=work).start()

ReadingScreen.action_zoom = fault
from doubleread.cli import main
import sys
sys.exit(main())
"""


def restored(output: bytes) -> None:
    """Everything that was switched on is off at the end."""
    for what, on in ON.items():
        switched = [match.end() for match in re.finditer(on, output)]
        off = [match.start() for match in re.finditer(OFF[what], output)]
        assert switched, what
        assert off, what
        assert off[-1] >= switched[-1], what


def on_a_terminal(path: Path, command: list[str] = DOUBLEREAD) -> PtyProgram:
    return PtyProgram([*command, "read", str(path), "--reader", "R-01"], dict(os.environ), 120, 40)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 1)], ids=lambda found: str(found)
)
def test_a_signal_restores_the_terminal_and_saves_the_note(tmp_path: Path, number: int, code: int) -> None:
    make_study(path := tmp_path / "ended.doubleread")
    with on_a_terminal(path) as program:
        program.wait_for(FIRST_ROW)
        program.resolve(0.1)
        program.send(F3 + "smfm")
        program.wait_for("fabrication, major")
        program.send("etdoubtful")
        program.wait_for("doubtful")
        program.process.send_signal(number)
        assert program.ended() == code
        restored(bytes(program.output))
        assert "Traceback" not in program.plain()
        after = program.plain(program.output.rindex(b"\x1b[?1049l"))
        assert "receipt" in after or "chain" in after or "head" in after, after
    assert len(stored(path)) == 1
    assert annotations(path)[0]["note"] == "doubtful"
    assert verify(path).ok


def test_the_library_ends_by_a_signal_too() -> None:
    with PtyProgram(DOUBLEREAD, dict(os.environ), 80, 24) as program:
        program.wait_for("demo")
        program.resolve(0.1)
        program.process.send_signal(signal.SIGTERM)
        assert program.ended() == 143
        restored(bytes(program.output))


def test_the_terminal_goes_away(tmp_path: Path) -> None:
    make_study(path := tmp_path / "gone.doubleread")
    with on_a_terminal(path) as program:
        program.wait_for(FIRST_ROW)
        program.resolve(0.1)
        program.send(F3 + "smfm")
        program.wait_for("fabrication, major")
        program.hang_up()
        assert program.ended() != 0
    assert len(stored(path)) == 1
    assert verify(path).ok


def test_a_fault_in_a_thread_ends_with_a_message(tmp_path: Path) -> None:
    make_study(path := tmp_path / "fault.doubleread")
    with on_a_terminal(path, [sys.executable, "-c", FAULT_IN_A_THREAD]) as program:
        program.wait_for(FIRST_ROW)
        program.resolve(0.1)
        program.send("z")
        assert program.ended() == 1
        restored(bytes(program.output))
        words = program.plain(program.output.rindex(b"\x1b[?1049l"))
        assert "Unexpected error: the program failed because of a bug (RuntimeError)" in words
        assert "Traceback" not in program.plain()


def test_a_program_that_hangs_is_ended_by_a_second_signal(tmp_path: Path) -> None:
    make_study(path := tmp_path / "hangs.doubleread")
    no_timer = "from doubleread.tui import ending\nending.PATIENCE = 600\n"
    hanging = no_timer + FAULT_IN_A_THREAD.replace(
        "threading.Thread(target=work).start()", "import time; time.sleep(600)"
    )
    with on_a_terminal(path, [sys.executable, "-c", hanging]) as program:
        program.wait_for(FIRST_ROW)
        program.resolve(0.1)
        program.send("z")
        program.resolve()
        # Two signals that come before the program looks are one to it; a third one changes nothing.
        until(lambda: program.process.send_signal(signal.SIGTERM) or program.process.poll() is not None, pause=0.5)
        assert program.ended() == 143
        restored(bytes(program.output))
