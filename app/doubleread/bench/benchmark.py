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
from doubleread.engine.planning.plan import Wanted, plan_engines

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how. `second` is the other model if two answer; `running` answers run meanwhile.

    `gpu_layers` None leaves it to the engine's plan for this machine, `flash_attention` None to each way.
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

    def settings(self, *models: Path) -> tuple[EngineSettings, ...]:
        """Return the settings with which the program would run these models together."""
        wanted = [Wanted(str(model)) for model in models]
        plans = plan_engines(wanted, EngineSettings(n_batch=self.n_batch), for_batch=True).engines
        if self.gpu_layers is not None:
            plans = tuple(plan.replace(gpu_layers=self.gpu_layers) for plan in plans)
        if self.flash_attention is not None:
            plans = tuple(plan.replace(flash_attention=self.flash_attention) for plan in plans)
        return plans


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished workload: a comparison of ways, or measurements. `base` is the way that others are compared with."""

    name: str
    workload: Workload
    questions: int
    prompt_tokens: tuple[int, int]
    base: str = ENGINE
    comparison: Comparison | None = None
    measurements: tuple[Measurement, ...] = ()


def run_workload(name: str, plan: Plan, progress: Progress) -> Outcome:
    """Run a workload. Raises BenchError and ModelFileError. `progress` is called with what is going on, in words."""
    workload = plan.sizes.of(EVERY[name])
    if name == "two-models":
        return _two_models(name, workload, plan, progress)
    progress(f"{workload.about}: writing questions")
    (settings,) = plan.settings(plan.model)
    task = replace(
        make_task(workload, plan.model, settings, plan.slots), flash_attention=plan.flash_attention or "auto"
    )
    lengths = [question.tokens for question in task.questions]
    outcome = Outcome(name, workload, len(lengths), (min(lengths), max(lengths)))
    if name in workloads.COMPARED:
        ways, left_out = ways_for(task, plan.ways)
        said = partial(_say_round, progress, workload.about, plan.rounds)
        return replace(outcome, comparison=compare(ways, plan.rounds, left_out, said))
    progress(f"{workload.about}: measuring")
    if name == "interactive":
        persons = replace(workload, questions=2 * interactive.ASKED)
        asked = make_task(persons, plan.model, settings, plan.slots, first_seed=len(lengths)).questions
        return replace(outcome, measurements=tuple(interactive.measure(task, asked, plan.running)))
    if name == "overhead":
        return replace(outcome, measurements=tuple(step_overhead.measure(task)))

    def count(done: int, wanted: int) -> None:
        if done * 10 // wanted > (done - plan.slots) * 10 // wanted:
            progress(f"{workload.about}: {done} of {wanted}")

    return replace(outcome, measurements=tuple(memory_growth.measure(task, count)))


def _two_models(name: str, workload: Workload, plan: Plan, progress: Progress) -> Outcome:
    progress(f"{workload.about}: writing questions")
    models = (plan.model, plan.second)
    first, second = (make_task(workload, model, plan.settings(model)[0], plan.slots) for model in models)
    shared = plan.settings(*models)
    lengths = [question.tokens for task in (first, second) for question in task.questions]
    ways = {
        two_models.AT_ONCE: partial(
            two_models.measure_at_once,
            (replace(first, settings=shared[0]), replace(second, settings=shared[1])),
        ),
        two_models.IN_TURN: partial(two_models.measure_in_turn, (first, second)),
    }
    said = partial(_say_round, progress, workload.about, plan.rounds)
    done = compare(ways, plan.rounds, {}, said)
    return Outcome(name, workload, len(lengths), (min(lengths), max(lengths)), two_models.AT_ONCE, done)


def _say_round(progress: Progress, about: str, rounds: int, number: int, way: str) -> None:
    progress(f"{about}: round {number} of {rounds}, {way}")
