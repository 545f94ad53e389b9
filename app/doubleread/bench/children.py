"""Child processes of a measurement: asked in JSON, watched for their memory, and ended whatever happens."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from doubleread import platform
from doubleread.bench.task import BenchError
from doubleread.engine.children import run_module
from doubleread.platform import child_options, clean_environment, read_small

PATIENCE = 7200.0
"""The longest time in seconds that anything here may take."""

_LOG_TAIL = 2000


def ask_child(module: str, request: Mapping[str, Any], timeout: float = PATIENCE) -> dict[str, Any]:
    """Run a module of this package with a JSON request on its input and return its JSON answer. Raises BenchError."""
    given, quiet = json.dumps(request).encode("ascii"), {"GGML_NO_BACKTRACE": "1"}
    why = f"it did not end within {timeout:.0f} seconds"
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
        done = run_module(f"bench.{module}", timeout=timeout, given=given, environment=quiet)
        why = f"exit code {done.returncode}: {tail(io.BytesIO(done.stderr))}"
        answer = json.loads(done.stdout) if done.returncode == 0 else None
        if isinstance(answer, dict):
            return answer
    raise BenchError("Not measured", f"{module} failed ({why})", "see `doubleread doctor`")


def answer_parent(record: Mapping[str, Any], out: int) -> None:
    """In a child: write the answer to the descriptor that `take_request` returned."""
    with os.fdopen(out, "wb") as file:
        file.write(json.dumps(record).encode("ascii"))


def take_request() -> tuple[dict[str, Any], int]:
    """In a child: return the request and where to answer. What llama.cpp prints goes to standard error from now on."""
    platform.die_with_parent()
    out = os.dup(1)
    os.dup2(2, 1)
    request: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    return request, out


@contextlib.contextmanager
def running(program: str, arguments: Sequence[str], out: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of llama.cpp's programs, output and log to `out`, and end it afterwards. Raises BenchError.

    On Linux it is started through a process that asks the system to end it with this one.
    """
    command = [program, *arguments]
    if sys.platform == "linux":
        command = [sys.executable, "-P", "-m", "doubleread.bench.tethered", *command]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            **child_options(),
        )
    except OSError as error:
        raise BenchError("Not measured", f"{program} does not start: {error.strerror or error}") from error
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, if need be by force."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
    if process.poll() is None:
        process.kill()
        process.wait(5.0)


def wait_watching(process: subprocess.Popen[bytes], timeout: float = PATIENCE) -> int | None:
    """Wait for a process's end and return the most memory it held, in bytes. Raises BenchError after `timeout`."""
    deadline, peak = time.monotonic() + timeout, None
    while process.poll() is None:
        peak = peak_memory(process.pid) or peak
        if time.monotonic() > deadline:
            raise BenchError("Not measured", f"a program did not end within {timeout:.0f} seconds")
        time.sleep(0.05)
    return peak


def peak_memory(pid: int | None) -> int | None:
    """Return the most memory that a living process has held, in bytes; None if the system does not say."""
    return None if pid is None else _status(pid, "VmHWM:")


def memory_now(pid: int | None) -> int | None:
    """Return the memory that a living process holds, in bytes; None if the system does not say."""
    return None if pid is None else _status(pid, "VmRSS:")


def tail(log: IO[bytes]) -> str:
    """Return the end of a log as one line."""
    log.seek(max(log.seek(0, os.SEEK_END) - _LOG_TAIL, 0))
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return " / ".join(lines[-2:]) or "it said nothing"


def _status(pid: int, name: str) -> int | None:
    for line in read_small(f"/proc/{pid}/status").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return None
