"""Two engines at work on a study: what is missing is generated, scored and stored."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Literal, Protocol

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.engine.protocol import Chunk, Died, Event, Failed, Finished, Generate, Loaded, Sampling
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.store import StudyFile

ModelState = Literal["starting", "ready", "failed"]
DraftState = Literal["waiting", "writing", "done", "failed"]
Place = tuple[str, str]
"""A case id and a model id."""

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class Engine(Protocol):
    """What a run needs of a model's process (see `doubleread.engine.supervisor.EngineProcess`)."""

    def start(self) -> None:
        """Start the worker and load the model."""

    def generate(self, request: Generate) -> None:
        """Ask for an answer."""

    def restart(self) -> None:
        """Start the worker again after it ended."""

    def stop(self, timeout: float = 2.0) -> None:
        """End the worker."""


EngineFactory = Callable[[Callable[[Event], None]], Engine]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer or a model is not to be had, and what to do."""

    title: str
    happened: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it stands: waiting, being written, done (then it is in the study file), or failed.

    A failed one keeps what had come of its text, for the screen only.
    """

    state: DraftState = "waiting"
    text: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """How far one model is. `tokens` counts those generated in this run."""

    state: ModelState
    done: int
    failed: int
    total: int
    tokens: int
    trouble: Trouble | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will come from this model without somebody's doing."""
        return self.state == "failed" or self.done + self.failed >= self.total


@dataclass(slots=True)
class _Lane:
    """Cases in the order in which these models take them; a case starts on all of them at once."""

    models: tuple[str, ...]
    queue: deque[str]


class GenerationRun:
    """Keeps both models busy with what a study is missing.

    With `together`, both models get the same case at the same moment and the next one when both have finished it: so
    a reader sees the two answers grow side by side. Without, each goes on as fast as it can. A case that is asked for
    by `want` comes next. `on_change` is called from the engines' threads, often, and must only take note.

    An engine that ends by itself is started again, up to `restarts` times without an answer in between; the requests
    it held are made again, each once. Failures of single cases are recorded in the study file and do not stop the run.
    A study file that cannot be written does.
    """

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        *,
        on_change: Callable[[], None] = lambda: None,
        together: bool = True,
        slots: int = 1,
        restarts: int = 0,
    ) -> None:
        self._study = study
        self._on_change = on_change
        self._slots = slots
        self._priority: Literal["interactive", "batch"] = "interactive" if together else "batch"
        self._lock = threading.RLock()
        self._settled = threading.Condition(self._lock)
        self._started = False
        self._stopping = False
        self._drafts: dict[Place, Draft] = {}
        self._chunks: dict[Place, list[str]] = {}
        self._requests: dict[str, Place] = {}
        self._positions = {case_id: index for index, case_id in enumerate(study.case_ids())}
        self._restarts = restarts
        self._restarts_left = dict.fromkeys(engines, restarts)
        self._died_with: set[Place] = set()
        self._missing: dict[str, set[str]] = {model_id: set() for model_id in engines}
        order: list[str] = []
        for case_id, model_id in study.missing_answers():
            if model_id in engines:
                self._missing[model_id].add(case_id)
                if not order or order[-1] != case_id:
                    order.append(case_id)
        groups = [tuple(engines)] if together else [(model_id,) for model_id in engines]
        self._lanes = [_Lane(group, deque(order)) for group in groups]
        self._models = {
            model_id: ModelProgress("starting", 0, 0, len(missing), 0) for model_id, missing in self._missing.items()
        }
        self._engines = {model_id: factory(partial(self._hear, model_id)) for model_id, factory in engines.items()}

    def listen(self, on_change: Callable[[], None] | None) -> None:
        """Call this from now on when something changes, in place of what was called before; None calls nothing."""
        self._on_change = on_change or (lambda: None)

    def start(self) -> None:
        """Load the models; generation starts by itself as soon as they are there. A second call does nothing."""
        with self._lock:
            if self._started:
                return
            self._started = True
        for engine in self._engines.values():
            engine.start()

    def stop(self) -> None:
        """End both workers. Answers in flight are given up; finished ones are stored."""
        with self._lock:
            self._stopping = True
            self._settled.notify_all()
        for engine in self._engines.values():
            engine.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do, or the run is stopped; say whether that came within `timeout` seconds."""
        with self._settled:
            return self._settled.wait_for(lambda: self._stopping or self._all_finished(), timeout)

    def progress(self) -> dict[str, ModelProgress]:
        """Return how far each model is, by model id."""
        with self._lock:
            return dict(self._models)

    def draft(self, case_id: str, model_id: str) -> Draft:
        """Return an answer as it stands, with all the text that has come so far."""
        with self._lock:
            draft = self._drafts.get((case_id, model_id), Draft())
            if draft.state == "writing":
                return replace(draft, text="".join(self._chunks[case_id, model_id]))
            model = self._models.get(model_id)
            if draft.state == "waiting" and model is not None and model.trouble:
                return Draft("failed", trouble=model.trouble)
            return draft

    def want(self, case_id: str) -> None:
        """Put a case first, because somebody is looking at it."""
        with self._lock:
            for lane in self._lanes:
                self._put_first(lane, case_id)
            self._fill()

    def again(self, case_id: str, model_id: str) -> None:
        """Make an answer again that failed, starting its model again where that has ended."""
        with self._lock:
            if self._drafts.get((case_id, model_id), Draft()).state == "failed":
                del self._drafts[case_id, model_id]
                self._missing[model_id].add(case_id)
                self._count(model_id, failed=-1)
            ended = self._models[model_id].state == "failed"
            if ended:
                self._models[model_id] = replace(self._models[model_id], state="starting", trouble=None)
            for lane in self._lanes:
                if model_id in lane.models:
                    lane.queue = deque(sorted({*lane.queue, *self._missing[model_id]}, key=self._positions.__getitem__))
                    self._put_first(lane, case_id)
            self._fill()
        if ended:
            self._engines[model_id].restart()
        self._on_change()

    def _hear(self, model_id: str, event: Event) -> None:
        """Take an event in; called from the engine's thread."""
        with self._lock:
            if self._stopping:
                return
            match event:
                case Chunk(thinking=True):
                    # Nobody is to see it before the commit; it comes again with the end of the answer.
                    return
                case Chunk():
                    if place := self._requests.get(event.request_id):
                        self._chunks[place].append(event.text)
                case Loaded():
                    self._models[model_id] = replace(self._models[model_id], state="ready", trouble=None)
                case Finished():
                    self._finish(event)
                case Failed():
                    self._fail(model_id, event)
                case Died():
                    self._bury(model_id, event)
                case _:
                    return
            self._fill()
            if self._all_finished():
                self._settled.notify_all()
        self._on_change()

    def _finish(self, event: Finished) -> None:
        place = self._take(event.request_id)
        if place is None:
            return
        if event.finish_reason == "cancelled":
            self._give_up(place, Trouble("Answer given up", "it was cancelled before its end", "make it again"))
            return
        case_id, model_id = place
        self._restarts_left[model_id] = self._restarts
        answer = Answer(
            id=str(uuid.uuid4()),
            case_id=case_id,
            model_id=model_id,
            text=event.text,
            started_at=str(event.manifest["started_at"]),
            finished_at=str(event.manifest["finished_at"]),
            finish_reason=event.finish_reason,
            manifest={**event.manifest, "prompt_template_sha256": self._study.protocol.prompt.sha256},
            thinking=event.thinking,
        )
        try:
            self._study.record_answer(answer, self._scores(answer))
        except StudyFileError as error:
            self._drafts[place] = Draft("failed", event.text, _trouble(error))
            self._count(model_id, failed=1)
            self._halt(error)
            return
        except DoublereadError as error:
            self._give_up(place, _trouble(error))
            return
        del self._chunks[place]
        self._drafts[place] = Draft("done", text=event.text)
        self._count(model_id, done=1, tokens=int(event.manifest.get("completion_tokens", 0)))

    def _scores(self, answer: Answer) -> list[Score]:
        """Score an answer. One that the scorer stumbles over is kept without a score, and can be scored later."""
        # Imported here, because the first screen opens sooner without it.
        from doubleread.scoring import score

        try:
            return [score(answer.text, self._study.case(answer.case_id), answer.finish_reason)]
        except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
            _LOG.exception("answer %s could not be scored", answer.id)
            return []

    def _halt(self, error: DoublereadError) -> None:
        """Take no more work on, because nothing can be stored."""
        for model_id, progress in self._models.items():
            self._models[model_id] = replace(progress, state="failed", trouble=_trouble(error))

    def _fail(self, model_id: str, event: Failed) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        if event.request_id is None:
            self._models[model_id] = replace(self._models[model_id], state="failed", trouble=trouble)
        elif place := self._take(event.request_id):
            self._give_up(place, trouble)

    def _bury(self, model_id: str, event: Died) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        lost = [request_id for request_id, place in self._requests.items() if place[1] == model_id]
        again = self._restarts_left[model_id] > 0
        for place in filter(None, map(self._take, lost)):
            if again and place not in self._died_with:
                self._died_with.add(place)
                self._drafts.pop(place, None)
                self._missing[model_id].add(place[0])
                for lane in self._lanes:
                    if model_id in lane.models:
                        self._put_first(lane, place[0])
            else:
                self._give_up(place, trouble)
        if again:
            self._restarts_left[model_id] -= 1
            self._models[model_id] = replace(self._models[model_id], state="starting")
            self._engines[model_id].restart()
        else:
            self._models[model_id] = replace(self._models[model_id], state="failed", trouble=trouble)

    def _take(self, request_id: str) -> Place | None:
        """Forget a request that has ended, and return what it was for."""
        return self._requests.pop(request_id, None)

    def _give_up(self, place: Place, trouble: Trouble) -> None:
        self._drafts[place] = Draft("failed", "".join(self._chunks.pop(place)), trouble)
        self._count(place[1], failed=1)
        try:
            self._study.record_failure(*place, trouble.title, trouble.happened)
        except DoublereadError as error:
            self._halt(error)

    def _put_first(self, lane: _Lane, case_id: str) -> None:
        if any(case_id in self._missing[model_id] for model_id in lane.models):
            if case_id in lane.queue:
                lane.queue.remove(case_id)
            lane.queue.appendleft(case_id)

    def _fill(self) -> None:
        """Start as many cases as the models have room for."""
        if self._stopping:
            return
        for lane in self._lanes:
            while lane.queue and self._start_case(lane, lane.queue[0]):
                lane.queue.popleft()

    def _start_case(self, lane: _Lane, case_id: str) -> bool:
        """Start a case on all models of the lane that miss it and live; return whether the lane may go on behind it."""
        takers = [
            model_id
            for model_id in lane.models
            if case_id in self._missing[model_id] and self._models[model_id].state != "failed"
        ]
        if any(self._models[taker].state == "starting" or self._in_flight(taker) >= self._slots for taker in takers):
            return False
        case = self._study.case(case_id)
        for model_id in takers:
            self._missing[model_id].discard(case_id)
            place = (case_id, model_id)
            request = self._request(case)
            self._requests[request.request_id] = place
            self._chunks[place] = []
            self._drafts[place] = Draft("writing")
            self._engines[model_id].generate(request)
        return True

    def _in_flight(self, model_id: str) -> int:
        return sum(place[1] == model_id for place in self._requests.values())

    def _request(self, case: Case) -> Generate:
        return Generate(
            request_id=uuid.uuid4().hex,
            messages=self._study.protocol.prompt.messages(case),
            sampling=Sampling(**asdict(self._study.protocol.decoding)),
            priority=self._priority,
        )

    def _count(self, model_id: str, *, done: int = 0, failed: int = 0, tokens: int = 0) -> None:
        now = self._models[model_id]
        self._models[model_id] = replace(
            now, done=now.done + done, failed=now.failed + failed, tokens=now.tokens + tokens
        )

    def _all_finished(self) -> bool:
        return all(progress.finished for progress in self._models.values())


def _trouble(error: DoublereadError) -> Trouble:
    return Trouble(error.title, error.happened, error.remedy)
