"""Answers that are generated in the background: a thread does the work, and a screen looks at it now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from doubleread.device import this_device
from doubleread.domain.drafts import ArmProgress
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError
from doubleread.read_model.blinding import blinded_errors
from doubleread.runs.missing import failure_lines
from doubleread.runs.pace import Watched
from doubleread.runs.run_report import RunReport
from doubleread.runs.study_run import RunOptions, StudyRun
from doubleread.sessions.study_library import opened_to_look
from doubleread.store import StudyFile

RunState = Literal["preparing", "running", "pausing", "paused", "stopping", "ended"]

LOOK_SECONDS = 0.2
"""How often the thread notes progress; a pace needs regular notes."""
_FAILURES_SHOWN = 50

MakeRun = Callable[[StudyFile, RunOptions, Callable[[str], None]], StudyRun]


@dataclass(frozen=True, slots=True)
class ArmLine:
    """The progress of a model, or of both together, and in words its speed, failures and time left."""

    name: str
    progress: ArmProgress
    words: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: answers `made` in it and `missing` now. `failed`: some that it should have made are missing.

    It has no more than that of a `RunReport`, which names models for those who may see them.
    """

    stopped: bool
    made: int
    missing: int
    failed: bool

    @staticmethod
    def of(report: RunReport) -> RunOutcome:
        """Return what a screen may see of a report."""
        return RunOutcome(report.stopped, report.made, len(report.missing), report.failed)


@dataclass(frozen=True, slots=True)
class RunNow:
    """The state of a run at one moment. `written` and `total` count the answers of the whole study.

    `lines` are by model, as blinding allows. `failures` says which answers failed and why. At the end there is an
    `outcome`, or an `error` if the run could not be made. `nothing` says why there was nothing to do.
    """

    state: RunState = "preparing"
    written: int = 0
    total: int = 0
    lines: tuple[ArmLine, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    nothing: str = ""
    outcome: RunOutcome | None = None
    error: DoublereadError | None = None

    @property
    def going(self) -> bool:
        """Whether models are loaded, or about to be."""
        return self.state != "ended"


class RunningStudy:
    """The generation of a study's missing answers, in a thread of its own, whether or not a screen looks.

    Answers are in the study file as soon as they are finished, so that a stop loses only unfinished ones.
    """

    def __init__(self, path: Path, options: RunOptions | None = None, make_run: MakeRun = StudyRun) -> None:
        """Prepare it; nothing is started."""
        self.path = path
        self._options = options or RunOptions()
        self._make_run = make_run
        self._lock = threading.Lock()
        self._wanted: Literal["run", "pause", "stop"] = "run"
        self._now = RunNow()
        self._notes: list[str] = []
        self._failures: tuple[int, tuple[str, ...]] = 0, ()
        self._thread = threading.Thread(target=self._work, daemon=True, name="generate answers")

    def start(self) -> None:
        """Begin. Call it once."""
        self._thread.start()

    @property
    def now(self) -> RunNow:
        """The state at the last look; takes no time."""
        with self._lock:
            return self._now

    def pause(self) -> None:
        """Finish the answers that are being generated and begin no others until `resume`; the models stay loaded."""
        self._want("pause")

    def resume(self) -> None:
        """Go on after `pause`."""
        self._want("run")

    def stop(self) -> None:
        """End the models at once; unfinished answers are given up. `now` says when that is done."""
        self._want("stop")

    def stop_and_wait(self, seconds: float) -> None:
        """Stop, and wait up to some seconds until the models have ended."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _want(self, wanted: Literal["run", "pause", "stop"]) -> None:
        with self._lock:
            if self._wanted != "stop":
                self._wanted = wanted

    def _work(self) -> None:
        try:
            with StudyFile.open(self.path, device=this_device()) as study, blinded_errors(study):
                self._generate(study)
        except DoublereadError as error:
            self._set(RunNow("ended", notes=tuple(self._notes), error=error))
        except Exception as error:
            # Without an end, the screen would wait for ever.
            happened = f"the program failed because of a bug ({type(error).__name__})"
            remedy = "finished answers are kept; start it again to continue"
            told = DoublereadError("Answers not generated", happened, remedy)
            self._set(RunNow("ended", notes=tuple(self._notes), error=told))

    def _generate(self, study: StudyFile) -> None:
        with self._make_run(study, self._options, self._notes.append) as run:
            if run.nothing:
                report = run.report()
                self._set(RunNow("ended", report.written, report.total, nothing=run.nothing))
                return
            run.prepare()
            watched = {key: Watched() for key in run.names}
            try:
                if self._wanted != "stop":
                    run.start()
                paused = False
                while self._wanted != "stop" and not run.wait(LOOK_SECONDS):
                    if paused != (self._wanted == "pause"):
                        paused = not paused
                        (run.pause if paused else run.resume)()
                        watched = {key: Watched() for key in run.names}
                    state: RunState = "running"
                    if paused:
                        state = "pausing" if run.busy else "paused"
                    self._note(run, watched, state)
                stopped = self._wanted == "stop" and not run.wait(0)
                self._note(run, watched, "stopping")
            finally:
                run.stop()
        report = run.report(stopped=stopped)
        lines = tuple(_lines(run, watched, report.arms, time.monotonic()))
        failures = tuple(failure_lines(report.shown_missing, _FAILURES_SHOWN))
        notes = (*self._notes, *report.remarks)
        self._set(RunNow("ended", report.written, report.total, lines, notes, failures, outcome=RunOutcome.of(report)))

    def _note(self, run: StudyRun, watched: dict[str, Watched], state: RunState) -> None:
        progress = run.progress()
        lines = tuple(_lines(run, watched, progress, time.monotonic()))
        failed = sum(now.failed for now in progress.values())
        if failed != self._failures[0]:
            found = run.report().shown_missing
            self._failures = failed, tuple(failure_lines(found, _FAILURES_SHOWN))
        written = run.written + sum(now.done for now in progress.values())
        self._set(RunNow(state, written, run.total, lines, tuple(self._notes), self._failures[1]))

    def _set(self, now: RunNow) -> None:
        with self._lock:
            self._now = now


def _lines(
    run: StudyRun, watched: dict[str, Watched], progress: dict[str, ArmProgress], at: float
) -> Iterator[ArmLine]:
    for key, now in progress.items():
        yield ArmLine(run.names[key], now, watched[key].state(now, at))


@dataclass(frozen=True, slots=True)
class AnswersToGenerate:
    """The answers of a study before a run. `here` counts those that a run generates, `external` those to import."""

    title: str
    total: int
    here: int
    external: int

    @property
    def words(self) -> str:
        """What is missing, in sentences."""
        if not self.here + self.external:
            return f"All {plural(self.total, 'answer')} are there."
        external = f"{plural(self.external, 'answer')} of a model elsewhere must be imported."
        if not self.here:
            return external
        missing = f"{self.here} of {plural(self.total, 'answer')} {verb(self.here, 'is', 'are')} missing."
        return f"{missing} {external}" if self.external else missing


def answers_to_generate(path: Path) -> AnswersToGenerate:
    """Return how many answers a study lacks. Raises DoublereadError."""
    with opened_to_look(path) as study:
        elsewhere = {arm.id for arm in study.arms() if arm.external}
        missing = study.missing_samples()
        external = sum(arm_id in elsewhere for _, arm_id, _ in missing)
        total = len(study.arms()) * len(study.case_ids()) * study.protocol.samples
        return AnswersToGenerate(study.protocol.title, total, len(missing) - external, external)
