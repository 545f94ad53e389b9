"""The reasoning of a model: hidden until the commit, folded after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubleread.domain.blinding import Side
from doubleread.domain.study import Protocol
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.reasoning_fold import ReasoningFold, ReasoningText
from tui.driving import click_chip, reading, rows, shown_text, until
from tui.studies import ARMS, OneStudyLibrary, arm_on, make_app, make_study

THOUGHT = "Hm, I am Zebrafinch [b]and[/b] \x1b]52;c;x\x07 this puzzles me. " + "Perhaps, perhaps not. " * 40
COMMIT = ("f3", "3", "f4", "1", "7", "c", "enter")


def study(folder: Path, protocol: Protocol | None = None) -> OneStudyLibrary:
    reasoning = {("c01", ARMS[0].id): THOUGHT}
    return OneStudyLibrary(make_study(folder / "s.doubleread", reasoning=reasoning, protocol=protocol))


async def test_nothing_of_it_is_there_before_the_commit(tmp_path: Path) -> None:
    async with make_app(study(tmp_path)).run_test(size=(112, 30)) as pilot:
        screen = reading(pilot)
        before = shown_text(pilot)
        await pilot.press("f3", "t", "f4", "t")
        await pilot.pause()
        for text in (before, shown_text(pilot)):
            assert "puzzles" not in text
            assert "reasoning" not in text
        assert all(fold.text.text == "" for fold in screen.query(ReasoningFold))
        assert not any(hasattr(answer, "reasoning") for answer in screen.answers.values())


async def test_after_the_commit_a_key_unfolds_it_and_folds_it_again(tmp_path: Path) -> None:
    async with make_app(study(tmp_path)).run_test(size=(112, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press(*COMMIT)
        await pilot.pause()
        side: Side = "A" if arm_on("A") == ARMS[0].id else "B"
        other: Side = "B" if side == "A" else "A"
        text = shown_text(pilot)
        assert f"reasoning, {len(THOUGHT.split())} words" in text
        assert "puzzles" not in text
        await pilot.press({"A": "f3", "B": "f4"}[other], "t")
        await pilot.pause()
        assert "puzzles" not in shown_text(pilot), "the other model thought nothing"
        await pilot.press({"A": "f3", "B": "f4"}[side], "t")
        await pilot.pause()
        fold = screen.reading_pane(side).reasoning
        assert fold.unfolded
        assert isinstance(screen.focused, ReasoningText)
        shown = shown_text(pilot)
        assert "puzzles me" in shown
        assert "[b]and[/b]" in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown
        await pilot.press("pagedown")
        await until(pilot, lambda: fold.text.scroll_offset.y > 0)
        await pilot.press("m", "s")
        await pilot.pause()
        assert screen.dock_view == "judge", "there is nothing to mark in it"
        await pilot.press("t")
        await pilot.pause()
        assert not fold.unfolded
        assert screen.focused is screen.text_of(side)
        assert "puzzles" not in shown_text(pilot)


@pytest.mark.parametrize("width", [80, 112])
async def test_a_click_unfolds_it_too(tmp_path: Path, width: int) -> None:
    async with make_app(study(tmp_path)).run_test(size=(width, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press(*COMMIT)
        side: Side = "A" if arm_on("A") == ARMS[0].id else "B"
        await pilot.press({"A": "f3", "B": "f4"}[side])
        if width >= 112:
            await pilot.press("f2")
        await pilot.pause()
        fold = screen.reading_pane(side).reasoning
        await click_chip(pilot, fold.query_one(Chips), "reasoning")
        assert fold.unfolded
        assert screen.pane == side
        await pilot.press("escape")
        assert screen.focused is screen.text_of(side)
        await click_chip(pilot, fold.query_one(Chips), "reasoning")
        assert not fold.unfolded
        await pilot.press("n")
        await pilot.pause()
        assert "puzzles" not in shown_text(pilot)
        assert not any(item.has_class("-shown") for item in screen.query(ReasoningFold))


async def test_while_a_model_thinks_its_pane_says_only_that_it_writes(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        engines = [live.engines[arm_on(side)] for side in ("A", "B")]
        for engine in engines:
            engine.load()
        engines[0].think("First I ponder.")
        await until(pilot, lambda: screen.answers["A"].state == "writing")
        await pilot.pause(0.1)
        assert (screen.text_of("A").text, screen.answers["A"]) == ("", screen.session.answers()["A"])
        assert "ponder" not in shown_text(pilot)
        assert "reasoning" not in shown_text(pilot)
        engines[0].finish("B.")
        engines[1].finish("A.")
        await until(pilot, lambda: screen.ready)
        assert screen.text_of("A").text == "B."
        assert "ponder" not in shown_text(pilot)
        assert {row["reasoning"] for row in rows(live.path, "SELECT reasoning FROM answers WHERE case_id = 'c01'")} == {
            "",
            "First I ponder.",
        }
