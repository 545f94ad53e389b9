"""Show the progress of a run: a bar per model in a terminal, an occasional line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from doubleread.console import console, note
from doubleread.domain.drafts import ArmProgress
from doubleread.runs.pace import Watched

LINE_SECONDS = 30.0
_NAME_WIDTH = 28

Show = Callable[[dict[str, ArmProgress]], None]


@contextmanager
def shown_progress(names: Mapping[str, str], start: dict[str, ArmProgress]) -> Iterator[Show]:
    """Yield a function that shows the models' progress on standard error."""
    if sys.stderr.isatty():
        with _bars(names, start) as show:
            yield show
    else:
        yield _lines(names)


@contextmanager
def _bars(names: Mapping[str, str], start: dict[str, ArmProgress]) -> Iterator[Show]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
    from rich.table import Column

    name = Column(no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}", markup=False),
    )
    with Progress(*columns, console=console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {
            arm_id: bars.add_task(names[arm_id], total=progress.total, state="loading")
            for arm_id, progress in start.items()
        }
        watched = {arm_id: Watched() for arm_id in start}

        def show(progress: dict[str, ArmProgress]) -> None:
            at = time.monotonic()
            for arm_id, now in progress.items():
                bars.update(tasks[arm_id], completed=now.done + now.failed, state=watched[arm_id].state(now, at))

        yield show


def _lines(names: Mapping[str, str]) -> Show:
    last = time.monotonic()
    watched = {arm_id: Watched() for arm_id in names}

    def show(progress: dict[str, ArmProgress]) -> None:
        nonlocal last
        at = time.monotonic()
        states = {arm_id: watched[arm_id].state(now, at) for arm_id, now in progress.items()}
        if not all(now.finished for now in progress.values()) and at - last < LINE_SECONDS:
            return
        last = at
        for arm_id, now in progress.items():
            note(f"{names[arm_id]}: {now.done + now.failed} of {now.total}, {states[arm_id]}")

    return show
