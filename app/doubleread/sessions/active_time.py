"""The time that a person spends on a case, without pauses."""

from __future__ import annotations

from collections.abc import Callable

SAVED_EVERY = 30.0
"""Seconds after which what was counted is to be written down."""


class ActiveTime:
    """Counts seconds between things done; of a pause only the first `idle_seconds` count. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float], idle_seconds: float) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._last_touch: float | None = None
        self._counted = 0.0

    @property
    def unsaved(self) -> float:
        """Seconds that are not written down yet."""
        return self._counted + self._pause()

    @property
    def due(self) -> bool:
        """Whether it is time to write down what was counted."""
        return self.unsaved >= SAVED_EVERY

    def begin(self) -> None:
        """Begin at nothing."""
        self._counted = 0.0
        self._last_touch = self._clock()

    def touch(self) -> None:
        """Take note that something was done."""
        self._counted += self._pause()
        self._last_touch = self._clock()

    def saved(self, seconds: float) -> None:
        """Take note that so many seconds were written down."""
        self.touch()
        self._counted = max(self._counted - seconds, 0.0)

    def end(self) -> None:
        """Stop counting."""
        self._counted = 0.0
        self._last_touch = None

    def _pause(self) -> float:
        return 0.0 if self._last_touch is None else min(self._clock() - self._last_touch, self._idle_seconds)
