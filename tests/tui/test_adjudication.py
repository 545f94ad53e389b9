"""An adjudicator resolves the differences between two readings, by keys or by the mouse, and commits the case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from doubleread.config import Settings
from doubleread.domain.adjudication import Decision, Difference
from doubleread.sessions.adjudication import AdjudicationSession, adjudicable_cases
from doubleread.store import StudyFile
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, ListDialog, MessageDialog
from doubleread.tui.shared.help import GuidelinePage, HelpPage
from tui.adjudicated import (
    ADJUDICATOR,
    ALONE,
    BOTH,
    INFECTION,
    LONG,
    READERS,
    SHORT,
    SMOKING,
    THIRD,
    adjudicable_study,
    correct_verdict,
)
from tui.driving import click_chip, drag, rows, shown_text, until
from tui.studies import NAMES, OneStudyLibrary, make_app, make_study

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return adjudicable_study(tmp_path / "trial.doubleread")


def app_of(library: OneStudyLibrary, **more: Any) -> DoublereadApp:
    return make_app(library, adjudicator=ADJUDICATOR, **more)


def adjudicating(pilot: Pilot[None]) -> AdjudicationScreen:
    return next(screen for screen in reversed(pilot.app.screen_stack) if isinstance(screen, AdjudicationScreen))


def difference(screen: AdjudicationScreen, subject: str, words: str = "") -> Difference:
    """The one difference of this subject, with words that a reader marked, or the answer by its model."""
    (found,) = (
        item
        for item in screen.session.differences
        if item.subject == subject
        and (not words or any(held.annotation and held.annotation.quote == words for held in item.held))
    )
    return found


def reader_with(item: Difference, held: str | None) -> int:
    """The number of the reader who marked these words, said this, or nothing."""
    said = [held.annotation.quote if held.annotation else held.value for held in item.held]
    return said.index(held)


async def go_to(pilot: Pilot[None], item: Difference) -> None:
    """Walk to a difference by key."""
    screen = adjudicating(pilot)
    for _ in screen.session.differences:
        if screen.deciding.difference_id == item.id:
            return
        await pilot.press("]")
        await pilot.pause()
    assert screen.deciding.difference_id == item.id


async def review_all(pilot: Pilot[None]) -> None:
    """Take the first reader's everything that is open."""
    screen = adjudicating(pilot)
    for _ in screen.session.differences:
        if screen.session.missing_for_commit():
            await pilot.press("1")
            await pilot.pause()
    assert not screen.session.missing_for_commit()


def current(path: Path, case_id: str = "c01") -> dict[str, Any]:
    """What is resolved of a case, as somebody who opens the file later finds it."""
    with StudyFile.open(path, device="d") as study:
        session = AdjudicationSession(study, ADJUDICATOR, clock=lambda: 0.0)
        session.goto(case_id)
        held = session.resolution()
        arm_of = {side: answer_id.partition("/")[2] for side, answer_id in session.answer_ids.items()}
        texts = {answer_id: session.answers[side] for side, answer_id in session.answer_ids.items()}
        for annotation in held.annotations:
            text = session.case.text if annotation.place == "case" else texts[annotation.answer_id]
            assert text[annotation.start : annotation.end] == annotation.quote
        return {
            "annotations": {
                annotation.quote: (annotation.category, annotation.severity) for annotation in held.annotations
            },
            "verdicts": {arm_of[side]: verdict for side, verdict in held.verdicts.items()},
            "preference": arm_of.get(held.preference, held.preference),
            "ratings": {axis: arm_of.get(side, side) for axis, side in held.ratings.items()},
            "committed": session.committed,
        }


@SIZES
async def test_every_difference_by_key(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with app_of(library).run_test(size=size) as pilot:
        screen = adjudicating(pilot)
        await pilot.pause()
        assert {item.subject for item in screen.session.differences} == {
            *("annotation", "omission", "verdict", "preference", "rating")
        }
        words = difference(screen, "annotation", SHORT)
        await go_to(pilot, words)
        assert LONG in shown_text(pilot)
        await pilot.press("j")
        await pilot.pause()
        assert "How are they rated?" in shown_text(pilot)
        await pilot.press(str(reader_with(words, SHORT) + 1))
        await pilot.pause()
        alone = difference(screen, "annotation", ALONE)
        await go_to(pilot, alone)
        await pilot.press("x")
        left_out = difference(screen, "omission")
        await go_to(pilot, left_out)
        await pilot.press(str(reader_with(left_out, SMOKING) + 1))
        verdict = difference(screen, "verdict")
        await go_to(pilot, verdict)
        await pilot.press("o", "4")
        preference = difference(screen, "preference")
        await go_to(pilot, preference)
        await pilot.press("o", "n")
        await pilot.pause()
        assert screen.deciding.difference_id == difference(screen, "rating").id, "the one that is left comes by itself"
        await pilot.press(str(reader_with(difference(screen, "rating"), "tie") + 1))
        await pilot.pause()
        assert "6 of 6 differences resolved" in shown_text(pilot)
        assert "saved 12:04:31" in shown_text(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        assert "3 annotations, 1 major" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.session.case.id == "c02", "the next open case comes by itself"
    assert current(library.path) == {
        "annotations": {BOTH: ("fabrication", "minor"), LONG: ("fabrication", "major"), SMOKING: ("omission", "minor")},
        "verdicts": {"m-zebrafinch": "unsure", "m-quokkamed": "incorrect"},
        "preference": "both bad",
        "ratings": {"reasoning": "tie"},
        "committed": True,
    }


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_every_difference_by_mouse(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with app_of(library).run_test(size=size) as pilot:
        screen = adjudicating(pilot)
        resolve, asked = screen.query_one("#resolve", Chips), screen.query_one("QuestionBar Chips", Chips)

        async def choose(item: Difference) -> None:
            index = [listed.id for listed in screen.session.differences].index(item.id)
            screen.difference_list.scroll_to(y=index, animate=False)
            await pilot.pause()
            await pilot.click(screen.difference_list, offset=(4, index - screen.difference_list.scroll_offset.y))
            await pilot.pause()
            assert screen.deciding.difference_id == item.id

        words = difference(screen, "annotation", SHORT)
        await choose(words)
        await drag(pilot, screen.text, "chest pain that spreads")
        assert screen.dock_view == "question"
        await click_chip(pilot, asked, "negation")
        await click_chip(pilot, asked, "minor")
        await choose(difference(screen, "annotation", ALONE))
        await click_chip(pilot, resolve, f"take {reader_with(difference(screen, 'annotation', ALONE), ALONE)}")
        await choose(difference(screen, "omission"))
        await click_chip(pilot, resolve, "join")
        await choose(difference(screen, "verdict"))
        await click_chip(pilot, resolve, f"take {reader_with(difference(screen, 'verdict'), 'partly')}")
        await choose(difference(screen, "preference"))
        await click_chip(pilot, resolve, f"take {reader_with(difference(screen, 'preference'), 'tie')}")
        await choose(difference(screen, "rating"))
        await click_chip(pilot, resolve, "own")
        better = "A" if screen.session.answer_ids["A"].endswith("quokkamed") else "B"
        await click_chip(pilot, asked, better)
        await click_chip(pilot, screen.query_one("#keys", Chips), "adjudication.commit")
        assert isinstance(pilot.app.screen, ConfirmDialog)
        await click_chip(pilot, pilot.app.screen.query_one(Chips), "yes")
    assert current(library.path) == {
        "annotations": {
            BOTH: ("fabrication", "minor"),
            "chest pain that spreads": ("negation", "minor"),
            ALONE: ("fabrication", "major"),
            f"{INFECTION.removesuffix('infection')}{SMOKING}": ("omission", "minor"),
        },
        "verdicts": {"m-zebrafinch": "partly", "m-quokkamed": "incorrect"},
        "preference": "tie",
        "ratings": {"reasoning": "m-quokkamed"},
        "committed": True,
    }


async def test_an_own_annotation_by_key_over_selected_words_and_over_a_readers(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        await go_to(pilot, difference(screen, "annotation", ALONE))
        await pilot.press("tab", "s", "o", "x", "i")
        await pilot.pause()
        await go_to(pilot, difference(screen, "annotation", SHORT))
        await pilot.press("o", str(reader_with(difference(screen, "annotation", SHORT), LONG) + 1), "n", "m")
        await pilot.pause()
        await go_to(pilot, difference(screen, "omission"))
        await pilot.press("o", "escape", "o", "1", "escape", "1", "m")
        await pilot.pause()
        assert screen.deciding.resolved == 3
    held = current(library.path)["annotations"]
    assert held[f"{ALONE}."] == ("contextual", "minor")
    assert held[LONG] == ("negation", "major")
    assert ("omission", "major") in held.values()


async def test_joined_words_can_be_rated_again(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40)) as pilot:
        await go_to(pilot, difference(adjudicating(pilot), "annotation", SHORT))
        await pilot.press("j", "o", "x", "i")
        await pilot.pause()
        await go_to(pilot, difference(adjudicating(pilot), "annotation", SHORT))
        assert "spans joined, rated contextual, minor" in shown_text(pilot)
    assert current(library.path)["annotations"][LONG] == ("contextual", "minor")


async def test_taking_nothing_leaves_no_annotation(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40)) as pilot:
        alone = difference(adjudicating(pilot), "annotation", ALONE)
        await go_to(pilot, alone)
        await pilot.press(str(reader_with(alone, None) + 1))
        await pilot.pause()
        assert adjudicating(pilot).session.decision_of(alone.id) is not None
    assert ALONE not in current(library.path)["annotations"]


async def test_words_elsewhere_are_not_those_of_the_current_difference(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = adjudicating(pilot)
        await go_to(pilot, difference(screen, "annotation", SHORT))
        await pilot.press("f2", "s", "m")
        await pilot.pause()
        assert screen.dock_view == "judge"
        assert "The current difference is another one" in shown_text(pilot)
        await go_to(pilot, difference(screen, "omission"))
        case = screen.text_of("case")
        case.select(None)
        case.move_caret(len(case.text) - 1)
        await pilot.press("f2", "m")
        await pilot.pause()
        assert screen.dock_view == "judge", "the options are no words of the case"
        assert screen.deciding.resolved == 0


async def test_undo_and_redo_go_to_the_difference(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24), notifications=True) as pilot:
        screen = adjudicating(pilot)
        first = screen.deciding.difference_id
        await pilot.press("u")
        await pilot.pause()
        assert "no decision to undo" in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert screen.deciding.difference_id != first
        await pilot.press("1", "u", "u")
        await pilot.pause()
        assert (screen.deciding.resolved, screen.deciding.difference_id) == (0, first)
        assert "0 of 6 differences resolved" in shown_text(pilot)
        await pilot.press("U")
        await pilot.pause()
        assert (screen.deciding.resolved, screen.deciding.difference_id) == (1, first)
        await pilot.press("U", "U")
        await pilot.pause()
        assert screen.deciding.resolved == 2


async def test_what_was_decided_is_there_again_later(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "1")
        await pilot.pause()
        decided = {item.id for item in adjudicating(pilot).session.differences[:2]}
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        differences = screen.session.differences
        assert {item.id for item in differences[-2:]} == decided, "what is open comes first"
        assert screen.deciding.difference_id == differences[0].id
        assert "2 of 6 differences resolved" in shown_text(pilot)


async def test_nothing_is_committed_before_all_is_resolved(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        assert "Not resolved yet" in shown_text(pilot)
        await pilot.press("escape")
        await review_all(pilot)
        await pilot.press("c", "escape")
        await pilot.pause()
    assert not current(library.path)["committed"]


async def test_a_case_on_which_the_readers_agree_is_resolved_by_its_commit(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await pilot.pause()
        seen = shown_text(pilot)
        for words in ("the readers agree on everything here", "no differences", "Preferred:"):
            assert words in seen
        await pilot.press("1", "j", "o", "x", "[", "]", "f5", "c", "enter")
        await pilot.pause()
        assert adjudicating(pilot).session.case.id == "c01"
    assert current(library.path, "c02") == {
        "annotations": {},
        "verdicts": {"m-zebrafinch": "correct", "m-quokkamed": "incorrect"},
        "preference": "m-zebrafinch",
        "ratings": {"reasoning": "m-zebrafinch"},
        "committed": True,
    }


async def test_a_resolved_case_is_opened_again_with_a_reason(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        await review_all(pilot)
        await pilot.press("c", "enter")
        await pilot.pause()
        await pilot.press("p")
        await pilot.pause()
        assert screen.session.committed
        verdict = difference(screen, "verdict")
        await go_to(pilot, verdict)
        await pilot.press("o", "4")
        await pilot.pause()
        dialog = pilot.app.screen
        assert isinstance(dialog, LineDialog)
        await pilot.press("escape")
        await pilot.pause()
        assert screen.session.committed
        await pilot.press("o", "4")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "looked at the ECG again"
        await pilot.press("enter")
        await pilot.pause()
        assert not screen.session.committed
        decision = screen.session.decision_of(verdict.id)
        assert decision is not None
        assert decision.value == "unsure"
        await pilot.press("c", "enter")
        await pilot.pause()
    assert current(library.path)["verdicts"]["m-zebrafinch"] == "unsure"
    bodies = [json.loads(row["body"]) for row in rows(library.path, "SELECT body FROM events ORDER BY rowid")]
    assert [body["reason"] for body in bodies if body.get("reason")] == ["looked at the ECG again"]


async def test_everything_adjudicated_is_said(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await review_all(pilot)
        await pilot.press("c", "enter")
        await pilot.pause()
        await pilot.press("c", "enter")
        await pilot.pause()
        assert "Everything that readers differ in is resolved" in shown_text(pilot)
        await pilot.press("enter", "N")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        assert "Everything that readers differ in is resolved" in shown_text(pilot)
    with StudyFile.open(library.path, device="d", read_only=True) as study:
        assert all(case.committed for case in adjudicable_cases(study, ADJUDICATOR))


async def test_what_readers_hold_can_be_scrolled_where_there_is_little_room(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(60, 20)) as pilot:
        screen = adjudicating(pilot)
        await go_to(pilot, difference(screen, "annotation", SHORT))
        held = screen.query_one(DifferencePanel).scrolled
        await pilot.press("f5")
        assert held.has_focus
        await pilot.press("end")
        await until(pilot, lambda: held.scroll_y == held.max_scroll_y > 0)
        await pilot.press("f5")
        assert screen.difference_list.has_focus
        await pilot.press("z", "escape", "f5", "n")
        await pilot.pause()
        assert screen.pane == "case", "where nothing is to be resolved one begins with the case"


async def test_three_readers(tmp_path: Path) -> None:
    library = OneStudyLibrary(adjudicable_study(tmp_path / "three.doubleread", readers=(*READERS, THIRD)))
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        for item in screen.session.differences:
            assert len(item.held) == 3
            await go_to(pilot, item)
            await pilot.press("3")
            await pilot.pause()
            decision = screen.session.decision_of(item.id)
            assert decision is not None
            assert decision.reader == 2
        await pilot.press("4")
        await go_to(pilot, difference(screen, "omission"))
        assert "reader 3" in shown_text(pilot)
        await click_chip(pilot, screen.query_one("#resolve", Chips), "take 0")
        await pilot.press("c", "enter")
        await pilot.pause()
    assert current(library.path)["committed"]


async def test_a_reading_corrected_while_the_screen_is_open(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        verdict = difference(screen, "verdict")
        await go_to(pilot, verdict)
        correct_verdict(library.path)
        await pilot.press("1")
        await pilot.pause()
        again = difference(screen, "verdict")
        assert again.id != verdict.id
        assert {held.value for held in again.held} == {"correct", "incorrect"}
        assert screen.session.decision_of(again.id) is None
        await review_all(pilot)
        await pilot.press("c", "enter")
        await pilot.pause()
    assert current(library.path)["committed"]


async def test_foreign_words_are_harmless(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40)) as pilot:
        await go_to(pilot, difference(adjudicating(pilot), "annotation", SHORT))
        seen = shown_text(pilot)
        assert "[b]not[/b] in" in seen
        assert "\x1b" not in seen


@SIZES
async def test_no_model_and_no_reader_is_named(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with app_of(library).run_test(size=size, tooltips=True, notifications=True) as pilot:
        screen = adjudicating(pilot)
        seen = shown_text(pilot)
        for _ in screen.session.differences:
            for key in ("f2", "f3", "f4", "f5", "1"):
                await pilot.press(key)
            await pilot.pause()
            seen += shown_text(pilot)
        for opening in ("g", "c", "question_mark", "G"):
            await pilot.press(opening)
            await pilot.pause()
            seen += shown_text(pilot)
            await pilot.press("escape")
            await pilot.pause()
    assert "reader 1" in seen
    assert (ADJUDICATOR in seen) == (size[0] > 80)
    for word in (*READERS, *NAMES, "zebrafinch", "quokkamed", "named with its letter"):
        assert word.casefold() not in seen.casefold()


async def test_both_readers_marks_differ_by_more_than_colour(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40)) as pilot:
        screen = adjudicating(pilot)
        words = difference(screen, "annotation", SHORT)
        await go_to(pilot, words)
        text = screen.text
        by_symbol = {mark.symbol: mark for mark in text.marks}
        first, second = by_symbol["1"], by_symbol["2"]
        assert {first.span.of(text.text), second.span.of(text.text)} == {SHORT, LONG}
        assert by_symbol["="].span.of(text.text) == BOTH
        assert by_symbol["◦"].span.of(text.text) == ALONE
        looks = {mark.kind: text.get_component_rich_style(f"annotated-text--{mark.kind}") for mark in (first, second)}
        one, two = looks["reader-1"], looks["reader-2"]
        assert (one.underline, one.italic) != (two.underline, two.italic)
        x, y = text.cell_of(second.span.start)
        line = "".join(segment.text for segment in text.render_line(y))
        assert "1 2" in line
        await pilot.press("1")
        await pilot.pause()
        assert "✓" in {mark.symbol for mark in text.marks}
        assert x


async def test_a_click_on_marked_words_takes_their_difference_in_hand(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = adjudicating(pilot)
        alone = difference(screen, "annotation", ALONE)
        await go_to(pilot, difference(screen, "annotation", SHORT))
        text = screen.text
        await pilot.click(text, offset=text.cell_of(text.text.index(ALONE) + 2))
        await pilot.pause()
        assert screen.deciding.difference_id == alone.id
        await pilot.click(text, offset=text.cell_of(text.text.index(BOTH) + 2))
        await pilot.pause()
        assert screen.deciding.difference_id == alone.id
        assert "The readers agree here: fabrication, minor" in shown_text(pilot)


async def test_the_ways_around(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24), notifications=True) as pilot:
        screen = adjudicating(pilot)
        assert screen.difference_list.has_focus
        await pilot.press("down")
        await pilot.pause()
        assert screen.deciding.difference_id == screen.session.differences[1].id
        await pilot.press("tab")
        assert screen.text.has_focus
        await pilot.press("z", "escape", "f5")
        assert screen.difference_list.has_focus
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpPage)
        assert "How to resolve differences" in shown_text(pilot)
        await pilot.press("escape", "G")
        await pilot.pause()
        assert isinstance(pilot.app.screen, GuidelinePage)
        await pilot.press("escape", "g")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ListDialog)
        assert "Cases: 0 of 2 resolved" in shown_text(pilot)
        assert "6 of 6 differences open" in shown_text(pilot)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert screen.session.case.id == "c02"
        assert "case 2 of 2" in shown_text(pilot)
        await pilot.press("n")
        await pilot.pause()
        assert "This is the last case" in shown_text(pilot)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))


async def test_the_library_leads_to_the_adjudication(library: OneStudyLibrary) -> None:
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        dialog = pilot.app.screen
        assert isinstance(dialog, LineDialog)
        assert dialog.query_one(OptionList).option_count == 1
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AdjudicationScreen))


async def test_the_library_says_how_an_adjudicator_is_registered(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "trial.doubleread"))
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        for words in ("This study has no registered adjudicator", '"Register a reader" on the'):
            assert words in shown_text(pilot)


async def test_a_study_without_an_adjudicator_or_a_second_reading_says_what_to_do(tmp_path: Path) -> None:
    library = OneStudyLibrary(adjudicable_study(tmp_path / "one.doubleread", readers=READERS[:1]))
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        assert "two" in shown_text(pilot)
    async with make_app(library, adjudicator="SOMEBODY").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, MessageDialog)
        assert "adjudicator" in shown_text(pilot)


async def test_a_reading_corrected_meanwhile_reopens_what_it_touches(library: OneStudyLibrary) -> None:
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        await review_all(pilot)
        await pilot.press("c", "enter")
        await pilot.pause()
    correct_verdict(library.path)
    async with app_of(library).run_test(size=(80, 24)) as pilot:
        screen = adjudicating(pilot)
        assert screen.session.case.id == "c01"
        assert "readings changed" in shown_text(pilot)
        assert screen.deciding.difference is not None
        assert screen.deciding.difference.subject == "verdict"
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("c", "enter")
        await pilot.pause()
    assert current(library.path)["committed"]


async def test_notes_beside_the_words_say_whose_they_are(library: OneStudyLibrary, path: Path) -> None:
    async with app_of(library).run_test(size=(200, 60)) as pilot:
        screen = adjudicating(pilot)
        item = difference(screen, "annotation", ALONE)
        await go_to(pilot, item)
        pane = screen.reading_pane(screen.deciding.pane_of(item) or "case")
        assert pane.margin.display
        reader = reader_with(item, ALONE) + 1
        noted = {note.label: note for note in pane.margin.notes}
        assert noted[f"reader {reader}"].focused
        assert any(note.label.startswith("◦ reader") for note in pane.margin.notes), "other differences are noted, too"
        assert f"reader {reader} " in shown_text(pilot)
        other = next(note for note in pane.margin.notes if note.label.startswith("◦"))
        pane.margin.post_message(pane.margin.Chosen(other.id))
        await until(pilot, lambda: screen.deciding.difference_id == other.id.rpartition(" ")[0])
        await go_to(pilot, item)
        await pilot.press(str(reader))
        await until(pilot, lambda: any(note.label == "✓ resolved" for note in pane.margin.notes))


@SIZES
async def test_a_click_on_a_verdict_resolves_what_readers_differ_in(
    library: OneStudyLibrary, path: Path, size: tuple[int, int]
) -> None:
    async with app_of(library).run_test(size=size) as pilot:
        screen = adjudicating(pilot)
        item = difference(screen, "verdict")
        side = screen.session.side_of(item.id)
        assert side is not None
        screen.action_show_pane(side)
        await pilot.pause()
        said = item.held[0].value
        chips = screen.reading_pane(side).verdict
        assert f"{said} (1)" in [chip.label for chip in chips.chips]
        assert not any(chip.chosen for chip in chips.chips)
        await click_chip(pilot, chips, f"{side} {said}")
        await until(pilot, lambda: screen.session.decision_of(item.id) == Decision.take(0))
        assert [chip.id for chip in chips.chips if chip.chosen] == [f"{side} {said}"]
        own = next(name for name in ("unsure", "partly") if name not in {held.value for held in item.held})
        screen.action_show_pane(side)
        await pilot.pause()
        await click_chip(pilot, chips, f"{side} {own}")
        await until(pilot, lambda: screen.session.decision_of(item.id) == Decision.own_value(own))
        agreed = screen.reading_pane("A" if side == "B" else "B").verdict
        assert [chip.enabled for chip in agreed.chips] == [chip.chosen for chip in agreed.chips]
