"""Garbage is collected while the person rests, not between two keys."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from doubleread.tui.shared.idle_collection import IDLE_SECONDS, LONGEST_SECONDS, IdleCollection


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The times at which everything was collected."""
    times: list[float] = []
    monkeypatch.setattr(gc, "collect", lambda: times.append(clock.now))
    clock.now = 0.0
    yield times
    gc.unfreeze()


clock = Clock()


def test_collects_once_after_each_pause(collected: list[float]) -> None:
    memory = IdleCollection(clock)
    memory.begin()
    for second in range(1, 11):
        clock.now = float(second)
        if second <= 3 or second == 8:
            memory.note_activity()
        memory.look()
    memory.end()
    assert collected == [3 + IDLE_SECONDS, 8 + IDLE_SECONDS]


def test_collects_at_last_without_a_pause(collected: list[float]) -> None:
    memory = IdleCollection(clock)
    memory.begin()
    while clock.now < LONGEST_SECONDS + 1:
        clock.now += 1
        memory.note_activity()
        memory.look()
    memory.end()
    assert collected == [LONGEST_SECONDS]


def test_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    memory = IdleCollection(clock)
    memory.begin()
    assert gc.isenabled()
    assert gc.get_threshold() != before
    memory.end()
    memory.end()
    assert gc.get_threshold() == before
