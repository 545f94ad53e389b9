"""The same reader in two windows: the second is told at once, shows what the first does, and can take over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from doubleread.domain.spans import Span
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading import PROTOCOL_CHANGED, ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog
from tui.driving import annotations, notices, reading, shown_text, until
from tui.studies import READER, OneStudyLibrary, make_app


def first_window(library: OneStudyLibrary, folder: Path) -> ReadingSession:
    """A window that was opened before, and lets the next one know."""
    window = OneWindow(folder, library.path, READER, "09:00")
    session = ReadingSession(StudyFile.open(library.path, device="d"), READER, window=window)
    library.window = lambda path, reader_id: OneWindow(folder, path, reader_id, "09:10")
    return session


async def test_the_second_window_is_told_at_once_and_shows_the_first(library: OneStudyLibrary, tmp_path: Path) -> None:
    first = first_window(library, tmp_path / "windows")
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        assert "R-01 is open in another window since 09:00." in shown_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "open in another window since 09:00, ctrl+t reads here" in shown_text(pilot))
        await pilot.press("f3", "s", "m", "f", "m")
        await pilot.pause()
        assert annotations(library.path) == []
        first.mark("A", "answer", Span(0, 4), "negation", "minor")
        await until(pilot, lambda: len(screen.marking.listed) == 1)
        assert screen.session.active_seconds == screen.session.reading.active_seconds
        await pilot.press("ctrl+t")
        await until(pilot, lambda: screen.session.reads_here)
        first.follow()
        assert not first.reads_here
        await pilot.press("f4", "ctrl+home", "s", "m", "f", "m")
        await pilot.pause()
        assert [row["label"] for row in annotations(library.path)] == ["A1", "B1"]
    first.close()


async def test_a_window_that_is_taken_over_says_so(library: OneStudyLibrary, tmp_path: Path) -> None:
    library.window = lambda path, reader_id: OneWindow(tmp_path / "windows", path, reader_id, "09:00")
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        assert screen.session.reads_here
        other = OneWindow(tmp_path / "windows", library.path, READER, "09:10")
        other.take_over()
        await until(pilot, lambda: not screen.session.reads_here)
        await until(pilot, lambda: any("Taken over: " in notice.message for notice in notices(pilot)))
        other.close()
        await until(pilot, lambda: screen.session.reads_here)


async def test_a_reading_that_another_program_changes_is_shown_again(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        await pilot.pause()
        with StudyFile.open(library.path, device="other") as study:
            ReadingSession(study, READER).mark("B", "answer", Span(0, 4), "negation", "minor")
        await until(pilot, lambda: len(screen.marking.listed) == 1)
        await pilot.press("f4", "ctrl+end", "s", "m", "f", "m")
        await pilot.pause()
    assert [row["label"] for row in annotations(library.path)] == ["B1", "B2"]


async def test_a_protocol_that_is_changed_meanwhile_holds_for_the_next_case(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        before = screen.session.guideline
        with StudyFile.open(library.path, device="other") as study:
            study.change_protocol(replace(study.protocol, guideline="Mark less."), "readers asked")
            newest = study.protocol_sha256
        await until(pilot, lambda: any(PROTOCOL_CHANGED in notice.message for notice in notices(pilot)))
        assert screen.session.guideline == before, "this case was opened under the protocol before"
        await pilot.press("n")
        await until(pilot, lambda: screen.session.guideline == "Mark less.")
        assert screen.session.reading.protocol_sha256 == newest


async def test_confidence_is_asked_only_in_readings_opened_since_the_protocol_asks(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        chips = screen.query_one("#confidence", Chips)
        with StudyFile.open(library.path, device="other") as study:
            study.change_protocol(replace(study.protocol, confidence=True), "readers asked")
        await until(pilot, lambda: any(PROTOCOL_CHANGED in notice.message for notice in notices(pilot)))
        assert not chips.display
        await pilot.press("n")
        await until(pilot, lambda: screen.session.scales)
        await pilot.pause()
        assert chips.display
        await pilot.press("p")
        await until(pilot, lambda: not screen.session.scales)
        await pilot.pause()
        assert not chips.display
