"""Alternative scorers of choices, beside reading the answer: the likelihoods of letters and texts,
and the letter alone asked for after the free answer. Each gives a score of its own; what exists is not made again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from doubleread.domain.case import Case
from doubleread.domain.drafts import ModelProgress, Trouble
from doubleread.domain.score import CONSTRAINED_LETTER, LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Score
from doubleread.engine.client.protocol import (
    AskLikelihood,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Loaded,
    Sampling,
)
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.read_model.queries import choice_answers, scorer_versions
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.saving import Orders
from doubleread.scoring.alternative_scorers import (
    VERSIONS,
    Spelling,
    constrained_letter,
    letter_grammar,
    letter_likelihood,
    spellings,
    text_likelihood,
)
from doubleread.store import StudyFile

SHORT_NAMES: Mapping[str, str] = {
    "letters": LETTER_LIKELIHOOD,
    "texts": TEXT_LIKELIHOOD,
    "constrained": CONSTRAINED_LETTER,
}
"""The names on the command line, to the names of the scorers."""

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())

LETTER_TOKENS = 8
"""Room for a letter, a blank before it, and its end."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A score by an alternative scorer that an answer does not have yet."""

    answer_id: str
    case_id: str
    model_id: str
    scorer: str


def lacking_scores(study: StudyFile, scorers: Sequence[str]) -> list[Lacking]:
    """Return what answers to choices lack of these scorers in their present versions, in the study's order."""
    there = scorer_versions(study)
    return [
        Lacking(answer_id, case_id, model_id, scorer)
        for answer_id, case_id, model_id in choice_answers(study)
        for scorer in scorers
        if (answer_id, scorer, VERSIONS[scorer]) not in there
    ]


class AlternativeScorersRun:
    """Asks both models once more for what the answers lack, and stores each score as soon as it is there.

    With `sequential` the second model is loaded when the first has ended. An engine that ends by itself is started
    again, up to `restarts` times without a score in between; what it held is asked once more. `failures` are the
    scores that could not be had, each with the reason; a later run asks for them again. `halted` says why the study
    file, or its conditions, let nothing be stored.
    """

    def __init__(
        self,
        study: StudyFile,
        engines: Mapping[str, EngineFactory],
        lacking: Sequence[Lacking],
        *,
        sequential: bool = False,
        restarts: int = 0,
        conditions: StudyConfiguration | None = None,
    ) -> None:
        """Prepare it; nothing is started. What is lacking of models without an engine is left out."""
        self.failures: list[tuple[Lacking, Trouble]] = []
        self.halted: DoublereadError | None = None
        self._study = study
        self._conditions = conditions or StudyConfiguration(study)
        self._lock = threading.RLock()
        self._resolved = threading.Condition(self._lock)
        self._stopping = False
        self._todo = {model_id: deque(item for item in lacking if item.model_id == model_id) for model_id in engines}
        self._asked: dict[str, Lacking] = {}
        self._lost: set[Lacking] = set()
        self._room = dict.fromkeys(engines, 1)
        self._restarts = restarts
        self._restarts_left = dict.fromkeys(engines, restarts)
        self._models = {model_id: ModelProgress("starting", 0, 0, len(items)) for model_id, items in self._todo.items()}
        busy = [model_id for model_id, items in self._todo.items() if items]
        self._turns = busy if sequential else []
        self._first = busy[:1] if sequential else busy
        self._saving = Orders(at_once=False)
        self._engines = {model_id: factory(partial(self._hear, model_id)) for model_id, factory in engines.items()}

    def start(self) -> None:
        """Load the models; the rest follows by itself."""
        for model_id in self._first:
            self._engines[model_id].start()

    def stop(self) -> None:
        """End the workers. What was scored is in the file when this returns."""
        with self._lock:
            self._stopping = True
            self._resolved.notify_all()
        for engine in self._engines.values():
            engine.stop()
        self._saving.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do, or the run is stopped; say whether that came within `timeout` seconds."""
        with self._resolved:
            return self._resolved.wait_for(lambda: self._stopping or self._all_finished(), timeout)

    def progress(self) -> dict[str, ModelProgress]:
        """Return how far each model is, counted in scores, by model id."""
        with self._lock:
            return dict(self._models)

    def _hear(self, model_id: str, event: Event) -> None:
        """Take an event in; called from the engine's thread."""
        refusal: DoublereadError | None = None
        if isinstance(event, Loaded) and not self._stopping:
            try:
                self._conditions.admit(model_id, event.engine)
            except DoublereadError as error:
                refusal = error
        with self._lock:
            if self._stopping:
                return
            match event:
                case Loaded():
                    self._load(model_id, event, refusal)
                case Likelihoods() | Finished():
                    if item := self._asked.pop(event.request_id, None):
                        self._saving.put(partial(self._save, item, event))
                case Failed(request_id=None):
                    self._end_model(model_id, Trouble(event.title, event.happened, event.remedy))
                case Failed() if event.request_id is not None:
                    if item := self._asked.pop(event.request_id, None):
                        self._give_up(item, Trouble(event.title, event.happened, event.remedy))
                case Died():
                    self._bury(model_id, event)
                case _:
                    return
            self._go_on(model_id)

    def _load(self, model_id: str, event: Loaded, refusal: DoublereadError | None) -> None:
        if refusal is not None:
            self._halt(refusal)
        if self.halted is None:
            self._models[model_id] = replace(self._models[model_id], state="ready")
            slots = event.engine.get("n_slots")
            # Twice as many as can be worked on: no slot waits for the next request.
            self._room[model_id] = 2 * slots if isinstance(slots, int) else 1

    def _go_on(self, model_id: str) -> None:
        """Ask for what there is room for, hand over to the next model, and tell who waits for the end."""
        while (
            self._models[model_id].state == "ready"
            and self._todo[model_id]
            and sum(item.model_id == model_id for item in self._asked.values()) < self._room[model_id]
        ):
            self._ask(self._todo[model_id].popleft())
        if self._turns[:1] == [model_id] and self._models[model_id].finished and self.halted is None:
            self._turns.pop(0)
            threading.Thread(target=self._hand_over, args=(model_id,), daemon=True, name="next model").start()
        if self._all_finished():
            self._resolved.notify_all()

    def _hand_over(self, ended: str) -> None:
        self._engines[ended].stop()
        with self._lock:
            following = self._turns[0] if self._turns and not self._stopping else None
        if following is not None:
            self._engines[following].start()

    def _ask(self, item: Lacking) -> None:
        request_id = uuid.uuid4().hex
        self._asked[request_id] = item
        case, prompt = self._study.case(item.case_id), self._study.protocol.prompt
        engine = self._engines[item.model_id]
        if item.scorer == CONSTRAINED_LETTER:
            messages = prompt.letter_messages(case, self._study.answer(item.answer_id).text)
            sampling = Sampling(max_tokens=LETTER_TOKENS, max_reasoning_tokens=0, grammar=letter_grammar(case))
            engine.generate(Generate(request_id, messages, sampling))
        else:
            continuations = tuple(spelt for text in _texts(case, item.scorer).values() for spelt in spellings(text))
            engine.weigh(AskLikelihood(request_id, prompt.messages(case), continuations))

    def _save(self, item: Lacking, event: Likelihoods | Finished) -> None:
        trouble: DoublereadError | None = None
        try:
            score = _scored(self._study, item, event)
            self._study.replace_scores(item.answer_id, [score])
        except DoublereadError as error:
            trouble = error
        except Exception as error:
            # Nobody looks on for hours: a fault of our own must cost one score, not the run.
            _LOG.exception("the score of answer %s could not be stored", item.answer_id)
            trouble = DoublereadError(
                "Score not stored", f"the program failed because of a bug ({type(error).__name__})"
            )
        with self._lock:
            if isinstance(trouble, StudyFileError):
                self._halt(trouble)
            elif trouble is not None:
                self._give_up(item, Trouble.of(trouble))
            else:
                now = self._models[item.model_id]
                self._models[item.model_id] = replace(now, done=now.done + 1)
                self._restarts_left[item.model_id] = self._restarts
            if not self._stopping:
                self._go_on(item.model_id)

    def _give_up(self, item: Lacking, trouble: Trouble) -> None:
        self.failures.append((item, trouble))
        now = self._models[item.model_id]
        self._models[item.model_id] = replace(now, failed=now.failed + 1)

    def _bury(self, model_id: str, event: Died) -> None:
        """Ask once more for what an engine held when it ended; what it ends over again is given up."""
        trouble = Trouble(event.title, event.happened, event.remedy)
        held = [request_id for request_id, item in self._asked.items() if item.model_id == model_id]
        for request_id in reversed(held):
            item = self._asked.pop(request_id)
            if item in self._lost:
                self._give_up(item, trouble)
            else:
                self._lost.add(item)
                self._todo[model_id].appendleft(item)
        if not self._todo[model_id]:
            return
        if self._restarts_left[model_id] <= 0:
            self._end_model(model_id, trouble)
            return
        self._restarts_left[model_id] -= 1
        # One at a time, so that what ends the engine takes nothing else with it.
        self._room[model_id] = 1
        now = self._models[model_id]
        self._models[model_id] = replace(now, state="starting", restarts=now.restarts + 1)
        self._engines[model_id].restart()

    def _end_model(self, model_id: str, trouble: Trouble) -> None:
        for request_id in [key for key, item in self._asked.items() if item.model_id == model_id]:
            del self._asked[request_id]
        self._models[model_id] = replace(self._models[model_id], state="failed", trouble=trouble)

    def _halt(self, error: DoublereadError) -> None:
        self.halted = self.halted or error
        for model_id in self._models:
            self._end_model(model_id, Trouble.of(error))

    def _all_finished(self) -> bool:
        return all(progress.finished for progress in self._models.values())


def _texts(case: Case, scorer: str) -> dict[str, str]:
    """Return what stands for each option in a way, by its letter."""
    return dict(case.options) if scorer == TEXT_LIKELIHOOD else {letter: letter for letter in case.options}


def _scored(study: StudyFile, item: Lacking, event: Likelihoods | Finished) -> Score:
    """Return the score that an event gives. Raises DoublereadError where it gives none."""
    case = study.case(item.case_id)
    if isinstance(event, Finished):
        if event.finish_reason == "cancelled":
            raise DoublereadError("Score cancelled", "the request was cancelled", "run it again")
        return constrained_letter(case, event.text, study.protocol.prompt.letter_question)
    found = iter(map(Spelling, event.log_likelihoods, event.tokens))
    weighed = {letter: [next(found) for _ in spellings(text)] for letter, text in _texts(case, item.scorer).items()}
    return (text_likelihood if item.scorer == TEXT_LIKELIHOOD else letter_likelihood)(case, weighed)
