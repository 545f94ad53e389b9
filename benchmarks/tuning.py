"""The tuner's choice against all combinations: `python -m benchmarks.tuning [GGUF...]`.

Every combination of attention, slots, memory, micro-batch and threads is measured in turn over several rounds, in a
process of its own, for short answers; for long ones, each slot has memory of its own, and all cores compute. A
combination's cost is the time of an answer with its prompt, by its lowest times, because others only add to them. The
value is how much more the tuner's choice costs than the best combination, in percent.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.devices import machine
from doubleread.engine.strict_json import dumps, loads
from doubleread.engine.tuning.record import Choice, TuningRecord
from doubleread.engine.tuning.search import ANSWER, DEPTH, FEW_TOKENS, LONG_PROMPT, PROMPT, Way
from doubleread.engine.tuning.tune import tune_model
from doubleread.platform import clean_environment, openmp_environment, run_on_cores
from doubleread.runs.bundled_models import bundled_models

ROUNDS = 3
SECONDS = 20.0
SLOTS = (8, 16)
MICRO_BATCHES = (64, 128, 256)
LONG_DEPTH = 3072
GOAL = 3.0

Times = Mapping[Way, float]
_ATTENTION = (False, True)


def grown_ways(threads: Sequence[int], depth: int) -> list[Way]:
    """Return the ways in which answers grow."""
    memory = (False, True) if depth == DEPTH else (False,)
    return [
        Way(flash, "f16", unified, slots, 0, count, depth)
        for flash, unified, slots, count in product(_ATTENTION, memory, SLOTS, threads)
    ]


def read_ways(threads: Sequence[int]) -> list[Way]:
    """Return the ways in which prompts are processed."""
    return [
        Way(flash, "f16", False, 1, micro, count, 0)
        for flash, micro, count in product(_ATTENTION, MICRO_BATCHES, threads)
    ]


def deep_ways(threads: int) -> list[Way]:
    """Return the ways in which the end of a long prompt is processed."""
    return [Way(flash, "f16", False, 1, 0, threads, LONG_DEPTH) for flash in _ATTENTION]


def run(models: Sequence[Path] = ()) -> Iterator[Measurement]:
    """Tune each model, and measure all combinations."""
    for model in models or [Path(bundled_models()[0].path)]:
        yield from _compared(model)


def _compared(model: Path) -> Iterator[Measurement]:
    here = machine()
    share = share_processors(here.processors, 1, here.quota)[0]
    threads = sorted({share.batch_threads, max(share.batch_threads // 2, 1)}, reverse=True)
    record = tune_model(model, model_sha256(model), here, SECONDS)
    seconds = _measured(model, threads, share.cores)
    short = {
        (grown, read): PROMPT * seconds[read] + ANSWER * seconds[grown] / grown.n_slots
        for grown, read in product(grown_ways(threads, DEPTH), read_ways(threads))
        if _together(grown, read)
    }
    deep = {way.flash_attention: seconds[way] for way in deep_ways(threads[0])}
    long = {
        (grown, read): LONG_PROMPT * (seconds[read] + max(deep[read.flash_attention], seconds[read])) / 2
        + ANSWER * seconds[grown] / grown.n_slots
        for grown, read in product(grown_ways(threads[:1], LONG_DEPTH), read_ways(threads[:1]))
        if _together(grown, read)
    }
    for name, costs, choice in (("short", short, record.short), ("long", long, record.long)):
        chosen = _cost(costs, choice, record, threads[0])
        usual = _cost(costs, Choice(), record, threads[0])
        best = min(costs, key=lambda ways: costs[ways])
        words = f"{model.stem[:24]}, {name} answers: choice above the best of {len(costs)}"
        yield Measurement(words, (chosen / costs[best] - 1) * 100, "%", GOAL, ROUNDS)
        print(f"    the defaults {(usual / costs[best] - 1) * 100:.1f} % above it; tuned in {record.seconds:.1f} s")
        print(f"    chosen {choice}\n    best   {best[0]} with micro-batch {best[1].n_ubatch}", flush=True)


def _together(grown: Way, read: Way) -> bool:
    return grown.flash_attention == read.flash_attention and grown.threads == read.threads


def _cost(costs: Mapping[tuple[Way, Way], float], choice: Choice, record: TuningRecord, cores: int) -> float:
    """Return what a choice costs. A micro-batch that was not measured counts as the largest one."""
    count = max(round(cores * record.threads.batch), 1)
    usual = 128 if not choice.flash_attention else 512
    micro = min(choice.n_ubatch or usual, MICRO_BATCHES[-1])
    fitting = [
        cost
        for (grown, read), cost in costs.items()
        if (grown.flash_attention, grown.n_slots) == (choice.flash_attention, choice.n_slots)
        and grown.kv_unified == (choice.kv_unified and grown.depth == DEPTH)
        and grown.threads == count
        and read.n_ubatch == micro
    ]
    return min(fitting, default=float("nan"))


def _measured(model: Path, threads: Sequence[int], cores: Sequence[int]) -> dict[Way, float]:
    """Return the seconds of a step, or of a token of a prompt, from a child process."""
    ways = [*grown_ways(threads, DEPTH), *grown_ways(threads[:1], LONG_DEPTH), *read_ways(threads)]
    ways += deep_ways(threads[0])
    with tempfile.TemporaryFile() as log:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tuning", "--child"],
            input=dumps([str(model), list(cores), ROUNDS, [list(_plain(way)) for way in ways]]),
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
            env={**clean_environment(), **openmp_environment(), "GGML_NO_BACKTRACE": "1"},
        )
    rounds: list[list[float]] = loads(done.stdout, list[list[float]])
    return {way: min(times) for way, times in zip(ways, zip(*rounds, strict=True), strict=True)}


def _plain(way: Way) -> tuple[bool, str, bool, int, int, int, int]:
    return way.flash_attention, way.kv_type, way.kv_unified, way.n_slots, way.n_ubatch, way.threads, way.depth


def _child() -> None:
    import os

    out = os.dup(1)
    os.dup2(2, 1)
    from doubleread.engine.worker import llama
    from doubleread.engine.worker.step_timing import Layout, StepTimer

    path, cores, rounds, plain = loads(sys.stdin.buffer.readline(), tuple[str, list[int], int, list[list[object]]])
    run_on_cores(cores)
    log = llama.Log()
    timer = StepTimer(llama.Model(path, LoadSettings(), lambda: None))
    ways = [Way(*item) for item in plain]
    most = max(way.n_ubatch for way in ways)

    def seconds(way: Way) -> float:
        layout = Layout(way.flash_attention, way.kv_type, way.kv_unified, way.n_slots, way.n_ubatch, way.depth)
        if way.n_slots > 1:
            return min(timer.decode(layout, way.threads, 2))
        count = FEW_TOKENS if way.depth else most
        return timer.prefill(layout, way.threads, count) / count

    found = []
    for number in range(rounds):
        order = ways if number % 2 == 0 else ways[::-1]
        times = {way: seconds(way) for way in order}
        found.append([times[way] for way in ways])
    os.write(out, dumps(found))
    del log
    os._exit(0)


if __name__ == "__main__":
    if "--child" in sys.argv:
        _child()
    for measurement in run([Path(argument) for argument in sys.argv[1:]]):
        print(measurement.line(), flush=True)
