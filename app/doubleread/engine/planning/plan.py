"""Plan model files on this machine: read headers, query llama.cpp, and calculate memory.

Nothing is loaded. Every file and device is examined in a child.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from doubleread.domain.arm import Adapter, NamedTemplate
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.gguf.model_shape import ModelShape, shape_in_child
from doubleread.engine.installed import built_for_gpu, require_engine
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.devices import Machine, gpu_advice, machine
from doubleread.engine.planning.memory_need import Ratios, cache_bytes, compute_estimate, layers_on_gpu
from doubleread.engine.planning.memory_plan import (
    GPU_MARGIN,
    Demand,
    EnginesPlan,
    Place,
    Preferred,
    Resources,
    least_settings,
    memory_margin,
    plan_memory,
)
from doubleread.engine.planning.memory_trial import try_memory
from doubleread.engine.planning.probe import Probe, probe
from doubleread.errors import DoublereadError

_ROUNDS = 3
_DOUBT = 1.25
_SURE_RATIOS = (0.25, 64.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model to plan for: its file, the most tokens of a prompt with its answer, the usual number (0: the most).

    `preferred` is how it runs best on a processor.
    """

    path: str
    n_ctx: int = 4096
    typical_tokens: int = 0
    chat_template: NamedTemplate | None = None
    adapters: tuple[Adapter, ...] = ()
    preferred: Preferred = field(default_factory=Preferred)


def plan_engines(
    wanted: Sequence[Wanted],
    base: EngineSettings | None = None,
    *,
    for_batch: bool = False,
    found: Probe | None = None,
    here: Machine | None = None,
    exact: bool = False,
    in_turn: str = "",
) -> EnginesPlan:
    """Plan how to run these models. `base` gives the desired slots and all other settings, `in_turn` why to run them
    one after the other (see `plan_memory`).

    `found` is llama.cpp's probe and `here` the machine; both are looked up if not given. llama.cpp is asked for the
    size of its buffers if it could matter, or always if `exact`. Raises ModelFileError for a file that cannot be read,
    DoublereadError if the models do not fit or the engine is not installed.
    """
    require_engine()
    base, here = base or EngineSettings(), here or machine()
    if found is None:
        found = probe() if built_for_gpu() else Probe()
    resources = resources_of(here, found)
    with ThreadPoolExecutor(max_workers=max(len(wanted), 1)) as pool:
        shapes = list(pool.map(shape_in_child, [item.path for item in wanted]))
    demands = [_demand(item, shape, found.driver_bytes) for item, shape in zip(wanted, shapes, strict=True)]
    try:
        plan = plan_memory(demands, resources, base, for_batch=for_batch, in_turn=in_turn)
    except DoublereadError:
        # A refusal is based on what llama.cpp reports, not on an estimate.
        demands = _corrected(demands, [least_settings(demand, base) for demand in demands], len(resources.gpus))
        plan = plan_memory(demands, resources, base, for_batch=for_batch, in_turn=in_turn)
    for _ in range(_ROUNDS):
        if not exact and not _close(plan):
            break
        demands = _corrected(demands, plan.engines, len(resources.gpus))
        before, plan = plan, plan_memory(demands, resources, base, for_batch=for_batch, in_turn=in_turn)
        if plan.engines == before.engines:
            break
    if advice := gpu_advice(found, here.nvidia):
        plan = replace(plan, notes=(*plan.notes, advice))
    return _with_arms(with_processors(plan, here, [item.preferred for item in wanted]), wanted)


def _with_arms(plan: EnginesPlan, wanted: Sequence[Wanted]) -> EnginesPlan:
    """Give each engine the chat template and the adapters of its arm."""
    models = []
    for model, item in zip(plan.models, wanted, strict=True):
        settings = model.settings.replace(adapters=item.adapters)
        if (named := item.chat_template) is not None:
            settings = settings.replace(chat_template=named.template, template_source=named.source)
        models.append(replace(model, settings=settings))
    return replace(plan, models=tuple(models))


def with_processors(plan: EnginesPlan, here: Machine, preferred: Sequence[Preferred] = ()) -> EnginesPlan:
    """Give each engine its processors: all of them if one runs at a time, else a share; `preferred` sets threads."""
    count = len(plan.models)
    shares = share_processors(here.processors, 1 if plan.sequential else max(count, 1), here.quota)
    models = []
    for index, model in enumerate(plan.models):
        share = shares[0 if plan.sequential else index]
        wish = preferred[index] if index < len(preferred) else Preferred()
        most = share.batch_threads
        settings = model.settings.replace(
            cores=share.cores if sys.platform == "linux" else None,
            n_threads=share.threads if wish.single is None else max(round(most * wish.single), 1),
            n_threads_batch=max(round(most * wish.batch), 1),
        )
        models.append(replace(model, settings=settings))
    return replace(plan, models=tuple(models))


def resources_of(here: Machine, found: Probe) -> Resources:
    """Return the available memory. Of GPUs, those that llama.cpp uses: built-in ones only if there are no others."""
    memory = Place("main memory", here.free_memory, memory_margin(here.free_memory))
    own = [device for device in found.gpus if device.kind == "gpu"]
    gpus = tuple(
        Place(
            f"GPU {index} ({device.description or device.name})",
            device.free_bytes,
            GPU_MARGIN,
            shared=device.in_main_memory,
        )
        for index, device in enumerate(own or found.gpus)
    )
    return Resources(memory, gpus)


def _demand(wanted: Wanted, shape: ModelShape, driver_bytes: int) -> Demand:
    n_ctx = min(wanted.n_ctx, shape.context_length) if shape.context_length else wanted.n_ctx
    return Demand(shape, n_ctx, wanted.typical_tokens, driver_bytes=driver_bytes, preferred=wanted.preferred)


def _corrected(demands: Sequence[Demand], settings: Sequence[EngineSettings], n_gpus: int) -> list[Demand]:
    """Ask llama.cpp what these settings take, and return the corrected demands."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        paths = [demand.shape.path for demand in demands]
        return list(pool.map(_correct, demands, settings, paths, [n_gpus] * len(demands)))


def _correct(demand: Demand, settings: EngineSettings, path: str, n_gpus: int) -> Demand:
    trial = try_memory(path, settings)
    if trial is None:
        return demand
    on_gpu = layers_on_gpu(demand.shape, settings)
    # Divided among several GPUs, the model has a buffer on each of them.
    places = n_gpus if settings.main_gpu < 0 and on_gpu else 1
    compute = (trial.gpu_compute if on_gpu else trial.host_compute) / max(places, 1)
    compute /= max(compute_estimate(demand.shape, settings), 1)
    cache = trial.cache / max(cache_bytes(demand.shape, settings), 1) if trial.cache else 1.0
    low, high = _SURE_RATIOS
    return replace(demand, ratios=Ratios(min(max(compute, low), high), min(max(cache, low), high)))


def _close(plan: EnginesPlan) -> bool:
    """Return whether the plan would fail if its estimates were much too low."""
    doubt = sum(portion.need.compute for model in plan.models for portion in model.portions)
    return any(
        place.room is not None and plan.taken(place) * _DOUBT + doubt > place.room
        for place in plan.places
        if plan.taken(place)
    )
