"""Ending the program after a signal or a fault in a thread: work is saved, the terminal restored."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from doubleread.platform import END_SIGNALS, exit_code_of_signal
from doubleread.tui.app import DoublereadApp

PATIENCE = 8.0
"""Seconds after which a program that was told to end, but has not, is killed."""

RESTORED = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h"
)
"""Mouse, paste, focus and kitty keys off, the alternate screen left, cursor and line wrapping on."""


@contextlib.contextmanager
def ended_from_outside(app: DoublereadApp) -> Iterator[None]:
    """End the app in good order after a signal or a fault in a thread, while the block runs it.

    A second signal, or `PATIENCE`, ends a program that hangs: the terminal is restored, but what was typed last may not
    be saved. Call this in the main thread.
    """
    told: list[int] = []

    def end(number: int, _frame: Any) -> None:
        if told:
            _end_now(exit_code_of_signal(number))
        told.append(number)
        _watch(lambda: _end_now(exit_code_of_signal(number)))
        app.end_soon(lambda: app.end(exit_code_of_signal(number)))

    def fault(failed: threading.ExceptHookArgs) -> None:
        if isinstance(failed.exc_value, Exception):
            error = failed.exc_value
            if isinstance(error, OSError):
                # The terminal may be gone, and then nothing can be written to it either.
                _watch(lambda: _end_now(1))
            app.end_soon(lambda: app.fail(error))

    hook = threading.excepthook
    before = {
        number: signal.signal(number, end) for number in END_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN
    }
    threading.excepthook = fault
    try:
        yield
    finally:
        threading.excepthook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(late: Callable[[], None]) -> None:
    timer = threading.Timer(PATIENCE, late)
    timer.daemon = True
    timer.start()


def _end_now(code: int) -> None:
    with contextlib.suppress(OSError):
        os.write(2, RESTORED)
    os._exit(code)
