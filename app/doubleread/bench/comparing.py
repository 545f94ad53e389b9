"""Measure ways in turn, round after round, so that changes of the machine's speed affect all of them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from doubleread.bench import batched_bench_way, engine_way, plain_loop, server_way
from doubleread.bench.measured import Measured
from doubleread.bench.other_load import other_load
from doubleread.bench.task import BenchError, Task
from doubleread.platform import run_on_cores, usable_cores

ENGINE = "doubleread"
WAYS = (ENGINE, "one-slot", "loop", "server", "batched-bench")
DEFAULT_WAYS = (ENGINE, "loop", "server", "batched-bench")
PROGRAMS = {"server": "llama-server", "batched-bench": "llama-batched-bench"}
"""The ways that are programs of llama.cpp, looked up on the PATH."""

Way = Callable[[], Measured]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the ways measured, by way for each round. `left_out` tells why each other way is missing.

    `others` is how many processors other programs used during each round, where the system tells.
    """

    rounds: tuple[Mapping[str, Measured], ...]
    left_out: Mapping[str, str]
    others: tuple[float, ...] = ()

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that were measured, in order."""
        return tuple(self.rounds[0])


def ways_for(task: Task, wanted: Sequence[str]) -> tuple[dict[str, Way], dict[str, str]]:
    """Return a function for each wanted way, and why the others cannot be measured here."""
    found: dict[str, Way] = {}
    left_out: dict[str, str] = {}
    for way in wanted:
        program = shutil.which(PROGRAMS[way]) if way in PROGRAMS else ""
        if program is None:
            left_out[way] = f"there is no {PROGRAMS[way]} on the PATH"
        elif way == "batched-bench" and not batched_bench_way.fits(task):
            left_out[way] = "llama-batched-bench has no such workload"
        elif way == "batched-bench":
            found[way] = partial(batched_bench_way.measure, task, program)
        elif way == "server":
            found[way] = partial(server_way.measure, task, program)
        elif way == "loop":
            found[way] = partial(plain_loop.measure, task)
        elif way == "one-slot":
            found[way] = partial(engine_way.measure_one_slot, task)
        else:
            found[way] = partial(engine_way.measure, task)
    return found, left_out


def compare(
    ways: Mapping[str, Way],
    rounds: int,
    left_out: Mapping[str, str],
    progress: Callable[[int, str], None] = lambda _round, _way: None,
) -> Comparison:
    """Measure every way once per round. A way that fails in the first round is left out; later, the error is raised."""
    missing = dict(left_out)
    done: list[dict[str, Measured]] = []
    others: list[float] = []
    for number in range(rounds):
        taken: dict[str, Measured] = {}
        with other_load() as load:
            for name, way in ways.items():
                if name in missing:
                    continue
                progress(number + 1, name)
                try:
                    taken[name] = way()
                except BenchError as error:
                    if number or name == ENGINE or name not in WAYS:
                        raise
                    missing[name] = error.happened
        done.append(taken)
        if load.processors is not None:
            others.append(load.processors)
    return Comparison(tuple(done), missing, tuple(others))


@contextlib.contextmanager
def first_cores(threads: int | None) -> Iterator[None]:
    """Restrict this process and its children to as many processors as there are threads; None allows all."""
    cores = usable_cores()
    run_on_cores(cores[:threads])
    try:
        yield
    finally:
        run_on_cores(cores)
