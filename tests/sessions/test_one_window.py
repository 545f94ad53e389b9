"""One window at a time reads for a reader; the others show what is done there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.judged_study import answered_study

HOLDING = """
import sys, pathlib
from doubleread.sessions.one_window import OneWindow
window = OneWindow(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), "R-01", "09:30")
print(window.reads(), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    with answered_study(tmp_path / "study.doubleread") as opened:
        return opened.path


def opened(study: Path, folder: Path, at: str, clock=lambda: 0.0) -> ReadingSession:
    window = OneWindow(folder, study, "R-01", at)
    return ReadingSession(StudyFile.open(study, device="d"), "R-01", clock=clock, window=window)


def test_the_second_window_shows_and_takes_over(study: Path, tmp_path: Path) -> None:
    now = [0.0]
    first = opened(study, tmp_path / "windows", "09:00", lambda: now[0])
    second = opened(study, tmp_path / "windows", "09:10", lambda: now[0])
    assert (first.reads_here, second.reads_here, second.other_since) == (True, False, "09:00")
    with pytest.raises(InputRefusedError, match="in another window since 09:00"):
        second.mark("A", "answer", Span(0, 4), "negation", "minor")
    second.follow()
    first.mark("A", "answer", Span(0, 4), "negation", "minor")
    assert second.follow()
    assert second.reading is not None
    assert len(second.reading.judgement.annotations) == 1
    assert not second.follow()
    now[0] = 20.0
    second.take_over()
    assert (second.reads_here, second.other_since) == (True, "")
    assert first.follow()
    assert (first.reads_here, first.other_since) == (False, "09:10")
    second.mark("B", "answer", Span(0, 4), "negation", "minor")
    with pytest.raises(InputRefusedError, match="another window"):
        first.commit()
    now[0] = 50.0
    first.touch()
    first.close()
    assert second.reads_here
    second.close()
    with StudyFile.open(study, device="d") as file:
        reading = file.reading("R-01", file.case_ids()[0])
        assert reading is not None
        # Twenty seconds in the first window, thirty in the second, and none twice.
        assert reading.active_seconds == 50.0
    assert list((tmp_path / "windows").iterdir()) == []


def test_the_window_that_is_left_reads_on_its_own(study: Path, tmp_path: Path) -> None:
    first = opened(study, tmp_path / "windows", "09:00")
    second = opened(study, tmp_path / "windows", "09:10")
    first.close()
    assert second.follow()
    assert second.reads_here
    second.mark("A", "answer", Span(0, 4), "negation", "minor")
    second.close()


def test_another_reader_and_another_study_are_no_other_window(study: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.doubleread"
    copy.write_bytes(study.read_bytes())
    windows = [
        OneWindow(tmp_path / "windows", study, "R-01", "1"),
        OneWindow(tmp_path / "windows", study, "R-02", "2"),
        OneWindow(tmp_path / "windows", copy, "R-01", "3"),
    ]
    assert all(window.reads() for window in windows)
    link = tmp_path / "link.doubleread"
    os.link(study, link)
    assert not OneWindow(tmp_path / "windows", link, "R-01", "4").reads()


def test_a_program_that_was_killed_holds_nobody_up(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "windows"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder), str(study)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    window = OneWindow(folder, study, "R-01", "09:40")
    assert (window.reads(), window.other_since) == (False, "09:30")
    process.kill()
    process.communicate()
    assert window.reads()


def test_where_nothing_can_be_noted_every_window_reads(study: Path, tmp_path: Path) -> None:
    (tmp_path / "windows").write_text("a file")
    first = OneWindow(tmp_path / "windows", study, "R-01", "1")
    second = OneWindow(tmp_path / "windows", study, "R-01", "2")
    assert first.reads()
    assert second.reads()
