"""The tuner's choice against all combinations: `python -m benchmarks.tuning [--part SECONDS FILE] [GGUF...]`.

Every combination of attention, slots, memory, micro-batch and threads is measured in turn over several rounds, in a
process of its own, for short answers; for long ones, each slot has memory of its own, and all cores compute. A
combination's cost is the time of an answer with its prompt, by its lowest times, because others only add to them. The
value is how much more the tuner's choice costs than the best combination, in percent.

With `--part`, one model is measured for so many seconds. The file keeps what was measured, and the next call goes on.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from itertools import product
from pathlib import Path
from statistics import median

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
MICRO_BATCHES = (64, 128, 256, 512)
LONG_DEPTH = 3072
GOAL = 3.0

Times = Mapping[Way, float]
_ATTENTION = (False, True)


def grown_ways(slots: Sequence[int], threads: Sequence[int], depth: int) -> list[Way]:
    """Return the ways in which answers grow."""
    memory = (False, True) if depth == DEPTH else (False,)
    return [
        Way(flash, "f16", unified, parallel, 0, count, depth)
        for flash, unified, parallel, count in product(_ATTENTION, memory, slots, threads)
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


@dataclass
class Kept:
    """A model's record, and what the ways took, in the order of measuring; in a file if parts are measured."""

    record: TuningRecord
    seconds: list[float] = field(default_factory=list)
    file: Path | None = None

    def save(self) -> None:
        """Write the file."""
        if self.file is not None:
            self.file.write_bytes(dumps([self.record, self.seconds]))


def run(models: Sequence[Path] = (), part: float = math.inf, file: Path | None = None) -> Iterator[Measurement]:
    """Tune each model, and measure all combinations."""
    for model in models or [Path(bundled_models()[0].path)]:
        yield from _compared(model, part, file)


def _compared(model: Path, part: float, file: Path | None) -> Iterator[Measurement]:
    began = time.monotonic()
    here = machine()
    share = share_processors(here.processors, 1, here.quota)[0]
    if file is not None and file.exists():
        known, seconds = loads(file.read_bytes(), tuple[TuningRecord, list[float]])
        kept = Kept(known, seconds, file)
    else:
        kept = Kept(tune_model(model, model_sha256(model), here, SECONDS), file=file)
        kept.save()
    record = kept.record
    cores = share.batch_threads
    chosen_threads = max(round(cores * record.threads.batch), 1)
    threads = sorted({cores, max(cores // 2, 1), chosen_threads}, reverse=True)
    slots = sorted({*SLOTS, Choice().n_slots, record.short.n_slots, record.long.n_slots})
    ways = [*grown_ways(slots, threads, DEPTH), *grown_ways(slots, threads[:1], LONG_DEPTH), *read_ways(threads)]
    ways += deep_ways(threads[0])
    order = [way for number in range(ROUNDS) for way in (ways if number % 2 == 0 else ways[::-1])]
    _measure(model, kept, order, share.cores, part - (time.monotonic() - began))
    if len(kept.seconds) < len(order):
        print(f"{len(kept.seconds)} of {len(order)} measured; run it again")
        return
    times: dict[Way, list[float]] = {way: [] for way in ways}
    for way, took in zip(order, kept.seconds, strict=True):
        times[way].append(took)
    lowest = {way: min(took) for way, took in times.items()}
    short = {
        (grown, read): PROMPT * lowest[read] + ANSWER * lowest[grown] / grown.n_slots
        for grown, read in product(grown_ways(slots, threads, DEPTH), read_ways(threads))
        if _together(grown, read)
    }
    deep = {way.flash_attention: lowest[way] for way in deep_ways(threads[0])}
    long = {
        (grown, read): LONG_PROMPT * (lowest[read] + max(deep[read.flash_attention], lowest[read])) / 2
        + ANSWER * lowest[grown] / grown.n_slots
        for grown, read in product(grown_ways(slots, threads[:1], LONG_DEPTH), read_ways(threads[:1]))
        if _together(grown, read)
    }
    for name, costs, choice, count in (
        ("short", short, record.short, chosen_threads),
        ("long", long, record.long, cores),
    ):
        chosen = _cost(costs, choice, count)
        usual = _cost(costs, Choice(), cores)
        best = min(costs, key=lambda ways: costs[ways])
        words = f"{model.stem[:24]}, {name} answers: choice above the best of {len(costs)}"
        yield Measurement(words, (chosen / costs[best] - 1) * 100, "%", GOAL, ROUNDS)
        spread = [(max(took) / min(took) - 1) * 100 for took in times.values()]
        print(f"    rounds differ by {median(spread):.0f} % in the median of the ways, {max(spread):.0f} % at most")
        print(f"    the defaults {(usual / costs[best] - 1) * 100:.1f} % above it; tuned in {record.seconds:.1f} s")
        print(f"    chosen {choice}\n    best   {best[0]} with micro-batch {best[1].n_ubatch}", flush=True)


def _together(grown: Way, read: Way) -> bool:
    return grown.flash_attention == read.flash_attention and grown.threads == read.threads


def _cost(costs: Mapping[tuple[Way, Way], float], choice: Choice, threads: int) -> float:
    """Return what a choice costs. A micro-batch that was not measured counts as the largest one."""
    load = LoadSettings(flash_attention="on" if choice.flash_attention else "off", n_ubatch=choice.n_ubatch)
    micro = min(load.ubatch, MICRO_BATCHES[-1])
    fitting = [
        cost
        for (grown, read), cost in costs.items()
        if (grown.flash_attention, grown.n_slots) == (choice.flash_attention, choice.n_slots)
        and grown.kv_unified == (choice.kv_unified and grown.depth == DEPTH)
        and grown.threads == threads
        and read.n_ubatch == micro
    ]
    return min(fitting, default=float("nan"))


def _measure(model: Path, kept: Kept, order: Sequence[Way], cores: Sequence[int], part: float) -> None:
    """Measure what is missing in a child process: the seconds of a step, or of a token of a prompt."""
    missing = [astuple(way) for way in order[len(kept.seconds) :]]
    if not missing or part <= 0:
        return
    with tempfile.TemporaryFile() as log:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tuning", "--child"],
            input=dumps([str(model), list(cores), missing, min(part, 1e9)]),
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
            env={**clean_environment(), **openmp_environment(), "GGML_NO_BACKTRACE": "1"},
        )
    kept.seconds += loads(done.stdout, list[float])
    kept.save()


def _child() -> None:
    out = os.dup(1)
    os.dup2(2, 1)
    from doubleread.engine.worker import llama
    from doubleread.engine.worker.step_timing import Layout, StepTimer

    began = time.monotonic()
    path, cores, missing, part = loads(sys.stdin.buffer.readline(), tuple[str, list[int], list[list[object]], float])
    run_on_cores(cores)
    log = llama.Log()
    timer = StepTimer(llama.Model(path, LoadSettings(), lambda: None))

    def seconds(way: Way) -> float:
        layout = Layout(way.flash_attention, way.kv_type, way.kv_unified, way.n_slots, way.n_ubatch, way.depth)
        if way.n_slots > 1:
            return min(timer.decode(layout, way.threads, 2))
        count = FEW_TOKENS if way.depth else MICRO_BATCHES[-1]
        return timer.prefill(layout, way.threads, count) / count

    found: list[float] = []
    for item in missing:
        if time.monotonic() - began > part:
            break
        found.append(seconds(Way(*item)))
    os.write(out, dumps(found))
    del log
    os._exit(0)


def _main(arguments: list[str]) -> None:
    part, file = math.inf, None
    if arguments[:1] == ["--part"]:
        part, file, arguments = float(arguments[1]), Path(arguments[2]), arguments[3:]
    for measurement in run([Path(argument) for argument in arguments], part, file):
        print(measurement.line(), flush=True)


if __name__ == "__main__":
    _child() if sys.argv[1:] == ["--child"] else _main(sys.argv[1:])
