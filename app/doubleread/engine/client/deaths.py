"""Explain to the user why a worker's process ended."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from doubleread.engine.worker.fatal_exit import EXIT_MEMORY, EXIT_PROTOCOL

_NO_MEMORY = re.compile(
    r"bad_alloc|MemoryError|failed to allocate|Cannot allocate memory|out of memory|OutOf(Device|Host)?Memory"
    r"|unable to allocate|mem_buffer != NULL",
    re.I,
)
_GPU_LOST = re.compile(r"DeviceLost|device lost", re.I)
_NOISE = re.compile(r"^(\s*$|\.+$|llama_model_loader: - |load_tensors: layer|print_info:|llama_kv_cache: layer)")
_AGAIN = "start the model again"
_SMALLER = "use fewer slots, a shorter context or a smaller model, then start it again"
LAST_LINES = 3


@dataclass(frozen=True, slots=True)
class Death:
    """What to tell the user: a title, what happened, what to do."""

    title: str
    happened: str
    remedy: str


def explain(
    exit_code: int | None, log: str, *, hang: str = "", memory_limit: int | None = None, out_of_memory: bool = False
) -> Death:
    """Explain an end by the exit code (negative: a signal), the end of the log and what the supervisor knows.

    `hang` tells how the worker hung, if it was ended for that; `out_of_memory` that the system killed it for memory.
    """
    last = _last_lines(log)
    said = f"; its last output: {last}" if last else ""
    if hang:
        return Death("The model hung", f"{hang}, so it was stopped", _AGAIN)
    if exit_code is None:
        return Death(
            "The model's process did not start", last or "the system gave no reason", "see `doubleread doctor`"
        )
    if out_of_memory:
        return Death("Out of memory", "the system killed the model's process because memory ran out", _SMALLER)
    if exit_code == EXIT_MEMORY or (exit_code != 0 and _NO_MEMORY.search(log)):
        limit = f" within its limit of {memory_limit / 2**20:,.0f} MiB" if memory_limit else ""
        return Death("Out of memory", f"the model's process could not allocate memory{limit}{said}", _SMALLER)
    if exit_code != 0 and _GPU_LOST.search(log):
        return Death(
            "The GPU stopped",
            f"the GPU did not respond, and its driver reset it{said}",
            "start the model again; if this recurs, update the GPU's driver",
        )
    if exit_code == EXIT_PROTOCOL:
        return Death("The model's process stopped", f"it did not understand a request{said}", _AGAIN)
    if exit_code in _BY_CODE:
        title, happened, remedy = _BY_CODE[exit_code]
        return Death(title, f"{happened}{said}", remedy)
    if exit_code < 0:
        return Death(
            "The model's process was terminated",
            f"it was terminated by signal {_signal_name(-exit_code)}{said}",
            _AGAIN,
        )
    return Death("The model's process ended", f"it exited with code {exit_code}{said}", _AGAIN)


_CRASH = (
    "The model crashed",
    "llama.cpp accessed invalid memory",
    "start it again; if this recurs, download the model file again",
)
_ABORT = ("The model stopped itself", "llama.cpp hit an unrecoverable error", _AGAIN)
_FOREIGN = (
    "Wrong build for this processor",
    "llama.cpp used an instruction that this processor does not support",
    "build it here: pip install --force-reinstall --no-cache-dir --no-binary llama-cpp-python llama-cpp-python",
)
_BY_CODE: dict[int, tuple[str, str, str]] = {
    -4: _FOREIGN,
    0xC000001D: _FOREIGN,
    -6: _ABORT,
    0xC0000409: _ABORT,
    -7: (
        "The model's file changed",
        "part of the file could not be read while the model ran; it may have been truncated, or its disk disconnected",
        "check the model file, then start the model again",
    ),
    -8: ("The model crashed", "llama.cpp divided by zero or overflowed", _AGAIN),
    -9: (
        "The model's process was killed",
        "it received signal 9, from a person or from the system, usually because memory ran out",
        "free memory, or use fewer slots or a smaller model, then start it again",
    ),
    -11: _CRASH,
    0xC0000005: _CRASH,
    -15: ("The model's process was terminated", "it was asked to stop (signal 15)", _AGAIN),
}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _last_lines(log: str) -> str:
    lines = [line.strip()[:300] for line in log.splitlines() if not _NOISE.match(line)]
    return " / ".join(lines[-LAST_LINES:])
