"""The tour: it has the newcomer mark by key and by mouse, and comes once."""

from __future__ import annotations

from pathlib import Path

from doubleread import locations
from doubleread.tui.reading.tour import Tour
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import click_chip, drag, reading
from tui.studies import OneStudyLibrary, make_app


def test_each_step_waits_for_its_own_way() -> None:
    tour = Tour().begun().next()
    assert tour.step == "key"
    assert not tour.can_go_on
    assert tour.marked(by_mouse=True).step == "key"
    assert tour.marked(by_mouse=False).step == "mouse"
    assert tour.marked(by_mouse=True).marked(by_mouse=False).step == "judge"
    assert tour.marked(by_mouse=False).marked(by_mouse=True).next().step is None


async def test_the_tour_checks_what_was_done(path: Path) -> None:
    async with make_app(OneStudyLibrary(path, demo=True)).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        panel = screen.query_one(TourPanel)
        assert panel.display
        assert panel.region.bottom <= screen.text.region.y
        await pilot.press("enter")
        assert screen.tour.step == "key"
        await pilot.press("tab", "s", "m", "f", "m")
        await pilot.pause()
        assert screen.tour.step == "mouse"
        await pilot.press("ctrl+end", "s", "m", "f", "m")
        await pilot.pause()
        assert screen.tour.step == "mouse"
        await drag(pilot, screen.text, "chest pain")
        bar = screen.query_one(QuestionBar).query_one(Chips)
        await click_chip(pilot, bar, "fabrication")
        await click_chip(pilot, bar, "minor")
        assert screen.tour.step == "judge"
        await click_chip(pilot, panel.query_one(Chips), "next")
        assert not panel.display
        assert locations.tour_file().exists()
    async with make_app(OneStudyLibrary(path, demo=True)).run_test(size=(80, 24)) as pilot:
        assert not reading(pilot).query_one(TourPanel).display


async def test_the_tour_is_skipped_with_one_key_and_never_comes_twice(path: Path) -> None:
    async with make_app(OneStudyLibrary(path, demo=True)).run_test(size=(112, 26)) as pilot:
        await pilot.press("escape")
        assert not reading(pilot).query_one(TourPanel).display
    async with make_app(OneStudyLibrary(path, demo=True)).run_test(size=(112, 26)) as pilot:
        assert not reading(pilot).query_one(TourPanel).display


async def test_other_studies_have_no_tour(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        assert not reading(pilot).query_one(TourPanel).display
