"""A server of studies for tests, and a page without a browser: what a browser sends, and what it would show."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from doubleread.serve.links import Link, Links, linked, places_in
from doubleread.serve.running import Serving, serve
from doubleread.store import StudyFile
from tui.studies import make_study
from waiting import PATIENCE

_STYLING = re.compile(rb"\x1b\[[0-9;:<>=?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")


@dataclass
class Served:
    """A server that runs. `told` is what it says to the study lead."""

    url: str
    links: Links
    told: list[str] = field(default_factory=list)

    def link(self, person: str = "R-01") -> Link:
        return next(link for link in self.links.all if link.place.person == person)

    def address(self, person: str = "R-01") -> str:
        return f"{self.url}/r/{self.link(person).token}"


def study_for(path: Path, *readers: str, **options: Any) -> Path:
    """Make a study with registered readers."""
    make_study(path, **options)
    with StudyFile.open(path, device="lead") as study:
        for reader in readers:
            study.readers.register(reader, enrolled=True)
    return path


@contextlib.asynccontextmanager
async def served(
    *paths: Path, readers: Sequence[str] = (), adjudicators: Sequence[str] = (), **options: Any
) -> AsyncIterator[Served]:
    """Serve studies while the block runs."""
    links = linked(places_in(paths, readers, adjudicators))
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop, found = asyncio.Event(), Served("", links)
    serving = Serving(port=0, **options)
    running = asyncio.create_task(serve(links, serving, ready=ready.set_result, tell=found.told.append, stop=stop))
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    found.url = ready.result()
    try:
        yield found
    finally:
        stop.set()
        await running


async def soon(true: Callable[[], object]) -> None:
    """Let the server go on until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.01)


class Wire:
    """A page's connection. `screen` is what came, without escape sequences."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._output = bytearray()
        self._read = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self.socket:
            if message.type == aiohttp.WSMsgType.BINARY:
                self._output += message.data

    @property
    def screen(self) -> str:
        return _STYLING.sub(b" ", bytes(self._output)).decode("utf-8", "replace")

    def forget(self) -> None:
        self._output.clear()

    async def shows(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words not in self.screen:
            assert time.monotonic() < end, f"{words!r} not seen, but:\n{self.screen[-3000:]}"
            assert not self._read.done(), f"closed with {self.socket.close_code}, having shown:\n{self.screen[-3000:]}"
            await asyncio.sleep(0.01)

    async def type(self, keys: str) -> None:
        await self.socket.send_str(json.dumps(["stdin", keys]))

    async def closed(self) -> int | None:
        """Wait until the server has closed the connection; return its reason."""
        await asyncio.wait_for(self._read, PATIENCE)
        return self.socket.close_code

    async def drop(self) -> None:
        """Lose the connection, as a laptop does that is closed."""
        assert self.socket._response.connection is not None
        self.socket._response.connection.transport.abort()
        await asyncio.wait_for(self._read, PATIENCE)


class Browser:
    """What a browser does without showing anything: it keeps cookies and sends its Origin."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.client.close()

    async def open(self, person: str = "R-01", width: int = 120, height: int = 40) -> Wire:
        """Open a reader's link, and the connection of its page."""
        async with self.client.get(self.server.address(person)) as answer:
            assert answer.status == 200
            page = str(answer.url)
        assert page == f"{self.server.url}/s/{self.server.link(person).id}/"
        return await self.connect(page, width, height)

    async def connect(self, page: str, width: int = 120, height: int = 40, **options: Any) -> Wire:
        headers = {"Origin": self.server.url} | options.pop("headers", {})
        address = f"{page}ws?width={width}&height={height}"
        return Wire(await self.client.ws_connect(address, headers=headers, **options))
