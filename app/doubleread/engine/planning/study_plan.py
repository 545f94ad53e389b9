"""Plan the engines of a study on this machine, from what the study and its run want."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.installed import built_for_gpu
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.devices import Machine, machine
from doubleread.engine.planning.memory_plan import EnginesPlan
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe, probe
from doubleread.errors import DoublereadError

CPU_SLOTS = 8
GPU_SLOTS = 32
"""Default number of parallel answers in a batch, if memory allows. A few keep a processor busy; on a GPU, one answer
takes as long as many."""

Threads = tuple[int | None, int | None]
"""Threads for single tokens and for prompts; None where there are no earlier answers that fix them."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a run generates. `slots` None leaves their number to the plan.

    With `for_batch`, the models may run one after the other; `in_turn` is why they do so even if both fit. With
    `in_one_pool`, all answers of a model share one
    memory. With `reproducible`, an answer is byte-identical on the same machine, whatever was generated before it: one
    slot, no reuse of the previous prompt, and as many threads as for the existing answers.
    """

    slots: int | None = None
    for_batch: bool = True
    in_one_pool: bool = False
    reproducible: bool = False
    in_turn: str = ""
    reasoning: tuple[OwnMarkers, ...] = ()


def plan_for_study(
    wanted: Sequence[Wanted],
    conditions: Conditions,
    *,
    begin_alike: Callable[[], bool],
    threads: Sequence[Threads],
    here: Machine | None = None,
    exact: bool = False,
) -> EnginesPlan:
    """Plan, with separate memory for each answer where that is faster (see `LoadSettings`) and costs no slots.

    `begin_alike` tells whether most prompts begin as another one does; `threads` are those of the existing reproducible
    answers of each model. Raises as `plan_engines` does.
    """
    here = here or machine()
    found = probe() if built_for_gpu() else Probe()
    usual = GPU_SLOTS if found.gpus else CPU_SLOTS
    measured = [0 if found.gpus else item.preferred.n_slots for item in wanted]
    own = [1 if conditions.reproducible else conditions.slots or count or usual for count in measured]
    wanted = [
        replace(item, preferred=replace(item.preferred, n_slots=count)) for item, count in zip(wanted, own, strict=True)
    ]
    plan = partial(
        plan_engines,
        wanted,
        for_batch=conditions.for_batch,
        found=found,
        here=here,
        exact=exact,
        in_turn=conditions.in_turn,
    )
    slots = max(own, default=usual)
    apart = EngineSettings(
        n_slots=slots,
        kv_unified=False,
        reasoning=conditions.reasoning,
    )
    chosen: EnginesPlan | None = None
    if not conditions.in_one_pool and not (found.gpus and begin_alike()):
        # More slots than usual are worth less than separate memory.
        for most in sorted({apart.n_slots, min(apart.n_slots, conditions.slots or usual)}, reverse=True):
            chosen = _apart(plan, apart.replace(n_slots=most), own, in_turn=bool(conditions.in_turn))
            if chosen is not None:
                break
    chosen = chosen or plan(apart.replace(kv_unified=True))
    return _fixed(chosen, threads, here) if conditions.reproducible else chosen


def _apart(
    plan: Callable[[EngineSettings], EnginesPlan], base: EngineSettings, own: Sequence[int], *, in_turn: bool
) -> EnginesPlan | None:
    """Return a plan with separate memory for each answer; None if it costs slots, or a model its neighbour."""
    try:
        found = plan(base)
    except DoublereadError:
        return None
    whole = all(engine.n_slots == min(base.n_slots, count) for engine, count in zip(found.engines, own, strict=True))
    return found if whole and (in_turn or not found.sequential) else None


def _fixed(plan: EnginesPlan, threads: Sequence[Threads], here: Machine) -> EnginesPlan:
    """Fix everything that would change the rounding of sums."""
    shares = share_processors(here.processors, 2, here.quota)
    # As many threads as each of two models can have here, even if only one has answers to generate.
    own = (min(share.threads for share in shares), min(share.batch_threads for share in shares))
    fixed = []
    for placed, before in zip(plan.models, threads, strict=True):
        settings = placed.settings.replace(
            n_slots=1,
            n_cells=0,
            n_threads=before[0] or own[0],
            n_threads_batch=before[1] or own[1],
            kv_unified=True,
            reuse_prefix=False,
        )
        fixed.append(replace(placed, settings=settings))
    return replace(plan, models=tuple(fixed))
