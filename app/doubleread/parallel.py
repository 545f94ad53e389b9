"""Pure work on several processors, by helper processes that get plain data and return plain data.

A helper is a new interpreter, never a fork: it works the same on every system, from any program and beside threads. It
gets neither a study file nor a key. Helpers are started only for work that takes longer than starting them, and their
starting process does its share. It also does what a helper could not, so that a lost helper costs time alone.

The pool of `concurrent.futures` would hand over this program's arguments, which name the study, its environment and
its terminal, and a lost process would fail all work.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import IO, Any, Self, TypeVar, cast

from doubleread.platform import child_options, clean_environment, enlarge_pipe, forbid_core_dumps, usable_cores

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

WORTH_SECONDS = 0.3
"""How long the work goes on in one process before helpers are started; starting one takes about as long."""

_MOST_HELPERS = 3
_QUEUED = 2
_MOST_WAITING = 32
_LENGTH = 8
_SWITCH_SECONDS = 0.0005
_PIPE_BYTES = 2**20


def batched(items: Iterable[Chunk], size: int) -> Iterator[list[Chunk]]:
    """Yield the items in lists of this size; the last one can be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class Helpers:
    """Helper processes, ended with the block. By default one for each processor but this process's own, at most 3."""

    def __init__(self, most: int | None = None, worth_seconds: float = WORTH_SECONDS) -> None:
        self._most = min(len(usable_cores()) - 1, _MOST_HELPERS) if most is None else most
        self._worth_seconds = worth_seconds
        self._helpers: list[_Helper] | None = None
        self._worked = 0.0
        self._switch_interval: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self._helpers or ():
            helper.end()
        if self._switch_interval is not None:
            sys.setswitchinterval(self._switch_interval)

    def map(self, work: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
        """Yield what `work` returns for each chunk, in order, and raise what it raises.

        `work` is a function of a module. Chunks and results are made of texts, numbers, bytes, None, lists, tuples,
        sets and dictionaries. A chunk should take some hundredths of a second.
        """
        waiting: deque[tuple[Chunk, Future[Any] | None, Any]] = deque()
        for chunk in chunks:
            helper = self._free()
            if helper is not None:
                waiting.append((chunk, helper.ask(work, chunk), None))
            else:
                started = time.perf_counter()
                waiting.append((chunk, None, work(chunk)))
                self._worked += time.perf_counter() - started
            while waiting and (len(waiting) > _MOST_WAITING or waiting[0][1] is None or waiting[0][1].done()):
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())

    def start(self) -> None:
        """Start the helpers now, before work that is known to be long."""
        if self._helpers is not None:
            return
        self._helpers = []
        # An interpreter is missing, for instance, in a program that was packed into one file.
        with contextlib.suppress(OSError):
            for _ in range(self._most):
                self._helpers.append(_Helper())
        if self._helpers:
            # A helper waits for the thread that talks to it, and that for the interpreter.
            self._switch_interval = sys.getswitchinterval()
            sys.setswitchinterval(_SWITCH_SECONDS)

    def _free(self) -> _Helper | None:
        """Return a helper that can take another chunk."""
        if self._helpers is None:
            if self._worked < self._worth_seconds:
                return None
            self.start()
        asked = {helper: helper.asked() for helper in self._helpers or () if not helper.lost}
        free = [helper for helper, count in asked.items() if count < _QUEUED]
        return min(free, key=asked.__getitem__, default=None)


def _result(work: Callable[[Chunk], Result], chunk: Chunk, asked: Future[Any] | None, done: Any) -> Result:
    if asked is None:
        return cast(Result, done)
    try:
        return cast(Result, asked.result()[0])
    except (OSError, EOFError, ValueError, LookupError):
        # What went wrong is found out, and raised, here.
        return work(chunk)


class _Helper:
    """A helper process, and the thread that talks to it. `lost` says that it no longer replies."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "doubleread.parallel"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            **child_options(),
        )
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            enlarge_pipe(pipe.fileno(), _PIPE_BYTES)
        self._thread = ThreadPoolExecutor(1, "helper")
        self._asked: list[Future[Any]] = []
        self.lost = False

    def ask(self, work: Callable[[Any], Any], chunk: object) -> Future[Any]:
        self._asked.append(self._thread.submit(self._answer, work, chunk))
        return self._asked[-1]

    def asked(self) -> int:
        """Return how many chunks it has not returned yet."""
        self._asked = [future for future in self._asked if not future.done()]
        return len(self._asked)

    def _answer(self, work: Callable[[Any], Any], chunk: object) -> Any:
        """Return a list with the result. Raises OSError, EOFError, ValueError or LookupError if there is none."""
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            _send(self._process.stdin, (work.__module__, work.__qualname__, chunk))
            found = _received(self._process.stdout)
        except (OSError, EOFError, ValueError):
            self.lost = True
            raise
        if not found:
            raise LookupError
        return found

    def end(self) -> None:
        self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def _send(pipe: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    pipe.write(len(data).to_bytes(_LENGTH, "little"))
    pipe.write(data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    """Return the next value. Raises EOFError at the end."""
    return marshal.loads(_whole(pipe, int.from_bytes(_whole(pipe, _LENGTH), "little")))


def _whole(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _help() -> None:
    """Work until the process that started this one ends or closes the pipe."""
    forbid_core_dumps()
    asks, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever prints must not reach the pipe.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(EOFError, OSError):
        while True:
            module, name, chunk = _received(asks)
            try:
                result = [getattr(import_module(module), name)(chunk)]
            except Exception:  # the starting process does it again, and raises the error
                result = []
            _send(answers, result)


if __name__ == "__main__":
    _help()
