"""Plan and start the processes that run a study's models."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from doubleread.domain.model import Model
from doubleread.engine.client.protocol import AskLikelihood, Event, Failed, Generate
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.planning.devices import machine
from doubleread.engine.planning.memory_plan import EnginesPlan
from doubleread.engine.planning.plan import Wanted
from doubleread.engine.planning.study_plan import Conditions, Threads, plan_for_study
from doubleread.errors import DoublereadError, ModelFileError
from doubleread.runs.case_order import prompts_begin_alike
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.study_models import file_may_be_here, found_adapters, found_model
from doubleread.store import StudyFile

BYTES_PER_TOKEN = 3.0
"""English clinical text has 4 to 4.5 UTF-8 bytes per token in common vocabularies, other languages fewer."""

TEMPLATE_TOKENS = 64
_SAMPLED_CASES = 50

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class EnginePlan:
    """Which of a study's models have answers to generate, where their files are, and how they share the machine.

    `slots` None leaves their number to the plan. With `for_batch`, models with external answers are left out, and the
    others may run one after the other.

    Planning takes long if a large file must be hashed or a GPU queried. So it is left to `check`, or to the engines
    when they start.
    """

    def __init__(
        self,
        study: StudyFile,
        *,
        slots: int | None = 1,
        for_batch: bool = False,
        configuration: StudyConfiguration | None = None,
        asked_again: Collection[str] | None = None,
    ) -> None:
        """Find the models with work. `asked_again` are the ids of those that get more requests on their own prompts."""
        self._study = study
        self._slots = slots
        self._for_batch = for_batch
        self._configuration = configuration or StudyConfiguration(study)
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, ...], EnginesPlan] = {}
        self._in_one_pool = asked_again is not None or not for_batch
        self.models = models_with_work(study, asked_again, for_batch=for_batch)

    @property
    def sequential(self) -> bool:
        """Whether the models must be loaded one after the other, because both do not fit. Plans, as `plan` does."""
        return self.plan().sequential

    def look_for_files(self) -> None:
        """Raise ModelFileError if there is no file in any of the places where a model could be. Takes no time."""
        for model in self.models:
            if not file_may_be_here(self._study, model):
                found_model(self._study, model)

    def check(self) -> None:
        """Find all files, by their hashes, and check whether answers generated now would cause configuration drift.

        Raises ModelFileError for a file, DoublereadError naming every difference.
        """
        plan = self.plan()
        for model, placed in zip(self.models, plan.models, strict=True):
            names = ("n_ctx", "kv_type", "flash_attention")
            self._configuration.check(model.id, {name: getattr(placed.settings, name) for name in names})

    def plan(self, *, exact: bool = False) -> EnginesPlan:
        """Return how the models share the machine, in the order of `models`; computed once.

        With `exact`, llama.cpp is always asked for the size of its buffers. Raises ModelFileError if a file is missing
        or cannot be read, DoublereadError if the models do not fit.
        """
        with self._lock:
            return self._plan_for(self.models, exact=exact)

    def factories(self) -> dict[str, EngineFactory]:
        """Return the factories of the engines, by model id."""

        def factory(model: Model, name: str) -> EngineFactory:
            return lambda on_event: PlannedEngine(self, model, name, on_event)

        return {model.id: factory(model, f"model {number}") for number, model in enumerate(self.models, start=1)}

    def engine(self, model: Model, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError if its file is not found."""
        with self._lock:
            here = self._here(model)
            placed = self._plan_for(here).models[[item.id for item in here].index(model.id)]
        return EngineProcess(placed.shape.path, placed.settings, on_event, name)

    def _plan_for(self, models: tuple[Model, ...], *, exact: bool = False) -> EnginesPlan:
        key = tuple(model.id for model in models)
        if key not in self._plans:
            self._plans[key] = plan_for_study(
                wanted_of(self._study, models),
                Conditions(
                    slots=self._slots,
                    for_batch=self._for_batch,
                    in_one_pool=self._in_one_pool,
                    reproducible=self._configuration.reproducible,
                    reasoning=self._study.protocol.reasoning,
                ),
                begin_alike=partial(prompts_begin_alike, self._study),
                threads=[earlier_threads(self._configuration, model.id) for model in models],
                here=machine(),
                exact=exact,
            )
        return self._plans[key]

    def _here(self, asked: Model) -> tuple[Model, ...]:
        """Return the models that can run: a missing file of one does not stop the other."""
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
        """How many tokens it has generated since its start."""
        return self._engine.tokens_made if self._engine is not None else 0

    def start(self) -> None:
        """Start the worker and load the model."""
        # A daemon, because hashing a large file takes minutes, and the program must not wait for it at exit.
        threading.Thread(target=self._start, daemon=True, name=f"plan {self._name}").start()

    def generate(self, request: Generate) -> None:
        """Ask for an answer, once the model is loaded."""
        if self._engine is not None:
            self._engine.generate(request)

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask for likelihoods, once the model is loaded."""
        if self._engine is not None:
            self._engine.ask_likelihood(request)

    def restart(self) -> None:
        """Restart the worker after it ended, or look for its model once more."""
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
        except Exception as error:
            # Without an event, a run would wait for this model for ever.
            _LOG.exception("%s could not be planned", self._name)
            happened = f"the program failed because of a bug ({type(error).__name__})"
            self._on_event(Failed(None, "Model not started", happened))
            return
        with self._lock:
            if not self._stopped and self._engine is None:
                self._engine = engine
                engine.start()


def models_with_work(
    study: StudyFile, asked_again: Collection[str] | None = None, *, for_batch: bool = True
) -> tuple[Model, ...]:
    """Return the models that lack answers, or those `asked_again`; in a batch, only those that have a file."""
    busy = asked_again if asked_again is not None else {model_id for _, model_id in study.missing_answers()}
    return tuple(model for model in study.models() if model.id in busy and (model.path or not for_batch))


def earlier_threads(configuration: StudyConfiguration, model_id: str) -> Threads:
    """Return the threads of a model's existing reproducible answers."""
    return configuration.before(model_id, "n_threads"), configuration.before(model_id, "n_threads_batch")


def wanted_of(study: StudyFile, models: Sequence[Model]) -> list[Wanted]:
    """Return what a study's models are needed for. Raises ModelFileError if a file is not found."""
    return [
        replace(wanted, path=str(found_model(study, model)), adapters=found_adapters(study, model))
        for wanted, model in zip(recorded_wanted(study, models), models, strict=True)
    ]


def recorded_wanted(study: StudyFile, models: Sequence[Model]) -> list[Wanted]:
    """Return what a study's models are needed for, with the recorded paths of their files."""
    usual = _usual_tokens(study)
    n_ctx = study.protocol.n_ctx
    return [Wanted(model.path, _context(model, n_ctx), usual, model.chat_template, model.adapters) for model in models]


def _usual_tokens(study: StudyFile) -> int:
    """Estimate how many tokens a prompt with its longest answer takes in three of four cases, without a tokeniser.

    A large study is sampled at even distances.
    """
    ids = study.case_ids()
    if not ids:
        return 0
    step = max(len(ids) // _SAMPLED_CASES, 1)
    template = study.protocol.prompt
    sizes = sorted(
        sum(len(message.content.encode("utf-8", "replace")) for message in template.messages(study.case(case_id)))
        for case_id in ids[::step]
    )
    prompt = sizes[min(len(sizes) * 3 // 4, len(sizes) - 1)] / BYTES_PER_TOKEN
    return int(prompt) + TEMPLATE_TOKENS + study.protocol.decoding.max_tokens


def _context(model: Model, wanted: int) -> int:
    """Return the most tokens of an answer with its prompt: the protocol's, or what the model was trained for."""
    trained = model.metadata.get("context_length")
    return min(wanted, trained) if isinstance(trained, int) and trained > 0 else wanted
