"""Answers that are written while the reader looks, and models that end."""

from __future__ import annotations

from pathlib import Path

from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import MessageDialog
from tui.driving import annotations, click_chip, drag, notices, reading, shown_text, until
from tui.studies import ARMS, OneStudyLibrary, arm_on, make_app, make_study

A, B = "A", "B"


async def test_both_answers_grow_and_can_be_marked_when_they_are_done(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(112, 26), notifications=True) as pilot:
        screen = reading(pilot)
        assert "waiting" in shown_text(pilot)
        left = live.engines[arm_on("A")]
        right = live.engines[arm_on("B")]
        left.load()
        right.load()
        left.write("The first ")
        right.write("Another ")
        left.write("words [b]of[/b] an answer.")
        await until(pilot, lambda: screen.text_of("A").text == "The first words [b]of[/b] an answer.")
        assert screen.text_of("B").text == "Another "
        assert "writing" in shown_text(pilot)
        await pilot.press("f3", "s", "m")
        await pilot.pause()
        assert screen.dock_view == "judge"
        assert any("must be finished first" in notice.message for notice in notices(pilot))
        await drag(pilot, screen.text_of("A"), "first words")
        assert screen.dock_view == "judge"
        left.finish()
        right.finish("one.")
        await until(pilot, lambda: screen.ready)
        assert screen.text_of("B").text == "Another one."
        await pilot.press("f3", "ctrl+home", "s", "m", "f", "m")
        await pilot.pause()
        assert annotations(live.path)[0]["quote"] == "The first words [b]of[/b] an answer."


async def test_a_model_that_dies_is_shown_and_made_again_while_the_other_goes_on(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        left = live.engines[arm_on("A")]
        right = live.engines[arm_on("B")]
        left.load()
        right.load()
        left.write("Half an ans")
        arm = next(arm for arm in ARMS if arm.id == arm_on("A"))
        left.die(f"the worker of {arm.name} ({arm.model.path}) was killed by signal 9")
        right.write("goes on")
        await until(pilot, lambda: screen.answers["A"].state == "failed" and screen.text_of("B").text == "goes on")
        text = shown_text(pilot)
        assert "killed by signal 9" in text
        assert "Press r to generate this" in text
        assert screen.text_of("A").text == "Half an ans"
        notice = screen.reading_pane("A").query_one(".notice")
        assert notice.region.y > screen.text_of("A").region.y
        assert "cannot be annotated" in text
        assert arm.name not in text
        assert "zebrafinch" not in text.casefold()
        await pilot.press("r")
        assert left.starts == 2
        left.load()
        await until(pilot, lambda: len(left.requests) == 2)
        left.finish("The whole answer.")
        right.finish(".")
        await until(pilot, lambda: screen.ready)
        assert screen.text_of("A").text == "The whole answer."
        assert "killed" not in shown_text(pilot)


async def test_an_answer_that_nobody_here_can_make_is_not_offered_again(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "part.doubleread", answered=["c01"]))
    async with make_app(library).run_test(size=(112, 26), notifications=True) as pilot:
        await pilot.press("n", "f3", "r", "m")
        await pilot.pause()
        text = shown_text(pilot)
        assert 'Generate it with "Generate the answers" on the study\'s page.' in " ".join(text.split())
        assert "Press r" not in text
        assert "generate again" not in text


async def test_an_answer_that_fails_is_made_again_by_mouse(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        for engine in live.engines.values():
            engine.load()
        left = live.engines[arm_on("A")]
        left.fail("the prompt is longer than the context")
        await until(pilot, lambda: screen.answers["A"].state == "failed")
        await click_chip(pilot, screen.query_one("#keys", Chips), "again")
        assert len(left.requests) == 2
        assert not isinstance(pilot.app.screen, MessageDialog)


async def test_the_case_in_view_is_written_first(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(112, 26)) as pilot:
        await pilot.press("n", "n")
        for engine in live.engines.values():
            engine.load()
        prompts = [engine.requests[0].messages[-1].content for engine in live.engines.values()]
        assert all("consolidation" in prompt for prompt in prompts)
    assert all(engine.stopped for engine in live.engines.values())
