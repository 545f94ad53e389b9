"""Actions that cannot be saved yet, because another program keeps the study file locked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from doubleread.errors import StudyBusyError

LOCKED = "the file is locked by another program"
GIVE_UP = 10.0
"""Seconds after which a waiting action is reported as not saved. It stays a draft and is retried."""

SLICE = 0.2
"""Maximum seconds that the screen may block while saving."""

SELDOM = 2.0
"""Seconds between two retries after an action was reported as not saved."""


Save = Callable[[], Callable[[], None] | None]
"""Saves something and returns what to do afterwards. Raises StudyBusyError if it must wait."""


class Unsaved:
    """The waiting actions, in the order in which they were taken. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Save] = deque()
        self._since: float | None = None
        self._tried = 0.0
        self._working = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def working(self) -> bool:
        """Whether the actions are being saved now. One that is added meanwhile is saved with them."""
        return self._working

    @property
    def given_up(self) -> bool:
        """Whether the first action has waited so long that it is reported as not saved."""
        return self._since is not None and self._clock() - self._since >= GIVE_UP

    @property
    def due(self) -> bool:
        """Whether it is time to try again: often at first, later less often."""
        return bool(self._waiting) and self._clock() - self._tried >= (SELDOM if self.given_up else SLICE)

    def words(self, key: str) -> str:
        """Return the state of what waits, or an empty string if nothing waits. `key` tries again."""
        if not self._waiting:
            return ""
        if not self.given_up:
            return f"saving ... {LOCKED}"
        return f"NOT SAVED: {LOCKED}" + (f"; {key} tries again" if key else "")

    def add(self, save: Save) -> None:
        """Add an action to the end of the queue."""
        self._waiting.append(save)

    def work_off(self) -> bool:
        """Save the waiting actions in order until one must wait again. Return whether all are saved."""
        if self._working:
            # An action that follows from the one being saved waits for its turn.
            return False
        self._working = True
        try:
            while self._waiting:
                self._tried = self._clock()
                try:
                    then = self._waiting[0]()
                except StudyBusyError:
                    self._since = self._tried if self._since is None else self._since
                    return False
                self._waiting.popleft()
                self._since = None
                if then is not None:
                    then()
        finally:
            self._working = False
        return True
