"""The adjudications of a study: their events, checked, written and folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlite_utils import Database

from doubleread.domain.adjudication import Adjudication, ComparedReading
from doubleread.domain.adjudication_checks import Ground
from doubleread.domain.blinding import SIDES
from doubleread.domain.events import Event, EventDraft
from doubleread.domain.events.adjudications import (
    ADJUDICATION_EVENTS,
    check_adjudication_event,
    fold_adjudication,
    incomplete_decision,
)
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.branches.current_adjudications import CurrentAdjudications, adjudicated_texts, put_adjudications
from doubleread.store.log.event_log import Entry, EventLog, entry
from doubleread.store.participation import ADJUDICATOR, check_may_write, check_taking_part, is_adjudicator
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact


@dataclass(frozen=True, slots=True)
class AdjudicationLog:
    """The adjudications in one study file.

    `compared` returns the committed first readings of a case by their ids, `protocol_of` a version of the protocol by
    its hash. A new adjudication must name the version in force, whose hash is `protocol_sha256`. `expect_models` raises
    StudyFileError in a reader's own file.
    """

    connection: Connection
    log: EventLog
    protocol_sha256: str
    protocol_of: Callable[[str], Protocol]
    compared: Callable[[str], Mapping[str, ComparedReading]]
    expect_models: Callable[[str], None]

    def load(self, adjudicator_id: str, case_id: str) -> Adjudication | None:
        """Return an adjudicator's adjudication of a case, or None if it was never opened."""
        with self._intact(case_id), self.connection.snapshot() as db:
            return CurrentAdjudications(db, case_id).of(adjudicator_id, case_id).adjudication

    def resolving(self) -> list[Adjudication]:
        """Return the adjudication that resolves each case that is resolved, in no order. Raises StudyFileError."""
        with intact(self.connection.path, "the adjudications"), self.connection.snapshot() as db:
            return list(CurrentAdjudications(db).resolving())

    def expect_adjudicator(self, adjudicator_id: str) -> None:
        """Raise InputRefusedError for somebody who is no adjudicator, StudyFileError in a reader's own file."""
        self.expect_models("Nothing adjudicated")
        with self.connection.snapshot() as db:
            check_adjudicator(db, adjudicator_id)

    def append(self, adjudicator_id: str, case_id: str, drafts: Sequence[EventDraft]) -> Adjudication:
        """Check and write an adjudication's events and its rows in one transaction; return what they leave.

        Each body has the `adjudication_id`. The first event opens the adjudication (`AdjudicationOpened`). Raises
        InputRefusedError or StudyChangedError, with nothing written, if a draft must not be stored, and StudyFileError
        in a reader's own file.
        """
        self.expect_models("Nothing adjudicated")
        if not drafts or any(draft.kind not in ADJUDICATION_EVENTS for draft in drafts):
            raise ValueError("these are not events of an adjudication")
        entries = [entry(adjudicator_id, draft.kind, draft.body) for draft in drafts]
        with self._intact(case_id):
            return self.connection.write(
                lambda db: self._written(db, adjudicator_id, case_id, entries),
                lambda db: self._landed(db, adjudicator_id, case_id, entries[-1]),
            )

    def _landed(self, db: Database, adjudicator_id: str, case_id: str, last: Entry) -> Adjudication | None:
        if not self.log.holds(db, last.id):
            return None
        return CurrentAdjudications(db, case_id).of(adjudicator_id, case_id).adjudication

    def _written(self, db: Database, adjudicator_id: str, case_id: str, entries: Sequence[Entry]) -> Adjudication:
        check_may_write(db, adjudicator_id, [item.kind for item in entries])
        current = CurrentAdjudications(db, case_id)
        outcome = current.of(adjudicator_id, case_id)
        events, adjudication = outcome.branch, outcome.adjudication
        added = self.log.chained(db, entries, events[-1].hash if events else None)
        for event in added:
            if event.body.get("adjudication_id") != (
                adjudication.id if adjudication else event.body["adjudication_id"]
            ):
                raise _changed("another branch of it counts")
            if adjudication is not None:
                check_adjudication_event(adjudication, event, self._ground(db, adjudication))
            after = _folded((*events, event))
            if adjudication is None:
                if (after.adjudicator_id, after.case_id) != (adjudicator_id, case_id):
                    raise _changed("another branch of it counts")
                self._check_opened(db, event, after, self._ground(db, after))
            if ADJUDICATION_EVENTS[event.kind].commits:
                _check_unresolved(current, adjudicator_id)
            events, adjudication = (*events, event), after
        self.log.add(db, added)
        put_adjudications(db, case_id)
        if adjudication is None:
            raise ValueError("a saved adjudication cannot be empty")
        return adjudication

    def _ground(self, db: Database, adjudication: Adjudication) -> Ground:
        case_id, protocol_sha256 = adjudication.case_id, adjudication.protocol_sha256
        if not db.execute("SELECT 1 FROM cases WHERE id = ?", [case_id]).fetchone():
            raise _not_opened(f"{case_id!r} is not a case of this study")
        try:
            labels = self.protocol_of(protocol_sha256).labels
        except KeyError:
            raise _not_opened("it names a protocol that the study does not have") from None
        return Ground(self.compared(case_id), adjudicated_texts(db, adjudication), labels)

    def _check_opened(self, db: Database, event: Event, opened: Adjudication, ground: Ground) -> None:
        if not ADJUDICATION_EVENTS[event.kind].opens:
            raise _changed("it was never opened")
        check_adjudicator(db, opened.adjudicator_id)
        mine = [opened.adjudicator_id, opened.case_id]
        if db.execute("SELECT 1 FROM readings WHERE reader_id = ? AND case_id = ?", mine).fetchone():
            raise _not_opened(f"{opened.adjudicator_id} is a reader of the case", "someone else must adjudicate it")
        if len(ground.readings) < 2:
            raise _not_opened("fewer than two readers have committed a reading", "wait for the second reading")
        if opened.stale(ground.readings.values()) or len(opened.readings) != len(ground.readings):
            raise _changed("a reading of the case was corrected or committed")
        body = event.body
        case_id = opened.case_id
        hashes = {
            row["id"]: row["sha256"]
            for row in db.execute("SELECT id, sha256 FROM answers WHERE case_id = ?", [case_id])
        }
        case = db.execute("SELECT sha256 FROM cases WHERE id = ?", [case_id]).fetchone()
        sides = opened.answer_ids
        if set(sides) != set(SIDES) or set(sides.values()) != set(ground.texts.answers) or len(set(sides.values())) < 2:
            raise _not_opened("it must show both answers of the case, one on each side")
        texts = (body.get("case_sha256"), body.get("answer_sha256"))
        if texts != (case["sha256"], {side: hashes[answer_id] for side, answer_id in sides.items()}):
            raise _not_opened("its texts are not the study's")
        named = (opened.protocol_sha256, opened.label_set)
        if named != (self.protocol_sha256, self.protocol_of(self.protocol_sha256).label_set):
            raise _not_opened("its protocol or label set is not the study's")

    def _intact(self, case_id: str) -> AbstractContextManager[None]:
        return intact(self.connection.path, f"the adjudication of case {case_id}")


def check_adjudicator(db: Database, adjudicator_id: str) -> None:
    """Raise InputRefusedError if nobody of this name is registered as an adjudicator, or was withdrawn."""
    check_taking_part(db, adjudicator_id, "Not an adjudicator")
    row = db.execute("SELECT role FROM readers WHERE id = ?", [adjudicator_id]).fetchone()
    if row is None or not is_adjudicator(row["role"]):
        role = row["role"] if row else None
        happened = "is not registered" if role is None else f"has the role {role!r}" if role else "has no role"
        raise InputRefusedError(
            "Not an adjudicator",
            f"{adjudicator_id} {happened}",
            f"register the role: doubleread readers add STUDY --reader {adjudicator_id} --role {ADJUDICATOR}",
        )


def _folded(events: Sequence[Event]) -> Adjudication:
    try:
        adjudication = fold_adjudication(events)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise incomplete_decision(events[-1].kind, error) from error
    if adjudication is None:
        raise ValueError("an adjudication must be opened first")
    return adjudication


def _check_unresolved(current: CurrentAdjudications, adjudicator_id: str) -> None:
    if any(adjudication.adjudicator_id != adjudicator_id for adjudication in current.resolving()):
        raise InputRefusedError(
            "Commit refused", "another adjudicator has resolved this case", "continue with the next case"
        )


def _changed(happened: str) -> StudyChangedError:
    return StudyChangedError("The adjudication has changed", happened, "this change was not saved; open the case again")


def _not_opened(happened: str, remedy: str = "") -> InputRefusedError:
    return InputRefusedError("The case cannot be adjudicated", happened, remedy)
