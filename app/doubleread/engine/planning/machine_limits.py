"""The two processor limits that bound language models: memory bandwidth and arithmetic.

Making a token reads all weights once, so `read_bytes` a second over the bytes of the weights bounds the tokens a second
of one answer. Reading a prompt is multiplication, two operations for each weight and token, so `float32_operations`
bounds that; weights of fewer bits are turned into such numbers on the way, and a little more or less can be had with
the processor's short integers.

It is measured in a child (`python -m doubleread.engine.planning.machine_limits THREADS...`), whose numpy is told to use
one thread for each call: then every thread of ours is one core's work, and all of them together are the machine's.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from doubleread.engine.children import run_module
from doubleread.engine.strict_json import ProtocolError, dumps, loads

_BYTES_A_THREAD = 2**27
_SIDE = 768
_SECONDS = 0.4
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, slots=True)
class Limits:
    """What so many threads reach together: bytes read from memory, and operations on 32-bit numbers, a second."""

    threads: int
    read_bytes: float
    float32_operations: float

    def or_better(self, other: Limits) -> Limits:
        """Return the higher of each: what a busy machine does not show at one time, it may at another."""
        return Limits(
            self.threads,
            max(self.read_bytes, other.read_bytes),
            max(self.float32_operations, other.float32_operations),
        )


def measure_limits(threads: Sequence[int], timeout: float = 60.0) -> tuple[Limits, ...]:
    """Measure with each of these numbers of threads, for about a second each. Empty where it cannot be measured."""
    one_each = dict.fromkeys(_ONE_THREAD, "1")
    try:
        done = run_module("planning.machine_limits", [*map(str, threads)], timeout=timeout, environment=one_each)
        measured: tuple[Limits, ...] = loads(done.stdout, tuple[Limits, ...])
    except (OSError, subprocess.TimeoutExpired, ProtocolError):
        return ()
    return measured


def _measure(threads: int) -> Limits:
    import numpy as np

    numbers = [np.full(_BYTES_A_THREAD // 8, number, dtype=np.uint64) for number in range(threads)]
    read = _rate([part.max for part in numbers], _BYTES_A_THREAD)
    del numbers
    random = np.random.default_rng(1)
    left, right = (random.random((_SIDE, _SIDE), dtype=np.float32) for _ in range(2))
    results = [np.empty_like(left) for _ in range(threads)]
    multiplied = _rate([partial(np.matmul, left, right, out) for out in results], 2 * _SIDE**3)
    return Limits(threads, read, multiplied)


def _rate(tasks: Sequence[Callable[[], object]], work: int) -> float:
    """Run each task again and again in a thread of its own, and return the work of all of them a second."""
    counts = [0] * len(tasks)
    start = threading.Barrier(len(tasks) + 1)
    ended = threading.Event()

    def go_on(index: int) -> None:
        tasks[index]()
        start.wait()
        while not ended.is_set():
            tasks[index]()
            counts[index] += 1

    runners = [threading.Thread(target=go_on, args=(index,)) for index in range(len(tasks))]
    for runner in runners:
        runner.start()
    start.wait()
    began = time.perf_counter()
    time.sleep(_SECONDS)
    ended.set()
    for runner in runners:
        runner.join()
    return sum(counts) * work / (time.perf_counter() - began)


if __name__ == "__main__":
    sys.stdout.buffer.write(dumps([_measure(max(int(argument), 1)) for argument in sys.argv[1:]]))
