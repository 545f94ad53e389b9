"""Cancel a request from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """A request's order to stop. It can be given from any thread, once and for all."""

    def __init__(self) -> None:
        self._given = threading.Event()
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    @property
    def given(self) -> bool:
        """Whether the request was cancelled."""
        return self._given.is_set()

    def cancel(self) -> None:
        """Cancel the request."""
        with self._lock:
            self._given.set()
            actions = list(self._actions)
        for action in actions:
            action()

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the order is given."""
        self._given.wait(seconds)

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """Have `action` called when the request is cancelled meanwhile, and at once if it already is."""
        with self._lock:
            self._actions.append(action)
            given = self._given.is_set()
        try:
            if given:
                action()
            yield
        finally:
            with self._lock:
                self._actions.remove(action)
