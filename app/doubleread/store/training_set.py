"""The training cases in the log, and the check of all entries about training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from doubleread.domain.events import Event
from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.training import TRAINING_EVENTS, ReaderQualified, TrainingSetChosen
from doubleread.domain.training import TrainingCase, set_sha256, training_case_from_record
from doubleread.errors import InputRefusedError
from doubleread.store.log.event_log import events_of
from doubleread.store.records import case_from_row, case_row
from doubleread.store.sqlite.faults import INCONSISTENT


def set_chosen(cases: Sequence[TrainingCase]) -> TrainingSetChosen:
    """Return the event that puts training cases in force."""
    records = [{"case": case_row(case.case, number), **case.judgement_record()} for number, case in enumerate(cases)]
    return TrainingSetChosen(cases=records, sha256=set_sha256(cases))


def training_cases(db: Database) -> tuple[TrainingCase, ...]:
    """Return the training cases in force. Raises ValueError, TypeError or KeyError if their entry was damaged."""
    made = decisions(events_of(db, TrainingSetChosen))
    return _cases_of(made[-1]) if made else ()


def _cases_of(event: Event) -> tuple[TrainingCase, ...]:
    records = TrainingSetChosen.from_body(event.body).cases
    return tuple(training_case_from_record(case_from_row(record["case"]), record) for record in records)


def training_faults(db: Database) -> tuple[int, list[str]]:
    """Return how many entries about training there are, and what is wrong with them."""
    entries = events_of(db, *TRAINING_EVENTS)
    faults = [
        f"entry {event.seq} of device {event.device} ({event.kind}): {fault}"
        for event in entries
        if (fault := entry_fault(event))
    ]
    return len(entries), faults


def entry_fault(event: Event) -> str:
    """Return what is wrong with an entry about training; "" if nothing is."""
    try:
        kind: Any = next(kind for kind in TRAINING_EVENTS if kind.kind == event.kind)
        made = kind.from_body(event.body)
        if isinstance(made, TrainingSetChosen):
            return "" if set_sha256(_cases_of(event)) == made.sha256 else "its cases do not match their hash"
        if isinstance(made, ReaderQualified):
            made.check(event.actor)
        else:
            made.check()
    except InputRefusedError as error:
        return error.happened
    except INCONSISTENT as error:
        return f"it is not complete ({error})"
    return ""


def foreign_entry(event: Event, reader_id: str) -> str:
    """Return why a reader's own file must not bring this entry about training; "" if it may."""
    if event.kind == TrainingSetChosen.kind or event.body.get("how") == "waived":
        return "it decides on the training of the study"
    return "" if event.body.get("reader_id") == reader_id else "it is about another reader"
