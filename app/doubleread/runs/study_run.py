"""Generate a study's missing answers: plan, run, watch, pause, stop, report; for a command and for a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from doubleread.domain.drafts import ArmProgress
from doubleread.read_model.blinding import blinding_of
from doubleread.runs.answer_warnings import answer_warnings
from doubleread.runs.arm_files import found_model
from doubleread.runs.cluster import ClusterRun
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.corpora import retriever_of
from doubleread.runs.engine import EngineFactory
from doubleread.runs.engines import EnginePlan, arms_with_work
from doubleread.runs.generation import GenerationRun
from doubleread.runs.long_cases import long_cases
from doubleread.runs.missing import missing_answers
from doubleread.runs.run_report import RunReport
from doubleread.store import StudyFile

RESTARTS = 3

NOTHING_MISSING = "nothing is missing"
ALL_EXTERNAL = "nothing to generate: the missing answers are external; add them with doubleread import-answers"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How answers are generated.

    With `slots` None, the plan chooses the number of parallel answers. With `together`, both models answer the same
    case at the same moment, and only first answers are generated. With a `scheduler`, the workers of a Dask cluster
    generate; they look for the models in `model_folders` too. With `measure`, models without a tuning record are
    measured first if they have many answers to generate. With `prompt_cache`, prompts on disk are used and kept.
    """

    slots: int | None = None
    together: bool = False
    reproducible: bool = False
    allow_drift: bool = False
    scheduler: str = ""
    model_folders: tuple[Path, ...] = ()
    measure: bool = False
    prompt_cache: bool = True


class StudyRun:
    """A run over everything that is missing in a study. Use it as a context manager, which ends it.

    `nothing` says why there is nothing to do, or is empty. Otherwise call `prepare` and `start`. `total` counts the
    study's answers, `written` those that it had when this was created, whose blinding all reports obey. `say` is told
    remarks as they come.
    """

    def __init__(self, study: StudyFile, options: RunOptions, say: Callable[[str], None]) -> None:
        self._study = study
        self._options = options
        self._say = say
        self._open = ExitStack()
        self._run: GenerationRun | None = None
        self._cluster: ClusterRun | None = None
        self._blinding = blinding_of(study)
        arms = study.arms()
        self.total = len(arms) * len(study.case_ids()) * (1 if options.together else study.protocol.samples)
        missing = study.missing_samples()
        self.written = self.total - len(missing)
        self._elsewhere = frozenset(arm.id for arm in arms if arm.external)
        self.nothing = ""
        if not missing:
            self.nothing = NOTHING_MISSING
        elif not arms_with_work(study, for_batch=not options.together):
            self.nothing = ALL_EXTERNAL

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @property
    def names(self) -> dict[str, str]:
        """The heading of each key of `progress`."""
        return self._blinding.progress_names()

    def prepare(self) -> None:
        """Find the models and plan how they share the machine; hashing large files takes minutes.

        Raises DoublereadError if nothing can be generated: no model file, configuration drift.
        """
        study, options = self._study, self._options
        self._configuration = StudyConfiguration(
            study, reproducible=options.reproducible, allow_drift=options.allow_drift
        )
        if words := str(long_cases(study)):
            self._say(f"note: {words}")
        retriever = retriever_of(study, arms_with_work(study, for_batch=not options.together))
        if retriever is not None:
            self._open.callback(retriever.close)
        factories, sequential = self.engines()
        self._run = GenerationRun(
            study,
            factories,
            together=options.together,
            sequential=sequential,
            slots=options.slots or 1,
            restarts=RESTARTS,
            configuration=self._configuration,
            retriever=retriever,
        )

    def engines(self) -> tuple[Mapping[str, EngineFactory], bool]:
        """Return the factories of the engines by arm id, and whether the models must be loaded one after the other.

        Raises DoublereadError.
        """
        options = self._options
        if options.scheduler:
            self._cluster = ClusterRun(
                self._study,
                options.scheduler,
                self._configuration,
                slots=options.slots,
                folders=options.model_folders,
                say=self._say,
            )
            self._open.enter_context(self._cluster)
            return self._cluster.factories(), False
        plan = EnginePlan(
            self._study,
            slots=options.slots,
            for_batch=not options.together,
            configuration=self._configuration,
            prompt_cache=options.prompt_cache,
        )
        if options.measure and not options.together and not options.reproducible:
            self._measure(plan)
        plan.check()
        self._configuration.arrangement = plan.arrangement()
        if self._configuration.arrangement:
            self._say(f"note: {self._configuration.arrangement}")
        return plan.factories(), plan.sequential

    def _measure(self, plan: EnginePlan) -> None:
        from doubleread.engine.planning.devices import machine
        from doubleread.runs.tuning import Measurable, measure_missing

        missing = Counter(arm_id for _, arm_id, _ in self._study.missing_samples())
        measure_missing(
            [
                Measurable(Path(found_model(self._study, arm)), arm.model_sha256, missing[arm.id])
                for arm in plan.planned
                if arm.model is not None
            ],
            machine(),
            self._say,
        )

    @property
    def _running(self) -> GenerationRun:
        if self._run is None:
            raise RuntimeError("the run is not prepared")
        return self._run

    def start(self) -> None:
        """Load the models; the answers follow as soon as one is loaded."""
        self._running.start()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is left to do; return whether that happened within `timeout` seconds."""
        return self._running.wait(timeout)

    def pause(self) -> None:
        """Start no more answers until `resume`; the models stay loaded. Answers in progress are finished."""
        self._running.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._running.resume()

    @property
    def busy(self) -> bool:
        """Whether an answer is being generated or saved."""
        return self._running.busy

    def stop(self) -> None:
        """End the workers. Unfinished answers are given up; finished ones are in the file when this returns."""
        self._running.stop()

    def progress(self) -> dict[str, ArmProgress]:
        """Return the progress of each model, or of both together, as blinding allows."""
        return self._blinding.progress(self._running.progress())

    def report(self, *, stopped: bool = False) -> RunReport:
        """Return what was done. Raises DoublereadError if the run ended because nothing could be stored."""
        missing = missing_answers(self._study)
        if self._run is None:
            return RunReport(
                str(self._study.path), self.total, missing, elsewhere=self._elsewhere, blinding=self._blinding
            )
        if self._run.halted is not None:
            raise self._run.halted
        lost = self._cluster.remarks if self._cluster is not None else ()
        remarks = (*self._configuration.remarks(), *lost, *answer_warnings(self._study))
        return RunReport(
            study=str(self._study.path),
            total=self.total,
            missing=missing,
            arms=self.progress(),
            names=self.names,
            elsewhere=self._elsewhere,
            remarks=tuple(map(self._blinding.text, remarks)),
            reproducible=self._options.reproducible,
            stopped=stopped,
            blinding=self._blinding,
        )
