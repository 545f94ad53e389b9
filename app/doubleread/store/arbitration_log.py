"""The arbitrations of a study: their events, checked, written and folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.arbitration import Arbitration, ComparedReading
from doubleread.domain.arbitration_fold import fold_arbitration
from doubleread.domain.blinding import SIDES
from doubleread.domain.events import Event, EventDraft
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.arbitration_checks import Ground, check_arbitration_event, check_last
from doubleread.store.arbitration_standing import ArbitrationStandings, arbitrated_texts, put_arbitrations
from doubleread.store.connection import Connection
from doubleread.store.event_log import Entry, EventLog, entry
from doubleread.store.faults import intact
from doubleread.store.participation import check_may_write, check_taking_part

ARBITER = "arbiter"
"""The role that a registered reader must have to arbitrate."""


@dataclass(frozen=True, slots=True)
class ArbitrationLog:
    """The arbitrations in one study file.

    `compared` returns the committed first readings of a case by their ids, `protocol_of` a version of the protocol by
    its hash. A new arbitration must name the version in force, whose hash is `protocol_sha256`.
    """

    connection: Connection
    log: EventLog
    protocol_sha256: str
    protocol_of: Callable[[str], Protocol]
    compared: Callable[[str], Mapping[str, ComparedReading]]

    def load(self, arbiter_id: str, case_id: str) -> Arbitration | None:
        """Return an arbiter's arbitration of a case as its events leave it, None where it was never opened."""
        with self._intact(case_id), self.connection.snapshot() as db:
            return ArbitrationStandings(db, case_id).of(arbiter_id, case_id).arbitration

    def settling(self) -> list[Arbitration]:
        """Return the arbitration that settles each case that is settled. Raises StudyFileError."""
        with intact(self.connection.path, "the arbitrations"), self.connection.snapshot() as db:
            return list(ArbitrationStandings(db).settling())

    def append(self, arbiter_id: str, case_id: str, drafts: Sequence[EventDraft]) -> Arbitration:
        """Check and write an arbitration's events and its rows in one transaction; return what they leave.

        Raises InputRefusedError or StudyChangedError, with nothing written, where a draft must not be stored.
        """
        if not drafts or any(draft.kind not in log.ARBITRATION_KINDS for draft in drafts):
            raise ValueError("these are no events of an arbitration")
        entries = [entry(arbiter_id, draft.kind, draft.body) for draft in drafts]
        with self._intact(case_id):
            return self.connection.write(
                lambda db: self._written(db, arbiter_id, case_id, entries),
                lambda db: self._landed(db, arbiter_id, case_id, entries[-1]),
            )

    def _landed(self, db: Database, arbiter_id: str, case_id: str, last: Entry) -> Arbitration | None:
        if not self.log.holds(db, last.id):
            return None
        return ArbitrationStandings(db, case_id).of(arbiter_id, case_id).arbitration

    def _written(self, db: Database, arbiter_id: str, case_id: str, entries: Sequence[Entry]) -> Arbitration:
        check_may_write(db, arbiter_id, [item.kind for item in entries])
        standings = ArbitrationStandings(db, case_id)
        outcome = standings.of(arbiter_id, case_id)
        events, arbitration = outcome.line, outcome.arbitration
        added = self.log.chained(db, entries, events[-1].hash if events else None)
        for event in added:
            if arbitration is not None:
                check_last(arbitration, event)
            after = _folded((*events, event))
            if (after.arbiter_id, after.case_id, after.id) != (arbiter_id, case_id, event.body.get("arbitration_id")):
                raise _changed("another version of it stands")
            ground = self._ground(db, after)
            if arbitration is None:
                self._check_opened(db, event, after, ground)
            else:
                check_arbitration_event(arbitration, after, event, ground)
            if event.kind == log.ARBITRATION_COMMITTED:
                _check_unsettled(standings, arbiter_id)
            events, arbitration = (*events, event), after
        self.log.add(db, added)
        put_arbitrations(db, case_id)
        if arbitration is None:
            raise ValueError("an arbitration that was written cannot be empty")
        return arbitration

    def _ground(self, db: Database, arbitration: Arbitration) -> Ground:
        case_id, protocol_sha256 = arbitration.case_id, arbitration.protocol_sha256
        if not db.execute("SELECT 1 FROM cases WHERE id = ?", [case_id]).fetchone():
            raise _not_opened(f"{case_id!r} is not a case of this study")
        try:
            labels = self.protocol_of(protocol_sha256).labels
        except KeyError:
            raise _not_opened("it names a protocol that the study does not have") from None
        return Ground(self.compared(case_id), arbitrated_texts(db, arbitration), labels)

    def _check_opened(self, db: Database, event: Event, opened: Arbitration, ground: Ground) -> None:
        if event.kind != log.ARBITRATION_OPENED:
            raise _changed("it was never opened")
        check_arbiter(db, opened.arbiter_id)
        mine = [opened.arbiter_id, opened.case_id]
        if db.execute("SELECT 1 FROM readings WHERE reader_id = ? AND case_id = ?", mine).fetchone():
            raise _not_opened(f"{opened.arbiter_id} is one of its readers", "let somebody else arbitrate it")
        if len(ground.readings) < 2:
            raise _not_opened("fewer than two readers have committed it", "wait for the second reading")
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
            raise _not_opened("it names other texts than the study's")
        named = (opened.protocol_sha256, opened.label_set)
        if named != (self.protocol_sha256, self.protocol_of(self.protocol_sha256).label_set):
            raise _not_opened("it names another protocol or label set than the study's")

    def _intact(self, case_id: str) -> AbstractContextManager[None]:
        return intact(self.connection.path, f"the arbitration of case {case_id}")


def is_arbiter(role: str) -> bool:
    """Say whether a reader's role is that of an arbiter."""
    return role.strip().casefold() == ARBITER


def check_arbiter(db: Database, arbiter_id: str) -> None:
    """Raise InputRefusedError where nobody of this name is registered as an arbiter, or was withdrawn."""
    check_taking_part(db, arbiter_id, "Not an arbiter")
    row = db.execute("SELECT role FROM readers WHERE id = ?", [arbiter_id]).fetchone()
    if row is None or not is_arbiter(row["role"]):
        role = row["role"] if row else None
        happened = "is not registered" if role is None else f"has the role {role!r}" if role else "has no role"
        raise InputRefusedError(
            "Not an arbiter",
            f"{arbiter_id} {happened}",
            f"state it with: doubleread readers add STUDY --reader {arbiter_id} --role {ARBITER}",
        )


def _folded(events: Sequence[Event]) -> Arbitration:
    try:
        arbitration = fold_arbitration(events)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        happened = f"{events[-1].kind} is not complete ({error})"
        raise InputRefusedError("Decision refused", happened, "decide again") from error
    if arbitration is None:
        raise ValueError("an arbitration starts with being opened")
    return arbitration


def _check_unsettled(standings: ArbitrationStandings, arbiter_id: str) -> None:
    if any(arbitration.arbiter_id != arbiter_id for arbitration in standings.settling()):
        raise InputRefusedError("Commit refused", "another arbiter has settled this case", "go on with the next case")


def _changed(happened: str) -> StudyChangedError:
    return StudyChangedError("The arbitration has changed", happened, "this was not saved; open the case again")


def _not_opened(happened: str, remedy: str = "") -> InputRefusedError:
    return InputRefusedError("The case cannot be arbitrated", happened, remedy)
