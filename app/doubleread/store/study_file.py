"""The study file: cases, models, answers, scores and readings in one SQLite file, behind one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.adjudication import ComparedReading
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.events.study import ProtocolChanged, StudyMerged, StudySplit, StudyUnblinded
from doubleread.domain.hashes import json_sha256
from doubleread.domain.reading import Reading
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.errors import StudyChangedError
from doubleread.store import records
from doubleread.store.branches.reading_conflicts import ReadingConflicts
from doubleread.store.files.backup import copy_study
from doubleread.store.files.file_key import FileKey
from doubleread.store.log.adjudication_log import AdjudicationLog
from doubleread.store.log.event_log import PROGRAM, entry_of
from doubleread.store.log.override_log import OverrideLog
from doubleread.store.log.reading_log import ReadingLog
from doubleread.store.log.rebuild import rebuild
from doubleread.store.protocols import known_protocols, protocols_in_order
from doubleread.store.reader_registry import ReaderRegistry
from doubleread.store.records import AskedAbout, ReadingSummary
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import make_study
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.opening import open_connection, opened_to_look
from doubleread.store.study_contents import StudyContents


class StudyFile(StudyContents):
    """An open study. Several threads may use it; each call is one step that is in the file as a whole or not at all.

    Errors: StudyFileError for the file, InputRefusedError for what must not be stored, StudyChangedError if the
    study is no longer as the caller saw it. After any of them nothing of the call is in the file.
    """

    def __init__(self, connection: Connection, device: str, path: Path) -> None:
        super().__init__(connection, device, path)
        self.readers = ReaderRegistry(
            connection, self._log, self.path, self.split_reader, self.expect_models, self.case_ids
        )
        self.overrides = OverrideLog(connection, self._log, self.path, self.expect_models)
        self.conflicts = ReadingConflicts(connection, self._log, self.path, self.expect_models)
        self._versions: dict[str, Protocol] = {}
        self._take_protocol()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        cases: Sequence[Case],
        arms: tuple[Arm, Arm],
        protocol: Protocol,
        device: str,
        secret: bytes | None = None,
        key: FileKey | None = None,
        left_out: Sequence[Mapping[str, Any]] = (),
    ) -> StudyFile:
        """Create a study and open it. It gets its name only when it is complete, with mode 0600.

        `device` names this computer in the log. `secret` randomises the sides; by default it is random (32 bytes).
        With a `key` the file is encrypted. `left_out` are the problems of skipped cases, for the log.
        Raises StudyFileError if the name is taken or cannot be written, InputRefusedError for what cannot be stored.
        """
        make_study(
            path,
            cases=cases,
            arms=arms,
            protocol=protocol,
            device=device,
            secret=secret,
            key=key,
            left_out=left_out,
        )
        return cls.open(path, device=device)

    @classmethod
    def open(cls, path: Path, *, device: str, read_only: bool = False) -> StudyFile:
        """Open a study. One with an older schema is migrated after a verified copy was made beside it.

        Raises StudyFileError, which says what to do, if the file is missing, not a study, of a newer program, damaged,
        in use or read-only.
        """
        connection = open_connection(path, read_only=read_only)
        try:
            return cls(connection, device, path)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def look(cls, path: Path, *, device: str) -> StudyFile:
        """Open a study without changing it: in a private copy if a write was interrupted or the schema is older.

        `how_read` then says so. Raises StudyFileError as `open` does.
        """
        with ExitStack() as stack:
            connection, how = stack.enter_context(opened_to_look(path))
            study = cls(connection, device, path)
            study.how_read = how if connection.path != path else ""
            study.beside = stack.pop_all()
        return study

    def protocol_of(self, sha256: str) -> Protocol:
        """Return a version of the protocol by its hash. Raises KeyError if the file has none."""
        if sha256 not in self._versions:
            with self.connection.lock, intact(self.path, "a version of the protocol"):
                known = known_protocols(self.connection.db)
                self._versions |= {found: protocol_from_record(record) for found, record in known.items()}
        return self._versions[sha256]

    def protocols(self) -> list[tuple[str, Protocol]]:
        """Return hash and protocol of each version, the one in force last."""
        with intact(self.path, "the study's protocol"), self.connection.snapshot() as db:
            records = protocols_in_order(db)
            return [(json_sha256(record), protocol_from_record(record)) for record in records]

    def change_protocol(self, protocol: Protocol, reason: str) -> None:
        """Put a new version in force. Readings keep the one under which they were opened.

        Raises InputRefusedError if nothing would change, and if answers would be generated differently;
        StudyChangedError if somebody else has changed it in the meantime.
        """
        self.expect_models("Protocol not changed")
        changed = ProtocolChanged(
            before_sha256=self.protocol_sha256,
            protocol_sha256=protocol.sha256,
            protocol=protocol.as_record(),
            reason=reason.strip(),
        )
        item = entry_of(PROGRAM, changed)

        def change(db: Database) -> bool:
            if json_sha256(protocols_in_order(db)[-1]) != self.protocol_sha256:
                raise StudyChangedError(
                    "Protocol not changed", "another program has changed it in the meantime", "check it and try again"
                )
            answered = bool(db.execute("SELECT 1 FROM answers LIMIT 1").fetchone())
            changed.check(self.protocol, answered=answered)
            self._log.decide(db, item, changed)
            return True

        self._log.write(change, item)
        self._take_protocol()

    def follow_protocol(self) -> bool:
        """Take over the protocol that another program has put in force. Return whether there was one."""
        with intact(self.path, "the study's protocol"), self.connection.snapshot() as db:
            if json_sha256(protocols_in_order(db)[-1]) == self.protocol_sha256:
                return False
        self._take_protocol()
        return True

    def _take_protocol(self) -> None:
        with intact(self.path, "the study's protocol"), self.connection.snapshot() as db:
            record = protocols_in_order(db)[-1]
            self.protocol_sha256 = json_sha256(record)
            self.protocol: Protocol = protocol_from_record(record)
        self._readings = ReadingLog(self.connection, self._log, self.protocol, self.protocol_sha256, self.protocol_of)
        self.adjudications = AdjudicationLog(
            self.connection,
            self._log,
            self.protocol_sha256,
            self.protocol_of,
            self._readings.compared,
            self.expect_models,
        )

    def record_split(self, split_id: str, reader_id: str) -> None:
        """Record that a reader's own file was made."""
        item = entry_of(PROGRAM, StudySplit(split_id=split_id, reader_id=reader_id))
        self._log.write(lambda db: self._log.record(db, item), item)

    def record_unblinding(self, actor: str, reason: str) -> None:
        """Record that somebody unblinded the study before all readings were committed, and why.

        Raises InputRefusedError without a reason or a name.
        """
        self.expect_models("Not unblinded")
        unblinded = StudyUnblinded(reason=reason.strip())
        unblinded.check(actor)
        item = entry_of(actor.strip(), unblinded)
        self._log.write(lambda db: self._log.record(db, item), item)

    def record_merge(self, db: Database, merged: StudyMerged) -> None:
        """Record that another file was merged, inside the transaction of the merge."""
        self._log.record(db, entry_of(PROGRAM, merged))

    def reading(self, reader_id: str, case_id: str, repeat: int = 0) -> Reading | None:
        """Return a reader's reading of a case, or None if it was never opened."""
        row = self.connection.row(
            "SELECT id FROM readings WHERE reader_id = ? AND case_id = ? AND repeat = ?", [reader_id, case_id, repeat]
        )
        return self._readings.load(row["id"]) if row else None

    def reading_summaries(self, reader_id: str, repeat: int = 0) -> dict[str, ReadingSummary]:
        """Return summaries of a reader's first (or repeated) readings by case id, in the study's order."""
        rows = self.connection.rows(
            "SELECT readings.*, (SELECT count(*) FROM annotations"
            "  WHERE reading_id = readings.id AND retracted_at IS NULL)"
            " AS annotations FROM readings JOIN cases ON cases.id = case_id WHERE reader_id = ? AND repeat = ?"
            " ORDER BY cases.position",
            [reader_id, repeat],
        )
        summaries = (self._made(records.summary_from_row, row, "a reading") for row in rows)
        return {summary.case_id: summary for summary in summaries}

    def asked_about(self, reader_id: str) -> list[AskedAbout]:
        """Return a reader's committed first readings that the blinding assessment can ask about, in the study's order.

        Those whose reader declined the case are left out.
        """
        rows = self.connection.rows(
            "SELECT readings.id, readings.case_id, readings.protocol_sha256, blinding_assessments.id IS NOT NULL"
            " FROM readings"
            " JOIN cases ON cases.id = readings.case_id"
            " LEFT JOIN blinding_assessments ON blinding_assessments.reading_id = readings.id"
            " WHERE reader_id = ? AND repeat = 0 AND committed_at IS NOT NULL AND NOT outside_field"
            " ORDER BY cases.position",
            [reader_id],
        )
        return [AskedAbout(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def append(self, actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading:
        """Write events of one reading and return the reading they leave, once they are committed.

        The first event of a reading opens it (`ReadingOpened`). Raises, with nothing written: InputRefusedError for
        what must not be stored, StudyChangedError if the reading is not in the state that a draft was meant for.
        """
        return self._readings.append(actor, reading_id, drafts)

    def compared_readings(self, case_id: str) -> dict[str, ComparedReading]:
        """Return the readings of a case that an adjudicator compares, by id; see `ReadingLog.compared`."""
        return self._readings.compared(case_id)

    def rebuild_projections(self) -> None:
        """Rebuild every table that follows from the log."""
        self._log.write(rebuild)

    def backup(self, out: Path) -> Path:
        """Write a verified copy of the study. Raises StudyFileError if that fails."""
        return copy_study(self.connection, out)
