"""What runs inside the workers of a Dask cluster: one engine process for each model, many answers at a time.

The functions below are called by Dask. They take and return bytes and never raise, because Dask logs the arguments of a
function that raises, and these hold the words of the cases.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from doubleread.engine.client.protocol import (
    AskLikelihood,
    Chunk,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Loaded,
    decode_request,
    encode,
)
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.cluster.messages import Assignment, ModelWanted, Prepared, Refusal
from doubleread.engine.cluster.model_search import find_file, search_folders
from doubleread.engine.planning.devices import Machine, machine
from doubleread.engine.planning.memory_plan import EnginesPlan
from doubleread.engine.planning.plan import Wanted
from doubleread.engine.planning.study_plan import plan_for_study
from doubleread.engine.strict_json import dumps, loads
from doubleread.errors import DoublereadError

LEASE_SECONDS = 120.0
"""A run that has not been heard of for so long has lost its home: its engines are ended, and free their memory."""

FORGOTTEN = b""
"""The reply of a worker that does not know the run: it was restarted, or did not hear of the run for too long."""

_WATCH_SECONDS = 5.0
_ENDED = Died("The run ended", "its engines on this worker were ended", "run the same command again")

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class HostedEngine:
    """One model's engine process, whose events end the waits of the threads that asked."""

    def __init__(self, path: str, settings: EngineSettings) -> None:
        self._lock = threading.Lock()
        self._loading: Future[Event] = Future()
        self._asked: dict[str, Future[Event]] = {}
        self._dead = _ENDED
        self._alive = False
        self._engine = EngineProcess(path, settings, self._hear)

    @property
    def tokens_made(self) -> int:
        """How many tokens it has generated."""
        return self._engine.tokens_made

    @property
    def asked(self) -> list[str]:
        """The ids of the requests that it has."""
        with self._lock:
            return [*self._asked]

    @property
    def pid(self) -> int | None:
        """The process's id while it lives."""
        return self._engine.pid

    def load(self) -> Event:
        """Start the process, again if it died; return Loaded, Failed or Died."""
        loading: Future[Event] = Future()
        with self._lock:
            self._loading = loading
            self._alive = True
        self._engine.restart()
        return loading.result()

    def answer(self, request: Generate | AskLikelihood) -> Event:
        """Return what a request ends in: a Died if the process has ended."""
        ended: Future[Event] = Future()
        with self._lock:
            if not self._alive:
                return self._dead
            self._asked[request.request_id] = ended
        if isinstance(request, Generate):
            self._engine.generate(request)
        else:
            self._engine.ask_likelihood(request)
        return ended.result()

    def stop(self) -> None:
        """End the process and all waits."""
        self._engine.stop()
        self._end_all(_ENDED)

    def _hear(self, event: Event) -> None:
        match event:
            case Loaded() | Failed(request_id=None):
                self._set(self._loading, event)
            case Finished() | Likelihoods() | Failed() if event.request_id is not None:
                with self._lock:
                    ended = self._asked.pop(event.request_id, None)
                if ended is not None:
                    self._set(ended, event)
            case Died():
                self._end_all(event)
            case Chunk():
                pass

    def _end_all(self, event: Died) -> None:
        with self._lock:
            self._alive, self._dead = False, event
            waiting, self._asked = [self._loading, *self._asked.values()], {}
        for future in waiting:
            self._set(future, event)

    @staticmethod
    def _set(future: Future[Event], event: Event) -> None:
        if not future.done():
            future.set_result(event)


class HostedRun:
    """A run's models on this worker: their plan, and the engines that are loaded."""

    def __init__(self, assignment: Assignment, resources: Machine) -> None:
        self._assignment = assignment
        self._resources = resources
        self._lock = threading.Lock()
        self._plan: dict[str, tuple[str, EngineSettings]] = {}
        self._engines: dict[str, HostedEngine] = {}
        self._ended = threading.Event()
        self.heard_at = time.monotonic()

    def prepare(self) -> Prepared:
        """Find the files and plan the models that are here."""
        threading.Thread(target=self._watch, daemon=True, name="watch the run").start()
        here: list[tuple[ModelWanted, Wanted]] = []
        refused: dict[str, Refusal] = {}
        for model in self._assignment.models:
            try:
                here.append((model, self._found(model)))
            except DoublereadError as error:
                refused[model.key] = _refusal(error)
        plan = self._planned(here, refused) if here else None
        if plan is not None:
            for (model, _), placed in zip(here, plan.models, strict=True):
                self._plan[model.key] = (placed.shape.path, placed.settings)
        return Prepared(_label(), plan is not None and plan.sequential, refused)

    def load(self, key: str) -> Event:
        """Load a model, or load it again."""
        with self._lock:
            if self._ended.is_set():
                return _ENDED
            if key not in self._engines:
                self._engines[key] = HostedEngine(*self._plan[key])
            engine = self._engines[key]
        return engine.load()

    def answer(self, key: str, request: Generate | AskLikelihood) -> Event:
        """Return what a request ends in."""
        engine = self._engines.get(key)
        return _ENDED if engine is None else engine.answer(request)

    def unload(self, key: str) -> None:
        """End a model's process."""
        with self._lock:
            engine = self._engines.pop(key, None)
        if engine is not None:
            engine.stop()

    def state(self) -> dict[str, tuple[int, list[str]]]:
        """Return each loaded model's tokens so far and its requests. The run is alive where this is asked."""
        self.heard_at = time.monotonic()
        return {key: (engine.tokens_made, engine.asked) for key, engine in [*self._engines.items()]}

    def end(self) -> None:
        """End all processes."""
        with self._lock:
            self._ended.set()
            engines, self._engines = self._engines, {}
        threads = [threading.Thread(target=engine.stop, name="end an engine") for engine in engines.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _found(self, model: ModelWanted) -> Wanted:
        folders = search_folders(self._assignment.folders)
        path = find_file(model.path, model.sha256, model.file_bytes, folders)
        adapters = tuple(
            replace(adapter, path=str(find_file(adapter.path, adapter.sha256, 0, folders)))
            for adapter in model.adapters
        )
        return Wanted(str(path), model.n_ctx, model.typical_tokens, model.chat_template, adapters)

    def _planned(self, here: list[tuple[ModelWanted, Wanted]], refused: dict[str, Refusal]) -> EnginesPlan | None:
        try:
            return plan_for_study(
                [wanted for _, wanted in here],
                self._assignment.conditions,
                begin_alike=lambda: self._assignment.begin_alike,
                threads=[model.threads for model, _ in here],
                here=self._resources,
            )
        except DoublereadError as error:
            refused |= {model.key: _refusal(error) for model, _ in here}
            return None

    def _watch(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS):
            if time.monotonic() - self.heard_at > LEASE_SECONDS:
                end_now(self._assignment.run_id)


_RUNS: dict[str, HostedRun] = {}


def prepare(line: bytes) -> bytes:
    """Take on a run; return the line of a Prepared, whose reason not to run a model may be under the key ""."""
    try:
        _leave_the_pool()
        assignment: Assignment = loads(line, Assignment)
        end_now(assignment.run_id)
        run = _RUNS[assignment.run_id] = HostedRun(assignment, _own_part(machine()))
        return dumps(run.prepare())
    except Exception as error:
        _LOG.exception("a run could not be prepared")
        bug = _bug(error)
        return dumps(Prepared(_label(), refused={"": Refusal(bug.title, bug.happened)}))


def load(run_id: str, key: str) -> bytes:
    """Load a model; return the line of a Loaded, a Failed or a Died, or FORGOTTEN."""
    return _event_of(run_id, lambda run: run.load(key))


def answer(run_id: str, key: str, line: bytes) -> bytes:
    """Return the line of what a request ends in, of a Died if its engine has ended, or FORGOTTEN."""
    return _event_of(run_id, lambda run: run.answer(key, _question(line)))


def unload(run_id: str, key: str) -> bytes:
    """End a model's process."""
    if run := _RUNS.get(run_id):
        run.unload(key)
    return b""


def state(run_id: str) -> dict[str, tuple[int, list[str]]]:
    """Return each model's tokens so far and the ids of the requests that it has; this keeps the run alive."""
    return run.state() if (run := _RUNS.get(run_id)) else {}


async def end(run_id: str) -> None:
    """End a run's processes, without blocking the worker's event loop."""
    await asyncio.to_thread(end_now, run_id)


def end_now(run_id: str) -> None:
    """End a run's processes."""
    if run := _RUNS.pop(run_id, None):
        run.end()


def _event_of(run_id: str, work: Callable[[HostedRun], Event]) -> bytes:
    try:
        _leave_the_pool()
        run = _RUNS.get(run_id)
        if run is None:
            return FORGOTTEN
        return encode(work(run))
    except Exception as error:
        _LOG.exception("a request failed")
        return encode(_bug(error))


def _question(line: bytes) -> Generate | AskLikelihood:
    request = decode_request(line)
    if not isinstance(request, Generate | AskLikelihood):
        raise TypeError(f"{type(request).__name__} is no question")
    return request


def _bug(error: Exception) -> Failed:
    return Failed(None, "Cluster worker failed", f"the program failed because of a bug ({type(error).__name__})")


def _leave_the_pool() -> None:
    """Let Dask start another task beside this one: a worker has few threads, and answers mostly wait."""
    from distributed import secede

    secede()


def _own_part(here: Machine) -> Machine:
    """Return the part of this machine that was given to this Dask worker, by its --nthreads and --memory-limit."""
    from distributed import get_worker

    worker = get_worker()
    quota = float(worker.state.nthreads)
    limit: int | None = worker.memory_manager.memory_limit
    free = here.free_memory
    return replace(
        here,
        quota=quota if here.quota is None else min(quota, here.quota),
        free_memory=limit if free is None else free if not limit else min(limit, free),
    )


def _label() -> str:
    """Return what stands for this machine in manifests, which tells machines apart and does not name them."""
    return hashlib.sha256(platform.node().encode("utf-8", "replace")).hexdigest()[:8]


def _refusal(error: DoublereadError) -> Refusal:
    return Refusal(error.title, error.happened, error.remedy)
