"""Garbage collection while nobody presses a key: a full one takes tens of milliseconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

LOOK_SECONDS = 1.0
IDLE_SECONDS = 2.0
LONGEST_SECONDS = 300.0
"""After so many seconds without a pause, memory matters more than one late key."""
_NEVER = 1_000_000


class IdleCollection:
    """Collects the oldest generation when the person rests. The younger ones, which are quick, are left to Python."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._active_at = self._collected_at = clock()
        self._thresholds = gc.get_threshold()
        self._begun = False

    def begin(self) -> None:
        """Exempt what is loaded so far from garbage collection: it stays."""
        self._begun = True
        self._thresholds = gc.get_threshold()
        gc.freeze()
        gc.enable()
        gc.set_threshold(*self._thresholds[:2], _NEVER)

    def end(self) -> None:
        """Leave everything to Python again."""
        if self._begun:
            self._begun = False
            gc.set_threshold(*self._thresholds)

    def note_activity(self) -> None:
        """Note that the person did something."""
        self._active_at = self._clock()

    def look(self) -> None:
        """Collect if the person rests and has done something since the last time. Call this every second."""
        now = self._clock()
        rests = now - self._active_at >= IDLE_SECONDS and self._collected_at <= self._active_at
        if self._begun and (rests or now - self._collected_at >= LONGEST_SECONDS):
            self._collected_at = now
            gc.collect()
