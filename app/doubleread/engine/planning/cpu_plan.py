"""Which processors each worker runs on, and with how many threads. Pure.

Two workers never share a core: threads that wait for each other at every step stall when one of them does. This and
llama.cpp's way of computing lead to these rules:

- the threads of one physical core stay together, and one thread runs on each core: a second one has the same
  arithmetic units and only adds waiting;
- if fast and slow cores are mixed, the slow ones would delay the fast ones, so they are left out if each worker has
  two fast ones;
- a worker's cores share their memory, so that no package is split without need;
- generating a token reads all weights, and about half of a large processor's cores saturate its memory; so from 16
  cores on, single tokens (`threads`) get half of them, while prompts and batches (`batch_threads`), which are
  arithmetic, get all;
- a container's limit of processor time counts for threads, not for cores: the workers may run anywhere in their
  halves, with as many threads as there is time for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.engine.planning.processors import Processor

MOST_THREADS = 512
_FAST_SHARE = 0.75
_FEW = 8


@dataclass(frozen=True, slots=True)
class CpuShare:
    """One worker's part: logical processors, threads for single tokens, threads for prompts and batches."""

    cores: tuple[int, ...]
    threads: int
    batch_threads: int


def share_processors(found: Sequence[Processor], n_workers: int, quota: float | None = None) -> tuple[CpuShare, ...]:
    """Divide processors among parallel workers: disjoint, evenly, and evenly for each kind of core.

    `quota` is the processor time in all, in processors. With fewer cores than workers, some share a core.
    """
    cores = _physical(found)
    if len(cores) < n_workers:
        shares = [[cores[index % len(cores)]] for index in range(n_workers)]
    else:
        shares = [[] for _ in range(n_workers)]
        for kind in _kinds(cores, n_workers):
            dealt = _dealt(kind, n_workers, [sum(map(len, share)) for share in shares])
            for share, part in zip(shares, dealt, strict=True):
                share += part
    limit = MOST_THREADS if quota is None else max(1, math.floor(quota / n_workers))
    return tuple(_share(share, limit) for share in shares)


def _share(cores: list[tuple[Processor, ...]], limit: int) -> CpuShare:
    threads = min(len(cores), limit, MOST_THREADS)
    numbers = sorted(processor.number for core in cores for processor in core)
    return CpuShare(tuple(numbers), min(threads, max(_FEW, len(cores) // 2)), threads)


def _physical(found: Sequence[Processor]) -> list[tuple[Processor, ...]]:
    """Group logical processors by core, with those near the same memory next to each other."""
    groups: dict[tuple[int, str], list[Processor]] = {}
    for processor in found:
        groups.setdefault((processor.node, processor.core), []).append(processor)
    return [tuple(group) for group in sorted(groups.values(), key=lambda group: (group[0].node, group[0].number))]


def _kinds(cores: list[tuple[Processor, ...]], n_workers: int) -> list[list[tuple[Processor, ...]]]:
    """Return only the fast cores if there are enough, else the fast and the slow ones."""
    fastest = max(core[0].speed for core in cores)
    fast = [core for core in cores if core[0].speed >= _FAST_SHARE * fastest]
    slow = [core for core in cores if core[0].speed < _FAST_SHARE * fastest]
    return [fast] if len(fast) >= 2 * n_workers or not slow else [fast, slow]


def _dealt(cores: list[tuple[Processor, ...]], n_workers: int, before: list[int]) -> list[list[tuple[Processor, ...]]]:
    """Cut a row of cores into even parts; a remainder goes to the parts with the fewest cores so far."""
    order = sorted(range(n_workers), key=lambda worker: (before[worker], -worker))
    sizes = [len(cores) // n_workers] * n_workers
    for worker in order[: len(cores) % n_workers]:
        sizes[worker] += 1
    parts: list[list[tuple[Processor, ...]]] = []
    start = 0
    for size in sizes:
        parts.append(cores[start : start + size])
        start += size
    return parts
