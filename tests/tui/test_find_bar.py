"""Words are found in the case and in both answers, on every screen that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.store import StudyFile
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.app import DoublereadApp
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.shared.actions import PANES
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.text.find_bar import FindBar, found_in
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import click_chip, reading, shown_text, until
from tui.studies import ARMS, CASES, OneStudyLibrary, commit_readings, make_app, make_study, wall

SIZES = [(80, 24), (200, 60)]


def found(pilot: Pilot[None]) -> dict[str, list[str]]:
    """Return what is marked as found in each text."""
    texts = {pane: reading(pilot).text_of(pane) for pane in PANES}
    return {pane: [mark.span.of(text.text) for mark in text._found] for pane, text in texts.items()}


@pytest.mark.parametrize("size", SIZES)
async def test_words_are_found_in_the_case_and_in_both_answers(library: OneStudyLibrary, size) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("slash", *"ST elevation")
        await until(pilot, lambda: "case 1, A 0, B 1" in shown_text(pilot) or "case 1, A 1, B 0" in shown_text(pilot))
        assert "1 of 2" in shown_text(pilot)
        assert sorted(map(len, found(pilot).values())) == [0, 1, 1]
        assert screen.pane == "case"
        assert screen.text.text[screen.text.caret :].startswith("ST elevation")
        await pilot.press("enter")
        await until(pilot, lambda: "2 of 2" in shown_text(pilot))
        answer = screen.pane
        assert answer != "case"
        assert screen.reading_pane(answer).display
        assert screen.text.text[screen.text.caret :].startswith("ST elevation")
        assert isinstance(screen.focused, Input), "the next key goes on"
        await pilot.press("down")
        await until(pilot, lambda: screen.pane == "case")
        await pilot.press("up", "escape")
        await until(pilot, lambda: not screen.find_bar.is_open)
        assert screen.pane == answer
        assert screen.text.has_focus
        assert screen.text.text[screen.text.caret :].startswith("ST elevation")
        assert not any(found(pilot).values())


async def test_the_search_begins_where_the_reader_is(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        screen.action_show_pane("B")
        screen.text.move_caret(40)
        await pilot.press("slash", *"the")
        await until(pilot, lambda: screen.pane == "B" and bool(found(pilot)["A"]))
        assert screen.text.caret > 40
        assert screen.text.text[screen.text.caret :].casefold().startswith("the")
        await pilot.press("backspace", "backspace", "backspace", *"zz")
        await until(pilot, lambda: "not found" in shown_text(pilot))
        assert not any(found(pilot).values())


async def test_the_last_words_are_offered_again(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"rub", "escape", "slash")
        await until(pilot, lambda: bool(found(pilot)["case"]))
        assert reading(pilot).find_bar.query_one(Input).value == "rub"
        await pilot.press(*"ECG")
        await until(pilot, lambda: found(pilot)["case"] == ["ECG"])


async def test_another_case_ends_the_search(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("slash", *"diagnosis")
        await until(pilot, lambda: bool(found(pilot)["case"]))
        screen.navigation.step(1)
        await until(pilot, lambda: CASES[1].question in screen.text_of("case").text)
        assert not screen.find_bar.is_open
        assert not any(found(pilot).values())


async def test_the_words_to_find_are_seen_in_a_narrow_window(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"pericarditis")
        await until(pilot, lambda: "pericarditis  " in shown_text(pilot))
        assert "B 0   ↓ ↑   esc ends" in shown_text(pilot) or "B 1   ↓ ↑   esc ends" in shown_text(pilot)
        assert "esc end the search" in shown_text(pilot)
        assert "m mark" not in shown_text(pilot), "it is typed now"
        await pilot.resize_terminal(200, 60)
        await until(pilot, lambda: "enter ↓ next   ↑ previous   esc ends" in shown_text(pilot))
        await click_chip(pilot, reading(pilot).query_one("#keys", Chips), "back")
        await until(pilot, lambda: "m mark" in shown_text(pilot))
        assert not reading(pilot).find_bar.is_open


async def test_escape_in_a_text_ends_the_search_too(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("slash", *"pain")
        await pilot.click(screen.text_of("A"), offset=(10, 3))
        await until(pilot, lambda: screen.text_of("A").has_focus)
        assert any(found(pilot).values()), "the marks stay while the reader reads"
        await pilot.press("escape")
        await until(pilot, lambda: not screen.find_bar.is_open)
        assert screen.text_of("A").has_focus


async def test_an_adjudicator_finds_words_in_all_texts(library: OneStudyLibrary, tmp_path) -> None:
    path = adjudicable_study(tmp_path / "s.doubleread")
    async with make_app(OneStudyLibrary(path), reader=None, adjudicator=ADJUDICATOR).run_test(size=(80, 24)) as pilot:
        screen = next(one for one in pilot.app.screen_stack if isinstance(one, AdjudicationScreen))
        await pilot.press("slash", *"the")
        await until(pilot, lambda: " · case " in shown_text(pilot))
        before = screen.pane
        await until(pilot, lambda: bool(screen.text_of("A")._found) and bool(screen.text_of("B")._found))
        while screen.pane == before:
            await pilot.press("enter")
        await pilot.press("escape")
        await until(pilot, lambda: screen.text.has_focus)


async def test_the_case_of_the_results_is_searched_in_all_texts(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=1)
    with StudyFile.open(library.path, device="d") as study:
        detail = next(iter(case_details(study, blinding_of(study))))
    screen = CaseViewScreen(detail, [CASES[0].id], Settings(), read=lambda _: None)
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.app.push_screen(screen)
        await pilot.press("slash", *"ST elevation")
        await until(pilot, lambda: "1 of 2 · case 1, ● 0, ◆ 1" in shown_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: screen.pane(1).display)
        assert screen.query_one(FindBar).has_keyboard
        await pilot.press("escape")
        await until(pilot, lambda: screen.pane(1).text.has_focus)


async def test_a_score_review_searches_the_case_and_the_answer(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-09")
    app = DoublereadApp(library, Settings(), start=library.path, reviews="R-09", wall=wall)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"goitre")
        await until(pilot, lambda: "case 1, answer" in shown_text(pilot) or "no score" in shown_text(pilot))
        assert "case 1, answer 1" in shown_text(pilot)


def test_a_span_of_many_matches_is_cut_off() -> None:
    assert len(found_in("a " * 2000, "a")) == 1000


@pytest.mark.parametrize(
    ("words", "found"),
    [("one two", ["One\n two", "one two"]), ("", []), ("  ", []), ("(x", ["(x", "(X"]), ("ﬁ", []), ("three", [])],
)
def test_words_are_found_in_any_case_over_any_blanks(words: str, found: list[str]) -> None:
    text = "One\n two (x) (X) one two"
    assert [span.of(text) for span in found_in(text, words)] == found
    assert all(isinstance(span, Span) for span in found_in(text, words))


async def test_words_are_found_through_hidden_markup(tmp_path: Path) -> None:
    texts = {("c01", arm.id): "- The **ST** elevation\n- and *ST*\n  elevation, **S**T elevation." for arm in ARMS}
    path = make_study(tmp_path / "s.doubleread", answered=["c01"], texts=texts)
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        for pane in ("A", "B"):
            reading(pilot).text_of(pane).set_formatted(True, "answer")
        await pilot.press("slash", *"ST elevation")
        await until(pilot, lambda: "1 of 7 · case 1, A 3, B 3" in shown_text(pilot))
        assert found(pilot)["A"] == ["ST** elevation", "ST*\n  elevation", "S**T elevation"]
        for pane in ("A", "B"):
            reading(pilot).text_of(pane).set_formatted(False)
        await pilot.press("space")
        await until(pilot, lambda: "1 of 1 · case 1, A 0, B 0" in shown_text(pilot))
