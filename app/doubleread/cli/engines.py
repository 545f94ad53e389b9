"""From a study's models to the processes that run them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from doubleread.cli.study_models import file_may_be_here, found_model
from doubleread.domain.model import Model
from doubleread.engine.devices import machine, plan_engines, split_cores, thread_count
from doubleread.engine.protocol import Event, Failed, Generate
from doubleread.engine.settings import EngineSettings
from doubleread.engine.supervisor import EngineProcess
from doubleread.errors import DoublereadError
from doubleread.sessions.conditions import StudyConditions
from doubleread.sessions.engine import EngineFactory
from doubleread.store import StudyFile

AUTOMATIC_SLOTS = 4
"""Answers that a model makes at the same time in a batch, where nobody says how many."""


class EnginePlan:
    """Which of a study's models have answers to make, where their files lie, and how they share the machine.

    `slots` None leaves their number to the plan. With `reproducible` an answer comes out the same to the byte on the
    same machine, whatever was made before it: one slot, nothing kept of the prompt before, and as many threads as the
    answers had that are there.

    Finding out takes long where a large file must be hashed or a GPU be asked, so that is left to `check`, or to the
    engines when they start.
    """

    def __init__(self, study: StudyFile, *, slots: int | None = 1, conditions: StudyConditions | None = None) -> None:
        self._study = study
        self._slots = slots
        self._conditions = conditions or StudyConditions(study)
        self._lock = threading.Lock()
        self._settings: dict[str, EngineSettings] = {}
        missing = {model_id for _, model_id in study.missing_answers()}
        self.models = tuple(model for model in study.models() if model.id in missing)

    @property
    def sequential(self) -> bool:
        """Whether the models are to be loaded one after the other, because both do not fit; ask after `check`."""
        return False

    def look_for_files(self) -> None:
        """Raise ModelFileError where no file is in any of the places where a model could be. Takes no time."""
        for model in self.models:
            if not file_may_be_here(self._study, model):
                found_model(self._study, model)

    def check(self) -> None:
        """Find all files, known by their hashes, and look whether answers made now would mix conditions.

        Raises ModelFileError for a file, DoublereadError naming every difference of the conditions.
        """
        for model in self.models:
            found_model(self._study, model)
        for model in self.models:
            settings = self._planned(model)
            names = ("n_ctx", "kv_type", "flash_attention")
            self._conditions.check(model.id, {name: getattr(settings, name) for name in names})

    def factories(self) -> dict[str, EngineFactory]:
        """Return what makes the engines, by model id."""

        def factory(model: Model, name: str) -> EngineFactory:
            return lambda on_event: PlannedEngine(self, model, name, on_event)

        return {model.id: factory(model, f"model {number}") for number, model in enumerate(self.models, start=1)}

    def engine(self, model: Model, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError where its file is not to be found."""
        path = found_model(self._study, model)
        return EngineProcess(path, self._planned(model), on_event, name)

    def _planned(self, model: Model) -> EngineSettings:
        with self._lock:
            if not self._settings:
                base = EngineSettings(n_slots=self._slots or AUTOMATIC_SLOTS)
                plans = plan_engines([model.path for model in self.models], base)
                self._settings = dict(zip((model.id for model in self.models), plans, strict=True))
        settings = replace(self._settings[model.id], n_ctx=_context(model, self._study.protocol.n_ctx))
        return self._fixed(model, settings) if self._conditions.reproducible else settings

    def _fixed(self, model: Model, settings: EngineSettings) -> EngineSettings:
        before = (self._conditions.before(model.id, name) for name in ("n_threads", "n_threads_batch"))
        threads, threads_batch = (known or _fixed_threads() for known in before)
        return replace(settings, n_slots=1, n_threads=threads, n_threads_batch=threads_batch, reuse_prefix=False)


def _fixed_threads() -> int:
    """Return how many threads each of two models can have here, also where only one has answers to make."""
    here = machine()
    return min(map(thread_count, split_cores(2, here.cores[: here.core_count])))


class PlannedEngine:
    """A model's process that is planned in the background when it is started, so that no screen waits for it."""

    def __init__(self, plan: EnginePlan, model: Model, name: str, on_event: Callable[[Event], None]) -> None:
        self._make = partial(plan.engine, model, name, on_event)
        self._name = name
        self._on_event = on_event
        self._lock = threading.Lock()
        self._engine: EngineProcess | None = None
        self._stopped = False

    @property
    def tokens_made(self) -> int:
        """How many tokens it has made since its start."""
        return self._engine.tokens_made if self._engine is not None else 0

    def start(self) -> None:
        """Start the worker and load the model."""
        threading.Thread(target=self._start, daemon=True, name=f"plan {self._name}").start()

    def generate(self, request: Generate) -> None:
        """Ask for an answer. Comes only once the model is loaded."""
        if self._engine is not None:
            self._engine.generate(request)

    def restart(self) -> None:
        """Start the worker again after it ended, or try once more to find its model."""
        if self._engine is not None:
            self._engine.restart()
        else:
            self.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the worker."""
        with self._lock:
            self._stopped = True
        if self._engine is not None:
            self._engine.stop(timeout)

    def _start(self) -> None:
        try:
            engine = self._make()
        except DoublereadError as error:
            self._on_event(Failed(None, error.title, error.happened, error.remedy))
            return
        with self._lock:
            if not self._stopped and self._engine is None:
                self._engine = engine
                engine.start()


def _context(model: Model, wanted: int) -> int:
    """Return the tokens that an answer may take: the protocol's, or those that the model was trained for if fewer."""
    trained = model.metadata.get("context_length")
    return min(wanted, trained) if isinstance(trained, int) and trained > 0 else wanted
