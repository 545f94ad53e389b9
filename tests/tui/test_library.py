"""From the bare program to a reading, and errors on the way."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from doubleread import locations
from doubleread.config import Settings
from doubleread.errors import DoublereadError
from doubleread.read_model.readers import ReaderProgress
from doubleread.sessions.library import StudyEntry
from doubleread.sessions.recent_files import recent_files, remember
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, MessageDialog, TextDialog
from doubleread.tui.shared.forms import FormScreen
from doubleread.tui.study.screen import StudyScreen
from reachable import reachable_strings
from tui.driving import reading, rows_drawn, shown_text, until
from tui.studies import NAMES, OneStudyLibrary, commit_readings, make_app, make_study, wall


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
        await until(pilot, lambda: isinstance(pilot.app.screen, StudyScreen))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog))
        await pilot.press(*"DR-9", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "DR-9"
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, StudyScreen))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog) and "DR-9" in shown_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "DR-9"


async def test_files_that_cannot_be_opened_come_last_in_a_line_each(library: OneStudyLibrary) -> None:
    bad = StudyEntry(Path("cut.doubleread"), "cut", problem="The study file is damaged: it ends too early")
    good = tuple(library.studies())
    library.studies = lambda: [bad, *good]  # type: ignore[method-assign]
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        lines = [str(option.prompt) for option in pilot.app.screen.query_one(OptionList).options]
        assert lines[0].startswith("Chest and more")
        assert lines[1].startswith("cut              cannot be opened: The study file is damaged\n  cut.doubleread")
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
    entries = [StudyEntry(Path("a.doubleread"), title, 3, 3) for title in titles]
    monkeypatch.setattr(library, "studies", lambda: entries)
    async with DoublereadApp(library, Settings()).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        places = [row.index("not read yet") for row in rows_drawn(pilot.app.screen) if "not read yet" in row]
    assert places[0] == places[1]
    assert places[2] > places[0]


def split_file(library: OneStudyLibrary, out: Path) -> Path:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-01")
        split(study, "R-01", out)
    return out


async def test_a_readers_own_file_opens_for_reading_at_once(library: OneStudyLibrary, tmp_path: Path) -> None:
    library.path = split_file(library, tmp_path / "r01.doubleread")
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReadingScreen))
        assert reading(pilot).session.reader_id == "R-01"
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
        await pilot.press("s")
        await until(pilot, lambda: "Read the cases: R-01 has 3 cases left" in shown_text(pilot))


@pytest.mark.parametrize("own_file", [False, True])
async def test_a_study_that_is_named_on_the_command_line(
    library: OneStudyLibrary, tmp_path: Path, own_file: bool
) -> None:
    path = split_file(library, tmp_path / "r01.doubleread") if own_file else library.path
    app = DoublereadApp(library, Settings(), start=path, page=True)
    async with app.run_test(size=(80, 24)) as pilot:
        first = ReadingScreen if own_file else StudyScreen
        await until(pilot, lambda: isinstance(app.screen, first))
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))


@pytest.mark.parametrize(("cases", "named"), [(0, ()), (2, ()), (3, NAMES)])
def test_the_list_names_the_models_once_every_reader_is_done(cases: int, named: tuple[str, ...]) -> None:
    locations.studies().mkdir(parents=True)
    path = make_study(locations.studies() / "trial.doubleread")
    if cases:
        commit_readings(path, cases=cases)
    library = StudyLibrary(Settings())
    entry = library.examine(library.studies()[0])
    assert sorted(entry.arms) == sorted(named)
    assert any(name in string for string in reachable_strings(entry) for name in NAMES) == bool(named)


def make_studies(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    first = make_study(folder / "study-00.doubleread")
    return [first, *(Path(shutil.copy(first, folder / f"study-{number:02}.doubleread")) for number in range(1, count))]


@pytest.mark.parametrize(("keys", "place"), [(("down", "down"), 2), (("end",), 50)])
async def test_fifty_studies_are_listed_before_they_are_examined(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], place: int
) -> None:
    make_studies(locations.studies(), 50)
    library, listed = StudyLibrary(Settings()), threading.Event()
    examine = library.examine

    def wait_and_examine(entry: StudyEntry) -> StudyEntry:
        assert listed.wait(60)
        return examine(entry)

    monkeypatch.setattr(library, "examine", wait_and_examine)
    app = DoublereadApp(library, Settings())
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            choices = app.screen.query_one(OptionList)
            await until(pilot, lambda: choices.option_count == 51)
            assert "study-00" in shown_text(pilot) + str(choices.options[49].prompt)
            await pilot.press(*keys)
            before = choices.highlighted
            listed.set()
            await until(pilot, lambda: all("3 cases" in str(option.prompt) for option in choices.options[:50]))
            assert choices.highlighted == before == place
    finally:
        listed.set()


async def test_a_used_study_stays_listed_wherever_it_is_until_it_is_removed(tmp_path: Path) -> None:
    elsewhere = make_studies(tmp_path / "elsewhere", 1)[0]
    library = StudyLibrary(Settings())
    assert library.studies() == []
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        app.screen.query_one("#field-study Input", Input).value = str(elsewhere)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await until(pilot, lambda: "study-00.doubleread in" in shown_text(pilot))
        (entry,) = library.studies()
        assert (entry.path, entry.kept, entry.gone) == (elsewhere, True, False)
        elsewhere.unlink()
        await pilot.press("f1", "escape")
        await until(pilot, lambda: "the file is missing" in shown_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "There is no such file" in shown_text(pilot))
        await pilot.press("enter", "delete")
        await until(pilot, lambda: "There is no study here yet" in shown_text(pilot))
        assert library.studies() == []


async def test_what_needs_a_study_is_not_offered_where_there_is_none() -> None:
    app = DoublereadApp(StudyLibrary(Settings()), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "There is no study here yet" in shown_text(pilot))
        assert "new study" in shown_text(pilot)
        for words in ("results", "study page", "adjudicate", "read in browser", "remove from list"):
            assert words not in shown_text(pilot)


@pytest.mark.usefixtures("pilot_home")
@pytest.mark.parametrize("key", ["r", "s", "a", "u", "delete"])
async def test_the_line_of_the_demo_is_not_taken_for_a_study(key: str) -> None:
    app = DoublereadApp(StudyLibrary(Settings()), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "remove from list" in shown_text(pilot))
        await pilot.press("end", key)
        await until(pilot, lambda: "Choose a study first" in shown_text(pilot))


async def test_a_study_of_the_librarys_folder_is_not_removed_from_the_list(pilot_home: Path) -> None:
    app = DoublereadApp(StudyLibrary(Settings()), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("delete")
        await until(pilot, lambda: "Not removed" in shown_text(pilot))
    assert pilot_home.exists()


@pytest.fixture
def pilot_home() -> Path:
    return make_studies(locations.studies(), 1)[0]


@pytest.mark.parametrize("content", ["", "[]", '{"files": [{}]}', "[" * 100_000, '{"files": [3]}'])
def test_a_damaged_list_of_recent_files_is_an_empty_one(content: str) -> None:
    locations.home().mkdir(parents=True, exist_ok=True)
    locations.recent_files().write_text(content)
    assert recent_files() == []
    remember(Path("a.doubleread"))
    assert [file.path.name for file in recent_files()] == ["a.doubleread"]


def test_the_most_recently_used_files_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(1000))
    monkeypatch.setattr("doubleread.sessions.recent_files.time", lambda: float(next(times)))
    for number in (*range(60), 30):
        remember(Path(f"{number}.doubleread"))
    names = [file.path.stem for file in recent_files()]
    assert (len(names), names[:3], names[-1]) == (50, ["30", "59", "58"], "10")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_how_the_library_looks(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    readers = (ReaderProgress("R-01", 3, 3, 0, 0, 0.0), ReaderProgress("R-02", 1, 1, 0, 2, 0.0))
    when = wall().timestamp()
    entries = [
        StudyEntry(Path("trial.doubleread"), "Chest and more", 3, 3, readers, used=when),
        StudyEntry(Path("jama.doubleread"), "JAMA challenges", 120, 117, used=when - 86400),
        StudyEntry(
            Path("/data/r02.doubleread"), "Sepsis", 40, 40, split_reader="R-02", kept=True, used=when - 86400 * 9
        ),
        StudyEntry(Path("closed.doubleread"), "closed", encrypted=True, locked=True, used=when - 86400 * 9),
        StudyEntry(Path("/usb/lost.doubleread"), "lost", gone=True, kept=True, used=when - 86400 * 30),
    ]
    library.studies = lambda: entries  # type: ignore[method-assign]
    assert snap_compare(DoublereadApp(library, Settings(), wall=wall), terminal_size=size)


async def test_the_library_shows_the_command_that_serves_a_study(library: OneStudyLibrary) -> None:
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "u read in browser" in shown_text(pilot))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextDialog))
        assert "doubleread serve " in shown_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
