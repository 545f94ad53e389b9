"""From the first press of the commit key to the commit: what is missing, what contradicts itself, and how many keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.driving import click_chip, reading, rows, shown_text, until
from tui.studies import OneStudyLibrary, make_app


def committed(path: Path) -> tuple[dict[str, str], str, list[str]] | None:
    (row,) = rows(path, "SELECT * FROM readings WHERE case_id = 'c01'")
    if row["committed_at"] is None:
        return None
    return json.loads(row["verdicts"]), row["preference"], json.loads(row["confirmed_inconsistencies"])


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("c 1 3 6", id="the commit first"),
        pytest.param("f3 1 f4 3 6 c enter", id="the verdicts first"),
        pytest.param("f3 1 c 3 6", id="one verdict first"),
    ],
)
async def test_both_verdicts_the_preference_and_the_commit_take_at_most_seven_keys(
    library: OneStudyLibrary, keys: str
) -> None:
    assert len(keys.split()) <= 7
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys.split())
        await pilot.pause()
        assert committed(library.path) == ({"A": "correct", "B": "incorrect"}, "A", [])


async def test_the_answer_in_question_is_shown_where_only_one_text_fits(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        await pilot.pause()
        assert reading(pilot).pane == "A"
        assert "Correct, with sound reasoning." in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert reading(pilot).pane == "B"
        await pilot.press("escape")
        await pilot.pause()
        assert reading(pilot).pane == "A"
        await pilot.press("4")
        await pilot.pause()
        assert dict(reading(pilot).judgement.verdicts) == {"A": "unsure"}, "escape goes back by one question"
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert reading(pilot).dock_view == "judge"
        assert committed(library.path) is None
        await pilot.press("c", "1", "8")
        await pilot.pause()
        assert committed(library.path) == ({"A": "unsure", "B": "correct"}, "tie", []), "what was answered has stayed"


async def test_verdicts_have_no_keys_while_a_question_has_the_keyboard(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)

        def keys() -> set[str]:
            return {chip.key.strip() for chip in screen.reading_pane("A").verdict.chips}

        await pilot.press("f3")
        assert keys() == {"1", "2", "3", "4"}
        await pilot.press("m")
        await until(pilot, lambda: screen.dock_view == "question")
        assert keys() == {""}
        await pilot.press("escape")
        await until(pilot, lambda: keys() == {"1", "2", "3", "4"})


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_on_a_verdict_answers_the_question_about_it(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("c")
        await click_chip(pilot, screen.reading_pane("A").verdict, "A correct")
        assert dict(screen.judgement.verdicts) == {"A": "correct"}
        assert "Verdict on answer B?" in shown_text(pilot)
        await click_chip(pilot, screen.reading_pane("B").verdict, "B incorrect")
        assert "Which answer do you prefer?" in shown_text(pilot)
        await pilot.press("6")
        await pilot.pause()
        assert committed(library.path) == ({"A": "correct", "B": "incorrect"}, "A", [])


async def test_a_click_on_a_verdict_leaves_another_question_open(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("c", "escape", "f3", "s", "m")
        await click_chip(pilot, screen.reading_pane("A").verdict, "A correct")
        assert dict(screen.judgement.verdicts) == {"A": "correct"}
        assert screen.dock_view == "question"
        await pilot.press("f", "m")
        await pilot.pause()
        assert len(screen.marking.listed) == 1


async def test_a_case_is_declined_after_a_confirmation(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("c", "0")
        await pilot.pause()
        assert committed(library.path) is None
        assert "Outside my field:  yes" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert committed(library.path) is not None


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_one_key_confirms_an_inconsistency(library: OneStudyLibrary, key: str) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("c", "1", "3", "7")
        await pilot.pause()
        assert committed(library.path) is None
        text = shown_text(pilot)
        assert "You prefer answer B, but judged it incorrect and answer A correct." in text
        assert "it is intended" in text
        await pilot.press(key)
        await pilot.pause()
        _, preference, confirmed = committed(library.path) or ({}, "", [])
        assert (preference, confirmed) == ("B", ["preference against verdicts"])


async def test_one_key_leads_to_an_inconsistency(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "end", "m", "f", "m", "f2", "c", "1", "3", "6")
        await pilot.pause()
        annotation = screen.judgement.annotations[0]
        assert "You judged answer A correct, but it has 1 major annotation." in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert (screen.pane, screen.text.caret) == ("A", annotation.start)
        assert screen.text.has_focus
        await pilot.press("2", "c", "enter")
        await pilot.pause()
        assert committed(library.path) == ({"A": "partly", "B": "incorrect"}, "A", []), "corrected, not confirmed"
