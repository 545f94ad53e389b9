"""The readers of a study and the cases assigned to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.assignment import WorklistItem, as_items
from doubleread.domain.events.readers import (
    CasesAssigned,
    ParticipationEvent,
    ReaderDescribed,
    ReaderRegistered,
    ReaderReinstated,
    ReaderWithdrawn,
)
from doubleread.errors import InputRefusedError
from doubleread.store.assignments import assigned_cases, check_assignment, items_read
from doubleread.store.log.event_log import PROGRAM, EventLog, entry_of
from doubleread.store.log.projections import put_reader, readers_of_log
from doubleread.store.participation import check_taking_part, readers_are_listed, readers_of_files
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact


@dataclass(frozen=True, slots=True)
class ReaderRegistry:
    """The readers in one study file, and the cases assigned to them.

    `split_reader` is the reader whose own file it is, None for a whole study; `expect_models` raises StudyFileError in
    a reader's own file. `case_ids` returns the ids of all cases in the study's order.
    """

    connection: Connection
    log: EventLog
    path: Path
    split_reader: str | None
    expect_models: Callable[[str], None]
    case_ids: Callable[[], list[str]]

    def register(self, reader_id: str, *, enrolled: bool = False) -> None:
        """Register a reader under a pseudonym; doing it twice is harmless.

        `enrolled` says that the study lead lists this reader. Raises InputRefusedError for a blank pseudonym, and for a
        reader who was withdrawn.
        """
        registered = ReaderRegistered(reader_id=reader_id, enrolled=enrolled)
        registered.check()
        self.check_may_read(reader_id)
        item = entry_of(reader_id, registered)

        def write(db: Database) -> bool:
            check_taking_part(db, reader_id, "Reader withdrawn")
            if registered.adds_to(readers_of_log(db)):
                self.log.record(db, item)
                put_reader(db, readers_of_log(db)[reader_id])
            return True

        self.log.write(write, item)

    def check_may_read(self, reader_id: str) -> None:
        """Raise InputRefusedError for somebody who may not read in this file: withdrawn, or not its reader."""
        if self.split_reader not in (None, reader_id):
            raise InputRefusedError(
                "Reader refused",
                f"this file was created for {self.split_reader}",
                "use your own file, or the study",
            )
        with self.connection.snapshot() as db:
            check_taking_part(db, reader_id, "Reader withdrawn")

    def roles(self) -> dict[str, str]:
        """Return the role of each registered person, "" if none was stated."""
        return {row["id"]: row["role"] for row in self.connection.rows("SELECT id, role FROM readers")}

    def describe(self, reader_id: str, role: str, qualification: str) -> None:
        """State a registered reader's role and qualification, replacing earlier statements."""
        self.expect_models("Reader not described")
        described = ReaderDescribed(reader_id=reader_id, role=role.strip(), qualification=qualification.strip())
        item = entry_of(PROGRAM, described)

        def write(db: Database) -> bool:
            described.check(readers_of_log(db))
            self.log.decide(db, item, described)
            put_reader(db, readers_of_log(db)[reader_id])
            return True

        self.log.write(write, item)

    def ids(self) -> list[str]:
        """Return all pseudonyms in the order of registration, including withdrawn readers."""
        return [row["id"] for row in self.connection.rows("SELECT id FROM readers ORDER BY registered_at, id")]

    def withdrawn(self) -> dict[str, tuple[str, str]]:
        """Return when (ISO 8601, UTC) and why each withdrawn reader was withdrawn."""
        rows = self.connection.rows(
            "SELECT id, withdrawn_at, withdrawal_reason FROM readers WHERE withdrawn_at IS NOT NULL ORDER BY id"
        )
        return {row["id"]: (row["withdrawn_at"], row["withdrawal_reason"]) for row in rows}

    def are_listed(self) -> bool:
        """Return whether the study lead has listed the readers, so that nobody else may read."""
        with self.connection.snapshot() as db:
            return readers_are_listed(db)

    def with_own_files(self) -> list[str]:
        """Return the pseudonyms of those for whom a file of their own was made."""
        with self.connection.snapshot() as db:
            return list(readers_of_files(db))

    def withdraw(self, reader_id: str, reason: str, actor: str) -> None:
        """Record that a reader takes no further part, and why. Committed readings still count.

        Raises InputRefusedError without a reason or an actor, for somebody unknown, and for one already withdrawn.
        """
        self._decide_on_participation(ReaderWithdrawn, reader_id, reason, actor)

    def reinstate(self, reader_id: str, reason: str, actor: str) -> None:
        """Undo a withdrawal: the reader continues with the assigned cases. Raises as `withdraw` does."""
        self._decide_on_participation(ReaderReinstated, reader_id, reason, actor)

    def _decide_on_participation(self, kind: type[ParticipationEvent], reader_id: str, reason: str, actor: str) -> None:
        self.expect_models(kind.title)
        if not reason.strip() or not actor.strip():
            raise InputRefusedError(
                kind.title, "the log needs a reason and the name of the person who decides", "give the reason"
            )
        decided = kind(reader_id=reader_id, reason=reason.strip())
        item = entry_of(actor.strip(), decided)
        registered = entry_of(PROGRAM, ReaderRegistered(reader_id=reader_id))

        def write(db: Database) -> bool:
            if reader_id not in readers_of_log(db) and reader_id in readers_of_files(db):
                # The reader's own file was not merged yet.
                self.log.record(db, registered)
            decided.check(readers_of_log(db))
            self.log.decide(db, item, decided)
            put_reader(db, readers_of_log(db)[reader_id])
            return True

        self.log.write(write, item)

    def assign(self, cases: Mapping[str, Sequence[str]], how: Mapping[str, Any]) -> None:
        """Assign cases to readers, in the order given; a repeated case is listed twice. `how` says by which plan.

        Raises InputRefusedError for an unknown reader or case, and if a reader would lose a case they have started.
        """
        self.expect_models("Nothing assigned")
        assigned = CasesAssigned(cases=cases, how=how)
        item = entry_of(PROGRAM, assigned)

        def write(db: Database) -> bool:
            check_assignment(db, assigned)
            self.log.decide(db, item, assigned)
            return True

        self.log.write(write, item)

    def assigned(self) -> dict[str, tuple[WorklistItem, ...]]:
        """Return what each reader was assigned, in order. A reader's own file knows only their own cases."""
        with intact(self.path, "an assignment of cases"), self.connection.snapshot() as db:
            return {reader_id: as_items(listed) for reader_id, listed in assigned_cases(db).items()}

    def items_read(self, reader_id: str) -> set[WorklistItem]:
        """Return what a reader has started, committed or not."""
        with self.connection.snapshot() as db:
            return items_read(db, reader_id)

    def worklist(self, reader_id: str) -> tuple[WorklistItem, ...]:
        """Return what a reader reads, in order: what they were assigned, or all cases in the study's order."""
        return self.assigned().get(reader_id) or as_items(self.case_ids())
