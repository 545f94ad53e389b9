"""Ten thousand steps of readers, crashes, copies and merges over a whole study, against plain values without a log.

Whatever happens in whatever order, the file holds exactly what was acknowledged: the fold of the log, the tables, the
exports and the model say the same after every step. `DOUBLEREAD_TEST_STEPS` asks for another number of steps.
"""

from __future__ import annotations

import functools
import os
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlite_utils import Database

from doubleread.exports import scanning
from doubleread.store.log.projections import Projection, put_changes
from store.adjudication_steps import AdjudicationSteps
from store.one_study import declared, made
from store.study_steps import FileSteps, ReadingSteps
from store.training_steps import TrainingSteps

STEPS = int(os.environ.get("DOUBLEREAD_TEST_STEPS", "10000"))
STEPS_EACH = 100
SEED = int(os.environ.get("DOUBLEREAD_TEST_SEED", "1"))


class WholeStudy(ReadingSteps, FileSteps, AdjudicationSteps, TrainingSteps):
    """All steps together. What a study comes to hold besides gets a class of steps of its own."""


@pytest.mark.timeout(120 + STEPS // 10)
def test_whatever_happens_the_file_holds_what_was_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    # Every export looks for identifiers in the same few texts.
    monkeypatch.setattr("doubleread.exports.scanning.scan", functools.cache(scanning.scan))
    made.clear()
    # Steps are chosen at random, so a rare one may need another round. Each round has a seed of its own, the same one
    # whenever this test runs.
    for number in count(SEED):
        left = STEPS - made.total()
        if left <= 0 and (STEPS < 10_000 or set(made) == declared):
            break
        each = settings(
            max_examples=max(1, left // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            database=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(number)(WholeStudy), settings=each)
    print(f"{made.total()} steps: {', '.join(f'{name} {count}' for name, count in made.most_common())}")
    assert made.total() >= STEPS


def test_a_row_that_is_forgotten_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine can fail: here the tables keep annotations that were taken back."""

    def forgetful(db: Database, before: Projection, after: Projection) -> None:
        put_changes(db, Projection(before.reading), after)

    monkeypatch.setattr("doubleread.store.log.reading_log.put_changes", forgetful)
    few = settings(
        max_examples=30,
        stateful_step_count=50,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(WholeStudy, settings=few)
