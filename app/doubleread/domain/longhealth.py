"""The three tasks of LongHealth: the tags of their cases, and the names of their measures."""

from __future__ import annotations

from typing import Literal

from doubleread.domain.case import Case

_TAG = "longhealth-"
LongHealthTask = Literal[1, 2, 3]
TASKS: tuple[LongHealthTask, ...] = (1, 2, 3)
UNANSWERABLE_LETTER = "F"
"""The option that the documents do not answer the question, in tasks 2 and 3."""


def task_tag(task: int) -> str:
    """Return the tag of a task's cases."""
    return f"{_TAG}{task}"


def clue_measure(task: int) -> str:
    """Return the name of a task's measure by CLUE's scoring."""
    return f"longhealth_{task}_clue"


def task_of(case: Case) -> int | None:
    """Return the task that a case belongs to, None if it is not one of LongHealth."""
    return next((task for task in TASKS if case.kind == "choice" and task_tag(task) in case.tags), None)
