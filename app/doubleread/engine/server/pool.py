"""Ask a server for several answers in parallel."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.request import AnswerCancelled, ServerAnswer, ServerEvent, ServerRequest
from doubleread.errors import ServerError


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """There is no answer, and trying again does not help."""

    error: ServerError


PoolEvent = ServerEvent | AnswerFailed
"""A request ends with exactly one of ServerAnswer, AnswerCancelled and AnswerFailed."""


class RequestPool:
    """At most `n_parallel` requests at a time; the others wait in the order in which they were made.

    `on_event` gets the request's id and each event, in order, always from one thread. It may call the pool. All threads
    are daemons, so that a server that does not answer cannot hold up the end of the program.
    """

    def __init__(self, client: ServerClient, n_parallel: int, on_event: Callable[[str, PoolEvent], None]) -> None:
        self._client = client
        self._n_parallel = n_parallel
        self._on_event = on_event
        self._asked: dict[str, _Asked] = {}
        self._waiting: deque[_Asked] = deque()
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._workers = 0
        self._stopped = False
        self._events: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._teller: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, request: ServerRequest, *, first: bool = False) -> None:
        """Ask for an answer, with `first` before all requests that wait.

        Raises ValueError for an id that is in use, RuntimeError after `stop`.
        """
        with self._lock:
            if self._stopped:
                raise RuntimeError("the pool is stopped")
            if request.request_id in self._asked:
                raise ValueError(f"request {request.request_id!r} was already made")
            self._start_teller()
            asked = self._asked[request.request_id] = _Asked(request)
            (self._waiting.appendleft if first else self._waiting.append)(asked)
            if self._workers < self._n_parallel:
                self._workers += 1
                threading.Thread(target=self._run, name=f"server request {self._workers}", daemon=True).start()
            self._work.notify()

    def cancel(self, request_id: str) -> None:
        """Give a request up; its AnswerCancelled comes at once. Ids that are unknown or done are ignored."""
        with self._lock:
            asked = self._asked.get(request_id)
        if asked is not None:
            self._put(asked, AnswerCancelled())
            asked.cancellation.cancel()

    def post(self, action: Callable[[], None]) -> None:
        """Have something done by the thread that tells events, after those so far."""
        with self._lock:
            self._start_teller()
        self._events.put(action)

    def stop(self, timeout: float | None = None) -> None:
        """Cancel all requests and end.

        All events are delivered before this returns, unless that takes longer than `timeout` or `on_event` calls it.
        """
        with self._lock:
            self._stopped = True
            asked = list(self._asked)
            self._work.notify_all()
        for request_id in asked:
            self.cancel(request_id)
        self._events.put(None)
        if self._teller is not None and threading.current_thread() is not self._teller:
            self._teller.join(timeout)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._work.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                asked = self._waiting.popleft()
            self._answer(asked)

    def _answer(self, asked: _Asked) -> None:
        try:
            for event in self._client.answer(asked.request, asked.cancellation):
                self._put(asked, event)
        except ServerError as error:
            self._put(asked, AnswerFailed(error))
        except Exception as error:  # a request without an end would keep a run waiting for ever
            happened = f"the request failed because of a bug ({type(error).__name__})"
            self._put(asked, AnswerFailed(ServerError("Unexpected error", happened)))

    def _put(self, asked: _Asked, event: PoolEvent) -> None:
        """Pass an event on, unless the request has ended already."""
        with self._lock:
            if self._asked.get(asked.request.request_id) is not asked:
                return
            if isinstance(event, ServerAnswer | AnswerCancelled | AnswerFailed):
                del self._asked[asked.request.request_id]
            self._events.put(partial(self._on_event, asked.request.request_id, event))

    def _start_teller(self) -> None:
        if self._teller is None:
            self._teller = threading.Thread(target=self._tell, name="server events", daemon=True)
            self._teller.start()

    def _tell(self) -> None:
        while (action := self._events.get()) is not None:
            action()


@dataclass(slots=True, eq=False)
class _Asked:
    request: ServerRequest
    cancellation: Cancellation = field(default_factory=Cancellation)
