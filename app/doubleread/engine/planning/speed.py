"""How fast models will be: measured for some seconds, or estimated from the machine's limits if that takes too long."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Died, Event, Failed, Finished, Generate, Loaded, Sampling
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.planning.machine_limits import Limits
from doubleread.engine.planning.memory_need import layers_on_gpu, row_bytes
from doubleread.engine.planning.memory_plan import EnginesPlan, PlacedModel

LOAD_BYTES = 500_000_000
"""The lowest plausible bytes per second of a disk."""

PATIENCE = 30.0
"""A trial that is expected to take longer is skipped."""

TOKENS = 32
_PROMPT = "A 54-year-old woman has chest pain that is worse on lying down and eases on sitting forward. "
_PROMPT_BYTES = 600
_PROMPT_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second of one answer: of the prompt and of the answer itself."""

    prompt: float
    answer: float
    how: Literal["measured", "estimated"]


def estimate(model: PlacedModel, limits: Limits) -> Speed:
    """Return the bounds by memory and arithmetic. Models reach less, usually half to nine tenths of it.

    The answer's bound counts the weights that a token needs and a cache filled with half of the context.
    """
    shape, settings = model.shape, model.settings
    remembered = sum(
        row_bytes(layer.key_width, settings.kv_type) + row_bytes(layer.value_width, settings.kv_type)
        for layer in shape.layers
    )
    read = shape.active_bytes + remembered * settings.n_ctx // 2
    return Speed(
        limits.float32_operations / max(2 * shape.active_parameters, 1), limits.read_bytes / max(read, 1), "estimated"
    )


def seconds_to_try(model: PlacedModel, expected: Speed) -> float:
    """Return how long loading a model, processing a short prompt and generating some tokens may take."""
    loading = model.shape.weight_bytes / LOAD_BYTES
    return loading + 2 * _PROMPT_TOKENS / max(expected.prompt, 0.001) + 2 * TOKENS / max(expected.answer, 0.001)


def speeds(plan: EnginesPlan, limits: Limits | None) -> list[Speed | None]:
    """Try the models as the plan would run them, together or one after the other. None if nothing is known.

    `limits` are those of one worker's threads. Models on a GPU are tried if they load fast enough. The limits of a GPU
    are unknown here, so there is no estimate for them.
    """
    expected = [estimate(model, limits) if limits else None for model in plan.models]
    chosen: list[int] = []
    found: list[Speed | None] = [None] * len(plan.models)
    for index, (model, bound) in enumerate(zip(plan.models, expected, strict=True)):
        if layers_on_gpu(model.shape, model.settings) > len(model.shape.layers):
            soon = model.shape.weight_bytes / LOAD_BYTES <= PATIENCE
        else:
            soon = bound is None or seconds_to_try(model, bound) <= PATIENCE
            found[index] = bound
        if soon:
            chosen.append(index)
    groups = [[index] for index in chosen] if plan.sequential else [chosen]
    for group in groups:
        for index, speed in zip(group, try_models([plan.models[index] for index in group]), strict=True):
            found[index] = speed or found[index]
    return found


def try_models(models: Sequence[PlacedModel], patience: float = 3 * PATIENCE) -> list[Speed | None]:
    """Load models together, let each generate a short answer, and return their speeds. None if one failed."""
    trials = [_Trial(model) for model in models]
    try:
        for trial in trials:
            trial.start()
        return [trial.result(patience) for trial in trials]
    finally:
        for trial in trials:
            trial.stop()


class _Trial:
    """One engine that answers twice: the first time warms it up."""

    def __init__(self, model: PlacedModel) -> None:
        text = (_PROMPT * (_PROMPT_BYTES // len(_PROMPT)))[: model.settings.n_ctx // 2]
        self._messages = {"warm": text[:40], "cold": text}
        self._tokens = max(min(TOKENS, model.settings.n_ctx // 4), 1)
        self._ended = threading.Event()
        self._speed: Speed | None = None
        self._engine = EngineProcess(model.shape.path, model.settings, self._hear, f"trial of {model.shape.name}")

    def start(self) -> None:
        self._engine.start()

    def stop(self) -> None:
        self._engine.stop()

    def result(self, patience: float) -> Speed | None:
        self._ended.wait(patience)
        return self._speed

    def _hear(self, event: Event) -> None:
        match event:
            case Loaded():
                self._ask("warm")
            case Finished(request_id="warm"):
                self._ask("cold")
            case Finished():
                self._speed = _speed(event)
                self._ended.set()
            case Failed() | Died():
                self._ended.set()

    def _ask(self, name: str) -> None:
        sampling = Sampling(max_tokens=self._tokens)
        self._engine.generate(Generate(name, (Message("user", self._messages[name]),), sampling))


def _speed(event: Finished) -> Speed | None:
    manifest = event.manifest
    read = manifest["prompt_tokens"] - manifest["reused_prompt_tokens"]
    made = manifest["completion_tokens"] - 1
    if read <= 0 or made <= 0 or manifest["prefill_seconds"] <= 0 or manifest["decode_seconds"] <= 0:
        return None
    return Speed(read / manifest["prefill_seconds"], made / manifest["decode_seconds"], "measured")
