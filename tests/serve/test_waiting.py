"""Nobody waits forever: neither for a place that another reader leaves, nor for a process that hangs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from doubleread.serve import process, sessions
from doubleread.serve.links import Link, Place
from doubleread.serve.process import ReaderProcess
from doubleread.serve.sessions import Close, Sessions

PLACE = Place(Path("s.doubleread"), "reader", "R-01", "Pilot")


class Page:
    """A connection that notes why it was closed."""

    def __init__(self) -> None:
        self.code: int | None = None

    async def send_bytes(self, data: bytes) -> None:
        """Show nothing."""

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        del message
        self.code = code
        return True


class SlowlyEnding:
    """A process that ends when it may."""

    may_end = asyncio.Event()

    def __init__(self, *_: Any) -> None:
        self.ended = asyncio.Event()
        self.exit_code, self.said, self.pid = 0, "", 1

    async def start(self, *_: int) -> None:
        """Start at once."""

    async def tell(self, *_: str, **__: int) -> None:
        """Take any message."""

    async def end(self) -> None:
        await self.may_end.wait()
        self.ended.set()


async def test_a_reader_who_comes_back_while_their_place_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    SlowlyEnding.may_end = asyncio.Event()
    monkeypatch.setattr(sessions, "ReaderProcess", SlowlyEnding)
    running = Sessions(1, 60.0, lambda _: None)
    left, other = Link(PLACE, "a" * 40), Link(PLACE, "b" * 40)
    first = Page()
    session = await running.attach(left, first, 80, 24)
    assert session is not None
    await session.detach(first)
    ending = asyncio.create_task(session.end(Close.IDLE))
    await asyncio.sleep(0)
    again, new = Page(), Page()
    attached = [asyncio.create_task(running.attach(left, again, 80, 24))]
    await asyncio.sleep(0)
    attached.append(asyncio.create_task(running.attach(other, new, 80, 24)))
    await asyncio.sleep(0)
    SlowlyEnding.may_end.set()
    found = await asyncio.wait_for(asyncio.gather(*attached), 10)
    await ending
    assert sum(one is not None for one in found) == 1, "there is one place"
    assert sorted((again.code, new.code), key=str) == [Close.FULL, None]


async def test_a_process_that_reads_nothing_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = asyncio.create_subprocess_exec

    async def deaf(*_: str, **options: Any) -> asyncio.subprocess.Process:
        return await start(sys.executable, "-c", "import time; time.sleep(60)", **options)

    async def show(_: bytes) -> None:
        """Show nothing."""

    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path))
    monkeypatch.setattr(asyncio, "create_subprocess_exec", deaf)
    monkeypatch.setattr(process, "ENDING_SECONDS", 0.1)
    running = ReaderProcess(PLACE, show)
    await running.start(80, 24)
    await asyncio.wait_for(running.type("x" * (1 << 20)), 30)
    await asyncio.wait_for(running.end(), 30)
    assert running.ended.is_set()
