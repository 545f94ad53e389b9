"""What a server is asked, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from doubleread.domain.hashes import canonical_json
from doubleread.domain.prompts import Message
from doubleread.domain.times import iso_utc
from doubleread.engine.client.protocol import Generate

_FIXED = frozenset({"model", "messages", "prompt"})


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen. None leaves a setting to the server.

    `extra` holds settings that only some servers know, such as `top_k` or `chat_template_kwargs`. They are sent as they
    are; None removes what would be sent otherwise. Raises ValueError or TypeError for what has no JSON form.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if wrong := _FIXED & set(self.extra):
            raise ValueError(f"{sorted(wrong)[0]} is not a decoding setting")
        canonical_json(self.settings())

    def settings(self) -> dict[str, Any]:
        """Return what is sent, without what is left to the server."""
        own = {name: getattr(self, name) for name in ("max_tokens", "temperature", "top_p", "seed")}
        record = own | {"stop": list(self.stop) or None} | dict(self.extra)
        return {name: value for name, value in record.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LongCase:
    """A request whose documents are cut to `room` tokens, of which reasoning may take `reserved`."""

    request: Generate
    room: int
    reserved: int


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """Ask for one answer: to messages, which the server puts into the chat template, or a plain prompt to continue.

    Of a `long_case`, documents are left out of the messages before they are sent.
    """

    request_id: str
    prompt: tuple[Message, ...] | str
    decoding: Decoding = field(default_factory=Decoding)
    long_case: LongCase | None = None

    @property
    def path(self) -> str:
        """The endpoint that is asked."""
        return "/v1/completions" if isinstance(self.prompt, str) else "/v1/chat/completions"

    def body(self, model: str) -> dict[str, Any]:
        """Return the JSON object that is sent."""
        if isinstance(self.prompt, str):
            asked: dict[str, Any] = {"prompt": self.prompt}
        else:
            asked = {"messages": [{"role": turn.role, "content": turn.content} for turn in self.prompt]}
        streaming = {"stream": True, "stream_options": {"include_usage": True}}
        without = {name: None for name, value in self.decoding.extra.items() if value is None}
        sent = {"model": model, **asked, **streaming, **self.decoding.settings(), **without}
        return {name: value for name, value in sent.items() if value is not None}


@dataclass(frozen=True, slots=True)
class AnswerPiece:
    """The next piece of an answer, or of the reasoning before it."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRestarted:
    """An attempt failed: all pieces so far are void. The next one, number `attempt`, begins in `wait` seconds."""

    attempt: int
    wait: float
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerCancelled:
    """A request was cancelled: all pieces so far are void."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """A complete answer. What the server does not say is None; times are measured here, from the last attempt's start.

    `finish_reason` is the server's own word: "stop", "length", or another. All pieces since the last restart together
    are `text` and `reasoning`. `request_sha256` is the hash of the JSON object that was sent. `documents` is the
    manifest's entry on the documents of a long case.
    """

    text: str
    reasoning: str
    finish_reason: str
    request_sha256: str
    started_at: datetime
    seconds: float
    attempts: int = 1
    first_token_seconds: float | None = None
    first_answer_seconds: float | None = None
    prompt_tokens: int | None = None
    reused_prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    documents: Mapping[str, Any] = field(default_factory=dict)

    def entries(self) -> dict[str, Any]:
        """Return the manifest's entries about this answer; what is not known is absent."""
        entries = {
            "request_sha256": self.request_sha256,
            "server_model": self.model,
            "server_system_fingerprint": self.system_fingerprint,
            "prompt_tokens": self.prompt_tokens,
            "reused_prompt_tokens": self.reused_prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "finish_reason": self.finish_reason,
            "attempts": self.attempts,
            "started_at": iso_utc(self.started_at),
            "finished_at": iso_utc(self.started_at + timedelta(seconds=self.seconds)),
            "time_to_first_token_seconds": _rounded(self.first_token_seconds),
            "time_to_first_answer_seconds": _rounded(self.first_answer_seconds),
        }
        return {name: value for name, value in entries.items() if value is not None} | dict(self.documents)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


ServerEvent = AnswerPiece | AnswerRestarted | AnswerCancelled | ServerAnswer
