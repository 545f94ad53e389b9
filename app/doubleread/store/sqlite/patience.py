"""How long a thread waits for a locked file before it reports that the file is in use."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from doubleread.errors import StudyBusyError

BUSY_SECONDS = 10.0
"""How long a thread waits by default."""

_of_thread = threading.local()


def patience() -> float:
    """Return the seconds that this thread waits for a locked file."""
    return float(getattr(_of_thread, "seconds", BUSY_SECONDS))


def set_patience(seconds: float | None) -> None:
    """Set how long this thread waits from now on; None for the default."""
    if seconds is None:
        vars(_of_thread).pop("seconds", None)
    else:
        _of_thread.seconds = seconds


@contextlib.contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Set how long this thread waits within the block."""
    before = getattr(_of_thread, "seconds", None)
    set_patience(seconds)
    try:
        yield
    finally:
        set_patience(before)


def in_use(path: Path) -> StudyBusyError:
    """Return the error for a file that stays locked."""
    return StudyBusyError(
        "The study is in use",
        f"another program keeps {path} locked",
        "this action was not saved; close the other program, or try again in a moment",
    )


class PatientLock:
    """A re-entrant lock around one connection, for which each thread waits its own time.

    `entered` is called when a thread acquires it. Raises StudyBusyError on a timeout: another thread of this program is
    then waiting for the file.
    """

    def __init__(self, path: Path, entered: Callable[[], None]) -> None:
        self._path = path
        self._entered = entered
        self._lock = threading.RLock()
        self._depth = 0

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=patience()):
            raise in_use(self._path)
        self._depth += 1
        if self._depth == 1:
            self._entered()

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1
        self._lock.release()
