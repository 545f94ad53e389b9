from __future__ import annotations

from pathlib import Path

import pytest

from tui.studies import OneStudyLibrary, make_study


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_study(tmp_path / "trial.doubleread")


@pytest.fixture
def library(path: Path) -> OneStudyLibrary:
    return OneStudyLibrary(path)


@pytest.fixture
def live(tmp_path: Path) -> OneStudyLibrary:
    """A study without answers, whose two models wait for the test to say what they write."""
    return OneStudyLibrary(make_study(tmp_path / "live.doubleread", answered=()), live=True)
