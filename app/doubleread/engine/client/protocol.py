"""What the program and a worker say to each other: frozen messages, one JSON object a line, `type` naming its kind.

Requests go to the worker's standard input, events come from its standard output. A line is at most MAX_LINE bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from doubleread.domain.prompts import Message
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.engine.client.strict_json import ProtocolError, as_record, build, dumps, loads
from doubleread.engine.gguf.model_info import ModelInfo

MAX_LINE = 8 * 1024 * 1024
"""The longest line in bytes, its line feed included."""

NAME_LENGTH = 200
"""The longest request id, in characters."""

LONGEST_GRAMMAR = 20_000
DEEPEST_GRAMMAR = 500
"""Brackets that a grammar may open: llama.cpp's parser goes down into each of them on the stack."""
MOST_CONTINUATIONS = 1000

Priority = Literal["interactive", "batch"]
FlashAttention = Literal["auto", "on", "off"]
KvType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]
EndReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. Temperature 0 takes the likeliest; top-k, top-p, min-p and the seed then do nothing.

    `top_k` 0, `top_p` 1, `min_p` 0 and `repeat_penalty` 1 switch each of them off. `stop` strings end the answer and
    are not part of it. `max_reasoning_tokens` is what a reasoning model may think before it answers, apart from
    `max_tokens`, which is for the answer. With a `grammar` (GBNF, beginning with its rule "root") only answers that it
    allows can come, and nothing is thought before them. Raises ValueError for values out of range.
    """

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 1
    max_tokens: int = 768
    max_reasoning_tokens: int = 2048
    stop: tuple[str, ...] = ()
    grammar: str = ""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("temperature", 0.0, 100.0),
            ("top_k", 0, 2**31 - 1),
            ("top_p", 0.0, 1.0),
            ("min_p", 0.0, 1.0),
            ("repeat_penalty", 0.01, 100.0),
            ("seed", 0, 2**32 - 2),
            ("max_tokens", 1, 2**31 - 1),
            ("max_reasoning_tokens", 0, 2**31 - 1),
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ValueError(f"{name} must be between {low} and {high}, not be {value!r:.80}")
        if len(self.stop) > 64 or any(not 1 <= len(text) <= 1000 for text in self.stop):
            raise ValueError("at most 64 stop strings of 1 to 1000 characters")
        if len(self.grammar) > LONGEST_GRAMMAR or self.grammar.count("(") > DEEPEST_GRAMMAR or "\x00" in self.grammar:
            raise ValueError(f"a grammar has at most {LONGEST_GRAMMAR} characters and {DEEPEST_GRAMMAR} brackets")


@dataclass(frozen=True, slots=True)
class Load:
    """The first request: load a model. `n_ctx` tokens of prompt and answer for each of `n_slots` answers at a time.

    All answers share a pool of `n_cells` tokens, 0 meaning `n_ctx * n_slots`; it is never smaller than `n_ctx`. With a
    smaller pool more answers can be made at a time, since few of them fill their context. Without `kv_unified` each
    answer has `n_ctx` tokens of its own instead, which is quicker: on a GPU where prompts do not begin alike, on a
    processor always.

    `gpu_layers` -1 means all. `main_gpu` -1 spreads over all GPUs. `cores` are the logical processors to run on, or
    None for any. Zero threads means one for each core. `reuse_prefix` keeps what a new prompt has in common with the
    one before in its slot. `reasoning` are the markers of reasoning that the study's protocol adds.
    """

    path: str
    n_ctx: int = 4096
    n_slots: int = 1
    n_cells: int = 0
    n_threads: int = 0
    n_threads_batch: int = 0
    n_batch: int = 512
    gpu_layers: int = 0
    main_gpu: int = -1
    cores: tuple[int, ...] | None = None
    flash_attention: FlashAttention = "auto"
    kv_type: KvType = "f16"
    kv_unified: bool = True
    reuse_prefix: bool = True
    reasoning: tuple[OwnMarkers, ...] = ()

    def __post_init__(self) -> None:
        for name, low, high in (
            ("n_ctx", 8, 2**24),
            ("n_slots", 1, 64),
            ("n_cells", 0, 2**26),
            ("n_threads", 0, 512),
            ("n_threads_batch", 0, 512),
            ("n_batch", 1, 65536),
            ("gpu_layers", -1, 2**16),
            ("main_gpu", -1, 255),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be between {low} and {high}, not be {getattr(self, name)}")


def part_of(n_batch: int, flash_attention: FlashAttention) -> int:
    """Return how many tokens of a step go through the graph at once.

    Without flash attention every head has a table of so many rows, which is to stay in the processor's cache.
    """
    return min(n_batch, 128 if flash_attention == "off" else 512)


@dataclass(frozen=True, slots=True)
class Generate:
    """Make an answer. `request_id` comes back with every event about it."""

    request_id: str
    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    priority: Priority = "batch"

    def __post_init__(self) -> None:
        _check_asked(self.request_id, self.messages)


@dataclass(frozen=True, slots=True)
class AskLikelihood:
    """Say how likely each continuation is as the beginning of the answer; nothing is written or drawn.

    Continuations are plain text. A reasoning model weighs them as its answer without any reasoning before it.
    """

    request_id: str
    messages: tuple[Message, ...]
    continuations: tuple[str, ...]
    priority: Priority = "batch"

    def __post_init__(self) -> None:
        _check_asked(self.request_id, self.messages)
        if not 1 <= len(self.continuations) <= MOST_CONTINUATIONS or not all(self.continuations):
            raise ValueError(f"1 to {MOST_CONTINUATIONS} non-empty continuations are needed")


def _check_asked(request_id: str, messages: tuple[Message, ...]) -> None:
    if not 1 <= len(request_id) <= NAME_LENGTH:
        raise ValueError(f"a request id has 1 to {NAME_LENGTH} characters")
    if not messages:
        raise ValueError("there is no message to answer")


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give a request up. Unknown ids are ignored: the answer may just have been finished."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End the worker."""


Request = Load | Generate | AskLikelihood | Cancel | Shutdown


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is there. `engine` holds the manifest's entries that are the same for all answers of this worker."""

    info: ModelInfo
    engine: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next piece of an answer, or of the reasoning before it.

    All pieces of the answer together are `Finished.text`, to the character; those with `reasoning`
    `Finished.reasoning`. With `retracts`, the pieces of the answer so far proved to be reasoning, and are void; `text`
    repeats them as such.
    """

    request_id: str
    text: str
    reasoning: bool = False
    retracts: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer is complete, or was cancelled; `manifest` is described in `doubleread.engine.worker.manifest`.

    Where a model's reasoning took all the room, `text` is empty and the reason is "length".
    """

    request_id: str
    text: str
    finish_reason: EndReason
    manifest: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """How likely a request's continuations are, in their order. One given up ends with a Finished instead.

    `log_likelihoods` are natural logarithms, each the sum over the continuation's tokens given the prompt. `tokens` are
    what the continuations are made of: two that are the same tokens are the same thing. The manifest holds the
    engine's entries and `doubleread.engine.worker.manifest.likelihood_entries`.
    """

    request_id: str
    log_likelihoods: tuple[float, ...]
    tokens: tuple[tuple[int, ...], ...]
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token_counts(self) -> tuple[int, ...]:
        """How many tokens each continuation has."""
        return tuple(map(len, self.tokens))


@dataclass(frozen=True, slots=True)
class Failed:
    """A request cannot be answered, or, where `request_id` is None, the model cannot be loaded."""

    request_id: str | None
    title: str
    happened: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Alive:
    """The worker's heartbeat, twice a second. `progress_age` is the time in seconds since it last got on with its work.

    `active` counts answers being made, `waiting` those in the queue, `tokens` the tokens made since the start.
    """

    progress_age: float
    active: int = 0
    waiting: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Died:
    """The worker's process has ended unasked; the supervisor says so, never the worker.

    `request_ids` were waiting or being answered; no other event about them will come. `exit_code` is the process's
    (negative: the signal), None where it never started.
    """

    title: str
    happened: str
    remedy: str = ""
    exit_code: int | None = None
    request_ids: tuple[str, ...] = ()


Event = Loaded | Chunk | Finished | Likelihoods | Failed | Alive | Died

_REQUESTS: dict[str, type[Any]] = {
    "load": Load,
    "generate": Generate,
    "weigh": AskLikelihood,
    "cancel": Cancel,
    "shutdown": Shutdown,
}
_EVENTS: dict[str, type[Any]] = {
    "loaded": Loaded,
    "chunk": Chunk,
    "finished": Finished,
    "weighed": Likelihoods,
    "failed": Failed,
    "alive": Alive,
    "died": Died,
}
_NAMES = {kind: name for name, kind in (_REQUESTS | _EVENTS).items()}


def encode(message: Request | Event) -> bytes:
    """Return a message as one line. Raises ProtocolError where it is longer than MAX_LINE or has no JSON form."""
    line = dumps({"type": _NAMES[type(message)], **as_record(message)})
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a line of {len(line)} bytes is longer than {MAX_LINE}")
    return line


def decode_request(line: bytes) -> Request:
    """Parse a line for the worker. Raises ProtocolError naming what is wrong."""
    request: Request = _decode(line, _REQUESTS)
    return request


def decode_event(line: bytes) -> Event:
    """Parse a line of the worker. Raises ProtocolError naming what is wrong."""
    event: Event = _decode(line, _EVENTS)
    return event


def _decode(line: bytes, kinds: Mapping[str, type[Any]]) -> Any:
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a line of {len(line)} bytes is longer than {MAX_LINE}")
    record = loads(line)
    kind = record.pop("type", None)
    if not isinstance(kind, str) or kind not in kinds:
        raise ProtocolError(f"unknown type {kind!r:.80}")
    return build(kinds[kind], record)


__all__ = [
    "MAX_LINE",
    "Alive",
    "AskLikelihood",
    "Cancel",
    "Chunk",
    "Died",
    "EndReason",
    "Event",
    "Failed",
    "Finished",
    "FlashAttention",
    "Generate",
    "KvType",
    "Likelihoods",
    "Load",
    "Loaded",
    "Message",
    "ModelInfo",
    "Priority",
    "ProtocolError",
    "Request",
    "Sampling",
    "Shutdown",
    "decode_event",
    "decode_request",
    "encode",
]
