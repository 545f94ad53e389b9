"""Verdicts, preference, commit, what it reveals, and corrections after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from doubleread.domain.bond import BondGrade
from doubleread.domain.study import Protocol
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog
from tui.driving import annotations, click_chip, notices, reading, rows, shown_text
from tui.studies import NAMES, OneStudyLibrary, make_app, make_study

JUDGE = ("f3", "3", "f4", "1", "7")


def judged(path: Path) -> dict[str, object]:
    (row,) = rows(path, "SELECT * FROM readings WHERE case_id = 'c01'")
    return {**row, "verdicts": json.loads(row["verdicts"] or "{}")}


async def commit(pilot: Pilot[None]) -> None:
    await pilot.press(*JUDGE, "c", "enter")
    await pilot.pause()


async def test_a_judgement_by_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("1")
        assert judged(library.path)["verdicts"] == {}, "no answer is at hand in the case"
        await pilot.press(*JUDGE)
        await pilot.pause()
        assert judged(library.path)["verdicts"] == {"A": "incorrect", "B": "correct"}
        assert judged(library.path)["preference"] == "B"
        assert "saved 12:04:31" in shown_text(pilot)
        await pilot.press("0")
        await pilot.pause()
        assert reading(pilot).judgement.outside_field


async def test_a_judgement_by_mouse(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        for side, verdict in (("A", "partly"), ("B", "unsure")):
            await click_chip(pilot, screen.query_one("#tabs", Chips), side)
            await click_chip(pilot, screen.query_one(f"#verdict-{side}", Chips), f"{side} {verdict}")
        await click_chip(pilot, screen.query_one("#preference", Chips), "prefer_none")
        assert judged(library.path)["verdicts"] == {"A": "partly", "B": "unsure"}
        assert judged(library.path)["preference"] == "both bad"
        await click_chip(pilot, screen.query_one("#preference", Chips), "commit")
        dialog = pilot.app.screen
        assert isinstance(dialog, ConfirmDialog)
        await click_chip(pilot, dialog.query_one(Chips), "yes")
        assert judged(library.path)["committed_at"]


async def test_nothing_is_committed_by_accident(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("c")
        assert "Verdict on answer A?   (then: verdict on B, preference)" in shown_text(pilot)
        await pilot.press("n", "x", "escape")
        await pilot.pause()
        assert judged(library.path)["verdicts"] == {}
        await pilot.press(*JUDGE, "enter", "c", "escape")
        await pilot.pause()
        assert judged(library.path)["committed_at"] is None


async def test_the_commit_reveals_and_a_correction_needs_a_reason(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        hidden = shown_text(pilot)
        await pilot.press("f3", "s", "m", "f", "m")
        await commit(pilot)
        text = shown_text(pilot)
        for words in ("Acute pericarditis", "PR depression is characteristic", *NAMES, "named with its letter"):
            assert words in text
        assert "characteristic" not in hidden
        assert [mark.kind for mark in screen.text_of("B").marks] == ["evidence"]
        assert screen.text_of("B").marks[0].span.of(screen.text_of("B").text) == "B. Acute pericarditis"
        await pilot.press("k")
        assert not screen.query_one(RevealPanel).display
        await pilot.press("f3", "2")
        assert isinstance(pilot.app.screen, LineDialog)
        await pilot.press("escape")
        assert judged(library.path)["verdicts"]["A"] == "incorrect"
        await pilot.press("2", *"slip", "enter")
        await pilot.pause()
        assert judged(library.path)["verdicts"]["A"] == "partly"
        assert screen.session.reading.corrections == ("slip",)
        await pilot.press("d")
        assert pilot.app.screen.query_one(Input).value == "slip"
        await pilot.press("enter")
        await pilot.pause()
        assert annotations(library.path) == []


async def test_a_note_on_a_committed_reading(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f3", "s", "m", "f", "m")
        await commit(pilot)
        await pilot.press("[", "e", "t", *"why", "enter", *"note", "enter")
        await pilot.pause()
        assert annotations(library.path)[0]["note"] == "note"
        assert reading(pilot).session.reading.corrections[-1] == "why"


async def test_names_stay_hidden_where_the_protocol_says_so(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "s.doubleread", protocol=Protocol(title="T", reveal_names=False)))
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await commit(pilot)
        text = shown_text(pilot).casefold()
        assert "acute pericarditis" in text
        for name in (*NAMES, "zebrafinch", "quokkamed"):
            assert name.casefold() not in text


async def test_no_name_is_shown_before_the_commit(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(160, 30)) as pilot:
        for keys in (
            (),
            ("f3", "s", "m"),
            ("f", "m", "e"),
            ("escape", "question_mark"),
            ("escape", "g"),
            ("escape", "G"),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            text = shown_text(pilot).casefold()
            for word in ("zebrafinch", "quokkamed", "m-zebra", "7b", "9b", "named with its letter"):
                assert word not in text, (keys, word)


async def test_a_proposed_diagnosis_is_confirmed(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("n", *JUDGE, "c", "enter")
        await pilot.pause()
        assert screen.session.reading.committed
        await pilot.press("f4", "plus")
        await pilot.pause()
        assert (screen.judgement.diagnoses, screen.judgement.grades) == ({"B": True}, {"B": BondGrade.EXACT})
        await click_chip(pilot, screen.query_one("#grade-A", Chips), "A 2")
        assert screen.judgement.diagnoses == {"B": True, "A": False}
        assert screen.judgement.grades == {"B": BondGrade.EXACT, "A": BondGrade.RELATED}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_diagnosis_is_graded_with_one_key_and_undone(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("n", *JUDGE, "equals_sign")
        assert not screen.judgement.grades
        await pilot.press("c", "enter")
        await pilot.pause()
        await pilot.press("f3", "equals_sign")
        assert "something very close" in shown_text(pilot)
        await pilot.press("4")
        await pilot.pause()
        assert screen.judgement.grades == {"A": BondGrade.VERY_CLOSE}
        assert screen.judgement.diagnoses == {"A": False}
        assert "your grade: 4, very close" in shown_text(pilot)
        # What names it is not among what does not.
        await pilot.press("minus", "5")
        assert screen.judgement.grades == {"A": BondGrade.VERY_CLOSE}
        await pilot.press("0")
        await pilot.pause()
        assert screen.judgement.grades == {"A": BondGrade.NOTHING_CLOSE}
        await pilot.press("u")
        await pilot.pause()
        assert screen.judgement.grades == {"A": BondGrade.VERY_CLOSE}
        screen.query_one(RevealPanel).focus()
        await pilot.press("5")
        await pilot.pause()
        assert screen.judgement.grades == {"A": BondGrade.EXACT}
        assert screen.judgement.verdicts["A"] == "incorrect"
    (row,) = rows(library.path, "SELECT grades, diagnoses, corrections FROM readings WHERE case_id = 'c02'")
    assert (json.loads(row["grades"]), json.loads(row["diagnoses"])) == ({"A": 5}, {"A": True})


async def test_a_choice_is_not_graded(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await commit(pilot)
        await pilot.press("f3", "equals_sign", "plus", "minus")
        await pilot.pause()
        assert not reading(pilot).judgement.grades
        assert not reading(pilot).query_one("#grade-A").display


async def test_everything_is_there_after_a_restart(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f3", "s", "m", "f", "m", "ctrl+end", "s", "m", "n", "i", "u", "2")
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        assert [item.annotation.category for item in screen.marking.listed] == ["fabrication"]
        await pilot.press("u", "u", "u")
        await pilot.pause()
        assert (screen.judgement.verdicts, screen.marking.listed) == ({}, [])
        await pilot.press("U", "ctrl+r")
        await pilot.pause()
        assert screen.judgement.verdicts == {"A": "partly"}
        assert len(annotations(library.path)) == 1


async def test_from_case_to_case(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26), notifications=True) as pilot:
        screen = reading(pilot)
        await commit(pilot)
        await pilot.press("N")
        await pilot.pause()
        assert screen.session.case.id == "c02"
        assert not screen.query_one(RevealPanel).display
        await pilot.press("n", "n", "n")
        await pilot.pause()
        assert screen.session.case.id == "c03"
        assert any("last case" in notice.message for notice in notices(pilot))
        await pilot.press("g", "up", "up", "enter")
        await pilot.pause()
        assert screen.session.case.id == "c01"
        assert "committed" in shown_text(pilot)


async def test_reading_time_counts_what_is_done_and_not_idling(library: OneStudyLibrary) -> None:
    now = [0.0]
    library.clock = lambda: now[0]
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("down")
        now[0] = 20.0
        await pilot.press("down")
        now[0] = 520.0
        await pilot.press("down")
        assert reading(pilot).session.active_seconds == 20.0 + 60.0
