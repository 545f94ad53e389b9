"""Generate answers without a screen: progress on standard error, an orderly stop, a list of failures."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from doubleread.cli.exit_codes import FAILED
from doubleread.cli.run_progress import shown_progress
from doubleread.console import note
from doubleread.domain.display import display_line
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError
from doubleread.read_model.blinding import blinding_of
from doubleread.runs.answer_warnings import answer_warnings
from doubleread.runs.cluster import ClusterRun
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.corpora import retriever_of
from doubleread.runs.engines import EnginePlan, arms_with_work
from doubleread.runs.generation import GenerationRun
from doubleread.runs.long_cases import long_cases
from doubleread.runs.missing import failure_lines, missing_answers
from doubleread.runs.run import Run
from doubleread.runs.run_report import RunReport
from doubleread.store import StudyFile

RESTARTS = 3
_LOOK_SECONDS = 0.1
_FAILURES_SHOWN = 50


def generate_missing(
    study: StudyFile,
    *,
    slots: int | None = None,
    together: bool = False,
    reproducible: bool = False,
    allow_drift: bool = False,
    scheduler: str = "",
    model_folders: Sequence[Path] = (),
) -> RunReport:
    """Generate every missing answer of a study; failures are listed on standard error.

    With `slots` None, the plan chooses the number of parallel answers. With a `scheduler`, the workers of a Dask
    cluster generate; they look for the models in `model_folders` too. Ctrl-C and SIGTERM stop it, and the report says
    so; a second one ends the program at once. Finished answers are kept. Raises DoublereadError if nothing can be
    generated: no model file, configuration drift, a study file that cannot be written.
    """
    arms = study.arms()
    blinding = blinding_of(study)
    elsewhere = frozenset(arm.id for arm in arms if arm.external)
    total = len(arms) * len(study.case_ids()) * (1 if together else study.protocol.samples)
    if not study.missing_samples():
        note("nothing is missing")
        return RunReport(str(study.path), total, [])
    configuration = StudyConfiguration(study, reproducible=reproducible, allow_drift=allow_drift)
    if not arms_with_work(study, for_batch=not together):
        note("nothing to generate: the missing answers are external; add them with doubleread import-answers")
        return RunReport(str(study.path), total, missing_answers(study), elsewhere=elsewhere, blinding=blinding)
    if words := str(long_cases(study)):
        note(f"note: {words}")
    names = {key: display_line(name) for key, name in blinding.progress_names().items()}
    with ExitStack() as stack:
        retriever = retriever_of(study, arms_with_work(study, for_batch=not together))
        if retriever is not None:
            stack.callback(retriever.close)
        cluster: ClusterRun | None = None
        sequential = False
        if scheduler:
            cluster = ClusterRun(study, scheduler, configuration, slots=slots, folders=model_folders, say=note)
            stack.enter_context(cluster)
            factories = cluster.factories()
        else:
            plan = EnginePlan(study, slots=slots, for_batch=not together, configuration=configuration)
            plan.check()
            factories, sequential = plan.factories(), plan.sequential
        run = GenerationRun(
            study,
            factories,
            together=together,
            sequential=sequential,
            slots=slots or 1,
            restarts=RESTARTS,
            configuration=configuration,
            retriever=retriever,
        )
        with shown_progress(names, blinding.progress(run.progress())) as show:
            stopped = run_to_end(run, lambda: show(blinding.progress(run.progress())))
    if run.halted is not None:
        raise run.halted
    lost = cluster.remarks if cluster is not None else ()
    report = RunReport(
        study=str(study.path),
        total=total,
        missing=missing_answers(study),
        arms=blinding.progress(run.progress()),
        names=blinding.progress_names(),
        elsewhere=elsewhere,
        remarks=tuple(map(blinding.text, (*configuration.remarks(), *lost, *answer_warnings(study)))),
        reproducible=reproducible,
        stopped=stopped,
        blinding=blinding,
    )
    _tell(report)
    return report


def raise_if_stopped(report: RunReport) -> None:
    """Raise DoublereadError if the run was stopped early."""
    if report.stopped:
        made = f"{plural(report.made, 'answer')} generated, {len(report.missing)} to go"
        raise DoublereadError("Stopped", made, "run the same command again to continue")


def run_to_end(run: Run[Any], show: Callable[[], None]) -> bool:
    """Run, calling `show` often; return whether Ctrl-C or SIGTERM stopped it early. The workers have then ended."""
    with asked_to_end():
        try:
            run.start()
            while not run.wait(_LOOK_SECONDS):
                show()
            show()
        except KeyboardInterrupt:
            return True
        finally:
            run.stop()
    return False


def _tell(report: RunReport) -> None:
    for line in report.lines():
        note(line)
    for remark in report.remarks:
        note(f"note: {remark}")
    for arm_id, progress in report.arms.items():
        if progress.trouble is not None:
            note(f"{report.names[arm_id]}: {progress.trouble}")
    for line in failure_lines(report.shown_missing, _FAILURES_SHOWN):
        note(line)
    if report.missing and not report.stopped:
        count = len(report.missing)
        left = f"{count} of {report.total} {verb(count, 'is', 'are')} missing"
        note(f"Not all answers were generated: {left}; fix the causes and run the command again")


@contextmanager
def asked_to_end() -> Iterator[None]:
    """Treat the first Ctrl-C or SIGTERM as a request for an orderly stop, the second as one for an immediate stop.

    Batch systems send SIGTERM. If Ctrl-C is ignored, as in the background, it stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            _end_at_once()
        asked = True
        raise KeyboardInterrupt

    kinds = [kind for kind in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(kind) is not signal.SIG_IGN]
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _end_at_once() -> None:
    """Exit immediately: the workers end with this process, and the study file survives a kill at any time."""
    cursor = "\x1b[?25h" if sys.stderr.isatty() else ""
    os.write(2, f"{cursor}\nStopped: immediately, at the second request; saved answers are kept\n".encode())
    os._exit(FAILED)
