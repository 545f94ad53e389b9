"""Waiting for what other threads and programs do: for a condition, with a limit that no busy machine reaches."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which something that was to happen counts as a failure."""


def until(true: Callable[[], object], pause: float = 0.002) -> None:
    """Wait until something is true; look every `pause` seconds."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(pause)
