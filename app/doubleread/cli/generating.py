"""Generation without a screen: progress on standard error, an orderly stop, and what failed in the end."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from doubleread.cli.console import console, note
from doubleread.cli.engines import EnginePlan
from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.sessions.generation import GenerationRun, ModelProgress
from doubleread.store import StudyFile

RESTARTS = 3
_LOOK_SECONDS = 0.1
_LINE_SECONDS = 30.0

Show = Callable[[dict[str, ModelProgress]], None]


def generate_missing(study: StudyFile, *, slots: int, together: bool) -> int:
    """Make every answer that a study misses, and return how many could not be made; these are listed.

    Ctrl-C and the request to end (SIGTERM) stop it; raises DoublereadError then. What was done is kept.
    """
    missing = study.missing_answers()
    if not missing:
        note("nothing is missing")
        return 0
    plan = EnginePlan(study, slots=slots)
    plan.check()
    run = GenerationRun(study, plan.factories(), together=together, slots=slots, restarts=RESTARTS)
    names = {model.id: display_line(model.name) for model in study.models()}
    try:
        with _asked_to_end(), _progress(names, run.progress()) as show:
            run.start()
            while not run.wait(_LOOK_SECONDS):
                show(run.progress())
            show(run.progress())
    except KeyboardInterrupt:
        run.stop()
        left = len(study.missing_answers())
        made = plural(len(missing) - left, "answer")
        raise DoublereadError(
            "Stopped", f"{made} made, {left} to go", "the same command goes on where it stopped"
        ) from None
    finally:
        run.stop()
    return _tell_failures(study, run, missing, names)


def _tell_failures(study: StudyFile, run: GenerationRun, asked: list[tuple[str, str]], names: dict[str, str]) -> int:
    for model_id, progress in run.progress().items():
        if progress.trouble:
            trouble = DoublereadError(progress.trouble.title, progress.trouble.happened, progress.trouble.remedy)
            note(f"{names[model_id]}: {trouble}")
    failures = study.failures()
    left = [place for place in study.missing_answers() if place in set(asked)]
    for case_id, model_id in left:
        if (case_id, model_id) in failures:
            note(f"{case_id}, {names[model_id]}: {failures[case_id, model_id]}")
    if left:
        note(f"Not all answers were made: {len(left)} of {len(asked)} are missing; mend the causes and run it again")
    return len(left)


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """Take the request to end a program, which batch systems send, like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(names: dict[str, str], start: dict[str, ModelProgress]) -> Iterator[Show]:
    if sys.stderr.isatty():
        with _bars(names, start) as show:
            yield show
    else:
        yield _lines(names)


@contextmanager
def _bars(names: dict[str, str], start: dict[str, ModelProgress]) -> Iterator[Show]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {
            model_id: bars.add_task(names[model_id], total=progress.total, state="loading")
            for model_id, progress in start.items()
        }
        began = time.monotonic()

        def show(progress: dict[str, ModelProgress]) -> None:
            for model_id, now in progress.items():
                bars.update(tasks[model_id], completed=now.done + now.failed, state=_state(now, began))

        yield show


def _lines(names: dict[str, str]) -> Show:
    began = time.monotonic()
    last = began

    def show(progress: dict[str, ModelProgress]) -> None:
        nonlocal last
        done = all(now.finished for now in progress.values())
        if not done and time.monotonic() - last < _LINE_SECONDS:
            return
        last = time.monotonic()
        for model_id, now in progress.items():
            note(f"{names[model_id]}: {now.done + now.failed} of {now.total}, {_state(now, began)}")

    return show


def _state(now: ModelProgress, began: float) -> str:
    if now.state == "failed":
        return "failed"
    if now.state == "starting":
        return "loading"
    seconds = max(time.monotonic() - began, 0.001)
    failed = f", {now.failed} failed" if now.failed else ""
    return f"{now.tokens / seconds:.0f} tokens/s{failed}"
