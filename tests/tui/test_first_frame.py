"""What is done until the first frame of the reading screen is on the terminal, and what waits for it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen

from doubleread.sessions.reading import ReadingSession
from tui.driving import reading
from tui.studies import CASES, OneStudyLibrary, make_app


class Terminal(HeadlessDriver):
    """Keeps what is written to it."""

    written: ClassVar[list[str]] = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.written.append(data)


async def test_models_start_after_the_first_frame(live: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminal, "written", [])
    started = asyncio.Event()
    shown = []

    def start(_: ReadingSession) -> None:
        shown.append("".join(Terminal.written))
        started.set()

    monkeypatch.setattr(ReadingSession, "start", start)
    app = make_app(live)
    app.driver_class = Terminal
    running = asyncio.create_task(app.run_async(size=(120, 40)))
    await asyncio.wait_for(started.wait(), 60)
    app.exit()
    await running
    assert len(shown) == 1
    assert CASES[0].text.split()[2] in shown[0]


async def test_a_screen_that_is_opened_is_styled_once(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[Screen[object]] = []
    monkeypatch.setattr(Screen, "update_node_styles", lambda screen, animate=True: again.append(screen))
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        assert reading(pilot) not in again
