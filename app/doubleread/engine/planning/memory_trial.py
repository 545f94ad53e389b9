"""Measure a model's buffers in a child process, in which llama.cpp loads it without its weights.

The child reads a `Load` request on standard input and does everything but the allocations, which takes a tenth of a
second for any size of model. The parent reads the sizes from llama.cpp's log.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass

from doubleread.engine.children import run_module
from doubleread.engine.client.protocol import Load, decode_request, encode
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.memory_need import MIB
from doubleread.engine.worker.fatal_exit import leave

_COMPUTE = re.compile(r": +(\S+) +compute buffer size = +([0-9.]+) MiB")
_CACHE = re.compile(r"_(?:kv_cache|memory_recurrent)\w*: size = +([0-9.]+) MiB")


@dataclass(frozen=True, slots=True)
class Trial:
    """Bytes as llama.cpp reports them: the cache, and the compute buffers in main memory and on GPUs."""

    cache: int
    host_compute: int
    gpu_compute: int


def try_memory(path: str, settings: EngineSettings, timeout: float = 60.0) -> Trial | None:
    """Return what a model with these settings would take; None if llama.cpp cannot tell."""
    try:
        done = run_module("engine.planning.memory_trial", timeout=timeout, given=encode(Load.of(path, settings)))
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_log(done.stderr.decode("utf-8", "replace")) if done.returncode == 0 else None


def read_log(log: str) -> Trial | None:
    """Read llama.cpp's log of a load. Some buffers are listed twice: the last line counts."""
    buffers = {name: int(float(size) * MIB) for name, size in _COMPUTE.findall(log)}
    if not buffers:
        return None
    host = sum(size for name, size in buffers.items() if name.startswith("CPU") or name.endswith("_Host"))
    cache = sum(int(float(size) * MIB) for size in _CACHE.findall(log))
    return Trial(cache, host, sum(buffers.values()) - host)


def _lay_out(load: Load) -> int:
    from doubleread.engine.worker import llama

    log = llama.Log()
    try:
        model = llama.Model(load.path, load, lambda: None, weights=False)
        llama.Context(model, load, load.n_ctx, 1, 1)
    except (RuntimeError, MemoryError):
        return 1
    # llama.cpp writes to the log as long as the process lives.
    leave(0)
    return len(log.errors())


if __name__ == "__main__":
    request = decode_request(sys.stdin.buffer.readline())
    sys.exit(_lay_out(request) if isinstance(request, Load) else 1)
