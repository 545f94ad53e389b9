"""An encrypted study in the library: a lock, and a dialog that asks for the passphrase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from doubleread import locations
from doubleread.config import Settings
from doubleread.sessions.entry_words import LOCK
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import forget_keys, is_locked
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.dialogs import LineDialog
from doubleread.tui.study.screen import StudyScreen
from tui.driving import reading, shown_text, until
from tui.studies import OneStudyLibrary, make_app, make_study

PASSPHRASE = "five words nobody would guess"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    path = locations.studies() / "trial.doubleread"
    path.parent.mkdir(parents=True)
    make_study(path, key=FileKey.chosen(PASSPHRASE))
    forget_keys()
    yield path
    forget_keys()


class LockedStudyLibrary(OneStudyLibrary):
    """A library whose one study is listed as the program's own library lists it."""

    def studies(self):
        library = StudyLibrary(Settings())
        return [library.examine(entry) for entry in library.studies()]


async def test_the_lock_opens_after_wrong_tries(locked: Path) -> None:
    app = DoublereadApp(LockedStudyLibrary(locked), Settings())
    async with app.run_test(size=(100, 30)) as pilot:
        line = str(app.screen.query_one(OptionList).options[0].prompt)
        assert line.startswith(LOCK)
        assert "Chest and more" not in line
        assert "encrypted" in line
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        assert app.screen.query_one(Input).password
        for number in range(4):
            await pilot.press(*f"wrong{number}", "enter")
            await until(pilot, lambda: "Wrong passphrase" in shown_text(pilot))
            assert f"wrong{number}" not in shown_text(pilot)
            assert is_locked(locked)
        await pilot.press(*PASSPHRASE, "enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
        await pilot.press("o")
        await until(pilot, lambda: "Your reader ID" in shown_text(pilot))
        await pilot.press(*"R-09", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "R-09"
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        line = str(app.screen.query_one(OptionList).options[0].prompt)
        assert line.startswith("Chest and more")
        assert "encrypted" in line


async def test_giving_up_leads_back_to_the_library_and_changes_nothing(locked: Path) -> None:
    before = locked.read_bytes()
    app = DoublereadApp(LockedStudyLibrary(locked), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("enter", "r"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, LineDialog))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
    assert locked.read_bytes() == before
    assert is_locked(locked)


async def test_the_recovery_key_opens_its_results(tmp_path: Path, locked: Path) -> None:
    from doubleread.store.files.unlocking import unlock

    written = unlock(locked, PASSPHRASE).recovery_key
    forget_keys()
    app = DoublereadApp(LockedStudyLibrary(locked), Settings(), start=locked, results=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        app.screen.query_one(Input).value = written
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, LineDialog))
        assert not is_locked(locked)


async def test_giving_up_where_a_study_was_named_ends_the_program(locked: Path) -> None:
    app = make_app(OneStudyLibrary(locked))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running)


def test_the_programs_library_lists_a_locked_study_and_opens_it(locked: Path) -> None:
    library = StudyLibrary(Settings())
    entry = library.examine(library.studies()[0])
    assert (entry.encrypted, entry.locked, entry.cases, entry.problem) == (True, True, 0, "")
    assert library.is_locked(locked)
    library.unlock(locked, PASSPHRASE)
    entry = library.examine(library.studies()[0])
    assert (entry.encrypted, entry.locked, entry.cases, entry.title) == (True, False, 3, "Chest and more")
