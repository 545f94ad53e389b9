"""kill -9 while answers are made: nothing that was stored is lost, nothing is made twice, no worker stays behind."""

from __future__ import annotations

import os
import sys

import pytest

from killed_runs import killed_runs

KILLS = int(os.environ.get("DOUBLEREAD_TEST_KILLS", "5"))
CASES = 10 + 2 * KILLS


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.timeout(300 + 30 * KILLS)
def test_a_run_that_is_killed_again_and_again_makes_every_answer_once(tmp_path):
    found = killed_runs(tmp_path / "killed.doubleread", CASES, KILLS, seed=11)
    assert found.faults == []
    assert (found.answers, found.kills) == (2 * CASES, KILLS)
    assert (found.twice, found.lost, found.orphans) == (0, 0, 0)
