"""Looking through the cases of a study on the screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.domain.case import Document
from doubleread.tui.app import DoublereadApp
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ListDialog
from doubleread.tui.shared.document_tabs import DocumentTabs
from doubleread.tui.shared.spot_lines import SpotLines
from doubleread.tui.study.case_browser import CaseBrowserScreen, CaseReaderScreen
from doubleread.tui.study.screen import StudyScreen
from reachable import reachable_strings
from tui.driving import click_chip, notices, shown_text, until
from tui.studies import CASES, NAMES, OneStudyLibrary, commit_readings, make_study


async def browsing(library: OneStudyLibrary, pilot: Pilot[None]) -> CaseBrowserScreen:
    app = pilot.app
    assert isinstance(app, DoublereadApp)
    app.open_page(library.path)
    await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
    await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, CaseBrowserScreen))
    screen = app.screen
    assert isinstance(screen, CaseBrowserScreen)
    await until(pilot, lambda: len(screen.query_one(SpotLines).lines) == 3)
    return screen


def ids(screen: CaseBrowserScreen) -> list[str]:
    return [case.id for case in screen.shown]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
async def test_cases_are_found_by_words_and_read_without_their_keys(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    commit_readings(library.path, cases=1)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=size) as pilot:
        screen = await browsing(library, pilot)
        text = shown_text(pilot)
        assert "3 of 3 cases" in text
        assert "A trembling teacher" in text
        assert "R-01" in text
        await pilot.press("slash", *"tremor")
        await until(pilot, lambda: ids(screen) == ["c02"])
        await pilot.press("enter")
        await until(pilot, lambda: screen.query_one(SpotLines).has_focus)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CaseReaderScreen))
        await until(pilot, lambda: "diffuse goitre" in shown_text(pilot))
        assert not {"Graves", "Basedow"} & set(shown_text(pilot).split())
        await pilot.press("n")
        await until(pilot, lambda: "last case of the list" in str([item.message for item in notices(pilot)]))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("c")
        await until(pilot, lambda: len(ids(screen)) == 3)
        assert screen.query_one(Input).value == ""
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))


async def test_filters_are_chosen_by_key_and_by_mouse(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=1)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browsing(library, pilot)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        await pilot.press("down", "enter")
        await until(pilot, lambda: ids(screen) == ["c01", "c03"])
        await click_chip(pilot, screen.query_one("#keys", Chips), "browse.state")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        await pilot.press("end", "enter")
        await until(pilot, lambda: ids(screen) == ["c03"])
        assert "kind: choice   state: not read by R-01" in shown_text(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "No case fits" in shown_text(pilot))


async def test_one_goes_from_case_to_case_of_the_list(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await browsing(library, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, CaseReaderScreen))
        reader = app.screen
        assert isinstance(reader, CaseReaderScreen)
        seen = [reader.case.id]
        for key in ("n", "p", "p"):
            await pilot.press(key)
            await until(pilot, lambda: reader.case.id != seen[-1])
            seen.append(reader.case.id)
        assert seen == ["c02", "c03", "c02", "c01"]
        await pilot.press("slash", *"rub")
        await until(pilot, lambda: "1 of 1" in shown_text(pilot))


async def test_nothing_of_the_screen_leads_to_an_answer_a_model_or_a_key(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browsing(library, pilot)
        strings = reachable_strings(screen.shown, screen.browser.cases, screen.wanted)
        assert not any(name in string for string in strings for name in (*NAMES, "Graves"))


async def test_documents_are_read_too(tmp_path: Path) -> None:
    cases = (replace(CASES[0], documents=(Document("d1", "The discharge letter."),)), *CASES[1:])
    library = OneStudyLibrary(make_study(tmp_path / "d.doubleread", cases=cases))
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browsing(library, pilot)
        await pilot.press("slash", *"discharge")
        await until(pilot, lambda: ids(screen) == ["c01"])
        await pilot.press("enter")
        await until(pilot, lambda: screen.query_one(SpotLines).has_focus)
        await pilot.press("enter")
        await until(pilot, lambda: "discharge letter" in shown_text(pilot))
        await pilot.press("f6")
        await until(pilot, lambda: app.screen.query_one(DocumentTabs).has_focus)
