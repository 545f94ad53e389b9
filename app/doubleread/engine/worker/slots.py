"""Track which sequence of llama.cpp's memory contains what, so that a shared prefix is processed once.

The last prompt and answer of a slot stay in memory until the room is needed, and a new prompt keeps the prefix that it
has in common with them. It can also take a prefix from another slot. If all sequences share one pool of cells, both
then own the cells, at no cost; else they are copied, at little cost. A prompt waits if another one with the same prefix
is being processed. What no slot has may be on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from doubleread.engine.worker.jobs import Job
from doubleread.engine.worker.kept_prompts import KeptPrompts, in_common
from doubleread.engine.worker.llama import Context, Tokens

WORTH_WAITING = 32
"""Minimum number of tokens saved for a prompt to wait for another one with the same prefix."""


@dataclass(slots=True)
class Slot:
    """A sequence. `held` are the tokens that a finished job left in it; `shared` counts those also in another sequence.

    If `leader` is set, its job's prompt has the same first `common` tokens and is being processed. This slot's job
    starts when they are in memory.
    """

    index: int
    job: Job | None = None
    held: Tokens | None = None
    shared: int = 0
    touched: int = 0
    leader: Job | None = None
    common: int = 0

    @property
    def resident(self) -> Tokens:
        """The tokens in memory."""
        if self.job is not None:
            return self.job.tokens[: self.job.n_past]
        return self.held if self.held is not None else _NOTHING

    @property
    def cells(self) -> int:
        """Number of cells of the pool that only this slot uses."""
        return max(len(self.resident) - self.shared, 0)


_NOTHING: Tokens = np.empty(0, dtype=np.int32)


class Slots:
    """The sequences of a context. A shared pool has one more than the batch may use, for interactive jobs."""

    def __init__(self, context: Context, count: int, *, reuse_prefix: bool, kept: KeptPrompts | None) -> None:
        self._context = context
        self._kept = kept
        self._all = [Slot(index) for index in range(count)]
        self._reuse = reuse_prefix
        self._clock = 0

    @property
    def taken(self) -> list[Slot]:
        """The slots with a job."""
        return [slot for slot in self._all if slot.job is not None]

    @property
    def cells(self) -> int:
        """Number of cells of the pool in use. Cells whose first owner is gone are not counted."""
        return sum(slot.cells for slot in self._all)

    def place(self, job: Job) -> bool:
        """Give a job a slot, reusing as much of its prompt as is in memory. Return False if no slot is free."""
        free = [slot for slot in self._all if slot.job is None]
        if not free:
            return False
        prompt = job.tokens[: job.n_tokens - 1]
        ahead = self._being_processed(prompt, job)
        if ahead is not None and self._kept is not None and self._kept.length(prompt) >= ahead[1]:
            ahead = None
        source, kept = self._best(self._all if self._context.shares else free, prompt)
        slot = source if source is not None and source.job is None else self._least_useful(free)
        self._clock += 1
        slot.touched = self._clock
        if ahead is not None and ahead[1] >= kept + WORTH_WAITING:
            self._context.forget(slot.index)
            slot.job, slot.held, slot.shared = job, None, 0
            slot.leader, slot.common = ahead
            job.slot = slot.index
        else:
            self._begin(slot, job, source, kept)
        return True

    def caught_up(self, slot: Slot) -> bool:
        """Return whether a slot's job may go on; take over the prefix that it waited for once it is in memory."""
        leader, job = slot.leader, slot.job
        if leader is None or job is None:
            return True
        if not leader.closed and leader.slot >= 0 and leader.n_past < slot.common:
            return False
        slot.leader = None
        source, kept = self._best([other for other in self._all if other is not slot], job.tokens[: job.n_tokens - 1])
        self._begin(slot, job, source, kept)
        return True

    def common(self, job: Job) -> int:
        """Return how many tokens of a job's prompt are in memory or soon will be."""
        prompt = job.tokens[: job.n_tokens - 1]
        ahead = self._being_processed(prompt, job)
        there = self._all if self._context.shares else [slot for slot in self._all if slot.job is None]
        return max(self._best(there, prompt)[1], ahead[1] if ahead is not None else 0)

    def processed(self, job: Job) -> None:
        """Keep a job's prompt on disk once it is in memory."""
        if job.n_past == job.n_prompt:
            self._keep(self._all[job.slot], job.n_prompt)

    def close_gaps(self) -> None:
        """Move jobs to the lowest slots if each has its own cells, because only neighbours are computed together."""
        if self._context.unified:
            return
        taken = self.taken
        for target in self._all[: len(taken)]:
            if target.job is not None:
                continue
            source = taken.pop()
            self._context.forget(target.index)
            self._context.move(source.index, target.index)
            target.job, target.held, target.touched = source.job, None, source.touched
            source.job, source.held = None, None
            if target.job is not None:
                target.job.slot = target.index

    def release(self, slot: Slot) -> None:
        """Take the job out of a slot; its tokens are held for later prompts."""
        job = slot.job
        slot.job, slot.leader = None, None
        if job is None:
            return
        if self._reuse and job.n_past:
            slot.held = job.tokens[: job.n_past].copy()
        else:
            self._context.forget(slot.index)
            slot.held, slot.shared = None, 0
        job.slot = -1

    def pause(self, slot: Slot) -> Job | None:
        """Take the job out of a slot and drop its tokens; it can be placed again."""
        job = slot.job
        slot.job, slot.leader, slot.held, slot.shared = None, None, None, 0
        self._context.forget(slot.index)
        if job is not None:
            job.slot, job.n_past = -1, 0
        return job

    def drop_held(self) -> bool:
        """Drop the tokens that were held longest without use. Return False if none are held."""
        held = [slot for slot in self._all if slot.job is None and slot.held is not None]
        if not held:
            return False
        slot = min(held, key=lambda item: item.touched)
        self._context.forget(slot.index)
        slot.held, slot.shared = None, 0
        return True

    def forget_all(self) -> None:
        """Drop everything; open jobs start again."""
        self._context.forget_all()
        for slot in self._all:
            slot.held, slot.leader, slot.shared = None, None, 0
            if slot.job is not None:
                slot.job.n_past = 0

    def _keep(self, slot: Slot, count: int) -> None:
        if self._kept is not None and slot.job is not None:
            self._kept.keep(slot.index, slot.job.tokens[:count])

    def _begin(self, slot: Slot, job: Job, source: Slot | None, kept: int) -> None:
        """Start a job in a slot with the first `kept` tokens of `source`, or with more of them from the disk."""
        from_disk = self._kept.restore(slot.index, job.tokens[: job.n_tokens - 1], kept) if self._kept else 0
        if source is slot:
            kept = min(kept, self._context.length(slot.index))
        if from_disk:
            kept, slot.shared = from_disk, 0
        elif source is None or not kept:
            kept = 0
        elif source is slot:
            kept = kept if self._context.forget(slot.index, kept) else 0
            slot.shared = min(slot.shared, kept)
        else:
            self._context.forget(slot.index)
            self._context.copy(source.index, slot.index, kept)
            source.touched = slot.touched
            slot.shared = kept
        if not kept:
            self._context.forget(slot.index)
            slot.shared = 0
        slot.job, slot.held = job, None
        job.start(slot.index, kept, from_disk)
        if kept > from_disk:
            self._keep(slot, kept)

    def _best(self, slots: Iterable[Slot], prompt: Tokens) -> tuple[Slot | None, int]:
        """Return the slot with the longest usable prefix of a prompt, and its length.

        Among equals, a free slot wins, because nothing must be copied.
        """
        best: Slot | None = None
        most = 0
        if not self._reuse:
            return best, most
        for slot in slots:
            if slot.leader is not None:
                continue
            count = in_common(slot.resident, prompt)
            better = count > most or (count == most and count and best is not None and slot.job is None)
            if better and self._context.can_keep(slot.index, count):
                best, most = slot, count
        return best, most

    def _being_processed(self, prompt: Tokens, waiting: Job) -> tuple[Job, int] | None:
        """Return the job whose prompt is still being processed and has the longest common prefix, and its length.

        An interactive job never waits for a batch job. One that waits itself is worth waiting for only if it has many
        more tokens in common, or else questions on a document would be processed one after the other.
        """
        if not (self._reuse and self._context.shares):
            return None
        best: tuple[Job, int] | None = None
        for slot in sorted(self.taken, key=lambda slot: (slot.leader is not None, slot.touched)):
            job = slot.job
            if job is None or job.n_past >= job.n_prompt - 1 or (waiting.interactive and not job.interactive):
                continue
            count = in_common(job.tokens[: job.n_prompt], prompt)
            if count > job.n_past and (best is None or count >= best[1] + WORTH_WAITING):
                best = (job, count)
        return best

    def _least_useful(self, free: Sequence[Slot]) -> Slot:
        return min(free, key=lambda slot: (slot.held is not None, slot.touched, slot.index))
