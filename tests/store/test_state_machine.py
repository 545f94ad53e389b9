"""Ten thousand steps of readers, crashes, copies and merges over a whole study, against plain values without a log.

Whatever happens in whatever order, the file holds exactly what was acknowledged: the fold of the log, the tables, the
exports and the model say the same after every step. `DOUBLEREAD_TEST_STEPS` asks for another number of steps.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlite_utils import Database

from doubleread.store.log.projections import Projection, put_changes
from store.adjudication_steps import AdjudicationSteps
from store.one_study import declared, made
from store.study_steps import FileSteps, ReadingSteps

STEPS = int(os.environ.get("DOUBLEREAD_TEST_STEPS", "10000"))
STEPS_EACH = 100


class WholeStudy(ReadingSteps, FileSteps, AdjudicationSteps):
    """All steps together. What a study comes to hold besides gets a class of steps of its own."""


@pytest.mark.timeout(60 + STEPS // 20)
def test_whatever_happens_the_file_holds_what_was_acknowledged() -> None:
    made.clear()
    # Which steps are made is drawn; now and then one of the rarer ones wants a few more.
    while (left := STEPS - made.total()) > 0 or (STEPS >= 10_000 and set(made) != declared):
        each = settings(
            max_examples=max(1, left // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(WholeStudy, settings=each)
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
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(WholeStudy, settings=few)
