"""Words of an answer are marked in the case, and linked to it from the answer."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from doubleread.tui.shared.actions import Pane
from tui.driving import annotations, notices, reading, rows, rows_drawn, shown_text, until
from tui.studies import CASES, OneStudyLibrary, arm_on, make_app

GOOD: Pane = "A" if arm_on("A") == "m-zebrafinch" else "B"
BAD: Pane = "B" if GOOD == "A" else "A"
KEYS = {"A": "f3", "B": "f4"}


def echoed(pilot: Pilot[None]) -> list[str]:
    text = reading(pilot).text_of("case")
    return [mark.span.of(text.text) for mark in text._echoes]


def told(pilot: Pilot[None], words: str) -> bool:
    return any(words in notice.message for notice in notices(pilot))


def put_caret(pilot: Pilot[None], pane: Pane, words: str) -> None:
    screen = reading(pilot)
    screen.action_show_pane(pane)
    screen.text.move_caret(screen.text.text.index(words))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_selected_words_are_marked_in_the_case(library: OneStudyLibrary, size) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        put_caret(pilot, GOOD, "scratching rub")
        await pilot.press("W", "W")
        await until(pilot, lambda: echoed(pilot) == ["scratching rub"])
        assert "in the case: 1 place" in shown_text(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: reading(pilot).pane == "case")
        assert echoed(pilot) == ["scratching rub"], "it is still there in the case"
        await pilot.press(KEYS[GOOD], "escape")
        await until(pilot, lambda: not echoed(pilot))
        assert "in the case" not in shown_text(pilot)


@pytest.mark.parametrize(
    ("size", "some"),
    [
        ((80, 24), "not: crushing"),
        ((120, 40), "2 of 3 words, not: crushing"),
        ((200, 60), "in the case: 2 of 3 words, not: crushing"),
    ],
)
async def test_words_that_the_case_does_not_have(library: OneStudyLibrary, size, some: str) -> None:
    async with make_app(library).run_test(size=size) as pilot:

        def drawn(words: str) -> bool:
            return any(words in row for row in rows_drawn(reading(pilot)))

        put_caret(pilot, BAD, "Troponin")
        await pilot.press("s")
        await until(pilot, lambda: drawn("not in the case text"))
        assert echoed(pilot) == []
        put_caret(pilot, BAD, "crushing")
        await pilot.press("W", "W", "W")
        await until(pilot, lambda: drawn(some))
        assert echoed(pilot) == ["chest pain"]


async def test_words_of_the_question_and_the_options_do_not_count(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        put_caret(pilot, GOOD, "Acute pericarditis")
        await pilot.press("W", "W")
        await until(pilot, lambda: "not in the case text" in shown_text(pilot))


async def test_a_focused_annotation_is_echoed(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        put_caret(pilot, BAD, "chest pain")
        await pilot.press("W", "W", "m", "f", "i")
        await until(pilot, lambda: reading(pilot).text.selection is None and echoed(pilot) == ["chest pain"])
        await pilot.press("d")
        await until(pilot, lambda: not echoed(pilot))
        await pilot.press("u")
        await until(pilot, lambda: len(reading(pilot).marking.listed) == 1)
        await pilot.press("]")
        await until(pilot, lambda: echoed(pilot) == ["chest pain"])
        await pilot.press("n")
        await until(pilot, lambda: CASES[1].question in reading(pilot).text_of("case").text)
        assert echoed(pilot) == []


async def test_one_key_links_the_annotation_to_an_echoed_place(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        put_caret(pilot, BAD, "The patient has crushing")
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: len(reading(pilot).marking.listed) == 1)
        assert "contradicted by A1" in shown_text(pilot) or "contradicted by B1" in shown_text(pilot)
        await pilot.press("l")
        await until(pilot, lambda: annotations(library.path)[0]["passage_quote"] == "chest pain")
        (row,) = annotations(library.path)
        assert row["passage_relation"] == "contradicts"
        assert CASES[0].text[row["passage_start"] : row["passage_end"]] == row["passage_quote"]
        assert told(pilot, "contradicted by “chest pain”")
        await pilot.press("E")
        await until(pilot, lambda: annotations(library.path)[0]["passage_relation"] == "supports")
        assert annotations(library.path)[0]["passage_quote"] == "chest pain", "the place stays"
        await pilot.press("u", "u")
        await until(pilot, lambda: annotations(library.path)[0]["passage_quote"] is None)


async def test_pressed_again_it_goes_to_the_next_place(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        put_caret(pilot, GOOD, "The scratching rub")
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: len(echoed(pilot)) > 1)
        places = echoed(pilot)
        for number, place in enumerate([*places, places[0]]):
            await pilot.press("l")
            await until(pilot, lambda place=place: annotations(library.path)[0]["passage_quote"] == place)
            assert told(pilot, f"place {number % len(places) + 1} of {len(places)}")


async def test_selected_words_of_an_annotation_choose_the_place(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        put_caret(pilot, GOOD, "The scratching rub")
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: bool(reading(pilot).marking.listed))
        put_caret(pilot, GOOD, "ST elevation")
        await pilot.press("W", "W", "E")
        await until(pilot, lambda: annotations(library.path)[0]["passage_quote"] == "ST elevation")
        await pilot.press("E")
        await until(pilot, lambda: told(pilot, "in no other place"))


async def test_without_such_a_place_nothing_is_linked(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        put_caret(pilot, BAD, "Troponin")
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: bool(reading(pilot).marking.listed))
        assert "contradicted by" not in shown_text(pilot)
        await pilot.press("l", "E")
        await pilot.pause()
        assert rows(library.path, "SELECT * FROM annotations WHERE passage_quote IS NOT NULL") == []
