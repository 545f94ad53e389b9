"""Sessions: one process for each link, which outlives the connection of its browser for a while."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from doubleread.serve.links import Link
from doubleread.serve.process import ReaderProcess

SENDING_SECONDS = 10.0
"""A browser that takes nothing for so long counts as gone. It gets everything again when it comes back."""


class Close(IntEnum):
    """Why the server closes a connection; `static/page.js` tells the reader."""

    ENDED = 4000
    ELSEWHERE = 4001
    IDLE = 4002
    FULL = 4003
    FAILED = 4004
    STOPPED = 4005


class Connection(Protocol):
    """What a session needs of a websocket."""

    async def send_bytes(self, data: bytes) -> None:
        """Send what the terminal shows."""

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        """Close it."""


Tell = Callable[[str], None]


class Session:
    """A link's process, and the one connection that shows it."""

    def __init__(self, link: Link, tell: Tell, clock: Callable[[], float]) -> None:
        self.link = link
        self._tell = tell
        self._clock = clock
        self._process: ReaderProcess | None = None
        self._connection: Connection | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.lock = asyncio.Lock()
        self.used = clock()

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and not self._process.ended.is_set()

    @property
    def shown(self) -> bool:
        """Whether a browser is connected."""
        return self._connection is not None

    @property
    def pid(self) -> int | None:
        """The number of the process that runs."""
        return self._process.pid if self._process is not None and self.runs else None

    async def attach(self, connection: Connection, width: int, height: int) -> None:
        """Show the session in this connection, and in no other. Starts the process if it does not run."""
        self.used = self._clock()
        before, self._connection = self._connection, connection
        if before is not None:
            self._close(before, Close.ELSEWHERE)
        if not self.runs:
            self._process = process = ReaderProcess(self.link.place, self._show)
            try:
                await process.start(width, height)
            except OSError as error:
                self._process = None
                self._tell(f"{self.link.place.person}: not started: {error}")
                self._let_go(Close.FAILED)
                return
            self._tell(f"{self.link.place.person}: opened")
            self._keep(asyncio.create_task(self._follow(process)))
        assert self._process is not None
        await self._process.tell("attach", width=width, height=height)

    async def detach(self, connection: Connection) -> None:
        """Keep the process for the reader who comes back. What is being typed is saved."""
        if self._connection is connection:
            self._connection = None
            if self._process is not None and self.runs:
                await self._process.tell("detach")

    async def type(self, text: str) -> None:
        """Pass on what was typed, clicked or pasted."""
        self.used = self._clock()
        if self._process is not None:
            await self._process.type(text)

    async def tell(self, kind: str, **facts: int) -> None:
        """Pass on a message."""
        if self._process is not None:
            await self._process.tell(kind, **facts)

    async def end(self, code: Close) -> None:
        """Save and end the process, and say why to the reader."""
        async with self.lock:
            await self._end(code)

    async def end_unless_shown(self) -> None:
        """Save and end the process, unless its reader comes back now."""
        async with self.lock:
            if not self.shown:
                await self._end(Close.IDLE)

    async def _end(self, code: Close) -> None:
        connection, self._connection = self._connection, None
        if self._process is not None:
            await self._process.end()
        if connection is not None:
            self._close(connection, code)

    async def settle(self) -> None:
        """Wait until everything that was closed is closed."""
        while self._closing:
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _show(self, data: bytes) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            await asyncio.wait_for(connection.send_bytes(data), SENDING_SECONDS)
        except (OSError, RuntimeError, TimeoutError):
            if self._connection is connection:
                self._let_go(None)

    async def _follow(self, process: ReaderProcess) -> None:
        await process.ended.wait()
        person = self.link.place.person
        self._tell(f"{person}: closed" if process.exit_code == 0 else f"{person}: ended with code {process.exit_code}")
        for line in process.said.splitlines():
            self._tell(f"{person}: {line}")
        if self._process is process:
            self._let_go(Close.ENDED if process.exit_code == 0 else Close.FAILED)

    def _let_go(self, code: Close | None) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._close(connection, code)

    def _close(self, connection: Connection, code: Close | None) -> None:
        """Close a connection without waiting: its other end may never answer."""

        async def close() -> None:
            with contextlib.suppress(OSError, RuntimeError):
                await connection.close(code=int(code or 1001))

        self._keep(asyncio.create_task(close()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class Sessions:
    """All sessions: at most `most` processes, each for at most `idle_seconds` without a key or a click."""

    def __init__(self, most: int, idle_seconds: float, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._tell = tell
        self._clock = clock
        self._by_id: dict[str, Session] = {}
        self._starting = asyncio.Lock()
        self._stopping = False

    def of(self, link: Link) -> Session:
        """Return the session of a link, started or not."""
        if link.id not in self._by_id:
            self._by_id[link.id] = Session(link, self._tell, self._clock)
        return self._by_id[link.id]

    @property
    def running(self) -> list[Session]:
        """The sessions that have a process."""
        return [session for session in self._by_id.values() if session.runs]

    async def attach(self, link: Link, connection: Connection, width: int, height: int) -> Session | None:
        """Show a link's session in a connection; None if there is no room for another process."""
        session = self.of(link)
        while True:
            starts = not session.runs
            # Sessions start one at a time, so that two cannot take the last place. Who starts one waits for the locks
            # of others to make room, and so must not hold one that they wait for.
            async with self._starting if starts else contextlib.nullcontext(), session.lock:
                if not (starts or session.runs):
                    # It has ended meanwhile.
                    continue
                if self._stopping or not (session.runs or await self._make_room()):
                    await connection.close(code=Close.STOPPED if self._stopping else Close.FULL)
                    return None
                await session.attach(connection, width, height)
            return session

    async def _make_room(self) -> bool:
        """End sessions that no browser shows, the one used least recently first, until another one has room."""
        while len(self.running) >= self._most:
            left = [session for session in self.running if not session.shown]
            if not left:
                return False
            await min(left, key=lambda session: session.used).end_unless_shown()
        return True

    async def end_idle(self) -> None:
        """End the sessions without a key or a click for too long."""
        late = self._clock() - self._idle_seconds
        await asyncio.gather(*(session.end(Close.IDLE) for session in self.running if session.used < late))

    async def end_all(self) -> None:
        """Save and end everything."""
        self._stopping = True
        await asyncio.gather(*(session.end(Close.STOPPED) for session in self._by_id.values()))
        await asyncio.gather(*(session.settle() for session in self._by_id.values()))
