"""Generate answers without a screen: progress on standard error, an orderly stop, a list of failures."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from doubleread.cli.exit_codes import FAILED
from doubleread.cli.run_progress import shown_progress
from doubleread.console import note
from doubleread.domain.display import display_line
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError
from doubleread.runs.missing import failure_lines
from doubleread.runs.run import Run
from doubleread.runs.run_report import RunReport
from doubleread.runs.study_run import RunOptions, StudyRun
from doubleread.store import StudyFile

_LOOK_SECONDS = 0.1
_FAILURES_SHOWN = 50


def generate_missing(study: StudyFile, options: RunOptions) -> RunReport:
    """Generate every missing answer of a study; failures are listed on standard error.

    Ctrl-C and SIGTERM stop it, and the report says so; a second one ends the program at once. Finished answers are
    kept. Raises DoublereadError if nothing can be generated: no model file, configuration drift, a study file that
    cannot be written.
    """
    with StudyRun(study, options, note) as run:
        if run.nothing:
            note(run.nothing)
            return run.report()
        run.prepare()
        names = {key: display_line(name) for key, name in run.names.items()}
        with shown_progress(names, run.progress()) as show:
            stopped = run_to_end(run, lambda: show(run.progress()))
    report = run.report(stopped=stopped)
    _tell(report)
    return report


def raise_if_stopped(report: RunReport) -> None:
    """Raise DoublereadError if the run was stopped early."""
    if report.stopped:
        made = f"{plural(report.made, 'answer')} generated, {len(report.missing)} to go"
        raise DoublereadError("Stopped", made, "run the same command again to continue")


def run_to_end(run: Run[Any] | StudyRun, show: Callable[[], None]) -> bool:
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
