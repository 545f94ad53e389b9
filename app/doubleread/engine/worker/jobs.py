"""Requests in the worker, as token sequences for the batcher."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from doubleread.domain.documents import documents_entry
from doubleread.domain.hashes import text_sha256
from doubleread.domain.reasoning import Stretch
from doubleread.engine.client.protocol import Chunk, EndReason, Event, Failed, Finished, Generate
from doubleread.engine.worker.grammar import GrammarError
from doubleread.engine.worker.llama import Context, Model, Tokens
from doubleread.engine.worker.manifest import Times, answer_entries
from doubleread.engine.worker.prompt import Prompt, PromptWriter
from doubleread.engine.worker.prompting import answer_prompt
from doubleread.engine.worker.reasoning_budget import ReasoningBudget, ReasoningForm
from doubleread.engine.worker.sampler import Sampler
from doubleread.engine.worker.text_stream import StopStrings, Utf8Stream
from doubleread.engine.worker.turns import TurnEnds

Send = Callable[[Event], None]

BATCH_PAUSE = 0.1
"""Seconds between two chunks of a batch answer."""


class Job(ABC):
    """A sequence of tokens that grows by one token at a time.

    `tokens[:n_past]` are in llama.cpp's memory under the sequence `slot` (-1: none yet), and `tokens[n_past:n_tokens]`
    are still to be processed. The first `n_prompt` are the prompt. A job that is `closed` needs no more work.
    """

    request_id: str
    interactive: bool
    """Whether a person is waiting for it."""

    def __init__(self) -> None:
        self.times = Times(received=time.monotonic())
        self.slot = -1
        self.tokens: Tokens = np.empty(0, dtype=np.int32)
        self.n_tokens = 0
        self.n_past = 0
        self.n_prompt = 0
        self.reused = 0
        self.from_disk = 0

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether it has ended."""

    def start(self, slot: int, reused: int, from_disk: int = 0) -> None:
        """Start or resume work in a slot whose memory already holds the first `reused` tokens, some read from disk."""
        self.slot, self.n_past = slot, reused
        if self.times.started is None:
            self.reused, self.from_disk = reused, from_disk
            self.times.started, self.times.started_at = time.monotonic(), datetime.now(UTC)

    @abstractmethod
    def advance(self, model: Model, context: Context, index: int) -> int:
        """Take in the model's output after the batch's token `index`; return how many tokens it generated.

        Raises ArithmeticError if the output is not a number.
        """

    @abstractmethod
    def fail(self, title: str, happened: str, remedy: str = "") -> None:
        """End it with an error."""

    def release(self) -> None:
        """Free its memory in llama.cpp."""
        return


class AnswerJob(Job):
    """A request for an answer, with its tokens and text so far.

    It is closed once, by the loop that generates tokens or by the thread that receives a cancellation. Nothing is sent
    about it afterwards.
    """

    def __init__(self, request: Generate, send: Send, engine_manifest: Callable[[bool], dict[str, Any]]) -> None:
        super().__init__()
        self.request = request
        self.request_id = request.request_id
        self.interactive = request.priority == "interactive"
        self._closed = False
        self._send = send
        self._engine_manifest = engine_manifest
        self.left_out: tuple[str, ...] = ()
        """The ids of the documents for which the context has no room."""
        self._lock = threading.Lock()
        self._prompt_sha256 = ""
        self._pieces: list[str] = []
        self._unsent: list[str] = []
        self._unsent_reasoning = False
        self._sent_at = 0.0
        self._thoughts: list[str] = []
        self._reasoning: ReasoningBudget | None = None
        self._utf8 = Utf8Stream()
        self._stops = StopStrings(request.sampling.stop)
        self._turn_ends = TurnEnds()
        self._ended_by: str | None = None
        self._sampler: Sampler | None = None

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._closed

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs for the batcher."""
        return (self,)

    @property
    def n_generated(self) -> int:
        """Number of tokens generated."""
        return self.n_tokens - self.n_prompt

    @property
    def n_answered(self) -> int:
        """Number of generated tokens that belong to the answer, not to the reasoning before it."""
        return self.n_generated - (self._reasoning.tokens if self._reasoning else 0)

    def prepare(self, prompt: Prompt, n_ctx: int, writer: PromptWriter, reasoning: ReasoningForm) -> None:
        """Set the prompt, with room for reasoning and answer: at most `n_ctx` tokens in all."""
        sampling = self.request.sampling
        self._turn_ends = writer.turn_ends
        self._stops = StopStrings((*sampling.stop, *self._turn_ends.all_strings))
        prompt, plan = answer_prompt(prompt, sampling, n_ctx, writer, reasoning)
        room = min(len(prompt.tokens) + sampling.max_tokens, n_ctx)
        if plan is not None:
            room = plan.room
            self._reasoning = ReasoningBudget(reasoning, prompt.end, plan.budget)
        self.n_prompt = self.n_tokens = len(prompt.tokens)
        self.tokens = np.empty(room, dtype=np.int32)
        self.tokens[: self.n_prompt] = prompt.tokens
        self._prompt_sha256 = text_sha256(prompt.text)

    def advance(self, model: Model, context: Context, index: int) -> int:
        """Choose the next token. Raises ArithmeticError."""
        try:
            if self._sampler is None:
                self._sampler = Sampler(self.request.sampling, model, self.tokens[: self.n_prompt])
            token = self._sampler.sample(context, index)
        except GrammarError as error:
            self.fail("Grammar not usable", str(error), "check the grammar")
            return 0
        self.take(token, model)
        return 1

    def take(self, token: int, model: Model) -> None:
        """Add the next token of the answer: send its text, or finish.

        If it uses up the reasoning budget, the tokens that end the reasoning follow at once. They are processed like a
        prompt.
        """
        if self.times.first_token is None:
            self.times.first_token = time.monotonic()
        if model.ends(token) or self._ends_turn(token):
            self._ended_by = model.token_text(token)
            self._finish("stop")
            return
        self._put(token, model)
        if self._reasoning is None or self._closed:
            return
        forced = self._reasoning.to_force(in_character=self._utf8.in_character)
        if self.n_tokens + len(forced) >= len(self.tokens):
            self._finish("length")
            return
        for given in forced:
            self._put(given, model)
            if self._sampler is not None:
                self._sampler.accept(given)

    def _put(self, token: int, model: Model) -> None:
        self.tokens[self.n_tokens] = token
        self.n_tokens += 1
        stopped = self._tell(self._stretches(token, model))
        if stopped:
            self._close("stop")
        elif self._reasoning is not None and self._reasoning.phase == "over":
            self._finish("stop")
        elif self.n_answered >= self.request.sampling.max_tokens or self.n_tokens >= len(self.tokens):
            self._finish("length")

    def _stretches(self, token: int, model: Model) -> list[Stretch]:
        reasoning = self._reasoning
        if reasoning is not None and reasoning.is_mark(token):
            return reasoning.feed(token, self._utf8.end())
        if piece := model.piece(token):
            text = self._utf8.feed(piece)
        else:
            spelling = model.token_text(token)
            text = self._utf8.end() + spelling
            if reasoning is not None and spelling:
                reasoning.note_hidden(spelling)
        return [Stretch(text, False)] if reasoning is None else reasoning.feed(token, text)

    def _ends_turn(self, token: int) -> bool:
        """Return whether a token delimits turns in the chat template and is not part of a reasoning marker."""
        spelling = self._turn_ends.tokens.get(token)
        if spelling is None:
            return False
        return self._reasoning is None or not self._reasoning.may_continue_marker(spelling)

    def _tell(self, stretches: list[Stretch]) -> bool:
        """Send text, and return whether a stop string ended it. Stop strings count only in the answer."""
        for text, reasoning, retracts in stretches:
            if retracts:
                self._retract(text)
                continue
            if reasoning:
                self._emit(text, reasoning=True)
                continue
            shown, stopped = self._stops.feed(text)
            self._emit(shown)
            if stopped:
                self._ended_by = self._stops.found
                return True
        return False

    def cancel(self) -> None:
        """Give it up and send the text so far. May be called from any thread."""
        self._close("cancelled")

    def fail(self, title: str, happened: str, remedy: str = "") -> None:
        """End it with an error."""
        with self._lock:
            if not self._closed:
                self._send_unsent()
                self._closed = True
                self._send(Failed(self.request.request_id, title, happened, remedy))

    def release(self) -> None:
        """Free the sampler's memory in llama.cpp."""
        if self._sampler is not None:
            self._sampler.close()

    def _finish(self, reason: EndReason) -> None:
        """Close it after sending what was held back. An end within the reasoning counts as truncated."""
        rest = self._utf8.end()
        stopped = self._tell([Stretch(rest, False)] if self._reasoning is None else self._reasoning.rest(rest))
        if not stopped:
            self._emit(self._stops.end())
        if self._reasoning is not None and self._reasoning.unfinished:
            reason = "length"
        self._close("stop" if stopped else reason)

    def _retract(self, text: str) -> None:
        """Void the answer so far: it was reasoning, and `text` is its next piece."""
        with self._lock:
            if self._closed:
                return
            self._unsent.clear()
            self._pieces.clear()
            self._thoughts.append(text)
            self._stops.end()
            self.times.first_answer = None
            self._send(Chunk(self.request.request_id, text, reasoning=True, retracts=True))

    def _emit(self, text: str, *, reasoning: bool = False) -> None:
        """Add text and send it: at once if a reader is waiting, else together with the text that follows soon."""
        with self._lock:
            if not text or self._closed:
                return
            now = time.monotonic()
            if not reasoning and self.times.first_answer is None:
                self.times.first_answer = now
            if reasoning is not self._unsent_reasoning:
                self._send_unsent()
                self._unsent_reasoning = reasoning
            (self._thoughts if reasoning else self._pieces).append(text)
            self._unsent.append(text)
            if self.interactive or now >= self._sent_at + BATCH_PAUSE:
                self._send_unsent()
                self._sent_at = now

    def _send_unsent(self) -> None:
        if self._unsent:
            self._send(Chunk(self.request.request_id, "".join(self._unsent), self._unsent_reasoning))
            self._unsent.clear()

    def _close(self, reason: EndReason) -> None:
        with self._lock:
            if self._closed:
                return
            self._send_unsent()
            self._closed = True
            self.times.finished = time.monotonic()
            manifest = self._engine_manifest(reason != "cancelled") | answer_entries(
                sampling=self.request.sampling,
                prompt_sha256=self._prompt_sha256,
                prompt_tokens=self.n_prompt,
                reused=self.reused,
                from_disk=self.from_disk,
                completion_tokens=self.n_generated,
                reasoning=self._reasoning,
                reason=reason,
                times=self.times,
                slot=self.slot if self.slot >= 0 else None,
                ended_by=self._ended_by,
            )
            manifest |= documents_entry(self.request.documents, self.left_out, "tokenizer")
            text, thoughts = "".join(self._pieces), "".join(self._thoughts)
            self._send(Finished(self.request.request_id, text, reason, manifest, thoughts))
