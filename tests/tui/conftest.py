from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from tui.standing_clock import StandingClock
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


@pytest.fixture
def snap_compare(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Compare pictures in which time plays no part: every key, and the picture, waits until the screen is at rest."""
    clock = StandingClock(monkeypatch)

    def compare(app: App[Any], *, press: Iterable[str] = (), run_before: Any = None, **options: Any) -> bool:
        async def drive(pilot: Pilot[Any]) -> None:
            await clock.settle(pilot)
            if run_before is not None:
                await run_before(pilot)
            for key in press:
                await pilot.press(key)
                await clock.settle(pilot)
            await clock.settle(pilot)

        return bool(snap_compare(app, run_before=drive, **options))

    return compare
