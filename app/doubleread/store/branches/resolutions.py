"""Which branch of a reading a person has chosen.

A choice names the last entry that its version had. What is added to that version later belongs to the choice; where it
is gone on with in two copies once more, the choice says nothing about which of these two it means.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.branches import decisions
from doubleread.domain.events import Event
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.projections import events_of_kind

Place = tuple[str, str, int]
"""Reader, case, and whether the case came again: the number of the repeat."""

ABOUT = ("reader_id", "case_id", "repeat")
"""The fields of a choice that say for which readings it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """That for a reader and case the version stands which the entry with the hash `head` belongs to."""

    place: Place
    head: str


def choice_of(event: Event) -> Choice:
    """Return what an event chooses. Raises ValueError, in words, where its body cannot be that of a choice."""
    body = event.body
    words = [body.get(name) for name in ("reader_id", "case_id", "head", "reason")]
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise ValueError("a choice names reader, case, branch and reason")
    if not isinstance(body.get(log.AFTER, ""), str):
        raise ValueError("a choice names the previous choice by its hash")
    if type(body.get("repeat")) is not int or body["repeat"] not in (0, 1):
        raise ValueError("a case is read once, or once more as a repeat")
    return Choice((body["reader_id"], body["case_id"], body["repeat"]), body["head"])


def chosen_branches(db: Database) -> dict[Place, str]:
    """Return the hash by which the version that was chosen is known, for each reader and case with such a choice.

    A reader's own file knows of the choices of its making. A choice that is not complete counts for nothing.
    """
    if split := split_event(db):
        reader_id = str(split.body["reader_id"])
        return {(reader_id, item["case_id"], item["repeat"]): item["head"] for item in split.body.get("versions", ())}
    made: dict[Place, list[Event]] = defaultdict(list)
    for event in events_of_kind(db, log.CONFLICT_RESOLVED):
        try:
            made[choice_of(event).place].append(event)
        except ValueError:
            continue
    return {place: choice_of(decisions(events)[-1]).head for place, events in made.items()}


def carried_choices(db: Database, reader_id: str) -> list[dict[str, Any]]:
    """Return the choices on a reader's readings as the entry of their own file states them, without the reasons."""
    return [
        {"case_id": case_id, "repeat": repeat, "head": head}
        for (whose, case_id, repeat), head in sorted(chosen_branches(db).items())
        if whose == reader_id
    ]


def choice_faults(db: Database) -> list[str]:
    """Say in words which entries claim to choose a version and cannot be read as that."""
    faults: list[str] = []
    for event in events_of_kind(db, log.CONFLICT_RESOLVED):
        try:
            choice_of(event)
        except ValueError as error:
            faults.append(f"entry {event.seq} of device {event.device}: {error}")
    return faults
