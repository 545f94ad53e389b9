"""The memory plan against what is really taken: `python -m benchmarks.memory_plan [GGUF...]`.

Each model is loaded by a real worker as the plan says, and answers as many prompts at a time as it has slots, each as
long as its context, so that all that was reserved is touched. On the processor its resident memory counts, all of it.
On a GPU the free memory before
and after counts, less what the driver's context takes: that is found with a bundled model, whose own needs are small
and known, and it is what the plan's margin is for. Software that imitates a GPU does so in the worker's memory.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measurements import Measurement
from doubleread import locations
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Died, Event, Failed, Finished, Generate, Loaded, Sampling
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.planning.memory_plan import PlacedModel
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe, probe

GOAL = 10.0
SLOTS = 64
"""So many that the cache of a bundled model, 128 MiB, outweighs its process."""

_PATIENCE = 600.0
_SENTENCE = (
    "The patient has had chest pain since this morning; it is worse on lying down and eases on sitting forward, and a "
    "friction rub is heard at the left lower sternal border. "
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Bytes planned for a model in one place, and taken there."""

    name: str
    place: str
    planned: int
    taken: int

    @property
    def error(self) -> float:
        """How far the plan is off, in percent of what was taken."""
        return abs(self.planned - self.taken) / max(self.taken, 1) * 100

    def row(self) -> str:
        """Return one line of a table."""
        sizes = f"planned {self.planned / 2**20:>9.1f} MiB  taken {self.taken / 2**20:>9.1f} MiB"
        return f"{self.name:<36} {self.place:<12} {sizes}  off by {self.error:4.1f} %"


def compare(paths: Sequence[str | os.PathLike[str]], settings: EngineSettings, n_ctx: int) -> Iterator[Comparison]:
    """Load each model alone, as the plan says, and yield what it takes in each place where it was planned."""
    found = probe()
    context = 0
    if found.gpus and not _imitated(found):
        context = max(-sum(item.planned - item.taken for item in _alone(_bundled(), EngineSettings(), 512, 0, True)), 0)
    for path in paths:
        yield from _alone(path, settings, n_ctx, context, False)


def _alone(
    path: str | os.PathLike[str], settings: EngineSettings, n_ctx: int, context: int, gpus_only: bool
) -> Iterator[Comparison]:
    before = probe()
    plan = plan_engines([Wanted(os.fspath(path), n_ctx)], settings, found=before, exact=True)
    (model,) = plan.models
    with _Loaded(model) as worker:
        free = sum(gpu.free_bytes for gpu in before.gpus) - sum(gpu.free_bytes for gpu in probe().gpus)
        resident = worker.resident()
    host, *gpus = (portion.need.total for portion in model.portions)
    if gpus and not _imitated(before):
        yield Comparison(model.shape.name, "all GPUs", sum(gpus), free - context)
    elif not gpus_only:
        yield Comparison(model.shape.name, "main memory", host + sum(gpus), resident)


def _imitated(found: Probe) -> bool:
    return all(gpu.software for gpu in found.gpus)


class _Loaded:
    """A worker with its model, which has filled its memory once."""

    def __init__(self, model: PlacedModel) -> None:
        self._ended = threading.Event()
        self._failed: Event | None = None
        self._settings = model.settings
        self._open = model.settings.n_slots
        self._engine = EngineProcess(model.shape.path, model.settings, self._hear, model.shape.name)

    def __enter__(self) -> _Loaded:
        self._engine.start()
        if not self._ended.wait(_PATIENCE) or self._failed is not None:
            self._engine.stop()
            raise RuntimeError(f"the model made no answer: {self._failed}")
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()

    def resident(self) -> int:
        pid = self._engine.pid
        return psutil.Process(pid).memory_info().rss if pid else 0

    def _hear(self, event: Event) -> None:
        match event:
            case Loaded():
                self._ask("short", _SENTENCE)
            case Finished(request_id="short"):
                # How many tokens the vocabulary makes of a sentence, the chat template's own among them, is known now.
                times = int(0.9 * self._settings.n_ctx / event.manifest["prompt_tokens"])
                for number in range(self._settings.n_slots):
                    self._ask(str(number), f"{number} {_SENTENCE * max(times, 1)}")
            case Finished():
                self._open -= 1
                if self._open == 0:
                    self._ended.set()
            case Failed() | Died():
                self._failed = event
                self._ended.set()

    def _ask(self, name: str, text: str) -> None:
        self._engine.generate(Generate(name, (Message("user", text),), Sampling(max_tokens=8)))


def _bundled() -> Path:
    return locations.bundled("models", "demo-general.gguf")


def run() -> Iterator[Measurement]:
    """Yield how far the plan is off, for a bundled model with as many slots as there can be."""
    for item in compare([_bundled()], EngineSettings(n_slots=SLOTS), 1024):
        yield Measurement(f"memory plan against {item.place} taken, off by", item.error, "%", GOAL)


def main(arguments: list[str]) -> int:
    """Print a row for each of the models named, or for a bundled one."""
    settings, n_ctx = (
        (EngineSettings(n_slots=4 if probe().gpus else 1), 4096) if arguments else (EngineSettings(n_slots=SLOTS), 1024)
    )
    worst = 0.0
    for item in compare(arguments or [_bundled()], settings, n_ctx):
        print(item.row(), flush=True)
        worst = max(worst, item.error)
    return int(worst > GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
