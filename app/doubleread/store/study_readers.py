"""Who reads a study, and which cases each of them reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.assignment import Turn, as_turns
from doubleread.errors import InputRefusedError
from doubleread.store.assignments import assigned_cases, check_assignment, turns_read
from doubleread.store.event_log import entry
from doubleread.store.faults import intact
from doubleread.store.open_study import PROGRAM
from doubleread.store.projections import put_reader, registrations
from doubleread.store.study_contents import StudyContents


class StudyReaders(StudyContents):
    """The part of a study file that holds readers and assignments."""

    def register_reader(self, reader_id: str) -> None:
        """Make a reader known under a pseudonym; twice does no harm. Raises InputRefusedError for a blank one."""
        if not reader_id.strip():
            raise InputRefusedError("Reader refused", "the pseudonym is empty", "choose one, for instance R-01")
        if self.split_reader not in (None, reader_id):
            raise InputRefusedError(
                "Reader refused",
                f"this file was made for {self.split_reader}",
                "read in your own file, or in the study",
            )
        item = entry(reader_id, log.READER_REGISTERED, {"reader_id": reader_id})

        def register(db: Database) -> bool:
            if not db.execute("SELECT 1 FROM readers WHERE id = ?", [reader_id]).fetchone():
                self._log.record(db, item)
                put_reader(db, registrations(db)[reader_id])
            return True

        self._write(register, item)

    def describe_reader(self, reader_id: str, role: str, qualification: str) -> None:
        """State a registered reader's role and qualification, in place of what was stated before."""
        self.expect_models("Reader not described")
        body = {"reader_id": reader_id, "role": role.strip(), "qualification": qualification.strip()}
        item = entry(PROGRAM, log.READER_DESCRIBED, body)

        def describe(db: Database) -> bool:
            if reader_id not in registrations(db):
                raise InputRefusedError("Reader not described", f"{reader_id} is not registered", "register them first")
            self._log.decide(db, item, reader_id=reader_id)
            put_reader(db, registrations(db)[reader_id])
            return True

        self._write(describe, item)

    def readers(self) -> list[str]:
        """Return all pseudonyms in the order of their registration."""
        return [row["id"] for row in self.connection.rows("SELECT id FROM readers ORDER BY registered_at, id")]

    def assign(self, cases: Mapping[str, Sequence[str]], how: Mapping[str, Any]) -> None:
        """Assign cases to readers, in the order given; a case that comes again stands twice. `how` says by which plan.

        Raises InputRefusedError for an unknown reader or case, and where it would take from a reader what they have
        begun to read.
        """
        self.expect_models("Nothing assigned")
        body = {**how, "cases": {reader_id: list(listed) for reader_id, listed in cases.items()}}
        item = entry(PROGRAM, log.CASES_ASSIGNED, body)

        def assign(db: Database) -> bool:
            check_assignment(db, cases)
            self._log.decide(db, item)
            return True

        self._write(assign, item)

    def assigned(self) -> dict[str, tuple[Turn, ...]]:
        """Return what each reader was assigned, in order. A reader's own file knows of no other's."""
        with intact(self.path, "an assignment of cases"), self.connection.snapshot() as db:
            return {reader_id: as_turns(listed) for reader_id, listed in assigned_cases(db).items()}

    def turns_read(self, reader_id: str) -> set[Turn]:
        """Return what a reader has begun to read, committed or not."""
        with self.connection.snapshot() as db:
            return turns_read(db, reader_id)

    def turns(self, reader_id: str) -> tuple[Turn, ...]:
        """Return what a reader reads, in order: what they were assigned, or all cases in the study's order."""
        return self.assigned().get(reader_id) or as_turns(self.case_ids())
