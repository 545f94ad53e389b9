"""The active time of a person on a case, without pauses."""

from __future__ import annotations

from collections.abc import Callable

SAVED_EVERY = 30.0
"""Seconds after which counted time is stored."""


class ActiveTime:
    """Counts seconds between actions. Only the first `idle_seconds` of a pause count. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float], idle_seconds: float) -> None:
        self._clock = clock
        self.idle_seconds = idle_seconds
        self._last_touch: float | None = None
        self._counted = 0.0
        self._stored = 0.0
        self._stopped = False

    @property
    def in_all(self) -> float:
        """Seconds since the first start, stored or not."""
        return self._stored + self.unsaved

    @property
    def unsaved(self) -> float:
        """Seconds that are not stored yet."""
        return self._counted + self._pause()

    @property
    def to_save(self) -> float:
        """Unsaved seconds, rounded as they are stored."""
        return round(self.unsaved, 1)

    @property
    def due(self) -> bool:
        """Whether it is time to store what was counted."""
        return self.unsaved >= SAVED_EVERY

    def begin(self) -> None:
        """Start at zero."""
        self._counted = 0.0
        self._last_touch = self._clock()

    def touch(self) -> None:
        """Note that something was done."""
        self._counted += self._pause()
        self._last_touch = self._clock()

    def stop(self) -> None:
        """Count no time until `go_on`, whatever is done."""
        self.touch()
        self._stopped = True

    def go_on(self) -> None:
        """Count time again."""
        self.touch()
        self._stopped = False

    def saved(self, seconds: float) -> None:
        """Note that so many seconds were stored."""
        self.touch()
        self._stored += seconds
        self._counted = max(self._counted - seconds, 0.0)

    def end(self) -> None:
        """Stop counting."""
        self._counted = 0.0
        self._last_touch = None

    def _pause(self) -> float:
        if self._last_touch is None or self._stopped:
            return 0.0
        return min(self._clock() - self._last_touch, self.idle_seconds)
