"""A program on a pseudo-terminal of a given size: send it keys, look at every byte that it writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence

PATIENCE = 60.0
"""Seconds after which a program counts as hanging."""

ESCAPE = "\x1b[27u"
"""The escape key as a terminal with the kitty protocol sends it: a bare ESC could begin the key after it."""

_STYLING = re.compile(rb"\x1b\[[0-9;:<>=?]*[ -/]*[@-~]")


def heed_signals() -> None:
    """Let a program hear what it would ignore if the tests were started in the background or with nohup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class PtyProgram:
    """Start a command on a terminal of `columns` by `rows`; `output` holds all that it has written."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 120, rows: int = 40) -> None:
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        # These two would count for more than the terminal's own size.
        environment = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
            preexec_fn=heed_signals,
        )
        os.close(follower)
        self.output = bytearray()
        self._hung_up = False
        self._grown = threading.Condition()
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    def __enter__(self) -> PtyProgram:
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if not self._hung_up:
            # The next terminal can get the same number, and its output must not go to this reader.
            self._reader.join(5)
            os.close(self._leader)

    def _collect(self) -> None:
        while True:
            try:
                data = os.read(self._leader, 65536)
            except OSError:
                data = b""
            with self._grown:
                self.output += data
                self._grown.notify_all()
            if not data:
                return

    def hang_up(self) -> None:
        """Take the terminal away."""
        self._hung_up = True
        os.close(self._leader)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._leader, keys.encode())

    def plain(self, since: int = 0) -> str:
        """Return what was written from an offset on, without escape sequences."""
        with self._grown:
            return _STYLING.sub(b"", bytes(self.output[since:])).decode("utf-8", "replace")

    def wait_for(self, text: str, timeout: float = PATIENCE, since: int = 0) -> float:
        """Wait until a text has been written; return the seconds since the start. Fails with what was seen instead."""
        until = time.monotonic() + timeout
        while text not in self.plain(since):
            with self._grown:
                self._grown.wait(0.05)
            if time.monotonic() > until:
                raise AssertionError(f"{text!r} did not appear; the end of the output:\n{self.plain(since)[-3000:]}")
        return time.monotonic() - self.started

    def ended(self, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended and everything that it wrote is in `output`; return its exit code."""
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        return code

    def resolve(self, quiet: float = 0.25, timeout: float = 10.0) -> None:
        """Wait until nothing has been written for `quiet` seconds."""
        until = time.monotonic() + timeout
        size = -1
        while size != len(self.output) and time.monotonic() < until:
            size = len(self.output)
            time.sleep(quiet)
