"""Run code that may never end, such as an untrusted template, with a time limit."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress


class OutOfTimeError(Exception):
    """The code did not finish in time."""


class _Interrupted(BaseException):
    """Ends a thread between two of its steps, past any `except Exception`."""


_Task = tuple[Callable[[], str], "Future[str]"]


class TimeLimit:
    """Runs functions one after the other in a thread of its own, each for a limited time. One caller at a time.

    The thread is started in advance, because starting one fails when memory is short. It is no executor's: Python waits
    for those at exit, and a function that does not end would keep the program alive.
    """

    def __init__(self) -> None:
        self._renew()

    def run(self, function: Callable[[], str], seconds: float) -> str:
        """Return the function's result or raise its error. Raises OutOfTimeError if it takes longer."""
        future: Future[str] = Future()
        self._tasks.put((function, future))
        if not wait([future], seconds).done:
            self._abandon()
            raise OutOfTimeError(f"did not finish within {seconds:g} seconds")
        return future.result()

    def _abandon(self) -> None:
        """Interrupt the thread and leave it. The interruption may reach it late, so it gets no more to do."""
        interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc
        interrupt(ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(_Interrupted))
        self._tasks.put(None)
        self._renew()

    def _renew(self) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=_work, args=(self._tasks,), daemon=True, name="time limit")
        self._thread.start()


def _work(tasks: queue.SimpleQueue[_Task | None]) -> None:
    with suppress(_Interrupted):
        while (task := tasks.get()) is not None:
            function, future = task
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)
