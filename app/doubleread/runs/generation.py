"""Generate, score and store a study's missing answers with two engines."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial

from doubleread.domain.case import Case
from doubleread.domain.drafts import Draft, DraftState, ModelProgress, ModelState, Trouble
from doubleread.engine.client.protocol import Chunk, Died, Event, Failed, Finished, Generate, Loaded, Sampling
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.runs.case_order import Lane, lanes_for
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import Engine, EngineFactory
from doubleread.runs.saving import Orders, stored
from doubleread.store import StudyFile

__all__ = ["Draft", "DraftState", "Engine", "EngineFactory", "GenerationRun", "ModelProgress", "ModelState", "Trouble"]

Place = tuple[str, str]
"""A case id and a model id."""

UNSAVED_MOST = 16
"""A model with this many generated but unstored answers gets no more work, so that a crash loses only a few."""


class GenerationRun:
    """Keeps both models busy with what a study is missing.

    With `together`, both models get the same case at the same moment and the next one when both have finished it: so
    a reader sees the two answers grow side by side. Without, each goes on as fast as it can, cases with a common
    beginning one behind the other, and always has as many requests waiting as it has slots, so that none stays empty
    between two answers. With `sequential` the second model is loaded when the first has made all its answers and has
    ended. A case that is asked for by `want` comes next. `on_change` is called from the engines' threads, often, and
    must only take note.

    An engine that ends by itself is started again, up to `restarts` times without an answer in between. The requests
    it held are made again one at a time, so that the one that ends it is found, and given up when it does so again.
    Failures of single cases are recorded in the study file and do not stop the run. A study file that cannot be
    written does, and so do other conditions than those of the answers that are there (`halted` says which).

    Answers are scored and stored apart from the engines' threads where nobody waits for them (without `together`).
    """

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        *,
        on_change: Callable[[], None] = lambda: None,
        together: bool = True,
        sequential: bool = False,
        slots: int = 1,
        restarts: int = 0,
        conditions: StudyConfiguration | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare it; nothing is started. Without `together`, a worker's own number of slots counts for `slots`."""
        if together and sequential:
            raise ValueError("models that are loaded one after the other cannot answer together")
        self.halted: DoublereadError | None = None
        self._study = study
        self._on_change = on_change
        self._together = together
        self._clock = clock
        self._conditions = conditions or StudyConfiguration(study)
        self._lock = threading.RLock()
        self._resolved = threading.Condition(self._lock)
        self._started = False
        self._stopping = False
        self._slots = dict.fromkeys(engines, slots)
        self._drafts: dict[Place, Draft] = {}
        self._chunks: dict[Place, list[str]] = {}
        self._requests: dict[str, Place] = {}
        self._in_flight: Counter[str] = Counter()
        self._unsaved: Counter[str] = Counter()
        self._wanted: set[str] = set()
        self._restarts = restarts
        self._restarts_left = dict.fromkeys(engines, restarts)
        self._suspects: dict[str, set[str]] = {model_id: set() for model_id in engines}
        self._missing: dict[str, set[str]] = {model_id: set() for model_id in engines}
        for case_id, model_id in study.missing_answers():
            if model_id in engines:
                self._missing[model_id].add(case_id)
        self._lanes = lanes_for(study, self._missing, together=together)
        self._models = {
            model_id: ModelProgress("starting", 0, 0, len(cases)) for model_id, cases in self._missing.items()
        }
        self._turns = [model_id for model_id in engines if sequential and self._missing[model_id]]
        for model_id in self._turns[1:]:
            self._models[model_id] = replace(self._models[model_id], state="waiting")
        self._began: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._saving = Orders(at_once=together)
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
            first = [model_id for model_id, now in self._models.items() if now.state == "starting" and now.total]
        for model_id in first:
            self._engines[model_id].start()

    def stop(self) -> None:
        """End both workers. Answers in flight are given up; finished ones are in the file when this returns."""
        with self._lock:
            self._stopping = True
            self._resolved.notify_all()
        stops = [threading.Thread(target=engine.stop, daemon=True) for engine in self._engines.values()]
        for thread in stops:
            thread.start()
        for thread in stops:
            thread.join()
        self._saving.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do, or the run is stopped; say whether that came within `timeout` seconds."""
        with self._resolved:
            return self._resolved.wait_for(lambda: self._stopping or self._all_finished(), timeout)

    def progress(self) -> dict[str, ModelProgress]:
        """Return how far each model is, by model id."""
        with self._lock:
            now = self._clock()
            return {
                model_id: replace(
                    progress,
                    made=max(progress.tokens, self._engines[model_id].tokens_made),
                    seconds=self._ended.get(model_id, now) - self._began.get(model_id, now),
                )
                for model_id, progress in self._models.items()
            }

    def draft(self, case_id: str, model_id: str) -> Draft:
        """Return an answer as it stands, with all the text that has come so far."""
        place = (case_id, model_id)
        with self._lock:
            draft = self._drafts.get(place, Draft())
            if draft.state == "writing":
                # Joined once, so that the next look at a long answer has few pieces to join.
                self._chunks[place] = ["".join(self._chunks[place])]
                return replace(draft, text=self._chunks[place][0])
            model = self._models.get(model_id)
            if draft.state == "waiting" and model is not None and model.trouble:
                return Draft("failed", trouble=model.trouble)
        if draft.state == "done":
            return replace(draft, text=self._study.answers_of(case_id)[model_id].text)
        return draft

    def want(self, case_id: str) -> None:
        """Put a case first, because somebody is looking at it."""
        with self._lock:
            self._wanted.add(case_id)
            for lane in self._lanes:
                self._put_first(lane, case_id)
            self._fill()

    def again(self, case_id: str, model_id: str) -> None:
        """Make an answer again that failed, starting its model again where that has ended. Not for `sequential`."""
        with self._lock:
            if self._drafts.get((case_id, model_id), Draft()).state == "failed":
                del self._drafts[case_id, model_id]
                self._missing[model_id].add(case_id)
                self._count(model_id, failed=-1)
            ended = self._models[model_id].state == "failed"
            self._ended.pop(model_id, None)
            if ended:
                self.halted = None
                self._models[model_id] = replace(self._models[model_id], state="starting", trouble=None)
            for lane in self._lanes:
                if model_id in lane.models:
                    lane.put_back(self._missing[model_id])
                    self._put_first(lane, case_id)
            self._fill()
        if ended:
            self._engines[model_id].restart()
        self._on_change()

    def _hear(self, model_id: str, event: Event) -> None:
        """Take an event in; called from the engine's thread."""
        refusal = self._refusal(model_id, event) if isinstance(event, Loaded) else None
        finished: tuple[Place, Finished] | None = None
        with self._lock:
            if self._stopping:
                return
            match event:
                case Chunk(retracts=True):
                    if place := self._requests.get(event.request_id):
                        self._chunks[place].clear()
                case Chunk(reasoning=True):
                    # Nobody is to see it before the commit; it comes again with the end of the answer.
                    return
                case Chunk():
                    if (place := self._requests.get(event.request_id)) and not event.reasoning:
                        self._chunks[place].append(event.text)
                case Loaded():
                    self._load(model_id, event, refusal)
                case Finished():
                    if place := self._take(event.request_id):
                        finished = (place, event)
                        self._unsaved[model_id] += 1
                case Failed():
                    self._fail(model_id, event)
                case Died():
                    self._bury(model_id, event)
                case _:
                    return
            if not isinstance(event, Chunk):
                self._go_on()
        # Without the lock, so that neither the scorer nor the disk holds up the screen or the other model.
        if finished is not None:
            self._saving.put(partial(self._save, *finished))
        self._on_change()

    def _refusal(self, model_id: str, event: Loaded) -> DoublereadError | None:
        """Say why a model as it was loaded may not add its answers to those that are there."""
        if self._stopping:
            return None
        try:
            self._conditions.admit(model_id, event.engine)
        except DoublereadError as error:
            return error
        return None

    def _load(self, model_id: str, event: Loaded, refusal: DoublereadError | None) -> None:
        if refusal is not None:
            self._halt(refusal)
            return
        if self.halted is not None:
            return
        self._models[model_id] = replace(self._models[model_id], state="ready", trouble=None)
        self._began.setdefault(model_id, self._clock())
        slots = event.engine.get("n_slots")
        if not self._together and isinstance(slots, int):
            self._slots[model_id] = slots

    def _save(self, place: Place, event: Finished) -> None:
        """Store an answer that has come; what follows from it is done when it is in the file."""
        case_id, model_id = place
        trouble = stored(self._study, case_id, model_id, event, self._conditions.added())
        with self._lock:
            self._unsaved[model_id] -= 1
            self._suspects[model_id].discard(case_id)
            if isinstance(trouble, StudyFileError):
                self._drafts[place] = Draft("failed", event.text, Trouble.of(trouble))
                self._count(model_id, failed=1)
                self._halt(trouble)
            elif trouble is not None:
                self._give_up(place, Trouble.of(trouble))
            else:
                del self._chunks[place]
                self._drafts[place] = Draft("done")
                self._restarts_left[model_id] = self._restarts
                self._count(model_id, done=1, tokens=int(event.manifest.get("completion_tokens", 0)))
            self._go_on()
        self._on_change()

    def _go_on(self) -> None:
        """After a change: start what can be started, hand over to the next model, tell who waits for the end."""
        self._fill()
        for model_id, progress in self._models.items():
            if progress.finished and model_id in self._began:
                self._ended.setdefault(model_id, self._clock())
        if self._turns and self._models[self._turns[0]].finished and not self._stopping:
            ended = self._turns.pop(0)
            threading.Thread(target=self._hand_over, args=(ended,), daemon=True, name="next model").start()
        if self._all_finished():
            self._resolved.notify_all()

    def _hand_over(self, ended: str) -> None:
        """End a model that has made all its answers, and load the one that waits for its room."""
        self._engines[ended].stop()
        with self._lock:
            if self._stopping or self.halted is not None or not self._turns:
                return
            self._models[self._turns[0]] = replace(self._models[self._turns[0]], state="starting")
            following = self._engines[self._turns[0]]
        following.start()
        self._on_change()

    def _halt(self, error: DoublereadError) -> None:
        """Take no more work on, because nothing can be stored or nothing may be."""
        self.halted = self.halted or error
        for model_id, progress in self._models.items():
            self._models[model_id] = replace(progress, state="failed", trouble=Trouble.of(error))

    def _fail(self, model_id: str, event: Failed) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        if event.request_id is None:
            self._models[model_id] = replace(self._models[model_id], state="failed", trouble=trouble)
        elif place := self._take(event.request_id):
            self._suspects[model_id].discard(place[0])
            self._give_up(place, trouble)

    def _bury(self, model_id: str, event: Died) -> None:
        trouble = Trouble(event.title, event.happened, event.remedy)
        lost = [request_id for request_id, place in self._requests.items() if place[1] == model_id]
        suspects = self._suspects[model_id]
        again = self._restarts_left[model_id] > 0
        for place in filter(None, map(self._take, reversed(lost))):
            if again and not (place[0] in suspects and len(lost) == 1):
                suspects.add(place[0])
                self._drafts.pop(place, None)
                self._missing[model_id].add(place[0])
                for lane in self._lanes:
                    if model_id in lane.models:
                        self._put_first(lane, place[0])
            else:
                suspects.discard(place[0])
                self._give_up(place, trouble)
        now = self._models[model_id]
        if again:
            self._restarts_left[model_id] -= 1
            self._models[model_id] = replace(now, state="starting", restarts=now.restarts + 1)
            self._engines[model_id].restart()
        else:
            self._models[model_id] = replace(now, state="failed", trouble=trouble)

    def _take(self, request_id: str) -> Place | None:
        """Forget a request that has ended, and return what it was for."""
        place = self._requests.pop(request_id, None)
        if place is not None:
            self._in_flight[place[1]] -= 1
        return place

    def _give_up(self, place: Place, trouble: Trouble) -> None:
        self._drafts[place] = Draft("failed", "".join(self._chunks.pop(place)), trouble)
        self._count(place[1], failed=1)
        try:
            self._study.record_failure(*place, trouble.title, trouble.happened)
        except DoublereadError as error:
            self._halt(error)

    def _put_first(self, lane: Lane, case_id: str) -> None:
        if any(case_id in self._missing[model_id] for model_id in lane.models):
            lane.put_first(case_id)

    def _fill(self) -> None:
        """Start as many cases as the models have room for."""
        if self._stopping:
            return
        for lane in self._lanes:
            while lane and self._start_case(lane, lane.first()):
                lane.drop_first()

    def _start_case(self, lane: Lane, case_id: str) -> bool:
        """Start a case on all models of the lane that miss it and live; return whether the lane may go on behind it."""
        takers = [
            model_id
            for model_id in lane.models
            if case_id in self._missing[model_id] and self._models[model_id].state != "failed"
        ]
        if not all(self._has_room(taker, case_id) for taker in takers):
            return False
        if not takers:
            return True
        case = self._study.case(case_id)
        for model_id in takers:
            self._missing[model_id].discard(case_id)
            place = (case_id, model_id)
            request = self._request(case)
            self._requests[request.request_id] = place
            self._in_flight[model_id] += 1
            self._chunks[place] = []
            self._drafts[place] = Draft("writing")
            self._engines[model_id].generate(request)
        return True

    def _has_room(self, model_id: str, case_id: str) -> bool:
        """Say whether a model can take one more request."""
        in_flight, slots = self._in_flight[model_id], self._slots[model_id]
        if self._models[model_id].state != "ready" or self._unsaved[model_id] >= UNSAVED_MOST + slots:
            return False
        if self._suspects[model_id]:
            return in_flight == 0
        if self._together:
            # Stored by the engine's own thread, an answer would keep this model's next request back, not the other's.
            return in_flight + self._unsaved[model_id] < slots
        return in_flight < 2 * slots + (case_id in self._wanted)

    def _request(self, case: Case) -> Generate:
        decoding = self._study.protocol.decoding
        return Generate(
            request_id=uuid.uuid4().hex,
            messages=self._study.protocol.prompt.messages(case),
            sampling=Sampling(**asdict(decoding) | {"seed": decoding.seed_of(case.id)}),
            priority="interactive" if self._together or case.id in self._wanted else "batch",
        )

    def _count(self, model_id: str, *, done: int = 0, failed: int = 0, tokens: int = 0) -> None:
        now = self._models[model_id]
        self._models[model_id] = replace(
            now, done=now.done + done, failed=now.failed + failed, tokens=now.tokens + tokens
        )

    def _all_finished(self) -> bool:
        return all(progress.finished for progress in self._models.values())
