"""Continuous batching: all running answers share llama.cpp's steps.

A step takes the next token of every running answer, or as much of the prompts as fits. On a processor, a step with both
takes longer than one of each: llama.cpp computes sequences together only for as many tokens as each of them has. A GPU
computes the few tokens of answers beside a prompt at nearly no cost, so there a step has both. A finished answer makes
room for the next at once. Interactive requests come first: they abort a long step for other prompts, and no such step
begins until their answer is complete.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from doubleread.engine.worker.jobs import Job
from doubleread.engine.worker.kept_prompts import KeptPrompts
from doubleread.engine.worker.llama import Batch, Context, Model
from doubleread.engine.worker.slots import Slots

LOOK_AHEAD = 64
"""Number of waiting batch jobs that are searched for the one with the longest prefix in memory."""

RESERVE = 32
"""Free cells of the pool required per running answer before another batch job starts."""

_DONE, _NO_ROOM, _ABORTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _BatchPart:
    """A job's part of a step. `last` is its last token's index in the batch; `sampled` if a token follows from it."""

    job: Job
    first_position: int
    count: int
    last: int
    sampled: bool


class Batcher:
    """Generates answers for jobs. One thread calls `step`; others may call `add`, `cancelled` and read the counts.

    Batch jobs start while fewer than `n_slots` answers are running. Interactive jobs may also take the spare sequence,
    and if that is taken, a batch job's, which then resumes later. `forget` is called for every added job that has
    ended. `mixes` tells whether a step may have both prompts and next tokens.
    """

    def __init__(
        self,
        model: Model,
        context: Context,
        n_slots: int,
        *,
        reuse_prefix: bool,
        kept: KeptPrompts | None,
        mixes: bool,
        tick: Callable[[], None],
        forget: Callable[[Job], None],
    ) -> None:
        self._model = model
        self._mixes = mixes
        self._context = context
        self._n_slots = n_slots
        self._tick = tick
        self._forget = forget
        self._batch = Batch(context.n_batch)
        self._slots = Slots(context, context.n_sequences, reuse_prefix=reuse_prefix, kept=kept)
        self._interactive: deque[Job] = deque()
        self._waiting: deque[Job] = deque()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._step_jobs: tuple[Job, ...] = ()
        self._step_prefills = False
        self._abort = False
        # Set if memory had no room for another job of this kind; cleared when an answer ends.
        self._full_for_batch = False
        self._full = False
        self.active = 0
        self.tokens_made = 0
        context.on_abort(self._asked_to_abort)

    def add(self, job: Job) -> None:
        """Queue a prepared job. An interactive job aborts a step that processes only prompts of others."""
        with self._lock:
            (self._interactive if job.interactive else self._waiting).append(job)
        if job.interactive and self._step_prefills and not any(other.interactive for other in self._step_jobs):
            self._abort = True
        self._work.set()

    def cancelled(self, job: Job) -> None:
        """Register that a job was closed from outside, and abort the running step if that saves time.

        A step that only this job needs, or that is long because of prompts, is aborted; the other jobs' part is done
        again.
        """
        step_jobs = self._step_jobs
        if job in step_jobs and (self._step_prefills or len(step_jobs) == 1):
            self._abort = True
        self._work.set()

    def wait(self, seconds: float) -> None:
        """Wait until there may be work."""
        self._work.wait(seconds)

    def step(self) -> bool:
        """Do one step. Return False when there was nothing to do."""
        self._work.clear()
        self._retire()
        self._admit()
        self._slots.close_gaps()
        parts = self._plan()
        if not parts:
            return False
        self._abort = False
        if any(part.job.closed for part in parts):
            return True
        self._tick()
        result = self._context.decode(self._batch)
        self._step_jobs = ()
        self._tick()
        if result == _DONE:
            self._sample(parts)
        elif result == _ABORTED:
            self._resume(parts)
        elif result == _NO_ROOM:
            self._make_room()
        else:
            self._give_up(parts, result)
        self._retire()
        return True

    def _asked_to_abort(self) -> bool:
        self._tick()
        return self._abort

    def _retire(self) -> None:
        taken = self._slots.taken
        for slot in taken:
            job = slot.job
            if job is not None and job.closed:
                self._slots.release(slot)
                self._end(job)
                self.active -= 1
                self._full = self._full_for_batch = False

    def _end(self, job: Job) -> None:
        job.release()
        self._forget(job)

    def _admit(self) -> None:
        """Give slots to waiting jobs: first interactive ones, then batch jobs with the longest prefix in memory."""
        while not self._full and (job := self._next(self._interactive)):
            if not self._slots.place(job):
                self._pause_youngest()
                if not self._slots.place(job):
                    with self._lock:
                        self._interactive.appendleft(job)
                    return
            self.active += 1
        while self.active < self._n_slots and not self._full_for_batch and (job := self._closest()):
            if not self._room_for(job) or not self._slots.place(job):
                self._full_for_batch = True
                with self._lock:
                    self._waiting.appendleft(job)
                return
            self.active += 1

    def _next(self, queue: deque[Job]) -> Job | None:
        """Take the first job that is still open from a queue."""
        while True:
            with self._lock:
                job = queue.popleft() if queue else None
            if job is None or not job.closed:
                return job
            self._end(job)

    def _closest(self) -> Job | None:
        """Take the waiting batch job, among the first ones, with the longest prefix in memory."""
        first = self._next(self._waiting)
        if first is None or not self._waiting:
            return first
        with self._lock:
            others = list(islice(self._waiting, LOOK_AHEAD))
        best, most = first, self._slots.common(first)
        for job in others:
            if not job.closed and (count := self._slots.common(job)) > most:
                best, most = job, count
        if best is not first:
            with self._lock:
                self._waiting.remove(best)
                self._waiting.appendleft(first)
        return best

    def _room_for(self, job: Job) -> bool:
        """Return whether the pool has room for another job, after dropping held prompts if that helps."""
        while True:
            needed = job.n_tokens - self._slots.common(job) + RESERVE * (self.active + 1)
            if self._slots.cells + needed <= self._context.n_cells or not self.active:
                return True
            if not self._slots.drop_held():
                return False

    def _plan(self) -> list[_BatchPart]:
        """Fill the batch: the next token of every answer, and as much of the prompts as fits, or one of the two.

        While an interactive answer is running, only its own prompt is processed.
        """
        ready = [slot.job for slot in self._slots.taken if slot.job is not None and self._slots.caught_up(slot)]
        ready.sort(key=lambda job: (_in_prompt(job), not job.interactive))
        if any(job.interactive for job in ready):
            ready = [job for job in ready if job.interactive or not _in_prompt(job)]
        if not self._mixes and ready and _in_prompt(ready[-1]):
            ready = [job for job in ready if _in_prompt(job)]
        self._batch.clear()
        parts: list[_BatchPart] = []
        for job in ready:
            count = min(job.n_tokens - job.n_past, self._batch.capacity - self._batch.size)
            if count > 0:
                parts.append(self._add(job, count))
        self._step_prefills = any(part.count > 1 for part in parts)
        self._step_jobs = tuple(part.job for part in parts)
        return parts

    def _add(self, job: Job, count: int) -> _BatchPart:
        start, end = job.n_past, job.n_past + count
        sampled = end == job.n_tokens
        last = self._batch.add(job.tokens[start:end], start, job.slot, output=sampled)
        return _BatchPart(job, start, count, last, sampled)

    def _sample(self, parts: Iterable[_BatchPart]) -> None:
        for part in parts:
            job = part.job
            job.n_past = part.first_position + part.count
            if not part.sampled or job.closed:
                continue
            self._slots.processed(job)
            try:
                self.tokens_made += job.advance(self._model, self._context, part.last)
            except ArithmeticError as error:
                job.fail("No answer", f"{error}", "try again; if this recurs, the model file may be damaged")

    def _resume(self, parts: Iterable[_BatchPart]) -> None:
        """After an aborted step, go back to what each sequence still has, and leave a token to get logits from."""
        for part in parts:
            job = part.job
            kept = min(self._context.length(job.slot), part.first_position + part.count - part.sampled)
            if kept > 0 and self._context.forget(job.slot, kept):
                job.n_past = kept
            else:
                self._context.forget(job.slot)
                job.n_past = 0

    def _make_room(self) -> None:
        """When memory is full, drop a held prompt, else pause the youngest job."""
        if self._slots.drop_held() or self._pause_youngest():
            return
        for slot in self._slots.taken:
            if slot.job is not None:
                slot.job.fail("No room for this answer", "the engine's memory is full", "use a shorter prompt")

    def _pause_youngest(self) -> bool:
        """Take the youngest job out of its slot, a batch job if possible. It resumes when another one ends.

        Return False if there is only one job.
        """
        taken = self._slots.taken
        if len(taken) < 2:
            return False
        slot = max(taken, key=lambda item: (item.job is not None and not item.job.interactive, item.touched))
        job = self._slots.pause(slot)
        if job is not None:
            self.active -= 1
            self._full_for_batch = True
            self._full = job.interactive
            with self._lock:
                (self._interactive if job.interactive else self._waiting).appendleft(job)
        return True

    def _give_up(self, parts: Iterable[_BatchPart], result: int) -> None:
        for part in parts:
            part.job.fail("No answer", f"llama.cpp could not compute a step (code {result})", "start the model again")
        self._slots.forget_all()


def _in_prompt(job: Job) -> bool:
    """Return whether more than an answer's next token is to be processed."""
    return job.n_tokens - job.n_past > 1
