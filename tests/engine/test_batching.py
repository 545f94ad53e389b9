"""What a step consists of, with a context that only counts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from doubleread.engine.worker.batching import Batcher
from doubleread.engine.worker.jobs import Job


class CountingContext:
    """Notes for every step how many tokens of each sequence it has."""

    n_batch = 32
    n_sequences = 4
    n_cells = 10_000
    unified = False
    shares = False

    def __init__(self):
        self.steps: list[Counter[int]] = []

    def on_abort(self, question):
        self.asked = question

    def decode(self, batch):
        self.steps.append(Counter(batch.raw.seq_id[index][0] for index in range(batch.size)))
        return 0

    def forget(self, _sequence, _start=0):
        return True

    def move(self, _source, _target):
        return


class CountingJob(Job):
    """An answer of some tokens to a prompt of some."""

    def __init__(self, name, prompt, answer, *, interactive=False):
        super().__init__()
        self.request_id, self.interactive = name, interactive
        self.tokens = np.arange(prompt + answer, dtype=np.int32)
        self.n_prompt = self.n_tokens = prompt
        self.closes = False

    @property
    def closed(self):
        return self.closes

    def advance(self, _model, _context, _index):
        self.n_tokens += 1
        self.closes = self.n_tokens == len(self.tokens)
        return 1

    def fail(self, title, happened, remedy=""):
        raise AssertionError(title, happened, remedy)


def steps_of(jobs, *, mixes):
    context, ended = CountingContext(), []
    batcher = Batcher(
        None,
        context,
        4,
        reuse_prefix=False,
        mixes=mixes,
        kept=None,
        tick=lambda: None,
        forget=ended.append,
    )
    for job in jobs:
        batcher.add(job)
    while batcher.step():
        pass
    assert set(ended) == set(jobs)
    return context.steps


@pytest.mark.parametrize("mixes", [False, True])
def test_prompts_and_next_tokens_share_a_step_only_where_that_pays(mixes):
    steps = steps_of([CountingJob(f"q{n}", 20, 5) for n in range(6)], mixes=mixes)
    both = [step for step in steps if len(set(step.values()) & {1}) and max(step.values()) > 1]
    assert bool(both) is mixes
    assert max(sum(step.values()) for step in steps) == 32  # a prompt is cut to fill a step


def test_a_persons_answer_goes_on_while_prompts_of_others_wait():
    jobs = [CountingJob("person", 20, 6, interactive=True), *(CountingJob(f"q{n}", 20, 3) for n in range(2))]
    steps = steps_of(jobs, mixes=False)
    assert [sum(step.values()) for step in steps[:7]] == [20, 1, 1, 1, 1, 1, 32]
