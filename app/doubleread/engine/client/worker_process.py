"""The pipes, threads and files of one worker process."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO

from doubleread.engine.client.protocol import MAX_LINE, Alive, Event, Shutdown, decode_event, encode
from doubleread.engine.strict_json import ProtocolError
from doubleread.platform import child_options, clean_environment, openmp_environment, read_small

LOG_TAIL = 16384
_CGROUP_EVENTS = "/sys/fs/cgroup/memory.events"


class WorkerProcess:
    """A process with a thread that writes to it and one that reads from it.

    `heard_at` is the monotonic time of the last line, or of the start while `spoke` is False. `progress_age` and
    `tokens` are from the last heartbeat. The reading thread sets them, so a slow consumer of events does no harm.
    `hang` is the reason for ending the process, if there is one.
    """

    def __init__(self, name: str, memory_limit: int | None) -> None:
        self._name = name
        self._memory_limit = memory_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._log: IO[bytes] | None = None
        self._kills_before = _memory_kills()
        self._on_event: Callable[[Event], None] = lambda _: None
        self._on_end: Callable[[], None] = lambda: None
        self.heard_at = time.monotonic()
        self.spoke = False
        self.progress_age = 0.0
        self.tokens = 0
        self.hang = ""

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid if self._process is not None else None

    def listen(self, on_event: Callable[[Event], None], on_end: Callable[[], None]) -> None:
        """Set who gets the events and who is told once that no more will come; called from the reading thread."""
        self._on_event, self._on_end = on_event, on_end

    def start(self) -> None:
        """Start the process. Raises OSError."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by clean_up)
        command = [sys.executable, "-P", "-m", "doubleread.engine.worker.process"]
        if self._memory_limit is not None:
            command += ["--memory-limit", str(self._memory_limit)]
        environment = clean_environment() | openmp_environment() | {"GGML_NO_BACKTRACE": "1", "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            bufsize=0,
            **child_options(),
        )
        self.heard_at = time.monotonic()
        # Daemons, because reads and writes of a hung process block, and the program must not wait for them at exit.
        for target in (self._write, self._read):
            threading.Thread(target=target, daemon=True, name=f"engine {self._name} {target.__name__}").start()

    def send(self, line: bytes) -> None:
        """Queue a line for the worker."""
        self._lines.put(line)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()

    def end(self, timeout: float) -> int | None:
        """Ask the process to end, then force it. Return its exit code (negative: the signal), or None."""
        if self._process is None:
            return None
        self._lines.put(encode(Shutdown()))
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(5.0)
        return None

    def log_tail(self) -> str:
        """Return the end of what the process and llama.cpp wrote to the log. Call it once the process has ended."""
        if self._log is None or self._log.closed:
            return ""
        try:
            self._log.seek(max(self._log.seek(0, os.SEEK_END) - LOG_TAIL, 0))
            return self._log.read(LOG_TAIL).decode("utf-8", "replace")
        except OSError:
            return ""

    def killed_for_memory(self) -> bool:
        """Return whether the system has killed a process of our control group for memory since the start."""
        return self._process is not None and self._process.returncode == -9 and _memory_kills() > self._kills_before

    def clean_up(self) -> None:
        """Close the log and end the writing thread; the reading thread ends with the process."""
        self._lines.put(None)
        if self._log is not None:
            self._log.close()

    def _write(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pipe = self._process.stdin
        with contextlib.suppress(OSError, ValueError), pipe:
            while (line := self._lines.get()) is not None:
                view = memoryview(line)
                while view:
                    view = view[pipe.write(view) :]

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            with os.fdopen(os.dup(self._process.stdout.fileno()), "rb", buffering=1 << 16) as lines:
                self._process.stdout.close()
                while line := lines.readline(MAX_LINE + 1):
                    self._take(line)
        except (ProtocolError, OSError, ValueError) as error:
            if not self.hang:
                self.hang = f"it sent an invalid event ({error})"
            self.kill()
        self._on_end()

    def _take(self, line: bytes) -> None:
        self.heard_at = time.monotonic()
        self.spoke = True
        if not line.endswith(b"\n"):
            if len(line) > MAX_LINE:
                raise ProtocolError("a line is too long")
            return
        event = decode_event(line)
        if isinstance(event, Alive):
            self.progress_age = event.progress_age
            self.tokens = event.tokens
        self._on_event(event)


def _memory_kills() -> int:
    for line in read_small(_CGROUP_EVENTS).splitlines():
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return 0
