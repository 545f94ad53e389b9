"""Which cases each reader gets, in which order."""

from __future__ import annotations

from sqlite_utils import Database

from doubleread.domain.assignment import WorklistItem
from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.readers import CasesAssigned
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.event_log import events_of
from doubleread.store.log.projections import readers_of_log
from doubleread.store.participation import withdrawn_readers


def assigned_cases(db: Database) -> dict[str, tuple[str, ...]]:
    """Return the ids of the cases that each reader was assigned, in order; a repeated case is listed twice.

    Readers without an assignment and withdrawn readers are left out. A reader's own file knows only their own cases.
    """
    if split := split_event(db):
        return {split.reader_id: tuple(split.assigned)} if split.assigned else {}
    found: dict[str, tuple[str, ...]] = {}
    for event in decisions(events_of(db, CasesAssigned)):
        CasesAssigned.from_body(event.body).apply(found, event)
    for reader_id in withdrawn_readers(db):
        found.pop(reader_id, None)
    return found


def check_assignment(db: Database, assigned: CasesAssigned) -> None:
    """Raise InputRefusedError if cases cannot be assigned in this way."""
    case_ids = {row["id"] for row in db.execute("SELECT id FROM cases")}
    assigned.check(readers_of_log(db), case_ids, {reader_id: items_read(db, reader_id) for reader_id in assigned.cases})


def items_read(db: Database, reader_id: str) -> set[WorklistItem]:
    """Return what a reader has begun to read, committed or not."""
    rows = db.execute("SELECT case_id, repeat FROM readings WHERE reader_id = ?", [reader_id])
    return {WorklistItem(row["case_id"], row["repeat"]) for row in rows}
