"""End a worker that cannot continue, with a log message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

EXIT_FAILURE = 1
EXIT_NOT_LOADED = 80
EXIT_MEMORY = 81
EXIT_PROTOCOL = 82


def leave(code: int) -> None:
    """End the process without tearing down threads that llama.cpp may still be using."""
    os._exit(code)


def fatal(function: Callable[[], None]) -> Callable[[], None]:
    """Wrap a function, usually a thread's, so that an error in it ends the process, not only the thread."""

    def guarded() -> None:
        try:
            function()
        except MemoryError:
            os.write(2, b"MemoryError: memory ran out\n")
            leave(EXIT_MEMORY)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            leave(EXIT_FAILURE)

    return guarded
