"""From the bare program to a reading, and errors on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import OptionList

from doubleread.config import Settings
from doubleread.errors import DoublereadError
from doubleread.sessions.library import StudyEntry
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, MessageDialog
from tui.driving import reading, rows_drawn, shown_text, until
from tui.studies import OneStudyLibrary, make_app


async def test_a_newcomer_presses_enter_once(tmp_path: Path) -> None:
    library = OneStudyLibrary(tmp_path / "demo.doubleread", demo=True)
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        assert "try the demo" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ReadingScreen)
        await pilot.press("escape", "L")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LibraryScreen)


async def test_a_study_asks_who_reads_and_remembers(library: OneStudyLibrary) -> None:
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LineDialog)
        await pilot.press(*"DR-9", "enter")
        await pilot.pause()
        assert reading(pilot).session.reader_id == "DR-9"
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
        await pilot.press("enter")
        await until(pilot, lambda: "DR-9" in shown_text(pilot))
        await pilot.press("enter")
        await pilot.pause()
        assert reading(pilot).session.reader_id == "DR-9"


async def test_files_that_cannot_be_opened_come_last_in_a_line_each(library: OneStudyLibrary) -> None:
    bad = StudyEntry(Path("cut.doubleread"), "cut", problem="The study file is damaged: it ends too early")
    good = tuple(library.studies())
    library.studies = lambda: [bad, *good]  # type: ignore[method-assign]
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        lines = [str(option.prompt) for option in pilot.app.screen.query_one(OptionList).options]
        assert lines[0].startswith("Chest and more")
        assert lines[1] == "cut.doubleread   cannot be opened: The study file is damaged"
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "it ends too early" in shown_text(pilot)


async def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    library = OneStudyLibrary(tmp_path / "gone.doubleread")
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, LibraryScreen)


async def test_an_error_of_the_study_file_is_a_dialog(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)

        def broken(*_: object) -> None:
            raise DoublereadError("Disk [b]full[/b]", "no space is left on /data", "free some space")

        monkeypatch.setattr(StudyFile, "append", broken)
        await pilot.press("f3", "1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        text = shown_text(pilot)
        assert "Disk [b]full[/b]" in text
        assert "free some space" in text
        await pilot.press("enter")
        assert screen.judgement.verdicts == {}
        monkeypatch.undo()


async def test_a_new_pseudonym_beside_a_known_one_is_asked_about(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-01")
    async with make_app(library, reader="r01").run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        assert "Did you mean R-01?" in shown_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "R-01"
    with StudyFile.open(library.path, device="d") as study:
        assert study.readers.ids() == ["R-01"]


async def test_a_new_reader_who_is_meant_reads(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-01")
    async with make_app(library, reader="R-02").run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "R-02"


async def test_the_library_refuses_who_is_not_registered_and_who_was_withdrawn(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-01", enrolled=True)
        study.readers.register("R-02", enrolled=True)
        study.readers.withdraw("R-02", "ill", "lead")
    for reader, words in (("R-1", "Did you mean R-01?"), ("R-02", "was withdrawn")):
        async with make_app(library, reader=reader).run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog))
            assert words in shown_text(pilot).replace("\n", " ")


async def test_the_titles_of_studies_are_aligned(library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    titles = ("Chest", "Chest and more", "A title that is far too long for a column of its own")
    entries = [StudyEntry(Path("a.doubleread"), title, 3, 3, 1) for title in titles]
    monkeypatch.setattr(library, "studies", lambda: entries)
    async with DoublereadApp(library, Settings()).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        places = [row.index("3 cases") for row in rows_drawn(pilot.app.screen) if "3 cases" in row]
    assert places[0] == places[1]
    assert places[2] > places[0]
