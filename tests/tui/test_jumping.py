"""Jumping to words in view by the letters drawn on them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.shared.actions import PANES
from doubleread.tui.shared.text.jump_labels import LETTERS, labels_of, words_in_view
from doubleread.tui.shared.three_texts import ThreeTexts
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import by_palette, reading, shown_text, until
from tui.studies import ARMS, OneStudyLibrary, make_app, make_study


@pytest.mark.parametrize("near", [0, 9])
@pytest.mark.parametrize("count", [0, 1, 8, 9, 10, 200, 451, 452, 676, 677, 1000, 5000])
def test_no_label_begins_with_another(count: int, near: int) -> None:
    labels = labels_of(count, near=near)
    assert len(labels) == count == len(set(labels))
    assert all(not later.startswith(label) for label, later in pairwise(sorted(labels)))
    assert all(set(label) <= set(LETTERS) for label in labels)
    assert list(map(len, labels)) == sorted(map(len, labels)), "the first labels are the shortest"


def test_two_letters_suffice_for_676_words() -> None:
    assert {len(label) for label in labels_of(676)} == {2}
    assert [len(label) for label in labels_of(677)].count(2) == 675


def test_the_nearest_words_get_letters_of_the_home_row() -> None:
    assert all(set(label) <= set("asdfghjkl") for label in labels_of(30))
    assert [len(label) for label in labels_of(12, near=9)] == [1] * 9 + [2] * 3


def test_words_in_view_begin_in_view() -> None:
    text = "One two, three.\n\n-- four 患者 five"
    every = [span.of(text) for span in words_in_view(text, range(len(text)))]
    assert every == ["One", "two", "three", "four", "患", "者", "five"]
    assert [span.of(text) for span in words_in_view(text, range(1, 12))] == ["two", "three"]
    hidden = [offset for offset in range(len(text)) if text[offset] not in "tw"]
    assert "two" not in [span.of(text) for span in words_in_view(text, hidden)]
    assert words_in_view(text, []) == []
    assert words_in_view("...", [0, 1, 2]) == []


def label_on(screen: ThreeTexts, pane: str, word: str) -> str:
    """Return the letters drawn on the first place of a word in a text."""
    text = screen.text_of(pane)
    return text._labels[text.text.index(word)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_two_letters_go_to_a_word(library: OneStudyLibrary, size) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("h")
        await until(pilot, lambda: screen.jumping.active)
        assert "type the letters on a word" in shown_text(pilot)
        label = label_on(screen, "case", "smoking")
        assert len(label) == 2
        assert label in shown_text(pilot)
        await pilot.press(label[0])
        await until(pilot, lambda: label_on(screen, "case", "smoking") == label[1])
        assert len(screen.text._labels) <= 26, "other words have no labels any more"
        await pilot.press(label[1])
        await until(pilot, lambda: not screen.jumping.active)
        assert screen.text.text[screen.text.caret :].startswith("smoking")
        assert not screen.text._labels
        assert "m mark" in shown_text(pilot)


async def test_a_jump_goes_to_another_text(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("h")
        await until(pilot, lambda: screen.jumping.active)
        word = screen.text_of("B").text.split()[7]
        await pilot.press(*label_on(screen, "B", word))
        await until(pilot, lambda: screen.pane == "B")
        assert screen.text.has_focus
        assert screen.text.text[screen.text.caret :].startswith(word)
        await pilot.press("2")
        await until(pilot, lambda: screen.judgement.verdicts.get("B") == "partly")


async def test_one_text_in_view_has_all_labels(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "h")
        await until(pilot, lambda: screen.jumping.active)
        assert [bool(screen.text_of(pane)._labels) for pane in PANES] == [False, True, False]


async def test_any_other_key_cancels(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "w", "w")
        caret = screen.text.caret
        for key in ("escape", "enter", "1", "tab", "down"):
            await pilot.press("h", "f", key)
            await until(pilot, lambda: not screen.jumping.active)
            assert (screen.pane, screen.text.caret) == ("A", caret), key
            assert not screen.judgement.verdicts
            assert not screen.text._labels


async def test_a_click_or_a_grown_answer_cancels(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("h")
        await until(pilot, lambda: screen.jumping.active)
        await pilot.click(screen.text_of("A"), offset=(12, 2))
        await until(pilot, lambda: not screen.jumping.active)
        await pilot.press("h")
        await until(pilot, lambda: screen.jumping.active)
        screen.navigation.step(1)
        await until(pilot, lambda: "teacher" in screen.text_of("case").text)
        await pilot.press("f", "j")
        await until(pilot, lambda: not screen.jumping.active)


@pytest.mark.parametrize(
    ("at", "word", "selected"),
    [
        ("recent", "of", "recent upper respiratory infection and a long history of"),
        ("infection", "upper", "upper respiratory "),
    ],
)
async def test_extending_reaches_the_word(library: OneStudyLibrary, at: str, word: str, selected: str) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        text = screen.text
        text.move_caret(text.text.index(at))
        await pilot.press("v", "h")
        await until(pilot, lambda: screen.jumping.active)
        assert not screen.text_of("A")._labels, "a selection does not leave its text"
        await pilot.press(*label_on(screen, "case", word))
        await until(pilot, lambda: text.selection is not None)
        assert text.selection.of(text.text) == selected
        assert text.extending


@pytest.mark.parametrize(("first", "last"), [("infection", "smoking"), ("smoking", "infection"), ("rub", "rub")])
async def test_two_jumps_select_from_word_to_word(library: OneStudyLibrary, first: str, last: str) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        text = screen.text
        await pilot.press("H")
        await until(pilot, lambda: screen.jumping.active)
        await pilot.press(*label_on(screen, "case", first))
        await until(pilot, lambda: text.selection is not None)
        assert screen.jumping.active, "the second word is asked for"
        await pilot.press(*label_on(screen, "case", last))
        await until(pilot, lambda: not screen.jumping.active)
        places = sorted([text.text.index(first), text.text.index(last)])
        longest = max(
            place + len(word)
            for place, word in zip((text.text.index(first), text.text.index(last)), (first, last), strict=True)
        )
        assert text.selection == Span(places[0], longest)


async def test_jumping_works_from_the_list_of_annotations(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "i", "f5")
        await until(pilot, lambda: screen.in_annotations)
        await pilot.press("h")
        await until(pilot, lambda: screen.jumping.active)
        await pilot.press(*label_on(screen, "case", "rub"))
        await until(pilot, lambda: screen.pane == "case" and screen.text.has_focus)
        assert screen.text.text[screen.text.caret :].startswith("rub")


async def test_words_of_formatted_text_have_labels(tmp_path: Path) -> None:
    text = "# Heading\n\n- **Bold** [word](https://example.org/hidden)\n\n| One | Two |\n|---|---|\n| left | right |"
    texts = {("c01", arm.id): text for arm in ARMS}
    path = make_study(tmp_path / "s.doubleread", answered=["c01"], texts=texts)
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        screen.text_of("B").set_formatted(True, "answer")
        await pilot.press("f4", "h")
        await until(pilot, lambda: screen.jumping.active)
        labelled = [text[offset : offset + 4] for offset in sorted(screen.text._labels)]
        assert labelled == ["Head", "Bold", "word", "http", "exam", "One ", "Two ", "left", "righ"]
        await pilot.press(*label_on(screen, "B", "right"))
        await until(pilot, lambda: screen.text.caret == text.index("right"))


async def test_an_adjudicator_jumps_and_selects_too(tmp_path: Path) -> None:
    path = adjudicable_study(tmp_path / "s.doubleread")
    app = make_app(OneStudyLibrary(path), reader=None, adjudicator=ADJUDICATOR)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = next(one for one in app.screen_stack if isinstance(one, AdjudicationScreen))
        word = screen.text_of("A").text.split()[2]
        await pilot.press("H")
        await until(pilot, lambda: screen.jumping.active)
        await pilot.press(*label_on(screen, "A", word))
        await until(pilot, lambda: screen.pane == "A" and screen.text.selection is not None)
        await pilot.press(*label_on(screen, "A", word))
        await until(pilot, lambda: not screen.jumping.active)
        assert screen.text.selection.of(screen.text.text) == word.strip(".,")


async def test_a_jump_is_offered_in_the_palette(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await by_palette(pilot, "jump")
        await until(pilot, lambda: pilot.app.screen is screen and screen.jumping.active)
        await pilot.press(*label_on(screen, "case", "rub"))
        await until(pilot, lambda: screen.text.text[screen.text.caret :].startswith("rub"))
