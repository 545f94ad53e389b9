"""Which branch of a reading a person has chosen.

A choice names the last entry that the branch had. What is added to the branch later belongs to the choice. If two
copies continue the chosen branch, the choice does not say which of the two it means.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from doubleread.domain.events import AFTER, Event
from doubleread.domain.events.decisions import in_force
from doubleread.domain.events.study import ConflictResolved, ReadingPlace
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.event_log import events_of


def choice_of(event: Event) -> ConflictResolved:
    """Return what an event chooses. Raises ValueError, in words, if its body is not that of a choice."""
    if not isinstance(event.body.get(AFTER, ""), str):
        raise ValueError("a choice names the previous choice by its hash")
    return ConflictResolved.from_body(event.body)


def chosen_branches(db: Database) -> dict[ReadingPlace, str]:
    """Return the hash by which the chosen branch is known, for each reader and case with such a choice.

    A reader's own file knows the choices that were made before its creation. An incomplete choice does not count.
    """
    if split := split_event(db):
        return {(split.reader_id, item["case_id"], item["repeat"]): item["head"] for item in split.resolved}
    chosen: dict[ReadingPlace, str] = {}
    complete = [event for event in events_of(db, ConflictResolved) if not _fault(event)]
    for event in in_force(complete, {ConflictResolved.kind: ConflictResolved}):
        choice_of(event).apply(chosen, event)
    return chosen


def carried_choices(db: Database, reader_id: str) -> list[dict[str, Any]]:
    """Return the choices on a reader's readings for the reader's own file, without the reasons."""
    return [
        {"case_id": case_id, "repeat": repeat, "head": head}
        for (whose, case_id, repeat), head in sorted(chosen_branches(db).items())
        if whose == reader_id
    ]


def choice_faults(db: Database) -> list[str]:
    """Return which entries claim to choose a branch and cannot be read as that."""
    return [
        f"entry {event.seq} of device {event.device}: {fault}"
        for event in events_of(db, ConflictResolved)
        if (fault := _fault(event))
    ]


def _fault(event: Event) -> str:
    try:
        choice_of(event)
    except ValueError as error:
        return str(error)
    return ""
