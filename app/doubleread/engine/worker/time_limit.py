"""Run code that may never end, such as an untrusted template, with a time limit."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable


class OutOfTimeError(Exception):
    """The code did not come to an end in time."""


class _Interrupted(BaseException):
    """Ends a thread between two of its steps; `except Exception` does not stop it."""


_Task = Callable[[], str]
_Result = tuple[str | None, BaseException | None]


class TimeLimit:
    """Runs functions one after the other in a thread of its own, each for a limited time.

    The thread is made beforehand, because making one is what fails when memory is short. One caller at a time.
    """

    def __init__(self) -> None:
        self._renew()

    def run(self, function: _Task, seconds: float) -> str:
        """Return the function's result or raise its error. Raises OutOfTimeError where it takes longer."""
        self._tasks.put(function)
        try:
            text, error = self._results.get(timeout=seconds)
        except queue.Empty:
            self._abandon()
            raise OutOfTimeError(f"did not finish within {seconds:g} seconds") from None
        if error is not None:
            raise error
        return text or ""

    def _abandon(self) -> None:
        """Interrupt the thread and leave it; the interruption may reach it late, so it gets no more to do."""
        interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc
        interrupt(ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(_Interrupted))
        self._tasks.put(None)
        self._renew()

    def _renew(self) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
        arguments = (self._tasks, self._results)
        self._thread = threading.Thread(target=_work, args=arguments, daemon=True, name="time limit")
        self._thread.start()


def _work(tasks: queue.SimpleQueue[_Task | None], results: queue.SimpleQueue[_Result]) -> None:
    try:
        while (task := tasks.get()) is not None:
            try:
                results.put((task(), None))
            except Exception as error:
                results.put((None, error))
    except _Interrupted:
        pass
