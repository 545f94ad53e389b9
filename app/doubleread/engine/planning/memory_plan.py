"""Decide, before loading, where two models are placed and how much memory each may use. Pure.

If not everything fits, these settings are reduced, in this order: cells (a smaller memory shared by all slots), slots,
and then the precision of keys and values, to 8 bits. If both models still do not fit together, a batch runs them one
after the other, each with all resources, rather than with a part of a model in main memory; interactive use gets both
with fewer layers on the GPU. A model that fits nowhere is refused, with the arithmetic.

A batch gives up at most three quarters of its slots before it runs the models one after the other: many parallel
answers of one model are faster than a few of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from doubleread.domain.wording import plural
from doubleread.engine.client.settings import EngineSettings, FlashAttention, KvType
from doubleread.engine.gguf.model_shape import ModelShape
from doubleread.engine.planning.memory_need import GIB, MIB, Need, Ratios, cells_of, layers_on_gpu, need_of
from doubleread.errors import DoublereadError

GPU_MARGIN = GIB
"""What stays free on each GPU: for the driver's context and llama.cpp's allocations while it works."""

_NO_ROOM_FOR_BOTH = "both models do not fit at the same time: they run one after the other over all cases"
_ALL = -1
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Main memory, or a GPU's. `free` is None if unknown: then everything fits.

    A GPU without memory of its own (`shared`) takes from main memory too.
    """

    name: str
    free: int | None
    margin: int
    shared: bool = False

    @property
    def room(self) -> int | None:
        """The usable bytes."""
        return None if self.free is None else max(self.free - self.margin, 0)


@dataclass(frozen=True, slots=True)
class Resources:
    """The available memory. Without GPUs, or with a build that cannot use them, `gpus` is empty."""

    memory: Place
    gpus: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Preferred:
    """How a model runs on a processor if memory allows: as measured, or as its earlier answers were generated.

    None and 0 leave a setting to the plan. `single` and `batch` are the parts of its cores that compute single tokens,
    and batches. `tuning` is the id of the tuning record.
    """

    flash_attention: FlashAttention | None = None
    kv_type: KvType | None = None
    n_slots: int = 0
    kv_unified: bool = False
    n_ubatch: int = 0
    single: float | None = None
    batch: float = 1.0
    tuning: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one model is needed for: at most `n_ctx` tokens of prompt and answer, usually `typical_tokens`.

    `ratios` correct the arithmetic once llama.cpp has been asked. `driver_bytes` of main memory are for a GPU's driver.
    """

    shape: ModelShape
    n_ctx: int
    typical_tokens: int = 0
    ratios: Ratios = field(default_factory=Ratios)
    driver_bytes: int = 0
    preferred: Preferred = field(default_factory=Preferred)

    def need(self, settings: EngineSettings) -> tuple[Need, Need]:
        """Return what the model takes in main memory, and on its GPUs together."""
        return need_of(self.shape, settings, self.ratios, self.driver_bytes)


@dataclass(frozen=True, slots=True)
class Portion:
    """What a model takes in one place."""

    place: str
    need: Need


@dataclass(frozen=True, slots=True)
class PlacedModel:
    """One model's part of the plan, with its arithmetic."""

    shape: ModelShape
    settings: EngineSettings
    portions: tuple[Portion, ...]


@dataclass(frozen=True, slots=True)
class EnginesPlan:
    """The settings of each model's engine, in the order in which the models were named.

    With `sequential`, only one of them may be loaded at a time. `notes` describe what was reduced.
    """

    models: tuple[PlacedModel, ...]
    places: tuple[Place, ...]
    sequential: bool = False
    notes: tuple[str, ...] = ()

    @property
    def engines(self) -> tuple[EngineSettings, ...]:
        """The settings."""
        return tuple(model.settings for model in self.models)

    def taken(self, place: Place) -> int:
        """Return the most bytes taken in a place at a time. What a GPU shares with main memory counts in both."""
        names = {place.name}
        if place == self.places[0]:
            names |= {gpu.name for gpu in self.places[1:] if gpu.shared}
        sizes = [
            sum(portion.need.total for portion in model.portions if portion.place in names) for model in self.models
        ]
        return max(sizes, default=0) if self.sequential else sum(sizes)


def plain_attention_pays(settings: EngineSettings) -> bool:
    """Return whether a processor goes without flash attention, given enough memory, until it was measured.

    llama.cpp's flash attention on a processor takes one token after the other. After a prompt of 3,000 tokens, eight
    answers can grow five times as fast without it, while it gains a tenth at most.
    """
    return (
        settings.flash_attention == "auto" and settings.gpu_layers == 0 and settings.kv_type in ("f32", "f16", "bf16")
    )


def memory_margin(free: int | None) -> int:
    """Return the main memory that is left to the system and the screens: a sixteenth, 128 MiB to 2 GiB."""
    return 0 if free is None else min(max(free // 16, 128 * MIB), 2 * GIB)


def plan_memory(
    demands: Sequence[Demand], here: Resources, base: EngineSettings, *, for_batch: bool, in_turn: str = ""
) -> EnginesPlan:
    """Plan engines for these models. `base` gives the desired slots and all other settings.

    `in_turn` is why a batch runs the models one after the other even if both fit; empty if there is no reason.
    Raises DoublereadError if they do not fit, with the arithmetic and what would fit.
    """
    if for_batch and in_turn and len(demands) > 1 and not here.gpus:
        alone = [_as_preferred([demand], here, base) or _alone(demand, here, base) for demand in demands]
        return _plan([found[0] for found in alone], here, base, demands, sequential=in_turn)
    if preferred := _as_preferred(demands, here, base):
        return _plan(preferred, here, base, demands)
    floor = max(1, base.n_slots // 4) if for_batch and len(demands) > 1 else 1
    if together := _first_fit(demands, here, base, floor):
        return _plan(together, here, base, demands)
    if for_batch and len(demands) > 1:
        alone = [_alone(demand, here, base) for demand in demands]
        return _plan([found[0] for found in alone], here, base, demands, sequential=_NO_ROOM_FOR_BOTH)
    if fewer := _fewer_layers(demands, here, base):
        return _plan(fewer, here, base, demands)
    if len(demands) > 1:
        for demand in demands:
            _alone(demand, here, base)
        raise _both_refused(demands, here, base)
    raise _refused(demands[0], here, base)


def _alone(demand: Demand, here: Resources, base: EngineSettings) -> list[PlacedModel]:
    found = _first_fit([demand], here, base, 1) or _fewer_layers([demand], here, base)
    if not found:
        raise _refused(demand, here, base)
    return found


def _as_preferred(demands: Sequence[Demand], here: Resources, base: EngineSettings) -> list[PlacedModel] | None:
    """Return the models as each runs best on a processor. None if they do not fit, or run on a GPU."""
    if here.gpus:
        return None
    for roomy in (True, False):
        wanted = [_with_cells(_preferred(base, demand.preferred), demand, roomy=roomy) for demand in demands]
        if placed := _placed(demands, wanted, (), here):
            return placed
    return None


def _preferred(base: EngineSettings, preferred: Preferred) -> EngineSettings:
    attention: FlashAttention = "off" if plain_attention_pays(base) else base.flash_attention
    return base.replace(
        n_slots=_slots(base, preferred),
        kv_unified=base.kv_unified or preferred.kv_unified,
        n_ubatch=preferred.n_ubatch or base.n_ubatch,
        kv_type=preferred.kv_type or base.kv_type,
        flash_attention=preferred.flash_attention or attention,
        tuning=preferred.tuning,
    )


def _slots(base: EngineSettings, preferred: Preferred) -> int:
    return min(base.n_slots, preferred.n_slots or base.n_slots)


def _first_fit(
    demands: Sequence[Demand], here: Resources, base: EngineSettings, floor: int
) -> list[PlacedModel] | None:
    """Return the first settings that fit, with whole models on GPUs if there are any."""
    for settings in _ways(base, floor):
        for roomy in (True, False):
            wanted = [_with_cells(settings, demand, roomy=roomy) for demand in demands]
            for places in _assignments(len(demands), len(here.gpus)):
                if placed := _placed(demands, wanted, places, here):
                    return placed
    return None


def _ways(base: EngineSettings, floor: int) -> Iterator[EngineSettings]:
    """Yield the settings from the desired ones downwards: slots first, then the cache's number format."""
    formats: list[KvType] = [base.kv_type]
    if base.kv_type in ("f32", "f16", "bf16") and base.flash_attention != "off":
        formats.append("q8_0")
    for kv_type in formats:
        slots = base.n_slots
        while slots >= floor:
            yield base.replace(n_slots=slots, kv_type=kv_type)
            slots = slots // 2 if slots // 2 >= floor or slots == floor else floor


def _with_cells(settings: EngineSettings, demand: Demand, *, roomy: bool) -> EngineSettings:
    """Give all slots a common memory: for as many usual answers, plus one of full length if `roomy`."""
    full = demand.n_ctx * settings.n_slots
    typical = min(demand.typical_tokens or demand.n_ctx, demand.n_ctx)
    cells = max(settings.n_slots * typical + (demand.n_ctx if roomy else 0), demand.n_ctx)
    return settings.replace(n_ctx=demand.n_ctx, n_cells=0 if cells >= full or not settings.kv_unified else cells)


def _assignments(models: int, gpus: int) -> list[tuple[int, ...]]:
    """List which model may go to which GPU (-1: all of them), the best first: different ones, in their order."""
    if gpus == 0:
        return [()]
    choices = [*range(gpus), *([_ALL] if gpus > 1 else [])]

    def badness(places: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
        split = sum(place == _ALL for place in places)
        return split, len(places) - len(set(places)), places

    return sorted(product(choices, repeat=models), key=badness) if models <= 2 else [(0,) * models]


def _placed(
    demands: Sequence[Demand], wanted: Sequence[EngineSettings], places: tuple[int, ...], here: Resources
) -> list[PlacedModel] | None:
    """Place each model by `places`, with all layers unless `wanted` sets their number. None if it does not fit."""
    taken: dict[str, int] = {}
    models: list[PlacedModel] = []
    for number, (demand, settings) in enumerate(zip(demands, wanted, strict=True)):
        gpu = places[number] if places else None
        if gpu is None:
            settings = settings.replace(gpu_layers=0)
        else:
            settings = settings.replace(gpu_layers=settings.gpu_layers or _ALL, main_gpu=gpu)
        model = _place(demand, settings, gpu, here)
        models.append(model)
        for portion in model.portions:
            taken[portion.place] = taken.get(portion.place, 0) + portion.need.total
    taken[here.memory.name] = taken.get(here.memory.name, 0) + sum(
        taken.get(gpu.name, 0) for gpu in here.gpus if gpu.shared
    )
    fits = all(place.room is None or taken.get(place.name, 0) <= place.room for place in (here.memory, *here.gpus))
    return models if fits else None


def _place(demand: Demand, settings: EngineSettings, gpu: int | None, here: Resources) -> PlacedModel:
    host, device = demand.need(settings)
    portions = [Portion(here.memory.name, host)]
    if gpu == _ALL:
        portions += _split(demand.shape, device, here.gpus)
    elif gpu is not None and device.total:
        portions.append(Portion(here.gpus[gpu].name, device))
    return PlacedModel(demand.shape, settings, tuple(portions))


def _split(shape: ModelShape, need: Need, gpus: Sequence[Place]) -> list[Portion]:
    """Divide a model among GPUs by their free memory, as llama.cpp does, in whole layers; each has the buffers."""
    whole = sum(gpu.free or 0 for gpu in gpus)
    layer = max((layer.weight_bytes for layer in shape.layers), default=0)
    portions: list[Portion] = []
    for gpu in gpus:
        share = (gpu.free or 0) / whole if whole else 1 / len(gpus)
        portions.append(
            Portion(gpu.name, Need(int(need.weights * share) + layer, int(need.cache * share), need.compute))
        )
    return portions


def _fewer_layers(demands: Sequence[Demand], here: Resources, base: EngineSettings) -> list[PlacedModel] | None:
    """Return the plan with the most layers on the GPUs that fits, with the most reduced settings."""
    if not here.gpus:
        return None
    settings = list(_ways(base, 1))[-1]
    for step in range(_STEPS, -1, -1):
        wanted: list[EngineSettings] = []
        for demand in demands:
            layers = (len(demand.shape.layers) + 1) * step // _STEPS
            wanted.append(_with_cells(settings, demand, roomy=False).replace(gpu_layers=layers))
        if not all(item.gpu_layers for item in wanted):
            return _placed(demands, wanted, (), here)
        for places in _assignments(len(demands), len(here.gpus)):
            if placed := _placed(demands, wanted, places, here):
                return placed
    return None


def _plan(
    models: Sequence[PlacedModel],
    here: Resources,
    base: EngineSettings,
    demands: Sequence[Demand],
    *,
    sequential: str = "",
) -> EnginesPlan:
    notes = [sequential] if sequential else []
    for model, demand in zip(models, demands, strict=True):
        notes += [f"{model.shape.name}: {note}" for note in _given_up(model, demand, here, base)]
    return EnginesPlan(tuple(models), (here.memory, *here.gpus), bool(sequential), tuple(notes))


def _given_up(model: PlacedModel, demand: Demand, here: Resources, base: EngineSettings) -> Iterator[str]:
    settings = model.settings
    roomy = _with_cells(base.replace(n_slots=settings.n_slots), demand, roomy=True)
    if cells_of(settings) < cells_of(roomy):
        yield f"the answers share {cells_of(settings):,} tokens of memory, not {cells_of(roomy):,}"
    if settings.n_slots < (slots := _slots(base, demand.preferred)):
        yield f"{plural(settings.n_slots, 'parallel answer')}, not {slots}"
    if settings.kv_type != base.kv_type:
        yield f"keys and values are kept as {settings.kv_type}, not {base.kv_type}, which can change answers slightly"
    if here.gpus and (on_gpu := layers_on_gpu(model.shape, settings)) <= len(model.shape.layers):
        yield f"{on_gpu} of {len(model.shape.layers) + 1} layers on the GPU, the rest on the processor, which is slow"


def least_settings(demand: Demand, base: EngineSettings) -> EngineSettings:
    """Return the settings with which a model takes the least memory, all of it main memory."""
    settings = _with_cells(list(_ways(base, 1))[-1], demand, roomy=False)
    return settings.replace(gpu_layers=0)


def _least(demand: Demand, base: EngineSettings) -> Need:
    return demand.need(least_settings(demand, base))[0]


def _refused(demand: Demand, here: Resources, base: EngineSettings) -> DoublereadError:
    need = _least(demand, base)
    return DoublereadError(
        "Model too large for this machine",
        f"{demand.shape.name} needs at least {in_words(need)}, but there {_there_is(here)}",
        "choose a smaller quantisation or a smaller model, shorten the context (n_ctx), or close other programs",
    )


def _both_refused(demands: Sequence[Demand], here: Resources, base: EngineSettings) -> DoublereadError:
    needs = " and ".join(f"{demand.shape.name} {in_words(_least(demand, base))}" for demand in demands)
    return DoublereadError(
        "Both models do not fit at the same time",
        f"they need at least {needs}, but there {_there_is(here)}",
        "generate the answers beforehand with `doubleread run`, which runs the models one after the other",
    )


def in_words(need: Need) -> str:
    """Return the sum with its parts: "5.2 GiB (weights 4.6, cache 0.5, buffers 0.1)"."""
    parts = (("weights", need.weights), ("cache", need.cache), ("buffers", need.compute + need.process))
    return f"{gib(need.total)} ({', '.join(f'{name} {size / GIB:.2f}' for name, size in parts)})"


def gib(size: int) -> str:
    """Return a size in binary gigabytes: "5.20 GiB"."""
    return f"{size / GIB:.2f} GiB"


def _there_is(here: Resources) -> str:
    known = [f"{gib(place.free)} in {place.name}" for place in (here.memory, *here.gpus) if place.free is not None]
    margins = " and ".join(gib(place.margin) for place in (here.memory, *here.gpus) if place.free is not None)
    return f"are {' and '.join(known)} free, of which {margins} must stay free"
