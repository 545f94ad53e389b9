"""The help: what each screen is for, what its keys do, searched by typing, and done from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from doubleread.config import Settings
from doubleread.domain.labels import CREOLA
from doubleread.tui.app import DoublereadApp
from doubleread.tui.shared import guides
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import MessageDialog
from doubleread.tui.shared.guides import Guide
from doubleread.tui.shared.help import NOW, HelpLine, HelpPage, beside_keys, found_lines, label_lines
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import click_chip, notices, reading, rows_drawn, shown_text, until
from tui.studies import OneStudyLibrary, commit_readings, make_app

GUIDES = {name: guide for name, guide in vars(guides).items() if isinstance(guide, Guide)}


@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
def test_a_guide_says_in_two_sentences_what_its_screen_is_for(guide: Guide) -> None:
    assert guide.about.endswith(".")
    assert guide.about.count(". ") <= 1
    assert 60 <= len(guide.about) <= 260


def one(words: str, *keys: str) -> HelpLine:
    return HelpLine(NOW, keys, words)


LINES = [one("Undo the last action.", "u", "ctrl+z"), one("Next case.", "n"), one("Redo.", "U"), one("Quit.", "ctrl+q")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("u", [0]),
        ("U", [2]),
        ("case next", [1]),
        ("/undo", [0]),
        ("ctrl+z", [0]),
        ("ction", [0]),
        ("nothing", []),
        ("act", [0]),
    ],
)
def test_a_line_is_found_by_its_key_or_by_words(typed: str, found: list[int]) -> None:
    lines = found_lines(LINES, typed)
    assert lines[: len(found)] == [LINES[place] for place in found]
    assert bool(lines) == bool(found)


def test_the_key_slash_is_found_too() -> None:
    line = one("Find words.", "/")
    assert found_lines([*LINES, line], "/") == [line]


def test_every_label_is_explained() -> None:
    lines = list(label_lines(CREOLA))
    assert len({(line.section, line.keys) for line in lines}) == len(lines)
    assert all(line.words.partition(": ")[2].strip() for line in lines)
    assert any("medically false" in line.words for line in lines)


def check_lines(screen: DeclaredScreen) -> list[HelpLine]:
    """Return the lines of a screen's help: each has words, and no key works twice."""
    lines = screen.help_lines()
    assert all(line.words.strip() for line in lines)
    working = [line for line in lines if line.section == NOW]
    keys = [key for line in working for key in line.keys]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
    shown = [(line.section, line.keys, line.words) for line in lines]
    assert len(shown) == len(set(shown))
    assert all(line.run is not None for line in working)
    declared = {action.tooltip for action in screen.declared}
    assert {line.words.rstrip(".") for line in lines} >= declared
    return lines


Opens = Callable[["Opened"], object]
SCREENS: dict[str, tuple[Opens, str]] = {
    "library": (lambda app: app.call_later(app.run_action, "library"), "The library"),
    "study page": (lambda app: app.open_page(app.study_path), "The page of a study"),
    "cases": (lambda app: app.open_cases(app.study_path), "The cases of a study"),
    "results": (lambda app: app.open_results(app.study_path), "The results of a study"),
}


class Opened(DoublereadApp):
    """The program at a study, without any screen above the library."""

    study_path: Path


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
async def test_every_screen_has_its_own_help(library: OneStudyLibrary, name: str, size: tuple[int, int]) -> None:
    commit_readings(library.path)
    app = Opened(library, Settings())
    app.study_path = library.path
    opens, title = SCREENS[name]
    async with app.run_test(size=size) as pilot:
        opens(app)
        await until(pilot, lambda: isinstance(app.screen, DeclaredScreen) and app.screen.guide.title == title)
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, DeclaredScreen)
        check_lines(screen)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpPage))
        await pilot.pause()
        shown = "\n".join(rows_drawn(app.screen))
        assert title in shown
        assert screen.guide.about[:40] in shown
        assert NOW in shown
        first = next(action for action in screen.working_actions() if action.call != "help")
        assert f"{first.tooltip}." in shown


async def test_the_help_of_a_reading_follows_its_mode(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        titles = [screen.current_guide().title]
        lines = check_lines(screen)
        assert any(line.words.startswith("fabrication: ") for line in lines)
        await pilot.press("f3", "a")
        titles.append(screen.current_guide().title)
        now = {line.keys: line.words for line in check_lines(screen) if line.section == NOW}
        assert "does not state this" in now[("2",)]
        await pilot.press("a", "s", "m")
        await pilot.pause()
        titles.append(screen.current_guide().title)
        asked = {line.keys: line for line in check_lines(screen) if line.section == NOW}
        assert asked[("f",)].words.startswith("Fabrication: ")
        assert set(asked) == {(key,) for label in CREOLA.categories for key in label.key}
        await pilot.press("f", "m", "e")
        await pilot.pause()
        titles.append(screen.current_guide().title)
        rated = {line.keys: line.words for line in check_lines(screen) if line.section == NOW}
        assert rated[("t",)].startswith("Note")
        assert titles == [guide.title for guide in (guides.MARKING, guides.BY_SENTENCE, guides.ASKED, guides.RATING)]


async def test_a_question_has_its_help_and_stays(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await pilot.press(*"fabrication")
        await until(pilot, lambda: pilot.app.screen.query_one(Input).value == "fabrication")
        await pilot.press("enter")
        await until(pilot, lambda: "How serious" in shown_text(pilot) or "severity" in shown_text(pilot).lower())
        await pilot.press("m")
        await until(pilot, lambda: screen.dock_view == "judge")
        assert len(screen.marking.listed) == 1


async def test_typing_finds_an_action_and_enter_does_it(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("f3", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await pilot.press(*"/prefer b", "enter")
        await until(pilot, lambda: reading(pilot).judgement.preference == "B")
        assert pilot.app.screen is reading(pilot)


async def test_what_does_not_work_now_is_not_done(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        page = pilot.app.screen
        assert isinstance(page, HelpPage)
        await pilot.press(*"retract", "enter")
        await until(pilot, lambda: any("is not available now" in notice.message for notice in notices(pilot)))
        assert found_lines(page.lines, "retract")[0].section.startswith("Not now")
        assert pilot.app.screen is page
        await pilot.press("escape")
        assert pilot.app.screen is reading(pilot)


async def test_keys_of_a_text_are_listed_and_done(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await pilot.press(*"end of the text", "enter")
        text = reading(pilot).text
        await until(pilot, lambda: text.caret == len(text.text))


async def test_the_mouse_chooses_a_line_and_closes(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await pilot.press(*"maximise")
        await until(pilot, lambda: len(pilot.app.screen.query_one(OptionList).options) == 1)
        await pilot.click(OptionList, offset=(4, 0))
        await until(pilot, lambda: reading(pilot).zoomed)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await click_chip(pilot, pilot.app.screen.query_one(Chips), "close")
        assert pilot.app.screen is reading(pilot)


async def test_the_same_key_opens_and_closes(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        for key in ("question_mark", "f1"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen is reading(pilot))


async def test_the_users_own_keys_are_shown(library: OneStudyLibrary) -> None:
    settings = Settings(keys={"zoom": "f10"})
    async with make_app(library, settings=settings).run_test(size=(80, 24)) as pilot:
        (line,) = [line for line in reading(pilot).help_lines() if line.words.startswith("Maximise")]
        assert line.keys == ("f10",)


async def test_an_adjudication_has_its_own_help(tmp_path: Path) -> None:
    library = OneStudyLibrary(adjudicable_study(tmp_path / "a.doubleread"))
    app = make_app(library, reader=None, adjudicator=ADJUDICATOR, settings=Settings(keys={"adjudication.join": "f10"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, DeclaredScreen)
        words = {line.words: line for line in check_lines(screen)}
        assert words["Take reader 2's judgement."].section == NOW
        assert any(line.keys == ("f10",) for line in words.values())
        assert "Decline this case as outside my field." not in words


async def test_a_dialog_has_a_help_of_its_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        pilot.app.push_screen(MessageDialog("Something happened", "Words about it."))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        page = pilot.app.screen
        assert isinstance(page, HelpPage)
        assert [(line.keys, line.words) for line in page.lines] == [(("enter",), "Close."), (("y",), "Copy.")]
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is reading(pilot))


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("y", "ctrl+c", "super+c"), "y  ctrl+c  super+c  Copy what is"),
        (("ctrl+shift+left", "super+y"), f"ctrl+shift+left  super+y\n{'':20}Copy what is"),
    ],
)
def test_keys_never_touch_the_words_beside_them(keys: tuple[str, ...], row: str) -> None:
    assert beside_keys(keys, "Copy what is selected.", 34).plain == f"{row}\n{'':20}selected."
