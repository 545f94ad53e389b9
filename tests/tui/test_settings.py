"""The pages of the settings and of the keys: what is changed takes effect at once, and is kept."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from doubleread import locations
from doubleread.config import SHAPES, THEMES, Settings, load_settings
from doubleread.tui.app import DoublereadApp
from doubleread.tui.settings.keymap import BY_ID, SCREENS, changed, clashes, completed, refusal, swapped
from doubleread.tui.settings.keys_page import KeyCapture, KeysPage
from doubleread.tui.settings.settings_page import SettingsPage, stepped, value_words
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, MessageDialog
from doubleread.tui.shared.help import HelpPage
from tui.driving import by_palette, reading, rows_drawn, until
from tui.studies import OneStudyLibrary, make_app


def kept() -> Settings:
    return load_settings(locations.settings_file())


def drawn(pilot: Pilot[None]) -> str:
    return "\n".join(rows_drawn(pilot.app.screen))


async def open_settings(pilot: Pilot[None], name: str = "theme") -> None:
    await pilot.press("f9")
    await until(pilot, lambda: isinstance(pilot.app.screen, SettingsPage))
    await pilot.press(*["down"] * tuple(SHAPES).index(name))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
async def test_every_setting_is_shown_with_its_value_and_what_it_does(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    app = make_app(library, settings=Settings(line_length=90))
    async with app.run_test(size=size) as pilot:
        await open_settings(pilot)
        listed = app.screen.query_one(OptionList)
        words = "\n".join(str(option.prompt) for option in listed.options)
        for name, shape in SHAPES.items():
            assert shape.label in words
            assert shape.about in words
            assert value_words(shape, getattr(app.settings, name)) in words
        assert "default 76" in words
        await until(pilot, lambda: SHAPES["theme"].about in drawn(pilot))
        for _ in SHAPES:
            await pilot.press("down")
        assert SHAPES[next(reversed(SHAPES))].about[:40] in drawn(pilot) or listed.highlighted == 0


async def test_the_theme_is_seen_at_once_and_kept(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await open_settings(pilot)
        await pilot.press("right")
        assert (pilot.app.theme, kept().theme) == (THEMES[1], THEMES[1])
        await pilot.press("left", "left")
        assert (pilot.app.theme, kept().theme) == (THEMES[2], THEMES[2])
        await pilot.press("delete")
        assert (pilot.app.theme, kept().theme) == (THEMES[0], THEMES[0])
        await pilot.press("escape")
        await by_palette(pilot, "light")
        await until(pilot, lambda: pilot.app.theme == THEMES[1])
        assert kept().theme == THEMES[1]


async def test_texts_follow_the_line_length_and_the_snapping_at_once(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(200, 60)) as pilot:
        await pilot.press("z")
        await open_settings(pilot, "line_length")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog))
        pilot.app.screen.query_one(Input).value = "44"
        await pilot.press("enter")
        await until(pilot, lambda: kept().line_length == 44)
        text = reading(pilot).text
        assert text.line_length == 44
        assert text.whole_words
        await pilot.click(OptionList, offset=(4, 2 * tuple(SHAPES).index("snap_to_words")))
        await until(pilot, lambda: not text.whole_words)
        assert not kept().snap_to_words


async def test_the_pause_of_an_open_case_follows_the_setting(library: OneStudyLibrary) -> None:
    now = [0.0]
    library.clock = lambda: now[0]
    app = make_app(library)
    async with app.run_test(size=(80, 24)) as pilot:
        session = reading(pilot).session
        session.touch()
        before = session.active_seconds
        assert app.change_setting("idle_seconds", 20.0)
        now[0] += 300
        assert session.active_seconds - before == 20


async def test_a_value_out_of_range_is_refused(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await open_settings(pilot, "line_length")
        for typed, words in (("300", "between 40 and 200"), ("abc", "not a number")):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog))
            pilot.app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog))
            assert words in drawn(pilot)
            await pilot.press("enter")
        assert kept() == Settings()


async def test_a_broken_file_is_left_alone_and_the_change_counts_until_the_end(library: OneStudyLibrary) -> None:
    path = locations.settings_file()
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theme = # half written", encoding="utf-8")
        await open_settings(pilot)
        await pilot.press("right")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog))
        assert "applies until you quit" in drawn(pilot)
        assert pilot.app.theme == THEMES[1]
        assert path.read_text(encoding="utf-8") == "theme = # half written"


async def test_the_page_has_help_and_leads_to_the_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await open_settings(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpPage))
        await pilot.press("escape", "k")
        await until(pilot, lambda: isinstance(pilot.app.screen, KeysPage))
        await pilot.press("escape", "escape")
        assert pilot.app.screen is reading(pilot)


@pytest.mark.parametrize(
    ("name", "value", "by", "after"),
    [
        ("line_length", 76, 1, 80),
        ("line_length", 199, 1, 200),
        ("line_length", 40, -1, 40),
        ("idle_seconds", 10.0, -1, 10.0),
        ("idle_seconds", 60.0, 1, 70.0),
        ("snap_to_words", True, -1, False),
        ("theme", THEMES[-1], 1, THEMES[0]),
    ],
)
def test_a_step_stays_in_the_range(name: str, value: object, by: int, after: object) -> None:
    found = stepped(SHAPES[name], value, by)  # type: ignore[arg-type]
    assert (found, type(found)) == (after, type(after))


def test_no_screen_has_a_clash_from_the_start() -> None:
    for screen in SCREENS:
        for keyed in screen.keyed:
            assert not any(clashes({}, keyed, key) for key in keyed.keys({})), keyed.id


def test_a_clash_is_named_with_its_screen() -> None:
    assert clashes({}, BY_ID["zoom"], "g") == {"cases": "Reading"}
    assert clashes({"cases": "f10"}, BY_ID["zoom"], "g") == {}
    assert clashes({}, BY_ID["zoom"], "j") == {"criteria": "Reading", "adjudication.join": "Adjudication"}
    assert clashes({}, BY_ID["edit"], "full_stop") == {"end_later": "Reading"}
    assert "text.word-forward" in clashes({}, BY_ID["zoom"], "w")


def test_actions_of_different_modes_may_keep_their_common_key() -> None:
    assert clashes({}, BY_ID["verdict_correct"], "1") == {}


def test_keys_that_lists_and_fields_need_are_refused() -> None:
    assert "lists" in refusal(BY_ID["zoom"], "enter", printable=False)
    assert "typed" in refusal(BY_ID["form.submit"], "x", printable=True)
    assert not refusal(BY_ID["form.submit"], "f10", printable=False)
    assert not refusal(BY_ID["library.open"], "enter", printable=False)
    assert not refusal(BY_ID["zoom"], "x", printable=True)


def test_two_keys_are_swapped_unless_that_makes_another_clash() -> None:
    own = swapped({}, BY_ID["zoom"], "g", BY_ID["cases"])
    assert own == {"zoom": "g", "cases": "z"}
    assert swapped({}, BY_ID["edit"], "u", BY_ID["undo"]) == {"edit": "u", "undo": "e,ctrl+z"}
    assert changed({"zoom": "g"}, BY_ID["zoom"], ("z",)) == {}


def test_the_keymap_keeps_what_shares_a_changed_key() -> None:
    own = completed({"verdict_correct": "f10"})
    assert own["sentence_supported"] == "1"
    assert own["criterion_met"] == "1"
    assert "zoom" not in own


async def open_keys(pilot: Pilot[None]) -> None:
    await pilot.app.run_action("app.keys")
    await until(pilot, lambda: isinstance(pilot.app.screen, KeysPage) and bool(pilot.app.screen.query(Input)))


async def press_for(pilot: Pilot[None], action: str, key: str, opens: str = "enter") -> None:
    """Ask for a new key of an action, and press it."""
    pilot.app.screen.query_one(Input).value = action
    page = pilot.app.screen
    assert isinstance(page, KeysPage)
    await until(pilot, lambda: page.highlighted is not None and page.highlighted.id == action)
    await pilot.press(opens)
    await until(pilot, lambda: isinstance(pilot.app.screen, KeyCapture))
    await pilot.press(key)
    await until(pilot, lambda: not isinstance(pilot.app.screen, KeyCapture))


@pytest.fixture
def app(library: OneStudyLibrary) -> DoublereadApp:
    return make_app(library)


async def test_a_new_key_works_at_once_and_is_kept(app: DoublereadApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await open_keys(pilot)
        await press_for(pilot, "zoom", "f10")
        await press_for(pilot, "verdict_correct", "f12")
        assert kept().keys == {"zoom": "f10", "verdict_correct": "f12"}
        await pilot.press("escape", "f3", "z")
        assert not reading(pilot).zoomed
        await pilot.press("f10")
        assert reading(pilot).zoomed
        await pilot.press("f10", "f12")
        assert reading(pilot).judgement.verdicts["A"] == "correct"
        await pilot.press("a", "1")
        await until(pilot, lambda: bool(reading(pilot).judgement.sentences))


async def test_a_key_in_use_is_named_and_swapped(app: DoublereadApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_keys(pilot)
        await press_for(pilot, "zoom", "g")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "cases (Reading)" in drawn(pilot)
        await pilot.press("escape")
        assert kept().keys == {}
        await press_for(pilot, "zoom", "g")
        await pilot.press("enter")
        await until(pilot, lambda: kept().keys == {"zoom": "g", "cases": "z"})
        await press_for(pilot, "zoom", "j")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "join spans (Adjudication)" in drawn(pilot)


async def test_one_key_more_and_the_defaults_again(app: DoublereadApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_keys(pilot)
        await press_for(pilot, "zoom", "f10", opens="ctrl+a")
        await press_for(pilot, "next_case", "f12")
        assert kept().keys == {"zoom": "z,f10", "next_case": "f12"}
        assert "default: n" in drawn(pilot)
        await pilot.press("ctrl+d")
        assert kept().keys == {"zoom": "z,f10"}
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: kept().keys == {})
        assert app.own_keys == {}


async def test_escape_cancels_and_any_other_key_is_taken(app: DoublereadApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_keys(pilot)
        await press_for(pilot, "zoom", "escape")
        assert kept().keys == {}
        await press_for(pilot, "zoom", "tab")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "next pane (Reading)" in drawn(pilot)
        await pilot.press("escape")
        await press_for(pilot, "zoom", "enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert kept().keys == {}
