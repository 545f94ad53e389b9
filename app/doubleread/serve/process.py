"""The process behind a page: the program with one study open, and packets instead of a terminal.

A packet is one byte for its kind (D: bytes of the terminal, M: a message as JSON), four for its length, and its
content.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from doubleread import locations
from doubleread.atomic import atomic_write_bytes, make_private_folder
from doubleread.config import load_settings
from doubleread.errors import DoublereadError
from doubleread.platform import child_options, clean_environment
from doubleread.serve.links import Place

_READY = b"__GANGLION__\n"
_DRIVER = "doubleread.tui.served_driver:ServedDriver"
_LARGEST = 1 << 24
_STDERR_KEPT = 4000
ENDING_SECONDS = 10.0
"""How long a process may take to save and end, or to read what is sent, before it is killed."""


def own_settings(place: Place) -> Path:
    """Return the settings of a place, which begin as a copy of the study lead's."""
    own, lead = (
        locations.served_settings(hashlib.sha256(place.key.encode()).hexdigest()[:24]),
        locations.settings_file(),
    )
    make_private_folder(own.parent)
    if not own.exists() and lead.exists() and _can_be_read(lead):
        with atomic_write_bytes(own) as file:
            file.write(lead.read_bytes())
    return own


def _can_be_read(settings: Path) -> bool:
    """Return whether settings are right: readers could not correct them."""
    try:
        load_settings(settings)
    except DoublereadError:
        return False
    return True


class ReaderProcess:
    """Runs the program for a place. `on_output` gets what it draws; `ended` is set when it has ended.

    `exit_code` is then its exit code, and `said` what it wrote to standard error.
    """

    def __init__(self, place: Place, on_output: Callable[[bytes], Awaitable[None]]) -> None:
        self._place = place
        self._on_output = on_output
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()
        self.exit_code: int | None = None
        self.said = ""

    async def start(self, width: int, height: int) -> None:
        """Start it on a terminal of a size. Raises OSError."""
        place = self._place
        # `-P`: modules of the folder in which the server was started are not ours. No shell sees the arguments.
        command = [sys.executable, "-P", "-m", "doubleread.cli.served", str(place.study), place.role, place.person]
        environment = clean_environment(
            ("DOUBLEREAD_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA", "PYTHONDONTWRITEBYTECODE")
        ) | {
            "DOUBLEREAD_SETTINGS": str(own_settings(place)),
            "TEXTUAL_DRIVER": _DRIVER,
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "PYTHONUTF8": "1",
            "COLUMNS": str(width),
            "ROWS": str(height),
        }
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, **child_options()
        )
        self._tasks = [asyncio.create_task(self._relay()), asyncio.create_task(self._listen())]

    @property
    def pid(self) -> int | None:
        """The process's number, once it was started."""
        return self._process.pid if self._process is not None else None

    async def type(self, text: str) -> None:
        """Send it what was typed, clicked or pasted."""
        await self._send(b"D", text.encode("utf-8", "replace"))

    async def tell(self, kind: str, **facts: Any) -> None:
        """Send it a message."""
        await self._send(b"M", json.dumps({"type": kind, **facts}).encode())

    async def _send(self, kind: bytes, content: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            return
        # A process that has ended is noticed elsewhere.
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write(kind + len(content).to_bytes(4, "big") + content)
            try:
                await asyncio.wait_for(self._process.stdin.drain(), ENDING_SECONDS)
            except TimeoutError:
                # It reads in a thread of its own, so it hangs. Nobody must wait for it.
                self._process.kill()

    async def end(self) -> None:
        """Have it save and end, and wait until it has."""
        if self._process is None:
            return
        await self.tell("quit")
        try:
            await asyncio.wait_for(self.ended.wait(), ENDING_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self.ended.wait()

    async def _relay(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        output = self._process.stdout
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
                while (line := await output.readline()) and line != _READY:
                    pass
                while True:
                    kind, size = await output.readexactly(1), int.from_bytes(await output.readexactly(4), "big")
                    if size > _LARGEST:
                        break
                    content = await output.readexactly(size)
                    if kind == b"D":
                        await self._on_output(content)
        finally:
            # Whatever happens here, no process stays that nobody listens to.
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._wait_for_end()

    async def _wait_for_end(self) -> None:
        assert self._process is not None
        try:
            self.exit_code = await asyncio.wait_for(self._process.wait(), ENDING_SECONDS)
        except TimeoutError:
            self._process.kill()
            self.exit_code = await self._process.wait()
        if len(self._tasks) > 1:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._tasks[1], 1.0)
        self.ended.set()

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(4096):
            self.said = (self.said + data.decode("utf-8", "replace"))[-_STDERR_KEPT:]
