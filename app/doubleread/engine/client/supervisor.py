"""Supervise a worker: start it, send requests, watch it, and restart it when it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Literal

from doubleread.engine.client.deaths import Death, explain
from doubleread.engine.client.protocol import (
    Alive,
    AskLikelihood,
    Cancel,
    Chunk,
    Died,
    Embed,
    Embedded,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Load,
    Loaded,
    encode,
)
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.worker_process import WorkerProcess
from doubleread.engine.strict_json import ProtocolError

EngineState = Literal["starting", "ready", "failed", "died", "stopped"]
WATCH_SECONDS = 0.25

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


class EngineProcess:
    """One model in a process of its own. Every method returns at once and may be called from any thread.

    `on_event` gets all events except heartbeats, one at a time, from a thread of this object. It must not block for
    long, and may call the methods here. A request ends in exactly one way: with its result (Finished, Likelihoods or
    Embedded), with a Failed of its id, or with a Died that names it. `state` is "starting" until the model is loaded,
    "failed" if it cannot be loaded, and "died" after its process ended unasked; `restart` works in every state.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        settings: EngineSettings,
        on_event: Callable[[Event], None],
        name: str = "model",
    ) -> None:
        """Prepare it; nothing is started yet."""
        self.name = name
        self._load = Load.of(os.fspath(model_path), settings)
        self._settings = settings
        self._on_event = on_event
        self._state: EngineState = "stopped"
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None
        self._worker: WorkerProcess | None = None
        self._pending: dict[str, Generate | AskLikelihood | Embed] = {}
        self._finished = False
        self._tokens_before = 0
        self._watched = time.monotonic()

    @property
    def state(self) -> EngineState:
        """What the worker is doing."""
        return self._state

    @property
    def pid(self) -> int | None:
        """The worker's process id while it lives."""
        worker = self._worker
        return worker.pid if worker is not None else None

    @property
    def tokens_made(self) -> int:
        """How many tokens its workers have generated so far, by their heartbeats, which come twice a second."""
        worker = self._worker
        return self._tokens_before + (worker.tokens if worker is not None else 0)

    def start(self) -> None:
        """Start the worker and load the model. Does nothing while one is running."""
        self._order(self._start)

    def restart(self) -> None:
        """Restart the worker after its death, or replace a running one, whose requests end with a Died."""
        self._order(self._restart)

    def generate(self, request: Generate) -> None:
        """Ask for an answer. While the model is being loaded, requests wait."""
        self._order(lambda: self._ask(request))

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask how likely continuations are. While the model is being loaded, requests wait."""
        self._order(lambda: self._ask(request))

    def embed(self, request: Embed) -> None:
        """Ask for the vectors of texts, of a model loaded with `embeds`."""
        self._order(lambda: self._ask(request))

    def cancel(self, request_id: str) -> None:
        """Give a request up; it ends with a Finished whose reason is "cancelled" unless it has already ended."""
        self._order(lambda: self._cancel(request_id))

    def stop(self, timeout: float = 2.0) -> None:
        """End the worker for good; no further events come. Waits for at most about `timeout` seconds."""
        with self._lock:
            keeper = self._keeper
            self._finished = True
        if keeper is None or not keeper.is_alive():
            self._state = "stopped"
            return
        self._orders.put(lambda: self._stop(timeout))
        if keeper is not threading.current_thread():
            keeper.join(timeout + 1.0)

    def _order(self, order: Callable[[], None]) -> None:
        with self._lock:
            if self._finished:
                return
            if self._keeper is None:
                self._state = "starting"
                self._keeper = threading.Thread(target=self._run, daemon=True, name=f"engine {self.name}")
                self._keeper.start()
            self._orders.put(order)

    def _run(self) -> None:
        """Run the keeper's loop: it alone changes the state and calls `on_event`."""
        while True:
            try:
                order = self._orders.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                order = None
            if order is not None:
                order()
            if self._state == "stopped" and self._finished:
                return
            self._watch()

    def _start(self) -> None:
        if self._worker is not None:
            return
        self._state = "starting"
        worker = WorkerProcess(self.name, self._settings.memory_limit)
        worker.listen(
            lambda event: self._orders.put(lambda: self._on_message(worker, event)),
            lambda: self._orders.put(lambda: self._on_end(worker)),
        )
        try:
            worker.start()
        except OSError as error:
            worker.clean_up()
            self._report(explain(None, str(error)), None)
            return
        self._worker = worker
        worker.send(encode(self._load))

    def _restart(self) -> None:
        if self._worker is not None:
            worker = self._detach()
            worker.kill()
            if self._pending:
                self._report(Death("The model was started again", "at your request", "ask for the answers again"), None)
        self._start()

    def _ask(self, request: Generate | AskLikelihood | Embed) -> None:
        if request.request_id in self._pending:
            self._emit(Failed(request.request_id, "Request refused", "its id is already in use", "use another id"))
        elif self._worker is None:
            self._emit(
                Failed(request.request_id, "The model is not running", f"it has {self._state}", "start it again")
            )
        else:
            try:
                line = encode(request)
            except ProtocolError as error:
                self._emit(Failed(request.request_id, "Prompt too long", str(error), "shorten the case or the prompt"))
                return
            self._pending[request.request_id] = request
            if self._state == "ready":
                self._worker.send(line)

    def _cancel(self, request_id: str) -> None:
        if request_id not in self._pending or self._worker is None:
            return
        if self._state == "ready":
            self._worker.send(encode(Cancel(request_id)))
        else:
            del self._pending[request_id]
            self._emit(Finished(request_id, "", "cancelled"))

    def _stop(self, timeout: float) -> None:
        if self._worker is not None:
            self._worker.end(timeout)
            self._worker.clean_up()
            self._detach()
        self._pending.clear()
        self._state = "stopped"

    def _on_message(self, worker: WorkerProcess, event: Event) -> None:
        if worker is not self._worker:
            return
        match event:
            case Alive():
                return
            case Loaded():
                self._state = "ready"
                for request in self._pending.values():
                    worker.send(encode(request))
            case Failed(request_id=None):
                self._state = "failed"
                self._emit(event)
                for request_id in [*self._pending]:
                    del self._pending[request_id]
                    self._emit(Failed(request_id, event.title, event.happened, event.remedy))
                return
            case Finished() | Likelihoods() | Embedded() | Failed() if event.request_id is not None:
                if self._pending.pop(event.request_id, None) is None:
                    return
            case Chunk():
                if event.request_id not in self._pending:
                    return
            case _:
                return
        self._emit(event)

    def _on_end(self, worker: WorkerProcess) -> None:
        """Handle the end of a worker's output: it is dead, or about to be."""
        code, log = worker.end(1.0), worker.log_tail()
        worker.clean_up()
        if worker is not self._worker:
            return
        self._detach()
        if self._state == "failed":
            return
        death = explain(
            code,
            log,
            hang=worker.hang,
            memory_limit=self._settings.memory_limit,
            out_of_memory=worker.killed_for_memory(),
        )
        self._report(death, code)

    def _detach(self) -> WorkerProcess:
        """Forget the worker, and add up its tokens."""
        assert self._worker is not None
        worker, self._worker = self._worker, None
        self._tokens_before += worker.tokens
        return worker

    def _report(self, death: Death, code: int | None) -> None:
        lost = tuple(self._pending)
        self._pending.clear()
        self._state = "died"
        self._emit(Died(death.title, death.happened, death.remedy, code, lost))

    def _emit(self, event: Event) -> None:
        if self._finished:
            return
        try:
            self._on_event(event)
        except Exception:
            _LOG.exception("on_event failed for %s", type(event).__name__)

    def _watch(self) -> None:
        """End a worker that hangs. After a pause of this process itself, the worker gets a fresh start."""
        now = time.monotonic()
        paused, self._watched = now - self._watched > 2.0, now
        worker = self._worker
        if worker is None or worker.hang:
            return
        if paused:
            worker.heard_at = now
            return
        silence = now - worker.heard_at
        busy = self._state == "starting" or bool(self._pending)
        # Before its first message Python itself may be starting, which takes long on a busy or slow machine.
        patience = self._settings.silence_seconds if worker.spoke else self._settings.hang_seconds
        if silence > patience:
            worker.hang = f"it did not respond for {silence:.0f} seconds"
        elif busy and worker.progress_age > self._settings.hang_seconds:
            worker.hang = f"it made no progress for {worker.progress_age:.0f} seconds"
        if worker.hang:
            with contextlib.suppress(OSError):
                worker.kill()
