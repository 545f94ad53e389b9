"""The study file: cases, models, answers, scores and readings in one SQLite file, behind one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.adjudication import Adjudication, ComparedReading
from doubleread.domain.arm import Arm, arm_differences
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.events.study import ConflictResolved, ProtocolChanged, StudyMerged, StudySplit, StudyUnblinded
from doubleread.domain.hashes import json_sha256
from doubleread.domain.reading import Reading
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store import records
from doubleread.store.branches.current_adjudications import put_adjudications
from doubleread.store.branches.current_readings import put_current
from doubleread.store.branches.reading_branches import ReadingBranch, branch_to_choose, reading_branches
from doubleread.store.files.backup import copy_study
from doubleread.store.files.file_key import FileKey
from doubleread.store.log.adjudication_log import AdjudicationLog, check_adjudicator
from doubleread.store.log.event_log import entry_of
from doubleread.store.log.reading_log import ReadingLog
from doubleread.store.log.rebuild import rebuild
from doubleread.store.open_study import PROGRAM
from doubleread.store.protocols import known_protocols, protocols_in_order
from doubleread.store.records import AskedAbout, ReadingSummary
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import make_study
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.opening import open_connection, opened_to_look
from doubleread.store.study_score_overrides import StudyScoreOverrides


class StudyFile(StudyScoreOverrides):
    """An open study. Several threads may use it; each call is one step that is in the file as a whole or not at all.

    Errors: StudyFileError for the file, InputRefusedError for what must not be stored, StudyChangedError if the
    study is no longer as the caller saw it. After any of them nothing of the call is in the file.
    """

    def __init__(self, connection: Connection, device: str) -> None:
        super().__init__(connection, device)
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
            return cls(connection, device)
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
            study = cls(connection, device)
            study.how_read = how if connection.path != path else ""
            study.path = path
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

        Raises InputRefusedError if nothing would change, if answers would be generated differently, and if the arms
        would no longer differ;
        StudyChangedError if somebody else has changed it in the meantime.
        """
        self.expect_models("Protocol not changed")
        if not arm_differences(self.arms(), protocol):
            happened = "with it, both arms would have the same settings"
            raise InputRefusedError("Protocol not changed", happened, "keep what the arms differ in")
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

        self._write(change, item)
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
        self._adjudications = AdjudicationLog(
            self.connection, self._log, self.protocol_sha256, self.protocol_of, self._readings.compared
        )

    def record_split(self, split_id: str, reader_id: str) -> None:
        """Record that a reader's own file was made."""
        item = entry_of(PROGRAM, StudySplit(split_id=split_id, reader_id=reader_id))
        self._write(lambda db: self._log.record(db, item), item)

    def record_unblinding(self, actor: str, reason: str) -> None:
        """Record that somebody unblinded the study before all readings were committed, and why.

        Raises InputRefusedError without a reason or a name.
        """
        self.expect_models("Not unblinded")
        unblinded = StudyUnblinded(reason=reason.strip())
        unblinded.check(actor)
        item = entry_of(actor.strip(), unblinded)
        self._write(lambda db: self._log.record(db, item), item)

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

    def conflicts(self) -> list[ReadingBranch]:
        """Return the branches of every reading that has several, since copies of the study were read independently."""
        with intact(self.path, "a branch of a reading"), self.connection.snapshot() as db:
            return reading_branches(db)

    def resolve_conflict(self, actor: str, head: str, reason: str) -> ReadingBranch:
        """Choose the branch whose last entry has this hash, or one that starts with it; return it as it was before.

        What is added to it later is part of the choice, and another choice supersedes it. Raises InputRefusedError
        if no branch or several are meant, if it cannot count or was chosen already, and without a reason.
        """
        self.expect_models("No branch chosen")
        with intact(self.path, "a branch of a reading"), self.connection.snapshot() as db:
            branch = branch_to_choose(db, head)
        resolved = ConflictResolved(
            reader_id=branch.reader_id,
            case_id=branch.case_id,
            repeat=branch.repeat,
            head=branch.head,
            reason=reason.strip(),
        )
        resolved.check(actor)
        item = entry_of(actor.strip(), resolved)

        def choose(db: Database) -> bool:
            if branch_to_choose(db, branch.head) != branch:
                raise StudyChangedError(
                    "No branch chosen", "the reading was continued in the meantime", "list its branches again"
                )
            self._log.decide(db, item, resolved)
            put_current(db, {branch.reading_id})
            put_adjudications(db, branch.case_id)
            return True

        self._write(choose, item)
        return branch

    def compared_readings(self, case_id: str) -> dict[str, ComparedReading]:
        """Return the readings of a case that an adjudicator compares, by id; see `ReadingLog.compared`."""
        return self._readings.compared(case_id)

    def adjudication(self, adjudicator_id: str, case_id: str) -> Adjudication | None:
        """Return an adjudicator's adjudication of a case, or None if it was never opened."""
        return self._adjudications.load(adjudicator_id, case_id)

    def resolved(self) -> list[Adjudication]:
        """Return the adjudication that resolves each case that is resolved, in no order."""
        return self._adjudications.resolving()

    def expect_adjudicator(self, adjudicator_id: str) -> None:
        """Raise InputRefusedError for somebody who is no adjudicator, StudyFileError in a reader's own file."""
        self.expect_models("Nothing adjudicated")
        with self.connection.snapshot() as db:
            check_adjudicator(db, adjudicator_id)

    def append_adjudication(self, adjudicator_id: str, case_id: str, drafts: Sequence[EventDraft]) -> Adjudication:
        """Write events of one adjudication and return the adjudication they leave, once they are committed.

        Each body has the `adjudication_id`. The first event opens the adjudication (`AdjudicationOpened`). Raises as
        `append` does, and StudyFileError in a reader's own file.
        """
        self.expect_models("Nothing adjudicated")
        return self._adjudications.append(adjudicator_id, case_id, drafts)

    def rebuild_projections(self) -> None:
        """Rebuild every table that follows from the log."""
        self._write(rebuild)

    def backup(self, out: Path) -> Path:
        """Write a verified copy of the study. Raises StudyFileError if that fails."""
        return copy_study(self.connection, out)
