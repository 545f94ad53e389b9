"""From a study's models to the processes that run them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from doubleread.cli.study_models import file_may_be_here, found_model
from doubleread.domain.model import Model
from doubleread.engine.devices import plan_engines
from doubleread.engine.protocol import Event, Failed, Generate
from doubleread.engine.settings import EngineSettings
from doubleread.engine.supervisor import EngineProcess
from doubleread.errors import DoublereadError
from doubleread.sessions.generation import EngineFactory
from doubleread.store import StudyFile


class EnginePlan:
    """Which of a study's models have answers to make, where their files lie, and how they share the machine.

    Finding out takes long where a large file must be hashed or a GPU be asked, so that is left to `check`, or to the
    engines when they start.
    """

    def __init__(self, study: StudyFile, *, slots: int = 1) -> None:
        self._study = study
        self._slots = slots
        self._lock = threading.Lock()
        self._settings: dict[str, EngineSettings] = {}
        missing = {model_id for _, model_id in study.missing_answers()}
        self.models = tuple(model for model in study.models() if model.id in missing)

    def look_for_files(self) -> None:
        """Raise ModelFileError where no file is in any of the places where a model could be. Takes no time."""
        for model in self.models:
            if not file_may_be_here(self._study, model):
                found_model(self._study, model)

    def check(self) -> None:
        """Find all files, known by their hashes. Raises ModelFileError."""
        for model in self.models:
            found_model(self._study, model)

    def factories(self) -> dict[str, EngineFactory]:
        """Return what makes the engines, by model id."""
        return {
            model.id: partial(PlannedEngine, self, model, f"model {number}")
            for number, model in enumerate(self.models, start=1)
        }

    def engine(self, model: Model, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError where its file is not to be found."""
        with self._lock:
            path = found_model(self._study, model)
            if not self._settings:
                paths = [model.path for model in self.models]
                plans = plan_engines(paths, EngineSettings(n_slots=self._slots))
                self._settings = dict(zip((model.id for model in self.models), plans, strict=True))
        settings = replace(self._settings[model.id], n_ctx=_context(model, self._study.protocol.n_ctx))
        return EngineProcess(path, settings, on_event, name)


class PlannedEngine:
    """A model's process that is planned in the background when it is started, so that no screen waits for it."""

    def __init__(self, plan: EnginePlan, model: Model, name: str, on_event: Callable[[Event], None]) -> None:
        self._make = partial(plan.engine, model, name, on_event)
        self._name = name
        self._on_event = on_event
        self._lock = threading.Lock()
        self._engine: EngineProcess | None = None
        self._stopped = False

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
