"""Steps of a model beside a busy process, with and without the worker's OpenMP settings: `benchmarks.busy_neighbour`.

Each way works for a second with all cores, in turn with the others, first alone and then beside one process that
computes all the time. What counts is the time by that of the way without settings when quiet. Set
`DOUBLEREAD_BENCH_MODEL` to a GGUF file to measure another model than a bundled one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.devices import machine
from doubleread.engine.tuning.messages import Order, Request
from doubleread.engine.tuning.search import Limits
from doubleread.engine.tuning.tune import PacedModel
from doubleread.platform import openmp_environment
from doubleread.runs.bundled_models import bundled_models

ROUNDS = 5
SECONDS = 1.0
GOAL = 2.0
_PATIENCE = 140.0


def ways() -> dict[str, dict[str, str]]:
    """Return the environments to compare, by name."""
    return {
        "the library's own": {},
        "200 spins": {"GOMP_SPINCOUNT": "200"},
        "1,000 spins": {"GOMP_SPINCOUNT": "1000"},
        "10,000 spins": {"GOMP_SPINCOUNT": "10000"},
        "the worker's": openmp_environment(),
    }


@contextmanager
def busy_process(wanted: bool) -> Iterator[None]:
    """Run a process that computes all the time, if it is wanted."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run() -> Iterator[Measurement]:
    """Measure every way, quiet and beside a busy process, in turn."""
    path = Path(os.environ.get("DOUBLEREAD_BENCH_MODEL") or bundled_models()[0].path)
    share = share_processors(machine().processors, 1)[0]
    order = Order(SECONDS, share.batch_threads)
    rates: dict[tuple[str, bool], list[float]] = {}
    with ExitStack() as stack:
        models = {
            name: stack.enter_context(PacedModel(Request(str(path), (), Limits(1, 0, 4096, 0)), _PATIENCE, environment))
            for name, environment in ways().items()
        }
        for model in models.values():
            model.wait()
        for number in range(ROUNDS):
            for busy in (False, True):
                with busy_process(busy):
                    for name in list(models)[:: 1 if number % 2 == 0 else -1]:
                        rates.setdefault((name, busy), []).append(models[name].pace(order))
    quiet = rates["the library's own", False]
    for (name, busy), found in rates.items():
        ratios = sorted(before / rate for before, rate in zip(quiet, found, strict=True))
        goal = GOAL if busy and name == "the worker's" else None
        words = f"{'beside a busy process' if busy else 'quiet'}, {name}, time by quiet"
        yield Measurement(words, statistics.median(ratios), "x", goal, len(ratios))
        print(f"    from {ratios[0]:.2f} to {ratios[-1]:.2f}; {statistics.median(found):.0f} tokens/s")


if __name__ == "__main__":
    for measurement in run():
        print(measurement.line(), flush=True)
