"""Read an answer from the JSON objects that a server sends: pieces of it, or the whole at once."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from doubleread.engine.server.faults import in_stream, not_compatible
from doubleread.engine.server.request import AnswerPiece

LONGEST_ANSWER = 4 * 1024 * 1024
"""The most characters of an answer and its reasoning."""


class _Text(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Text | None = None
    message: _Text | None = None
    text: str | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Reply(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    error: Any = None


class Reply:
    """An answer as far as it has come. `url` is named in errors."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._texts = {False: _Joined(), True: _Joined()}
        self._length = 0
        self.finish_reason: str | None = None
        self.facts: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """The answer."""
        return self._texts[False].text

    @property
    def reasoning(self) -> str:
        """What the server delimits as reasoning before it."""
        return self._texts[True].text

    def take(self, data: bytes) -> Iterator[AnswerPiece]:
        """Yield the pieces in one JSON object. Raises ServerError for anything else, and for an error object."""
        reply = self._parsed(data)
        if reply.error:
            raise in_stream(self._url, reply.error)
        self._note(reply)
        for choice in reply.choices or ():
            if choice.index != 0:
                continue
            said = choice.delta or choice.message or _Text(content=choice.text)
            yield from self._piece(said.reasoning_content or said.reasoning, reasoning=True)
            yield from self._piece(said.content, reasoning=False)
            self.finish_reason = choice.finish_reason or self.finish_reason

    def rest(self) -> Iterator[AnswerPiece]:
        """Yield what was held back for a second half that has not come."""
        for reasoning, joined in self._texts.items():
            if text := joined.add("", final=True):
                yield AnswerPiece(text, reasoning)

    def _parsed(self, data: bytes) -> _Reply:
        try:
            return msgspec.convert(json.loads(data.decode("utf-8")), _Reply)
        except (ValueError, RecursionError):
            pass
        raise not_compatible(self._url, "sent something that is not a piece of an answer")

    def _note(self, reply: _Reply) -> None:
        usage = reply.usage or _Usage()
        prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
        facts = {
            "model": reply.model,
            "system_fingerprint": reply.system_fingerprint,
            "prompt_tokens": usage.prompt_tokens,
            "reused_prompt_tokens": prompt.cached_tokens if prompt else None,
            "completion_tokens": usage.completion_tokens,
            "reasoning_tokens": completion.reasoning_tokens if completion else None,
        }
        self.facts |= {name: value for name, value in facts.items() if value is not None}

    def _piece(self, text: str | None, *, reasoning: bool) -> Iterator[AnswerPiece]:
        if not text:
            return
        self._length += len(text)
        if self._length > LONGEST_ANSWER:
            raise not_compatible(self._url, f"sent an answer of more than {LONGEST_ANSWER} characters")
        if joined := self._texts[reasoning].add(text):
            yield AnswerPiece(joined, reasoning)


class _Joined:
    """Text from pieces. Halves of a surrogate pair are put together; a half that stays alone is replaced."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str, *, final: bool = False) -> str:
        joined = self._decoder.decode(text.encode("utf-16-le", "surrogatepass"), final)
        self._parts.append(joined)
        return joined
