"""The reading screen in windows of several sizes, and one text in all of it."""

from __future__ import annotations

import pytest

from doubleread.config import Settings
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.actions import PANES
from doubleread.tui.shared.chips import Chips
from tui.driving import by_palette, click_chip, notices, reading, shown_text, until
from tui.studies import OneStudyLibrary, make_app


def shown(screen: ReadingScreen) -> list[str]:
    return [pane for pane in PANES if screen.reading_pane(pane).display]


async def test_a_narrow_window_shows_one_text_with_tabs(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        assert shown(screen) == ["case"]
        await pilot.press("tab")
        assert shown(screen) == ["A"]
        assert screen.text_of("A").has_focus
        await click_chip(pilot, screen.query_one("#tabs", Chips), "B")
        assert shown(screen) == ["B"]
        assert screen.text_of("B").has_focus
        assert screen.text_of("B").size.height >= 14
        assert screen.query_one(VerdictBar).region.height == 1
        assert screen.reading_pane("B").verdict.region.height == 1
        assert not screen.query_one(AnnotationsList).display, "nothing is listed yet"
        await pilot.press("1")
        await pilot.press("f3", "3")
        await until(pilot, lambda: "f4 Answer B · correct" in shown_text(pilot))
        await pilot.press("f4")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert shown(screen) == ["case", "A", "B"]
        assert screen.text_of("B").has_focus


async def test_one_text_takes_the_whole_window_and_gives_it_back(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "z")
        assert shown(screen) == ["A"]
        assert screen.query_one(VerdictBar).display
        await pilot.press("tab")
        assert shown(screen) == ["B"]
        await pilot.press("escape")
        await pilot.pause()
        assert shown(screen) == ["case", "A", "B"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_help_is_always_in_view(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        assert "? help" in shown_text(pilot)
        await pilot.press("f3", "s", "m", "f", "m")
        await pilot.pause()
        assert "? help" in shown_text(pilot)


@pytest.mark.parametrize("keys", ["f2", "f3", "f3 s m f m", "f3 1 f4 3 6 c enter"])
async def test_leaving_and_finding_are_in_view_at_80_columns(library: OneStudyLibrary, keys: str) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys.split())
        await until(pilot, lambda: "L leave  ctrl+q quit" in shown_text(pilot))
        screen = reading(pilot)
        assert screen.committed or screen.marking.current or "/ find" in shown_text(pilot)
        assert "n next case" in shown_text(pilot)


async def test_the_next_case_is_a_click_away_where_there_are_tabs(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await click_chip(pilot, screen.query_one("#tabs", Chips), "next_case")
        await until(pilot, lambda: screen.session.progress.position == 2)
        await pilot.press("n", "f3")
        assert screen.pane == "A"


async def test_escape_at_the_top_says_how_to_leave(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("f3", "s", "m", "escape", "escape")
        assert not notices(pilot), "escape left the question, then the selection"
        await pilot.press("escape")
        await until(pilot, lambda: "L leaves this study, ctrl+q quits." in shown_text(pilot))


async def test_remapped_keys_work_and_are_shown(library: OneStudyLibrary) -> None:
    settings = Settings(keys={"text.propose": "h", "prefer_a": "f9", "no-such-action": "x"}, theme="doubleread-light")
    app = make_app(library, settings=settings)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        assert "h mark" in shown_text(pilot)
        assert "select words in an answer, then h;" in shown_text(pilot)
        assert "f9 A" in shown_text(pilot)
        await pilot.press("f3", "s", "h")
        await pilot.pause()
        assert screen.dock_view == "question"
        await pilot.press("f", "m", "f9", "6")
        await pilot.pause()
        assert screen.judgement.preference == "A"
        assert any("no-such-action" in notice.message for notice in notices(pilot))


async def test_the_palette_offers_what_works_now(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await by_palette(pilot, "contrast")
        await until(pilot, lambda: pilot.app.theme == "doubleread-contrast")
        await pilot.press("f3")
        await by_palette(pilot, "better")
        await until(pilot, lambda: reading(pilot).judgement.preference in ("A", "B"))
