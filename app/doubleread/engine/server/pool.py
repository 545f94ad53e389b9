"""Ask a server for several answers in parallel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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

    `on_event` gets the request's id and each event, in order, always from one thread. It may call the pool.
    """

    def __init__(self, client: ServerClient, n_parallel: int, on_event: Callable[[str, PoolEvent], None]) -> None:
        self._client = client
        self._on_event = on_event
        self._executor = ThreadPoolExecutor(n_parallel, thread_name_prefix="server request")
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()
        self._events: queue.SimpleQueue[tuple[str, PoolEvent] | None] = queue.SimpleQueue()
        self._stopped = False
        self._teller = threading.Thread(target=self._tell, name="server events", daemon=True)
        self._teller.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, request: ServerRequest) -> None:
        """Ask for an answer. Raises ValueError for an id that is in use, RuntimeError after `stop`."""
        with self._lock:
            if self._stopped:
                raise RuntimeError("the pool is stopped")
            if request.request_id in self._asked:
                raise ValueError(f"request {request.request_id!r} was already made")
            asked = self._asked[request.request_id] = _Asked(request)
            self._executor.submit(self._answer, asked)

    def cancel(self, request_id: str) -> None:
        """Give a request up; its AnswerCancelled comes at once. Ids that are unknown or done are ignored."""
        with self._lock:
            asked = self._asked.get(request_id)
        if asked is not None:
            self._put(asked, AnswerCancelled())
            asked.cancellation.cancel()

    def stop(self) -> None:
        """Cancel all requests and end. All events are delivered before this returns, unless `on_event` calls it."""
        with self._lock:
            self._stopped = True
            waiting = list(self._asked)
        for request_id in waiting:
            self.cancel(request_id)
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._events.put(None)
        if threading.current_thread() is not self._teller:
            self._teller.join()

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
            self._events.put((asked.request.request_id, event))

    def _tell(self) -> None:
        while (item := self._events.get()) is not None:
            self._on_event(*item)


@dataclass(slots=True, eq=False)
class _Asked:
    request: ServerRequest
    cancellation: Cancellation = field(default_factory=Cancellation)
