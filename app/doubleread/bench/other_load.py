"""How many of the machine's processors other programs use while something is measured."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from doubleread.platform import read_small

_BUSY = (0, 1, 2, 5, 6)
"""The fields of a processor's line in /proc/stat that are work: user, nice, system, interrupts."""


@dataclass(slots=True)
class OtherLoad:
    """The mean number of processors in use by programs other than this one and its children; None if unknown."""

    processors: float | None = None


@contextmanager
def other_load() -> Iterator[OtherLoad]:
    """Measure it until the end of the block. A child counts as this program's if it has ended by then."""
    found = OtherLoad()
    start, busy, own = time.perf_counter(), busy_seconds(), own_seconds()
    yield found
    now = busy_seconds()
    if busy is not None and now is not None:
        elapsed = time.perf_counter() - start
        found.processors = max(now - busy - (own_seconds() - own), 0.0) / max(elapsed, 1e-9)


def own_seconds() -> float:
    """Return the processor time of this program and of its children that have ended."""
    return sum(os.times()[:4])


def busy_seconds() -> float | None:
    """Return how long the machine's processors have worked, added up; None if the system does not tell."""
    words = read_small("/proc/stat").partition("\n")[0].split()
    if sys.platform != "linux" or len(words) <= max(_BUSY) + 1:
        return None
    return sum(int(words[1 + field]) for field in _BUSY) / os.sysconf("SC_CLK_TCK")
