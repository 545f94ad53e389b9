"""Disks that are full or fail in the middle of saving, merging, backing up and exporting: said, and nothing lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import faults

EACH = int(os.environ.get("DOUBLEREAD_TEST_FAULTS", "1"))
"""How many of the calls of each kind are made to fail; 0 for all of them (`python -m benchmarks faults`)."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "prepared"
    faults.prepare(folder)
    return folder


@pytest.mark.skipif(not faults.can_trace(), reason="strace is not here, or may not look into programs")
@pytest.mark.parametrize("action", faults.ACTIONS)
def test_a_failing_disk_is_said_and_nothing_is_lost(prepared: Path, tmp_path: Path, action: str) -> None:
    counts = faults.counted(prepared, tmp_path, action)
    assert sum(counts.values()) > 3
    for call, count in counts.items():
        step = max(1, count // EACH) if EACH else 1
        for when in range(1 + count // 2 if EACH == 1 else 1, count + 1, step):
            faults.hit(prepared, tmp_path, faults.Hit(action, call, faults.ERRORS[when % 2], when))
