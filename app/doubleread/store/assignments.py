"""Which cases each reader gets, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.assignment import WorklistItem, as_items
from doubleread.domain.branches import decisions
from doubleread.errors import InputRefusedError
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.projections import events_of_kind
from doubleread.store.participation import check_taking_part, withdrawn_readers


def assigned_cases(db: Database) -> dict[str, tuple[str, ...]]:
    """Return the ids of the cases that each reader was assigned, in their order; one that comes again stands twice.

    Readers without an assignment, and those who were withdrawn, are not among them. A reader's own file knows of no
    other's.
    """
    if split := split_event(db):
        own = split.body.get("assigned")
        return {str(split.body["reader_id"]): tuple(own)} if own else {}
    found: dict[str, tuple[str, ...]] = {}
    for event in decisions(events_of_kind(db, log.CASES_ASSIGNED)):
        found.update({reader_id: tuple(cases) for reader_id, cases in event.body["cases"].items()})
    for reader_id in withdrawn_readers(db):
        found.pop(reader_id, None)
    return found


def check_assignment(db: Database, cases: Mapping[str, Sequence[str]]) -> None:
    """Raise InputRefusedError where cases cannot be assigned in this way."""
    known = {row["id"] for row in db.execute("SELECT id FROM cases")}
    readers = {row["id"] for row in db.execute("SELECT id FROM readers")}
    for reader_id, listed in cases.items():
        if reader_id not in readers:
            raise _refused(f"{reader_id} is not registered", "register readers with: doubleread readers add")
        check_taking_part(db, reader_id, "Nothing assigned")
        if unknown := set(listed) - known:
            raise _refused(f"the study has no case {sorted(unknown)[0]}", "assign cases of the study")
        if not listed or max(Counter(listed).values()) > 2:
            raise _refused(f"{reader_id} would get no case, or a case more than twice", "change the number of readers")
        if taken := items_read(db, reader_id) - set(as_items(listed)):
            whole = {item.case_id for item in taken if not item.repeat}
            again = {f"{item.case_id} the second time" for item in taken if item.case_id not in whole}
            named = ", ".join(sorted(whole | again))
            raise _refused(
                f"{reader_id} has started {named}, which the new plan would take away",
                "readers who have started can only get more cases: use the earlier seed and plan, or the plan all",
            )


def items_read(db: Database, reader_id: str) -> set[WorklistItem]:
    """Return what a reader has begun to read, committed or not."""
    rows = db.execute("SELECT case_id, repeat FROM readings WHERE reader_id = ?", [reader_id])
    return {WorklistItem(row["case_id"], row["repeat"]) for row in rows}


def _refused(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("Nothing assigned", happened, remedy)
