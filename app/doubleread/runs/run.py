"""What every run over the models of a study does: start, restart, take turns, save, report progress, stop."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from doubleread.domain.drafts import ArmProgress, Trouble
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
)
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.store import StudyFile

UNSAVED_MOST = 16
"""A model with this many unsaved results gets no more work, so that a crash loses only a few."""

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())

Result = Finished | Likelihoods


class Job(Protocol):
    """What a model is asked once."""

    @property
    def case_id(self) -> str:
        """The case that it is about."""

    @property
    def arm_id(self) -> str:
        """The model that is asked."""


JobT = TypeVar("JobT", bound=Job)


class SameThreadExecutor(Executor):
    """Runs what it is given before `submit` returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function and return its result in a future that is done."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Run(ABC, Generic[JobT]):
    """Keeps the models of a study busy with jobs. A kind of run defines its jobs, their order and their results.

    With `sequential`, a model is loaded when the one before has finished its jobs and its process has ended.

    An engine that dies is restarted, up to `restarts` times without a result in between. Its jobs are asked again one
    at a time, to find the one that kills the engine; that job fails if it does so again. A failed job does not stop the
    run. A study file that cannot be written does, and so does configuration drift: `halted` then says which.

    `on_change` is called often, from the engines' threads, and must not block. Results are saved on a thread of their
    own, so that neither scorer nor disk holds up an engine; `saver` replaces that thread.
    """

    result_name: ClassVar[str]
    """What a job's result is called in error titles."""

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        totals: Mapping[str, int],
        *,
        on_change: Callable[[], None] = lambda: None,
        sequential: bool = False,
        slots: int = 1,
        restarts: int = 0,
        configuration: StudyConfiguration | None = None,
        clock: Callable[[], float] = time.monotonic,
        saver: Executor | None = None,
    ) -> None:
        """Prepare it; nothing is started. `totals` counts the jobs of each model."""
        self.halted: DoublereadError | None = None
        self._study = study
        self._on_change = on_change
        self._clock = clock
        self._configuration = configuration or StudyConfiguration(study)
        self._lock = threading.RLock()
        self._resolved = threading.Condition(self._lock)
        self._started = False
        self._stopping = False
        self._paused = False
        self._slots = dict.fromkeys(engines, slots)
        self._requests: dict[str, JobT] = {}
        self._in_flight: Counter[str] = Counter()
        self._unsaved: Counter[str] = Counter()
        self._restarts = restarts
        self._restarts_left = dict.fromkeys(engines, restarts)
        self._suspects: dict[str, set[JobT]] = {arm_id: set() for arm_id in engines}
        self._progress = {arm_id: ArmProgress("starting", 0, 0, totals[arm_id]) for arm_id in engines}
        self._queue = [arm_id for arm_id in engines if sequential and totals[arm_id]]
        for arm_id in self._queue[1:]:
            self._progress[arm_id] = replace(self._progress[arm_id], state="waiting")
        self._began: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._saver = saver or ThreadPoolExecutor(1, "save results")
        self._engines = {arm_id: factory(partial(self._receive, arm_id)) for arm_id, factory in engines.items()}

    @abstractmethod
    def _fill(self) -> None:
        """Ask for as many jobs as the models have room for."""

    @abstractmethod
    def _requeue(self, job: JobT) -> None:
        """Put a job first that its engine lost."""

    @abstractmethod
    def _store(self, job: JobT, result: Result) -> None:
        """Store a result. Called without the lock. Raises DoublereadError."""

    def _on_stored(self, job: JobT) -> None:
        """A job's result is in the study file."""

    def _on_failed(self, job: JobT, trouble: Trouble) -> None:
        """A job has failed."""

    def _on_chunk(self, event: Chunk) -> bool:  # noqa: ARG002  (for runs that show answers as they grow)
        """Take in a piece of an answer; return whether anything changed for `on_change`."""
        return False

    def listen(self, on_change: Callable[[], None] | None) -> None:
        """Replace `on_change`; None calls nothing."""
        self._on_change = on_change or (lambda: None)

    def start(self) -> None:
        """Load the models; the jobs follow as soon as one is loaded. A second call does nothing."""
        with self._lock:
            if self._started:
                return
            self._started = True
            first = [arm_id for arm_id, now in self._progress.items() if now.state == "starting" and now.total]
        for arm_id in first:
            self._engines[arm_id].start()

    def pause(self) -> None:
        """Ask for nothing more until `resume`. What the models were asked already is finished; they stay loaded."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._lock:
            self._paused = False
            self._go_on()
        self._on_change()

    @property
    def busy(self) -> bool:
        """Whether a model is working on a job, or a result is not in the file yet."""
        with self._lock:
            return bool(self._requests) or any(self._unsaved.values())

    def stop(self) -> None:
        """End the workers. Running jobs are given up; finished ones are in the file when this returns."""
        with self._lock:
            self._stopping = True
            self._resolved.notify_all()
        with ThreadPoolExecutor(max(len(self._engines), 1)) as pool:
            for engine in self._engines.values():
                pool.submit(engine.stop)
        self._saver.shutdown()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do or the run is stopped; return whether that happened within `timeout`."""
        with self._resolved:
            return self._resolved.wait_for(lambda: self._stopping or self._all_finished(), timeout)

    def progress(self) -> dict[str, ArmProgress]:
        """Return each arm's progress, by arm id."""
        with self._lock:
            now = self._clock()
            return {
                arm_id: replace(
                    progress,
                    made=max(progress.tokens, self._engines[arm_id].tokens_made),
                    seconds=self._ended.get(arm_id, now) - self._began.get(arm_id, now),
                )
                for arm_id, progress in self._progress.items()
            }

    def _receive(self, arm_id: str, event: Event) -> None:
        """Take an event in; called from the engine's thread."""
        refusal = self._refusal(arm_id, event) if isinstance(event, Loaded) else None
        job: JobT | None = None
        with self._lock:
            if self._stopping:
                return
            match event:
                case Chunk():
                    if not self._on_chunk(event):
                        return
                case Loaded():
                    self._on_loaded(arm_id, event, refusal)
                case Finished() | Likelihoods():
                    if job := self._take(event.request_id):
                        self._unsaved[arm_id] += 1
                case Failed():
                    self._on_failure(arm_id, event)
                case Died():
                    self._on_death(arm_id, event)
                case _:
                    return
            if not isinstance(event, Chunk):
                self._go_on()
        if job is not None and isinstance(event, Finished | Likelihoods):
            self._submit(self._save, job, event)
        self._on_change()

    def _submit(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            self._saver.submit(work, *arguments)
        except RuntimeError:
            # A run that was stopped meanwhile takes nothing more.
            if not self._stopping:
                raise

    def _refusal(self, arm_id: str, event: Loaded) -> DoublereadError | None:
        """Return why a model may not add its results to the existing ones, if so."""
        if not self._stopping:
            try:
                self._configuration.admit(arm_id, event.engine)
            except DoublereadError as error:
                return error
        return None

    def _on_loaded(self, arm_id: str, event: Loaded, refusal: DoublereadError | None) -> None:
        if refusal is not None:
            self._halt(refusal)
        if self.halted is None:
            self._progress[arm_id] = replace(self._progress[arm_id], state="ready", trouble=None)
            self._began.setdefault(arm_id, self._clock())
            slots = event.slots or event.engine.get("n_slots")
            if isinstance(slots, int):
                self._slots[arm_id] = slots

    def _on_failure(self, arm_id: str, event: Failed) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        if event.request_id is None:
            self._progress[arm_id] = replace(self._progress[arm_id], state="failed", trouble=trouble)
        elif job := self._take(event.request_id):
            self._suspects[arm_id].discard(job)
            self._fail(job, trouble)

    def _on_death(self, arm_id: str, event: Died) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        lost = [request_id for request_id, job in self._requests.items() if job.arm_id == arm_id]
        suspects = self._suspects[arm_id]
        again = self._restarts_left[arm_id] > 0
        for job in filter(None, map(self._take, reversed(lost))):
            if again and not (job in suspects and len(lost) == 1):
                suspects.add(job)
                self._requeue(job)
            else:
                suspects.discard(job)
                self._fail(job, trouble)
        now = self._progress[arm_id]
        if again:
            self._restarts_left[arm_id] -= 1
            self._progress[arm_id] = replace(now, state="starting", restarts=now.restarts + 1)
            self._engines[arm_id].restart()
        else:
            self._progress[arm_id] = replace(now, state="failed", trouble=trouble)

    def _ask(self, job: JobT, request: Generate | AskLikelihood) -> None:
        self._requests[request.request_id] = job
        self._in_flight[job.arm_id] += 1
        engine = self._engines[job.arm_id]
        if isinstance(request, Generate):
            engine.generate(request)
        else:
            engine.ask_likelihood(request)

    def _take(self, request_id: str) -> JobT | None:
        """Forget a request that has ended, and return its job."""
        job = self._requests.pop(request_id, None)
        if job is not None:
            self._in_flight[job.arm_id] -= 1
        return job

    def _has_room(self, arm_id: str, queued: int) -> bool:
        """Return whether a model can take one more request, with at most `queued` in flight."""
        if self._progress[arm_id].state != "ready" or self._unsaved[arm_id] >= UNSAVED_MOST + self._slots[arm_id]:
            return False
        return self._in_flight[arm_id] < (1 if self._suspects[arm_id] else queued)

    def _save(self, job: JobT, result: Result) -> None:
        trouble: DoublereadError | None = None
        try:
            self._store(job, result)
        except DoublereadError as error:
            trouble = error
        except Exception as error:
            # A run lasts for hours unattended: a bug must cost one result, not the run.
            _LOG.exception("a result for case %s could not be stored", job.case_id)
            happened = f"the program failed because of a bug ({type(error).__name__})"
            trouble = DoublereadError(f"{self.result_name} not stored", happened)
        with self._lock:
            self._unsaved[job.arm_id] -= 1
            self._suspects[job.arm_id].discard(job)
            if trouble is None:
                self._restarts_left[job.arm_id] = self._restarts
                self._count(job.arm_id, done=1, tokens=int(result.manifest.get("completion_tokens", 0)))
                self._on_stored(job)
            else:
                if isinstance(trouble, StudyFileError):
                    self._halt(trouble)
                self._fail(job, Trouble.of(trouble))
            self._go_on()
        self._on_change()

    def _fail(self, job: JobT, trouble: Trouble) -> None:
        self._count(job.arm_id, failed=1)
        self._on_failed(job, trouble)

    def _go_on(self) -> None:
        """After a change: ask for what there is room for, load the next model, wake up `wait`."""
        if not self._stopping and not self._paused:
            self._fill()
        for arm_id, progress in self._progress.items():
            if progress.finished and arm_id in self._began:
                self._ended.setdefault(arm_id, self._clock())
        if self._queue and self._progress[self._queue[0]].finished and not self._stopping:
            self._submit(self._hand_over, self._queue.pop(0))
        if self._all_finished():
            self._resolved.notify_all()

    def _hand_over(self, ended: str) -> None:
        """End a model that has finished, and load the next."""
        self._engines[ended].stop()
        with self._lock:
            if self._stopping or self.halted is not None or not self._queue:
                return
            following = self._queue[0]
            self._progress[following] = replace(self._progress[following], state="starting")
        self._engines[following].start()
        self._on_change()

    def _halt(self, error: DoublereadError) -> None:
        """Take on no more work, because nothing can or may be stored."""
        self.halted = self.halted or error
        for arm_id, progress in self._progress.items():
            self._progress[arm_id] = replace(progress, state="failed", trouble=Trouble.of(error))

    def _count(self, arm_id: str, *, done: int = 0, failed: int = 0, tokens: int = 0) -> None:
        now = self._progress[arm_id]
        self._progress[arm_id] = replace(
            now, done=now.done + done, failed=now.failed + failed, tokens=now.tokens + tokens
        )

    def _all_finished(self) -> bool:
        return all(progress.finished for progress in self._progress.values())
