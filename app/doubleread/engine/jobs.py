"""One request on its way through the worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from doubleread.domain.hashes import text_sha256
from doubleread.engine.llama import Model, Sampler, Tokens
from doubleread.engine.manifest import Times, answer_entries
from doubleread.engine.prompt import Prompt
from doubleread.engine.protocol import Chunk, EndReason, Event, Failed, Finished, Generate
from doubleread.engine.stops import StopStrings
from doubleread.engine.utf8 import Utf8Stream

Send = Callable[[Event], None]


class Job:
    """A request with its tokens and its text so far.

    It is closed once, by whoever comes first: the loop that makes tokens, or the thread that hears of its being given
    up. Nothing is sent about it afterwards. `tokens[:n_past]` are in llama.cpp's memory under the sequence `slot` (-1:
    none yet), and `tokens[n_past:n_tokens]` are still to be processed.
    """

    def __init__(self, request: Generate, send: Send, engine_manifest: Callable[[bool], dict[str, Any]]) -> None:
        self.request = request
        self.times = Times(received=time.monotonic())
        self.closed = False
        self.slot = -1
        self.tokens: Tokens = np.empty(0, dtype=np.int32)
        self.n_tokens = 0
        self.n_past = 0
        self.n_prompt = 0
        self.reused = 0
        self._send = send
        self._engine_manifest = engine_manifest
        self._lock = threading.Lock()
        self._prompt_sha256 = ""
        self._pieces: list[str] = []
        self._utf8 = Utf8Stream()
        self._stops = StopStrings(request.sampling.stop)
        self._sampler: Sampler | None = None

    @property
    def interactive(self) -> bool:
        """Whether somebody is waiting for it."""
        return self.request.priority == "interactive"

    @property
    def n_generated(self) -> int:
        """How many tokens of the answer there are."""
        return self.n_tokens - self.n_prompt

    def prepare(self, prompt: Prompt, n_ctx: int) -> None:
        """Take in the prompt, with room for the answer: at most `n_ctx` tokens for both."""
        self.n_prompt = self.n_tokens = len(prompt.tokens)
        room = min(self.n_prompt + self.request.sampling.max_tokens, n_ctx)
        self.tokens = np.empty(room, dtype=np.int32)
        self.tokens[: self.n_prompt] = prompt.tokens
        self._prompt_sha256 = text_sha256(prompt.text)

    def start(self, slot: int, reused: int) -> None:
        """Begin work on it, or go on after a pause, in a slot whose memory already holds its first `reused` tokens."""
        self.slot, self.n_past = slot, reused
        if self.times.started is None:
            self.reused = reused
            self.times.started, self.times.started_at = time.monotonic(), datetime.now(UTC)

    def sampler(self, model: Model) -> Sampler:
        """Return what chooses its tokens."""
        if self._sampler is None:
            self._sampler = Sampler(self.request.sampling, model, self.tokens[: self.n_prompt])
        return self._sampler

    def take(self, token: int, model: Model) -> None:
        """Take in the next token of the answer: send its text, or finish."""
        if self.times.first_token is None:
            self.times.first_token = time.monotonic()
        if model.ends(token):
            self._finish("stop")
            return
        self.tokens[self.n_tokens] = token
        self.n_tokens += 1
        text, stopped = self._stops.feed(self._utf8.feed(model.piece(token)))
        self._emit(text)
        if stopped:
            self._close("stop")
        elif self.n_generated >= self.request.sampling.max_tokens or self.n_tokens >= len(self.tokens):
            self._finish("length")

    def cancel(self) -> None:
        """Give it up; the text so far is sent as the whole. May be called from any thread."""
        self._close("cancelled")

    def fail(self, title: str, happened: str, remedy: str = "") -> None:
        """End it with an error."""
        with self._lock:
            if not self.closed:
                self.closed = True
                self._send(Failed(self.request.request_id, title, happened, remedy))

    def release(self) -> None:
        """Free what llama.cpp holds for its sampling."""
        if self._sampler is not None:
            self._sampler.close()

    def _finish(self, reason: EndReason) -> None:
        """Close it after sending what was held back."""
        text, stopped = self._stops.feed(self._utf8.end())
        if not stopped:
            text += self._stops.end()
        self._emit(text)
        self._close("stop" if stopped else reason)

    def _emit(self, text: str) -> None:
        with self._lock:
            if text and not self.closed:
                self._pieces.append(text)
                self._send(Chunk(self.request.request_id, text))

    def _close(self, reason: EndReason) -> None:
        with self._lock:
            if self.closed:
                return
            self.closed = True
            self.times.finished = time.monotonic()
            manifest = self._engine_manifest(reason != "cancelled") | answer_entries(
                sampling=self.request.sampling,
                prompt_sha256=self._prompt_sha256,
                prompt_tokens=self.n_prompt,
                reused=self.reused,
                completion_tokens=self.n_generated,
                reason=reason,
                times=self.times,
                slot=self.slot if self.slot >= 0 else None,
            )
            self._send(Finished(self.request.request_id, "".join(self._pieces), reason, manifest))
