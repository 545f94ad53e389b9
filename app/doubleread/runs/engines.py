"""Plan and start the processes that run the models of a study's arms."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from doubleread.domain.arm import Arm
from doubleread.engine.client.protocol import AskLikelihood, Event, Failed, Generate
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.installed import built_for_gpu
from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.devices import machine
from doubleread.engine.planning.memory_plan import EnginesPlan
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe, probe
from doubleread.errors import DoublereadError, ModelFileError
from doubleread.runs.case_order import prompts_begin_alike
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.study_arms import file_may_be_here, found_adapters, found_model
from doubleread.store import StudyFile

CPU_SLOTS = 8
GPU_SLOTS = 32
"""Default number of parallel answers in a batch, if memory allows. A few keep a processor busy; on a GPU, one answer
takes as long as many."""

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
    others may run one after the other. With a reproducible configuration, an answer is byte-identical on the same
    machine, whatever was generated before it: one slot, no reuse of the previous prompt, and as many threads as for the
    existing answers.

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
        missing = {arm_id for _, arm_id, sample in study.missing_samples() if for_batch or not sample}
        busy = asked_again if asked_again is not None else missing
        self.arms = tuple(arm for arm in study.arms() if arm.id in busy and not (arm.external and for_batch))

    @property
    def sequential(self) -> bool:
        """Whether the models must be loaded one after the other, because both do not fit. Plans, as `plan` does."""
        return self.plan().sequential

    def look_for_files(self) -> None:
        """Raise ModelFileError if there is no file in any of the places where a model could be. Takes no time."""
        for arm in self.arms:
            if not file_may_be_here(self._study, arm):
                found_model(self._study, arm)

    def check(self) -> None:
        """Find all files, by their hashes, and check whether answers generated now would cause configuration drift.

        Raises ModelFileError for a file, DoublereadError naming every difference.
        """
        plan = self.plan()
        for arm, placed in zip(self.arms, plan.models, strict=True):
            names = ("n_ctx", "kv_type", "flash_attention")
            self._configuration.check(arm.id, {name: getattr(placed.settings, name) for name in names})

    def plan(self, *, exact: bool = False) -> EnginesPlan:
        """Return how the models share the machine, in the order of `models`; computed once.

        With `exact`, llama.cpp is always asked for the size of its buffers. Raises ModelFileError if a file is missing
        or cannot be read, DoublereadError if the models do not fit.
        """
        with self._lock:
            return self._plan_for(self.arms, exact=exact)

    def factories(self) -> dict[str, EngineFactory]:
        """Return the factories of the engines, by model id."""

        def factory(arm: Arm, name: str) -> EngineFactory:
            return lambda on_event: PlannedEngine(self, arm, name, on_event)

        return {arm.id: factory(arm, f"model {number}") for number, arm in enumerate(self.arms, start=1)}

    def engine(self, arm: Arm, name: str, on_event: Callable[[Event], None]) -> EngineProcess:
        """Return a model's process, not started. Raises ModelFileError if its file is not found."""
        with self._lock:
            here = self._here(arm)
            placed = self._plan_for(here).models[[item.id for item in here].index(arm.id)]
        return EngineProcess(placed.shape.path, placed.settings, on_event, name)

    def _plan_for(self, arms: tuple[Arm, ...], *, exact: bool = False) -> EnginesPlan:
        key = tuple(arm.id for arm in arms)
        if key not in self._plans:
            self._plans[key] = self._fixed(arms, self._planned(wanted_of(self._study, arms), exact=exact))
        return self._plans[key]

    def _planned(self, wanted: list[Wanted], *, exact: bool) -> EnginesPlan:
        """Plan, with separate memory for each answer where that is faster (see `LoadSettings`) and costs no slots."""
        here = machine()
        found = probe() if built_for_gpu() else Probe()
        slots = self._slots or (GPU_SLOTS if found.gpus else CPU_SLOTS)
        plan = partial(plan_engines, wanted, for_batch=self._for_batch, found=found, here=here, exact=exact)
        apart = EngineSettings(
            n_slots=1 if self._configuration.reproducible else slots,
            kv_unified=False,
            reasoning=self._study.protocol.reasoning,
        )
        if not self._in_one_pool and not (found.gpus and prompts_begin_alike(self._study)):
            try:
                first = plan(apart)
            except DoublereadError:
                return plan(apart.replace(kv_unified=True))
            if not first.sequential and all(engine.n_slots == apart.n_slots for engine in first.engines):
                return first
        return plan(apart.replace(kv_unified=True))

    def _fixed(self, arms: Sequence[Arm], plan: EnginesPlan) -> EnginesPlan:
        """For reproducible answers, fix everything that would change the rounding of sums."""
        if not self._configuration.reproducible:
            return plan
        fixed = []
        for arm, placed in zip(arms, plan.models, strict=True):
            before = (self._configuration.before(arm.id, name) for name in ("n_threads", "n_threads_batch"))
            threads, threads_batch = (known or own for known, own in zip(before, _fixed_threads(), strict=True))
            settings = placed.settings.replace(
                n_slots=1,
                n_cells=0,
                n_threads=threads,
                n_threads_batch=threads_batch,
                kv_unified=True,
                reuse_prefix=False,
            )
            fixed.append(replace(placed, settings=settings))
        return replace(plan, models=tuple(fixed))

    def _here(self, asked: Arm) -> tuple[Arm, ...]:
        """Return the models that can run: a missing file of one does not stop the other."""
        here: list[Arm] = []
        for arm in self.arms:
            try:
                found_model(self._study, arm)
            except ModelFileError:
                if arm.id == asked.id:
                    raise
            else:
                here.append(arm)
        return tuple(here)


def _fixed_threads() -> tuple[int, int]:
    """Return how many threads each of two models can have here, even if only one has answers to generate."""
    here = machine()
    shares = share_processors(here.processors, 2, here.quota)
    return min(share.threads for share in shares), min(share.batch_threads for share in shares)


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


def wanted_of(study: StudyFile, arms: Sequence[Arm]) -> list[Wanted]:
    """Return what a study's models are needed for. Raises ModelFileError if a file is not found."""
    n_ctx = study.protocol.n_ctx
    return [
        Wanted(
            str(found_model(study, arm)),
            _context(arm, n_ctx),
            _usual_tokens(study, arm),
            arm.chat_template,
            found_adapters(study, arm),
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
    template = arm.prompt_of(study.protocol)
    sizes = sorted(
        sum(len(message.content.encode("utf-8", "replace")) for message in template.messages(study.case(case_id)))
        for case_id in ids[::step]
    )
    prompt = sizes[min(len(sizes) * 3 // 4, len(sizes) - 1)] / BYTES_PER_TOKEN
    return int(prompt) + TEMPLATE_TOKENS + arm.decoding_of(study.protocol).max_tokens


def _context(arm: Arm, wanted: int) -> int:
    """Return the most tokens of an answer with its prompt: the protocol's, or what the model was trained for."""
    trained = arm.model.metadata.get("context_length") if arm.model is not None else None
    return min(wanted, trained) if isinstance(trained, int) and trained > 0 else wanted
