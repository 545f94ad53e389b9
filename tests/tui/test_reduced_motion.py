"""With reduced motion, nothing blinks, flashes or slides, and streamed answers grow once a second."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.domain.blinding import Side
from doubleread.sessions.blind import BlindAnswer
from doubleread.tui import app as app_module
from doubleread.tui.reading.answer_stream import DRAIN_SECONDS, STILL_SECONDS, AnswerStream
from doubleread.tui.shared.dialogs import LineDialog
from tui.driving import reading, until
from tui.studies import OneStudyLibrary, make_app


class Waiting:
    """A view that notes how long the stream waits."""

    def __init__(self, still: bool) -> None:
        self.still = still
        self.delays: list[float] = []

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Waiting:
        self.delays.append(delay)
        return self

    def stop(self) -> None: ...

    def wake(self) -> None: ...

    def show_answer(self, side: Side, answer: BlindAnswer) -> None: ...

    def show_states(self) -> None: ...

    def show(self) -> None: ...


@pytest.mark.parametrize("still", [False, True])
async def test_answers_grow_once_a_second_at_most(library: OneStudyLibrary, still: bool) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen, view = reading(pilot), Waiting(still)
        stream = AnswerStream(screen.session, view, screen.saving)
        stream.look_soon()
        assert view.delays == []
        stream.look_soon()
        (delay,) = view.delays
        assert DRAIN_SECONDS < delay <= STILL_SECONDS if still else delay <= DRAIN_SECONDS


@pytest.mark.parametrize("still", [False, True])
async def test_a_cursor_blinks_only_for_people_who_want_it(library: OneStudyLibrary, still: bool) -> None:
    app = make_app(library, settings=Settings(reduced_motion=still))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(LineDialog("A line", "Words."))
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.pause()
        assert isinstance(app.focused, Input)
        assert app.focused.cursor_blink is not still
        assert (app.animation_level == "none") is still
        assert app.change_setting("reduced_motion", not still)
        assert (app.animation_level == "none") is not still


async def test_the_environment_asks_for_it_too(library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "TEXTUAL_ANIMATIONS", "none")
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        assert reading(pilot).still
