"""Run workloads one after the other, each with its ways or its measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from doubleread.bench import interactive, memory_growth, step_overhead, two_models, workloads
from doubleread.bench.comparing import DEFAULT_WAYS, ENGINE, Comparison, compare, ways_for
from doubleread.bench.measured import Measurement
from doubleread.bench.workloads import EVERY, Sizes, Workload, make_task
from doubleread.engine.client.settings import EngineSettings, FlashAttention
from doubleread.engine.planning.devices import Machine, machine
from doubleread.engine.planning.memory_plan import Preferred
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe
from doubleread.engine.tuning.known import known_here, of_record

Say = Callable[[str], None]
"""Is told what is going on, in words."""


@dataclass(frozen=True, slots=True)
class Used:
    """The engine's settings in a workload, where they come from, and the flash attention of the other ways.

    `asked` tells that flash attention was given with the command.
    """

    settings: EngineSettings
    origin: str
    others: FlashAttention
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how. `second` is the other model if two answer; `running` answers run meanwhile.

    `gpu_layers` None leaves it to the engine's plan for this machine. `flash_attention` None leaves it to the model's
    tuning record, for every way; without a record, to each way.
    """

    model: Path
    second: Path
    slots: int = 8
    rounds: int = 5
    ways: tuple[str, ...] = DEFAULT_WAYS
    sizes: Sizes = field(default_factory=Sizes)
    running: int = 8
    gpu_layers: int | None = None
    n_batch: int = 512
    flash_attention: FlashAttention | None = None

    def settings(self, *models: Path, tokens: int = 0) -> tuple[EngineSettings, ...]:
        """Return the settings with which the program runs these models together.

        `tokens` are those of an answer with its prompt. Tuning records count, and nothing is measured.
        """
        here = machine()
        wanted = [Wanted(str(model), preferred=self._preferred(model, tokens, here)) for model in models]
        base = EngineSettings(n_batch=self.n_batch, flash_attention=self.flash_attention or "auto", kv_unified=False)
        found = Probe() if self.gpu_layers == 0 else None
        plans = plan_engines(wanted, base, for_batch=True, found=found, here=here).engines
        if self.gpu_layers is not None:
            plans = tuple(plan.replace(gpu_layers=self.gpu_layers) for plan in plans)
        return plans

    def _preferred(self, model: Path, tokens: int, here: Machine) -> Preferred:
        record = known_here(model, here).record
        if record is None:
            return Preferred(flash_attention=self.flash_attention)
        preferred = of_record(record, tokens)
        if self.flash_attention in (None, preferred.flash_attention):
            return preferred
        # The record's other settings for attention were measured with its own.
        return replace(preferred, flash_attention=self.flash_attention, kv_type="f16", n_ubatch=0)

    def used(self, model: Path, settings: EngineSettings) -> Used:
        """Return what the engine runs with, and where that comes from."""
        if settings.tuning:
            origin = f"tuning record {settings.tuning}"
        elif settings.gpu_layers:
            origin = "the defaults on a GPU"
        else:
            why = known_here(model, machine()).why or "this model was not measured on this machine"
            origin = f"the defaults, because {why}"
        others = self.flash_attention or (settings.flash_attention if settings.tuning else "auto")
        return Used(settings, origin, others, asked=self.flash_attention is not None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished workload: a comparison of ways, or measurements. `base` is the way that others are compared with.

    `used` is for each model.
    """

    name: str
    workload: Workload
    questions: int
    prompt_tokens: tuple[int, int]
    used: tuple[Used, ...]
    base: str = ENGINE
    comparison: Comparison | None = None
    measurements: tuple[Measurement, ...] = ()


def run_workload(name: str, plan: Plan, say: Say) -> Outcome:
    """Run a workload. Raises BenchError and ModelFileError. `say` gets what is going on, in words."""
    workload = plan.sizes.of(EVERY[name])
    if name == "two-models":
        return _two_models(name, workload, plan, say)
    say(f"{workload.about}: writing questions")
    (settings,) = plan.settings(plan.model, tokens=workload.tokens)
    used = plan.used(plan.model, settings)
    task = replace(make_task(workload, plan.model, settings, plan.slots), flash_attention=used.others)
    lengths = [question.tokens for question in task.questions]
    outcome = Outcome(name, workload, len(lengths), (min(lengths), max(lengths)), (used,))
    if name in workloads.COMPARED:
        ways, left_out = ways_for(task, plan.ways)
        said = partial(_say_round, say, workload.about, plan.rounds)
        return replace(outcome, comparison=compare(ways, plan.rounds, left_out, said))
    say(f"{workload.about}: measuring")
    if name == "interactive":
        persons = replace(workload, questions=2 * interactive.ASKED)
        asked = make_task(persons, plan.model, settings, plan.slots, first_seed=len(lengths)).questions
        return replace(outcome, measurements=tuple(interactive.measure(task, asked, plan.running)))
    if name == "overhead":
        return replace(outcome, measurements=tuple(step_overhead.measure(task)))

    def count(done: int, wanted: int) -> None:
        if done * 10 // wanted > (done - plan.slots) * 10 // wanted:
            say(f"{workload.about}: {done} of {wanted}")

    return replace(outcome, measurements=tuple(memory_growth.measure(task, count)))


def _two_models(name: str, workload: Workload, plan: Plan, say: Say) -> Outcome:
    say(f"{workload.about}: writing questions")
    models = (plan.model, plan.second)
    alone = [plan.settings(model, tokens=workload.tokens)[0] for model in models]
    first, second = (make_task(workload, *pair, plan.slots) for pair in zip(models, alone, strict=True))
    shared = plan.settings(*models, tokens=workload.tokens)
    used = tuple(plan.used(*pair) for pair in zip(models, alone, strict=True))
    lengths = [question.tokens for task in (first, second) for question in task.questions]
    ways = {
        two_models.AT_ONCE: partial(
            two_models.measure_at_once,
            (replace(first, settings=shared[0]), replace(second, settings=shared[1])),
        ),
        two_models.IN_TURN: partial(two_models.measure_in_turn, (first, second)),
    }
    said = partial(_say_round, say, workload.about, plan.rounds)
    done = compare(ways, plan.rounds, {}, said)
    return Outcome(name, workload, len(lengths), (min(lengths), max(lengths)), used, two_models.AT_ONCE, done)


def _say_round(say: Say, about: str, rounds: int, number: int, way: str) -> None:
    say(f"{about}: round {number} of {rounds}, {way}")
