"""Plan and start the engines of a study's arms.

What plans is imported where it plans, so that it delays no screen.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from doubleread.domain.arm import Arm
from doubleread.domain.server import Server
from doubleread.engine.client.protocol import AskLikelihood, Event, Failed, Generate
from doubleread.engine.fitting import estimated_tokens
from doubleread.errors import DoublereadError, ModelFileError
from doubleread.runs.arm_files import file_may_be_here, found_adapters, found_model
from doubleread.runs.case_order import prompts_begin_alike
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.prompt_caching import prompt_cache_of
from doubleread.runs.shared_engine import SharedEngine
from doubleread.store import StudyFile

if TYPE_CHECKING:
    from doubleread.engine.client.supervisor import EngineProcess
    from doubleread.engine.planning.devices import Machine
    from doubleread.engine.planning.memory_plan import EnginesPlan
    from doubleread.engine.planning.plan import Wanted
    from doubleread.engine.planning.study_plan import Threads

TOKENS_PER_WORD = 1.5
"""Of passages from a corpus, with their headings."""

_SAMPLED_CASES = 50

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class EnginePlan:
    """Which of a study's arms have answers to generate, where their files are, and how their models share the machine.

    `arms` are those with work, `local` those of them whose models run on this machine. `planned` is one arm for each
    worker: two arms share one if they differ in prompt, retrieval or decoding alone. `slots` None leaves the number of
    slots to the plan. With `for_batch`, arms with external answers are left out, and models may run one after the
    other.

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
        prompt_cache: bool = True,
    ) -> None:
        """Find the arms with work. `asked_again` are the ids of those that get more requests on their own prompts.

        Without `prompt_cache`, no prompts on disk are used or kept.
        """
        self._study = study
        self._slots = slots
        self._for_batch = for_batch
        self._configuration = configuration or StudyConfiguration(study)
        self._prompt_cache = prompt_cache
        self._lock = threading.Lock()
        self._plans: dict[tuple[str, ...], EnginesPlan] = {}
        self._in_one_pool = asked_again is not None or not for_batch
        self.arms = arms_with_work(study, asked_again, for_batch=for_batch)
        self.local = tuple(arm for arm in self.arms if arm.server is None)
        self.shared = len(self.local) > 1 and one_worker_serves(*self.local)
        self.planned = self.local[:1] if self.shared else self.local

    @property
    def sequential(self) -> bool:
        """Whether the models must be loaded one after the other, because both do not fit. Plans, as `plan` does."""
        return len(self.planned) > 1 and self.plan().sequential

    def look_for_files(self) -> None:
        """Raise ModelFileError if there is no file in any of the places where a model could be. Takes no time."""
        for arm in self.local:
            if not file_may_be_here(self._study, arm):
                found_model(self._study, arm)

    def check(self) -> None:
        """Find all files, by their hashes, and check whether answers generated now would cause configuration drift.

        Raises ModelFileError for a file, DoublereadError naming every difference.
        """
        if self._configuration.reproducible and len(self.local) < len(self.arms):
            happened = "an answer from a server cannot be byte-identical, because other requests change its rounding"
            raise DoublereadError("Not reproducible", happened, "omit --reproducible")
        placed_models = self.plan().models if self.local else ()
        for arm, placed in zip(self.local, placed_models * 2 if self.shared else placed_models, strict=True):
            names = ("n_ctx", "kv_type", "flash_attention")
            self._configuration.check(arm.id, {name: getattr(placed.settings, name) for name in names})

    def plan(self, *, exact: bool = False) -> EnginesPlan:
        """Return how the models share the machine, in the order of `planned`; computed once.

        With `exact`, llama.cpp is always asked for the size of its buffers. Raises ModelFileError if a file is missing
        or cannot be read, DoublereadError if the models do not fit.
        """
        with self._lock:
            return self._plan_for(self.planned, exact=exact)

    def factories(self) -> dict[str, EngineFactory]:
        """Return the factories of the engines, by arm id."""

        def factory(arm: Arm, name: str) -> EngineFactory:
            if arm.server is not None:
                slots = self._slots if self._for_batch else None
                return server_factory(self._study, arm.server, name, for_batch=self._for_batch, slots=slots)
            return shared or partial(PlannedEngine, self, arm, name)

        shared = None
        if self.shared:
            shared = SharedEngine(partial(PlannedEngine, self, self.planned[0], "the model")).member
        return {arm.id: factory(arm, f"model {number}") for number, arm in enumerate(self.arms, start=1)}

    def engine(self, arm: Arm, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError if its file is not found."""
        from doubleread.engine.client.supervisor import EngineProcess

        with self._lock:
            here = self._here(arm)
            placed = self._plan_for(here).models[[item.id for item in here].index(arm.id)]
        cache = prompt_cache_of(self._study, arm) if self._prompt_cache else None
        settings = placed.settings.replace(prompt_cache=cache)
        return EngineProcess(placed.shape.path, settings, on_event, name)

    def _plan_for(self, arms: tuple[Arm, ...], *, exact: bool = False) -> EnginesPlan:
        from doubleread.engine.planning.devices import machine
        from doubleread.engine.planning.study_plan import Conditions, plan_for_study

        key = tuple(arm.id for arm in arms)
        if key not in self._plans:
            here = machine()
            self._plans[key] = plan_for_study(
                self._wanted(arms, here),
                Conditions(
                    # Two arms in one worker answer side by side too.
                    slots=self._slots * 2 if self.shared and self._slots else self._slots,
                    for_batch=self._for_batch,
                    in_one_pool=self._in_one_pool,
                    reproducible=self._configuration.reproducible,
                    in_turn=self._in_turn(arms, here),
                    reasoning=self._study.protocol.reasoning,
                ),
                begin_alike=partial(prompts_begin_alike, self._study),
                threads=[earlier_threads(self._configuration, arm.id) for arm in arms],
                here=here,
                exact=exact,
            )
        return self._plans[key]

    def _wanted(self, arms: tuple[Arm, ...], here: Machine) -> list[Wanted]:
        """Return what the models are needed for. Reproducible answers depend on no tuning record."""
        wanted = wanted_of(self._study, arms)
        if self._configuration.reproducible:
            return wanted
        from doubleread.engine.tuning.known import preferred_for
        from doubleread.runs.tuning import consistent

        return [
            replace(
                item,
                preferred=consistent(
                    preferred_for(arm.model_sha256, item.typical_tokens or item.n_ctx, here),
                    self._configuration,
                    arm.id,
                ),
            )
            for arm, item in zip(arms, wanted, strict=True)
        ]

    def _in_turn(self, arms: tuple[Arm, ...], here: Machine) -> str:
        """Return why a batch runs the models one after the other even if both fit."""
        if not self._for_batch or self._configuration.reproducible:
            return ""
        from doubleread.runs.tuning import why_in_turn

        return why_in_turn([arm.model_sha256 for arm in arms], here)

    def arrangement(self) -> str:
        """Return whether two models run side by side or in turn, and why; empty if there is one worker."""
        if len(self.planned) < 2:
            return ""
        from doubleread.engine.planning.devices import machine
        from doubleread.runs.tuning import why_at_once

        if self.plan().sequential:
            return self.plan().notes[0]
        return why_at_once([arm.model_sha256 for arm in self.planned], machine())

    def _here(self, asked: Arm) -> tuple[Arm, ...]:
        """Return the arms that can run: a missing file of one does not stop the other."""
        here: list[Arm] = []
        for arm in self.planned:
            try:
                found_model(self._study, arm)
            except ModelFileError:
                if arm.id == asked.id:
                    raise
            else:
                here.append(arm)
        return tuple(here)


class PlannedEngine:
    """A model's process that is planned in the background when it is started, so that no screen waits for it."""

    def __init__(self, plan: EnginePlan, arm: Arm, name: str, on_event: Callable[[Event], None]) -> None:
        self._make = partial(plan.engine, arm, name, on_event)
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


def one_worker_serves(first: Arm, second: Arm) -> bool:
    """Return whether two arms differ in nothing that a model is loaded with."""

    def loaded(arm: Arm) -> tuple[object, ...]:
        template = arm.chat_template.template if arm.chat_template is not None else None
        return arm.model_sha256, template, [(adapter.sha256, adapter.scale) for adapter in arm.adapters]

    return first.model is not None and loaded(first) == loaded(second)


def server_factory(
    study: StudyFile, server: Server, name: str, *, for_batch: bool, slots: int | None = None
) -> EngineFactory:
    """Return the factory of the engine of an arm on a server. At most `slots` requests are made in parallel."""
    from doubleread.engine.server.engine import server_engine_factory

    if slots is not None:
        server = replace(server, concurrency=min(slots, server.concurrency))
    protocol = study.protocol
    return server_engine_factory(server, name, reasoning=protocol.reasoning, n_ctx=protocol.n_ctx, for_batch=for_batch)


def arms_with_work(
    study: StudyFile, asked_again: Collection[str] | None = None, *, for_batch: bool = True
) -> tuple[Arm, ...]:
    """Return the arms that lack answers, or those `asked_again`; in a batch, only those whose answers are generated."""
    missing = {arm_id for _, arm_id, sample in study.missing_samples() if for_batch or not sample}
    busy = asked_again if asked_again is not None else missing
    return tuple(arm for arm in study.arms() if arm.id in busy and not (arm.external and for_batch))


def earlier_threads(configuration: StudyConfiguration, arm_id: str) -> Threads:
    """Return the threads of a model's existing reproducible answers."""
    return configuration.before(arm_id, "n_threads"), configuration.before(arm_id, "n_threads_batch")


def wanted_of(study: StudyFile, arms: Sequence[Arm]) -> list[Wanted]:
    """Return what a study's models are needed for. Raises ModelFileError if a file is not found."""
    return [
        replace(wanted, path=str(found_model(study, arm)), adapters=found_adapters(study, arm))
        for wanted, arm in zip(recorded_wanted(study, arms), arms, strict=True)
    ]


def recorded_wanted(study: StudyFile, arms: Sequence[Arm]) -> list[Wanted]:
    """Return what the models of arms are needed for, with the recorded paths of their files; "" without one."""
    from doubleread.engine.planning.plan import Wanted

    n_ctx = study.protocol.n_ctx
    return [
        Wanted(
            arm.model.path if arm.model is not None else "",
            context_of(arm, n_ctx),
            _usual_tokens(study, arm),
            arm.chat_template,
            arm.adapters,
        )
        for arm in arms
    ]


def _usual_tokens(study: StudyFile, arm: Arm) -> int:
    """Estimate how many tokens a prompt with its longest answer takes in three of four cases, without a tokeniser.

    A large study is sampled at even distances.
    """
    ids = study.case_ids()
    if not ids:
        return 0
    step = max(len(ids) // _SAMPLED_CASES, 1)
    sizes = sorted(estimated_tokens(arm.messages(study.protocol, study.case(case_id))) for case_id in ids[::step])
    prompt = sizes[min(len(sizes) * 3 // 4, len(sizes) - 1)]
    return prompt + passage_tokens(arm) + arm.decoding_of(study.protocol).max_tokens


def passage_tokens(arm: Arm) -> int:
    """Return about how many tokens the passages have that an arm is given at most."""
    return int(arm.retrieval.max_words * TOKENS_PER_WORD) if arm.retrieval is not None else 0


def context_of(arm: Arm, wanted: int) -> int:
    """Return the most tokens of an answer with its prompt: the protocol's, or what the model was trained for."""
    trained = arm.model.metadata.get("context_length") if arm.model is not None else None
    return min(wanted, trained) if isinstance(trained, int) and trained > 0 else wanted
