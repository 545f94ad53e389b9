"""The messages between the program and a worker: one JSON object a line, whose `type` names its kind.

Requests go to the worker's standard input, events come from its standard output. A line has at most MAX_LINE bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from doubleread.domain.documents import DocumentSpan, without_documents
from doubleread.domain.prompts import Message
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.strict_json import CheckedStruct, Finite, ProtocolError, dumps, loads

MAX_LINE = 8 * 1024 * 1024
"""The longest line in bytes, its line feed included."""

NAME_LENGTH = 200
"""The longest request id, in characters."""

LONGEST_GRAMMAR = 20_000
DEEPEST_GRAMMAR = 500
"""Brackets that a grammar may open: llama.cpp's parser recurses into each of them."""
MOST_CONTINUATIONS = 1000
MOST_TEXTS = 256
"""Texts whose vectors one request may ask for."""

Priority = Literal["interactive", "batch"]
EndReason = Literal["stop", "length", "cancelled"]


class Sampling(CheckedStruct, frozen=True):
    """How tokens are chosen. Temperature 0 takes the likeliest; top-k, top-p, min-p and the seed then do nothing.

    `top_k` 0, `top_p` 1, `min_p` 0 and `repeat_penalty` 1 switch each of them off. `stop` strings end the answer and
    are not part of it. `max_reasoning_tokens` limits the reasoning before the answer, `max_tokens` the answer itself.
    A `grammar` (GBNF, with its rule "root" first) restricts the answer and rules out reasoning before it.
    """

    temperature: Annotated[float, Meta(ge=0, le=100)] = 0.0
    top_k: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 40
    top_p: Annotated[float, Meta(ge=0, le=1)] = 0.95
    min_p: Annotated[float, Meta(ge=0, le=1)] = 0.0
    repeat_penalty: Annotated[float, Meta(ge=0.01, le=100)] = 1.0
    seed: Annotated[int, Meta(ge=0, le=2**32 - 2)] = 1
    max_tokens: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 768
    max_reasoning_tokens: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 2048
    stop: tuple[str, ...] = ()
    grammar: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.stop) > 64 or any(not 1 <= len(text) <= 1000 for text in self.stop):
            raise ValueError("at most 64 stop strings of 1 to 1000 characters")
        if len(self.grammar) > LONGEST_GRAMMAR or self.grammar.count("(") > DEEPEST_GRAMMAR or "\x00" in self.grammar:
            raise ValueError(f"a grammar has at most {LONGEST_GRAMMAR} characters and {DEEPEST_GRAMMAR} brackets")


class Load(LoadSettings, frozen=True, tag="load", kw_only=True):
    """The first request: load a model."""

    path: str

    @classmethod
    def of(cls, path: str, settings: LoadSettings) -> Load:
        """Return the request that loads a model with these settings."""
        return cls(path=path, **{name: getattr(settings, name) for name in LoadSettings.__struct_fields__})


class _Question(CheckedStruct, frozen=True):
    """A request about the answer to a prompt. `request_id` comes back with every event about it."""

    request_id: str
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.request_id) <= NAME_LENGTH:
            raise ValueError(f"a request id has 1 to {NAME_LENGTH} characters")
        if not self.messages:
            raise ValueError("there is no message to answer")


class Generate(_Question, frozen=True, tag="generate"):
    """Generate an answer.

    `documents` are in the last message. If prompt and answer are too long for the context, they are left out one by
    one, as `removable` says. The manifest names those that were left out.
    """

    sampling: Sampling = Sampling()
    priority: Priority = "batch"
    documents: tuple[DocumentSpan, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        offsets = [offset for span in self.documents for offset in (span.start, span.end)]
        if offsets != sorted(offsets) or (offsets and not 0 <= offsets[0] <= offsets[-1] <= len(self.text)):
            raise ValueError("the documents are not in order in the last message")
        if len({span.id for span in self.documents}) < len(self.documents):
            raise ValueError("two documents have the same id")

    @property
    def text(self) -> str:
        """The last message's text."""
        return self.messages[-1].content

    def without(self, left_out: Collection[str]) -> tuple[Message, ...]:
        """Return the messages without some documents."""
        *earlier, last = self.messages
        return (*earlier, Message(last.role, without_documents(last.content, self.documents, left_out)))


class AskLikelihood(_Question, frozen=True, tag="ask_likelihood"):
    """Compute how likely each continuation is as the beginning of the answer; nothing is generated.

    Continuations are plain text. A reasoning model takes them as its answer, without any reasoning before it.
    """

    continuations: tuple[str, ...]
    priority: Priority = "batch"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.continuations) <= MOST_CONTINUATIONS or not all(self.continuations):
            raise ValueError(f"1 to {MOST_CONTINUATIONS} non-empty continuations are needed")


class Embed(CheckedStruct, frozen=True, tag="embed"):
    """Compute the vectors of texts, with a worker that was loaded with `embeds`."""

    request_id: str
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.texts) <= MOST_TEXTS:
            raise ValueError(f"1 to {MOST_TEXTS} texts are needed")


class Cancel(CheckedStruct, frozen=True, tag="cancel"):
    """Give a request up. Unknown ids are ignored: the answer may just have been finished."""

    request_id: str


class Shutdown(CheckedStruct, frozen=True, tag="shutdown"):
    """End the worker."""


Request = Load | Generate | AskLikelihood | Embed | Cancel | Shutdown


class _Event(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a worker tells, or the supervisor about it."""


class Loaded(_Event, frozen=True, tag="loaded"):
    """The model is loaded. `engine` holds the manifest's entries that are the same for all answers of this worker.

    `slots` is how many answers are generated in parallel, if several workers together serve the model. It is sent again
    when that changes.
    """

    engine: Mapping[str, Any] = {}
    slots: int | None = None


class Chunk(_Event, frozen=True, tag="chunk"):
    """The next piece of an answer, or of the reasoning before it.

    The pieces of the answer add up to `Finished.text`, to the character, and those with `reasoning` to
    `Finished.reasoning`. With `retracts`, all pieces of the answer so far were reasoning and are void; `text` repeats
    them as reasoning. If a server begins an answer again, `text` is empty, and the reasoning so far is void too.
    """

    request_id: str
    text: str
    reasoning: bool = False
    retracts: bool = False


class Finished(_Event, frozen=True, tag="finished"):
    """An answer is complete, or was cancelled; `manifest` is described in `doubleread.engine.worker.manifest`.

    If the reasoning used up all tokens, `text` is empty and the reason is "length".
    """

    request_id: str
    text: str
    finish_reason: EndReason
    manifest: Mapping[str, Any] = {}
    reasoning: str = ""


class Likelihoods(_Event, frozen=True, tag="likelihoods"):
    """How likely a request's continuations are, in their order. A cancelled request ends with a Finished instead.

    `log_likelihoods` are natural logarithms, each the sum over the continuation's tokens given the prompt. `tokens` are
    the continuations' tokens: two continuations with the same tokens are identical to the model. The manifest holds the
    engine's entries and `doubleread.engine.worker.manifest.likelihood_entries`.
    """

    request_id: str
    log_likelihoods: tuple[Finite, ...]
    tokens: tuple[tuple[int, ...], ...]
    manifest: Mapping[str, Any] = {}


class Embedded(_Event, frozen=True, tag="embedded"):
    """The vectors of a request's texts, in their order: float32, little-endian, of length 1, as one text in base64.

    `shortened` counts texts that were longer than the model's context, and were cut.
    """

    request_id: str
    vectors: str
    shortened: int = 0


class Failed(_Event, frozen=True, tag="failed"):
    """A request cannot be answered, or, if `request_id` is None, the model cannot be loaded."""

    request_id: str | None
    title: str
    happened: str
    remedy: str = ""


class Alive(_Event, frozen=True, tag="alive"):
    """The worker's heartbeat, twice a second. `progress_age` is the time in seconds since its last progress.

    `active` counts running answers, `waiting` queued ones, `tokens` the tokens generated since the start.
    """

    progress_age: Finite
    active: int = 0
    waiting: int = 0
    tokens: int = 0


class Died(_Event, frozen=True, tag="died"):
    """The worker's process has ended unasked, or no request to a server succeeds. A worker never reports it itself.

    `request_ids` were running or queued; no other event about them follows. `exit_code` is the process's (negative: the
    signal), or None if it never started or there is none.
    """

    title: str
    happened: str
    remedy: str = ""
    exit_code: int | None = None
    request_ids: tuple[str, ...] = ()


Event = Loaded | Chunk | Finished | Likelihoods | Embedded | Failed | Alive | Died


def encode(message: Request | Event) -> bytes:
    """Return a message as one line. Raises ProtocolError if it is longer than MAX_LINE or has no JSON form."""
    line = dumps(message)
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a line of {len(line)} bytes is longer than {MAX_LINE}")
    return line


def decode_request(line: bytes) -> Request:
    """Parse a line for the worker. Raises ProtocolError naming what is wrong."""
    request: Request = _decode(line, Request)
    return request


def decode_event(line: bytes) -> Event:
    """Parse a line of the worker. Raises ProtocolError naming what is wrong."""
    event: Event = _decode(line, Event)
    return event


def _decode(line: bytes, kind: Any) -> Any:
    if len(line) > MAX_LINE:
        raise ProtocolError(f"a line of {len(line)} bytes is longer than {MAX_LINE}")
    return loads(line, kind)
