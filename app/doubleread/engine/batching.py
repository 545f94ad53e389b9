"""Continuous batching: all answers in the making share llama.cpp's steps.

A step takes the next token of every answer that is being written and, in the room that is left, prompts that are not
yet processed, interactive ones first. An answer that ends makes room for the next at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from doubleread.engine.jobs import Job
from doubleread.engine.llama import Batch, Context, Model, Tokens

_DONE, _NO_ROOM, _ABORTED = 0, 1, 2


@dataclass(slots=True)
class Slot:
    """A sequence of llama.cpp's memory. `held` are the tokens that are in it, for a later prompt."""

    index: int
    job: Job | None = None
    held: Tokens | None = None


@dataclass(frozen=True, slots=True)
class _Share:
    """A job's part of a step. `last` is its last token's index in the batch; `sampled` if a token follows from it."""

    job: Job
    first_position: int
    count: int
    last: int
    sampled: bool


class Batcher:
    """Makes answers for jobs. One thread calls `step`; others may call `add`, `cancel` and look at the counts."""

    def __init__(
        self, model: Model, context: Context, n_slots: int, *, reuse_prefix: bool, tick: Callable[[], None]
    ) -> None:
        self._model = model
        self._context = context
        self._reuse_prefix = reuse_prefix
        self._tick = tick
        self._batch = Batch(context.n_batch)
        self._slots = [Slot(index) for index in range(n_slots)]
        self._waiting: list[Job] = []
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._step_jobs: tuple[Job, ...] = ()
        self._step_prefills = False
        self._abort = False
        self.tokens_made = 0
        context.on_abort(self._asked_to_abort)

    @property
    def active(self) -> int:
        """How many answers are being made."""
        return sum(slot.job is not None for slot in self._slots)

    @property
    def waiting(self) -> int:
        """How many prepared jobs wait for a slot."""
        return len(self._waiting)

    def add(self, job: Job) -> None:
        """Queue a prepared job, interactive ones before the others."""
        with self._lock:
            self._waiting.append(job)
            self._waiting.sort(key=lambda item: not item.interactive)
        self._work.set()

    def cancelled(self, job: Job) -> None:
        """Take note that a job was closed from outside, and end the running step where that saves time.

        A step that only this job needs, or that is long because of prompts, ends at once; the others' are done again.
        """
        step_jobs = self._step_jobs
        if job in step_jobs and (self._step_prefills or len(step_jobs) == 1):
            self._abort = True
        self._work.set()

    def wait(self, seconds: float) -> None:
        """Wait until there may be something to do."""
        self._work.wait(seconds)

    def step(self) -> bool:
        """Do one step. Return False when there was nothing to do."""
        self._work.clear()
        self._retire()
        self._admit()
        shares = self._plan()
        if not shares:
            return False
        self._abort = False
        if any(share.job.closed for share in shares):
            return True
        self._tick()
        result = self._context.decode(self._batch)
        self._step_jobs = ()
        self._tick()
        if result == _DONE:
            self._sample(shares)
        elif result == _ABORTED:
            self._resume(shares)
        elif result == _NO_ROOM:
            self._make_room(shares)
        else:
            self._give_up(shares, result)
        self._retire()
        return True

    def _asked_to_abort(self) -> bool:
        self._tick()
        return self._abort

    def _retire(self) -> None:
        for slot in self._slots:
            job = slot.job
            if job is None or not job.closed:
                continue
            job.release()
            slot.job = None
            slot.held = job.tokens[: job.n_past].copy() if self._reuse_prefix else None
            if not self._reuse_prefix:
                self._context.forget(slot.index)
        if any(job.closed for job in self._waiting):
            with self._lock:
                self._waiting = [job for job in self._waiting if not job.closed]

    def _admit(self) -> None:
        while self._waiting:
            free = [slot for slot in self._slots if slot.job is None]
            if not free:
                return
            with self._lock:
                job = self._waiting.pop(0)
            prompt = job.tokens[: job.n_prompt]
            slot = max(free, key=lambda item: (_common(item.held, prompt), item.held is None))
            kept = min(_common(slot.held, prompt), job.n_prompt - 1)
            slot.job, slot.held = job, None
            job.start(slot.index, self._keep(slot.index, kept))

    def _keep(self, sequence: int, count: int) -> int:
        """Keep a sequence's first `count` tokens. Return how many were really kept: models with a state keep none."""
        if count and self._context.first(sequence) == 0 and self._context.forget(sequence, count):
            return count
        self._context.forget(sequence)
        return 0

    def _plan(self) -> list[_Share]:
        """Fill the batch: the next token of every answer first, then as much of the prompts as there is room for."""
        jobs = [slot.job for slot in self._slots if slot.job is not None]
        jobs.sort(key=lambda job: (job.n_tokens - job.n_past > 1, not job.interactive))
        self._batch.clear()
        shares: list[_Share] = []
        for job in jobs:
            count = min(job.n_tokens - job.n_past, self._batch.capacity - self._batch.size)
            if count > 0:
                shares.append(self._add(job, count))
        self._step_prefills = any(share.count > 1 for share in shares)
        self._step_jobs = tuple(share.job for share in shares)
        return shares

    def _add(self, job: Job, count: int) -> _Share:
        start, end = job.n_past, job.n_past + count
        sampled = end == job.n_tokens
        last = self._batch.add(job.tokens[start:end], start, job.slot, output=sampled)
        return _Share(job, start, count, last, sampled)

    def _sample(self, shares: Iterable[_Share]) -> None:
        for share in shares:
            job = share.job
            job.n_past = share.first_position + share.count
            if not share.sampled or job.closed:
                continue
            try:
                token = job.sampler(self._model).sample(self._context, share.last)
            except ArithmeticError as error:
                job.fail(
                    "No answer", f"{error}", "the model file may be damaged, or a computation overflowed; try again"
                )
                continue
            job.take(token, self._model)
            self.tokens_made += 1

    def _resume(self, shares: Iterable[_Share]) -> None:
        """After an aborted step: go back to what every sequence still has, and leave a token to get logits from."""
        for share in shares:
            job = share.job
            kept = min(self._context.length(job.slot), share.first_position + share.count - share.sampled)
            if kept > 0 and self._context.forget(job.slot, kept):
                job.n_past = kept
            else:
                self._context.forget(job.slot)
                job.n_past = 0

    def _make_room(self, shares: list[_Share]) -> None:
        """Without room in the memory, give up what is only held for later; if that is nothing, the last job."""
        held = [slot for slot in self._slots if slot.job is None and slot.held is not None]
        for slot in held:
            self._context.forget(slot.index)
            slot.held = None
        if not held:
            job = shares[-1].job
            job.fail("No room for this answer", "the engine's memory is full", "use fewer slots or a shorter prompt")

    def _give_up(self, shares: Iterable[_Share], result: int) -> None:
        for share in shares:
            share.job.fail("No answer", f"llama.cpp could not compute a step (code {result})", "start the model again")
            share.job.n_past = 0
        self._context.forget_all()
        for slot in self._slots:
            slot.held = None
            if slot.job is not None and not slot.job.closed:
                slot.job.n_past = 0


def _common(held: Tokens | None, prompt: Tokens) -> int:
    """Return how many tokens two sequences begin with in common."""
    if held is None:
        return 0
    length = min(len(held), len(prompt))
    different = np.flatnonzero(held[:length] != prompt[:length])
    return int(different[0]) if len(different) else length
