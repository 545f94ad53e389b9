"""Show how far long work is, on standard error: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from doubleread.console import console, note
from doubleread.progress import Progress

_BAR_SECONDS = 0.5
_LINE_SECONDS = 10.0


@contextmanager
def steps_shown() -> Iterator[Progress]:
    """Yield a function that shows how far the work is. Work that is done at once shows nothing."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import Progress

    bars = Progress(console=console(stderr=True), transient=True)
    task = bars.add_task("", total=None)
    started = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        if time.monotonic() - started >= _BAR_SECONDS and not bars.live.is_started:
            bars.start()
        bars.update(task, description=what, completed=done, total=total)

    try:
        yield tell
    finally:
        bars.stop()


def _lines() -> Progress:
    told = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _LINE_SECONDS:
            told = time.monotonic()
            note(f"{what}: {done} of {total}")

    return tell
