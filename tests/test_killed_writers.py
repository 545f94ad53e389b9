"""kill -9 while two programs write to one study: the file opens, holds, and has everything that was acknowledged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from killed_writers import killed_writers

KILLS = int(os.environ.get("DOUBLEREAD_TEST_WRITER_KILLS", "40"))

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and signals"),
    pytest.mark.timeout(300 + 2 * KILLS),
]


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    found = killed_writers(tmp_path, KILLS, seed=KILLS)
    assert found.faults == []
    assert (found.kills, found.lost) == (KILLS, 0)
    assert found.acknowledged > KILLS
    assert found.unacknowledged <= KILLS


def test_what_is_acknowledged_too_early_is_missed(tmp_path: Path) -> None:
    """The kills strike where it hurts: in the middle of a save."""
    assert killed_writers(tmp_path, 20, seed=5, early=True).lost > 0
