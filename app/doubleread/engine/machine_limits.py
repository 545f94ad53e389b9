"""What this machine's processor does at best: bytes read from memory, and float32 multiplications, a second.

It is measured in a short-lived child, because numpy's own threads can only be switched off before numpy is imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from doubleread.errors import DoublereadError
from doubleread.platform import child_options, clean_environment

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_MATRIX = 1024
_READ_VALUES = 32 * 1024 * 1024
_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """Bytes read from memory, and float32 operations of matrix products, a second."""

    read_bytes_per_second: float
    flops_per_second: float

    def or_better(self, other: MachineLimits) -> MachineLimits:
        """Return the higher of each: what a busy machine does not show at one time, it may at another."""
        return MachineLimits(
            max(self.read_bytes_per_second, other.read_bytes_per_second),
            max(self.flops_per_second, other.flops_per_second),
        )


def measure(threads: int) -> MachineLimits:
    """Measure with as many threads, in about two seconds. Raises DoublereadError where that fails."""
    command = [sys.executable, "-P", "-m", "doubleread.engine.machine_limits", str(threads)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=120,
            check=True,
            env=clean_environment() | ONE_THREAD,
            **child_options(),
        )
        return MachineLimits(**json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        raise DoublereadError("Limits not measured", str(error)) from error


def _at_once(threads: int, work: Callable[[int], None]) -> float:
    """Run `work(number)` again and again in threads; return how often it was done a second, by all together."""
    done = [0] * threads
    barrier = threading.Barrier(threads)
    deadline = 0.0

    def repeat(number: int) -> None:
        nonlocal deadline
        work(number)
        if barrier.wait() == 0:
            deadline = time.perf_counter() + _SECONDS
        barrier.wait()
        while time.perf_counter() < deadline:
            work(number)
            done[number] += 1

    workers = [threading.Thread(target=repeat, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - deadline + _SECONDS)


def _main() -> int:
    threads = int(sys.argv[1])
    import numpy as np

    values = [np.ones(_READ_VALUES, dtype=np.float32) for _ in range(threads)]
    matrices = [np.ones((3, _MATRIX, _MATRIX), dtype=np.float32) for _ in range(threads)]
    pieces = [np.array_split(whole, 64) for whole in values]

    def read(number: int) -> None:
        for piece in pieces[number]:
            np.dot(piece, piece)

    def multiply(number: int) -> None:
        one, other, product = matrices[number]
        np.matmul(one, other, out=product)

    reads = max(_at_once(threads, read) for _ in range(3))
    products = max(_at_once(threads, multiply) for _ in range(3))
    limits = MachineLimits(reads * _READ_VALUES * 4, products * 2.0 * _MATRIX**3)
    os.write(1, json.dumps(asdict(limits)).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
