from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.store import StudyFile
from store.making import ready_study


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trial.study"


@pytest.fixture
def study(path: Path) -> Iterator[StudyFile]:
    with ready_study(path) as made:
        yield made
