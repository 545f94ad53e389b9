"""The two processor limits that bound language models: memory bandwidth and arithmetic.

Generating a token reads all weights once, so `read_bytes` per second divided by the bytes of the weights bounds the
tokens per second of one answer. Processing a prompt is multiplication, two operations for each weight and token, so
`float32_operations` bounds that. Smaller weights are converted on the way, and the processor's integer units can reach
a little more or less.

Measured in a child (`python -m doubleread.engine.planning.machine_limits THREADS...`), in which numpy uses one thread
for each call, so that each of our threads is one core's work.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    """What so many threads reach together: bytes read from memory, and 32-bit operations, per second."""

    threads: int
    read_bytes: float
    float32_operations: float

    def or_better(self, other: Limits) -> Limits:
        """Return the higher of each: a busy machine may show at one time what it does not at another."""
        return Limits(
            self.threads,
            max(self.read_bytes, other.read_bytes),
            max(self.float32_operations, other.float32_operations),
        )


def measure_limits(threads: Sequence[int], timeout: float = 60.0) -> tuple[Limits, ...]:
    """Measure with each of these numbers of threads, for about a second each. Empty if measuring fails."""
    one_each = dict.fromkeys(_ONE_THREAD, "1")
    try:
        done = run_module("engine.planning.machine_limits", [*map(str, threads)], timeout=timeout, environment=one_each)
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
    """Run each task repeatedly in a thread of its own, and return their total work per second."""
    start = threading.Barrier(len(tasks) + 1)
    ended = threading.Event()

    def repeat(task: Callable[[], object]) -> int:
        count = 0
        task()
        start.wait()
        while not ended.is_set():
            task()
            count += 1
        return count

    with ThreadPoolExecutor(len(tasks)) as pool:
        counts = [pool.submit(repeat, task) for task in tasks]
        start.wait()
        began = time.perf_counter()
        time.sleep(_SECONDS)
        ended.set()
        total = sum(count.result() for count in counts)
        return total * work / (time.perf_counter() - began)


if __name__ == "__main__":
    sys.stdout.buffer.write(dumps([_measure(max(int(argument), 1)) for argument in sys.argv[1:]]))
