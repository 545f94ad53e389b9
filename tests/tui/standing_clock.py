"""A clock that stands still, so that a picture depends on what was pressed, and not on how fast the machine is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.timer import Timer
from textual.worker import Worker

from handled import until_handled
from waiting import PATIENCE

SOON = 1.0
"""What happens within so many seconds is in a picture. Messages that go away later are still there."""
LASTING = ("count", "cases")
"""The groups of workers that end with their screen, the one of results. A test waits for what they find."""


class StandingClock:
    """Holds the timers of the program, and lets a moment pass when asked to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._held: list[tuple[float, Timer]] = []
        self._repeated: list[Timer] = []
        monkeypatch.setattr(MessagePump, "set_timer", self._holding(MessagePump.set_timer, once=True))
        monkeypatch.setattr(MessagePump, "set_interval", self._holding(MessagePump.set_interval, once=False))
        # No cursor blinks and nothing slides.
        monkeypatch.setattr("doubleread.tui.app.TEXTUAL_ANIMATIONS", "none")

    def _holding(self, start: Callable[..., Timer], *, once: bool) -> Callable[..., Timer]:
        def held(pump: MessagePump, delay: float, callback: Any = None, **options: Any) -> Timer:
            if not getattr(callback, "__module__", "").startswith("doubleread."):
                return start(pump, delay, callback, **options)
            timer = start(pump, delay, callback, **{**options, "pause": True})
            if once:
                self._held.append((delay, timer))
            else:
                self._repeated.append(timer)
            return timer

        return held

    async def settle(self, pilot: Pilot[Any]) -> None:
        """Let everything happen that a person sees happen at once: threads, timers, and what these start."""
        await self._come_to_rest(pilot)
        for timer in self._repeated:
            _fire(timer)
        await self._come_to_rest(pilot)
        while soon := sorted(
            (held for held in self._held if _waits(held[1]) and held[0] < SOON), key=lambda held: held[0]
        ):
            _, timer = soon[0]
            _fire(timer)
            timer.stop()
            await self._come_to_rest(pilot)

    async def _come_to_rest(self, pilot: Pilot[Any]) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            await pilot._wait_for_screen()
            await until_handled(pilot.app, PATIENCE)
            if not any(map(_works, pilot.app.workers)):
                return
            assert time.monotonic() < end, "the screen never came to rest"
            await asyncio.sleep(0.001)


def _waits(timer: Timer) -> bool:
    """Say whether a timer was neither stopped nor ended with its widget."""
    return timer._task is not None and not timer._task.done() and timer._target() is not None


def _works(worker: Worker[Any]) -> bool:
    return not worker.is_finished and worker.group not in LASTING


def _fire(timer: Timer) -> None:
    if _waits(timer) and timer._callback is not None:
        timer._callback()
