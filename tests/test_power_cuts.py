"""Power cuts while a reader works: everything that was acknowledged is in the file, and the file holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from power_cuts import Session, journal_modes, power_cuts, recorded

CUTS = int(os.environ.get("DOUBLEREAD_TEST_POWER_CUTS", "25"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return recorded(tmp_path_factory.mktemp("recorded"), actions=30, seed=3)


def test_the_recorded_session_is_the_stores_own(session: Session) -> None:
    assert len(session.actions) == 30
    for action in session.actions:
        assert (action.statements[0], action.statements[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
        assert sum(statement.startswith("INSERT INTO events") for statement in action.statements) == 1
    assert [action.entries for action in session.actions] == list(range(session.entries + 1, session.entries + 31))


@pytest.mark.parametrize("mode", journal_modes())
def test_nothing_acknowledged_is_lost(session: Session, tmp_path: Path, mode: str) -> None:
    found = power_cuts(tmp_path, session, mode, CUTS, seed=CUTS)
    assert found.faults == []
    assert (found.cuts, found.lost) == (CUTS, 0)
    assert found.acknowledged > CUTS
    assert found.with_journal > CUTS // 5


@pytest.mark.parametrize("mode", journal_modes())
def test_the_simulated_disk_loses_what_is_not_synced(session: Session, tmp_path: Path, mode: str) -> None:
    found = power_cuts(tmp_path, session, mode, 10, seed=1, synchronous="OFF")
    assert found.lost > 0
