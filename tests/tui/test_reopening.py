"""A study opens where its reader left it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.domain.study import Protocol
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from tui.driving import notices, reading, until
from tui.studies import TEXTS, OneStudyLibrary, make_app, make_study, wall


@pytest.fixture
def kept(tmp_path: Path) -> OneStudyLibrary:
    long = {place: "\n\n".join([text] * 20) for place, text in TEXTS.items()}
    path = make_study(tmp_path / "trial.doubleread", texts=long, protocol=Protocol(title="Long"))
    library = OneStudyLibrary(path)
    library.places = tmp_path / "places.json"
    return library


def place(pilot: Pilot[None]) -> tuple[str, str, int, int]:
    screen = reading(pilot)
    return screen.session.place_id, screen.pane, screen.text.caret, screen.text.scroll_offset.y


@pytest.mark.parametrize("key", ["ctrl+q", "L"])
async def test_case_text_caret_and_scrolling_are_as_they_were(kept: OneStudyLibrary, tmp_path: Path, key: str) -> None:
    async with make_app(kept).run_test(size=(80, 24)) as pilot:
        await pilot.press("n", "f4", "pagedown", "pagedown", "up", "up", "right")
        await pilot.pause()
        left = place(pilot)
        assert left[1:] > ("B", 0, 0)
        await pilot.press(key)
        await pilot.pause()
    moved = kept.path.rename(tmp_path / "moved.doubleread")
    again = OneStudyLibrary(moved)
    again.places = kept.places
    async with make_app(again).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: place(pilot) == left)
        assert reading(pilot).text.has_focus


async def test_after_a_commit_the_next_open_case_is_opened_from_its_start(kept: OneStudyLibrary) -> None:
    async with make_app(kept).run_test(size=(80, 24)) as pilot:
        first, second, *_ = (place_id for place_id, *_ in reading(pilot).session.case_list())
        await pilot.press("n", "p", "f3", "down", "c", "1", "3", "6", "ctrl+q")
        await pilot.pause()
    async with make_app(kept).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert place(pilot) == (second, "case", 0, 0)
        assert first != second


async def test_a_file_that_is_dropped_on_the_list_of_studies_is_opened(kept: OneStudyLibrary) -> None:
    app = DoublereadApp(kept, Settings(), wall=wall)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        app.screen.post_message(events.Paste("'/no/such file'"))
        await until(pilot, lambda: bool(notices(pilot)))
        assert notices(pilot)[-1].message == "The pasted text is not the name of a file."
        app.screen.post_message(events.Paste(f"'{kept.path}' "))
        await until(pilot, lambda: not isinstance(app.screen, LibraryScreen))
