"""From a study's models to the processes that run them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from doubleread.cli.study_models import file_may_be_here, found_model
from doubleread.cli.usual_length import usual_tokens
from doubleread.domain.model import Model
from doubleread.engine.memory_plan import EnginesPlan
from doubleread.engine.planning import Wanted, plan_engines
from doubleread.engine.protocol import Event, Failed, Generate
from doubleread.engine.settings import EngineSettings
from doubleread.engine.supervisor import EngineProcess
from doubleread.errors import DoublereadError, ModelFileError
from doubleread.sessions.generation import EngineFactory
from doubleread.store import StudyFile


class EnginePlan:
    """Which of a study's models have answers to make, where their files lie, and how they share the machine.

    Finding out takes long where a large file must be hashed or a GPU be asked, so that is left to `check`, or to the
    engines when they start.
    """

    def __init__(self, study: StudyFile, *, slots: int = 1, for_batch: bool = False) -> None:
        self._study = study
        self._base = EngineSettings(n_slots=slots)
        self._for_batch = for_batch
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, ...], EnginesPlan] = {}
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

    def plan(self, *, exact: bool = False) -> EnginesPlan:
        """Return how the models share the machine, in the order of `models`; it is worked out once.

        With `exact`, llama.cpp is asked in any case how large its buffers become. Raises ModelFileError where a file is
        missing or cannot be read, DoublereadError where the models do not fit.
        """
        with self._lock:
            for model in self.models:
                found_model(self._study, model)
            return self._plan_for(self.models, exact=exact)

    def _plan_for(self, models: tuple[Model, ...], *, exact: bool = False) -> EnginesPlan:
        key = tuple(model.id for model in models)
        if key not in self._plans:
            wanted = wanted_of(self._study, models)
            self._plans[key] = plan_engines(wanted, self._base, for_batch=self._for_batch, exact=exact)
        return self._plans[key]

    def _here(self, asked: Model) -> tuple[Model, ...]:
        """Return the models that can be run: one whose file is gone does not keep the other from its work."""
        here: list[Model] = []
        for model in self.models:
            try:
                found_model(self._study, model)
            except ModelFileError:
                if model.id == asked.id:
                    raise
            else:
                here.append(model)
        return tuple(here)

    def factories(self) -> dict[str, EngineFactory]:
        """Return what makes the engines, by model id."""
        return {
            model.id: partial(PlannedEngine, self, model, f"model {number}")
            for number, model in enumerate(self.models, start=1)
        }

    def engine(self, model: Model, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError where its file is not to be found."""
        with self._lock:
            here = self._here(model)
            placed = self._plan_for(here).models[[item.id for item in here].index(model.id)]
        return EngineProcess(placed.shape.path, placed.settings, on_event, name)


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


def wanted_of(study: StudyFile, models: Sequence[Model]) -> list[Wanted]:
    """Return what a study's models are wanted for. Raises ModelFileError where a file is nowhere."""
    usual = usual_tokens(study)
    n_ctx = study.protocol.n_ctx
    return [Wanted(str(found_model(study, model)), _context(model, n_ctx), usual) for model in models]


def _context(model: Model, wanted: int) -> int:
    """Return the tokens that an answer may take: the protocol's, or those that the model was trained for if fewer."""
    trained = model.metadata.get("context_length")
    return min(wanted, trained) if isinstance(trained, int) and trained > 0 else wanted
