"""The study file: one SQLite file behind one object, with a part for each subject."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlite_utils import Database

from doubleread.domain.adjudication import ComparedReading
from doubleread.domain.annotation import CASE_SOURCE
from doubleread.domain.arm import Arm, arm_differences, check_samples
from doubleread.domain.background import Background
from doubleread.domain.blinding_assessment import asked_role
from doubleread.domain.case import Case
from doubleread.domain.events import GENESIS, Event, EventDraft
from doubleread.domain.events.annotations import AnnotationsImported
from doubleread.domain.events.study import ExportAttested, ProtocolChanged, StudyMerged, StudySplit, StudyUnblinded
from doubleread.domain.hashes import json_sha256
from doubleread.domain.reading import Reading
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.domain.training import TrainingCase
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.store import records
from doubleread.store.answer_store import AnswerStore
from doubleread.store.branches.reading_conflicts import ReadingConflicts
from doubleread.store.branches.split_entry import carried_others, carried_role
from doubleread.store.files.backup import copy_study
from doubleread.store.files.file_key import FileKey
from doubleread.store.log.adjudication_log import AdjudicationLog
from doubleread.store.log.event_log import PROGRAM, EventLog, chain_heads, entry_of
from doubleread.store.log.override_log import OverrideLog
from doubleread.store.log.reading_log import DraftedReading, ReadingLog
from doubleread.store.log.rebuild import rebuild
from doubleread.store.log.training_log import TrainingLog
from doubleread.store.passage_sources import text_beside
from doubleread.store.protocols import known_protocols, protocols_in_order
from doubleread.store.reader_registry import ReaderRegistry
from doubleread.store.records import AskedAbout, ReadingSummary
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import make_study
from doubleread.store.sqlite.faults import damaged, intact
from doubleread.store.sqlite.opening import open_connection, opened_to_look

_CASES_AT_ONCE = 200
OPENED: set[Path] = set()
"""Every study file that this process has opened: a crash report removes the names of their models."""


class StudyFile:
    """An open study. Several threads may use it; each call is one step that is in the file as a whole or not at all.

    Cases, arms, the protocol and readings are on it; `answers`, `readers`, `overrides`, `adjudications` and `conflicts`
    are parts with a subject of their own.

    Errors: StudyFileError for the file, InputRefusedError for what must not be stored, StudyChangedError if the
    study is no longer as the caller saw it. After any of them nothing of the call is in the file.
    """

    def __init__(self, connection: Connection, device: str, path: Path) -> None:
        self.file = self
        """The study itself; what reads something besides it has it here, too."""
        if not device:
            raise ValueError("a device needs a name")
        self.connection = connection
        self.path = path
        """The study's file, even where the connection reads a private copy of it."""
        OPENED.add(connection.path)
        self.device = device
        self._data_version: int | None = None
        self.beside = ExitStack()
        """What is closed with the file, such as the private copy in which it is read."""
        self.how_read = ""
        """How the file was read, if not directly."""
        meta = {row["key"]: row["value"] for row in connection.rows("SELECT key, value FROM meta")}
        with intact(self.path, "the study's settings"):
            self.study_id: str = meta["study_id"]
            self.secret: bytes = bytes.fromhex(meta["secret"])
            self.split_reader: str | None = meta.get("split_reader")
            """The reader whose own file this is; None for a whole study."""
            self.split_id: str | None = meta.get("split_id")
            if self.split_id is not None:
                # Every file has its own chains, so that a device may write in several readers' files.
                self.device = f"{device}:{self.split_id[:8]}"
            self.first_protocol_sha256 = json_sha256(json.loads(meta["protocol"]))
        if self.first_protocol_sha256 != meta.get("protocol_sha256"):
            raise damaged(self.path, "the protocol is not the one that the study was created with")
        self._log = EventLog(connection, self.device)
        self.answers = AnswerStore(connection, self._log, self.path, self.split_reader, self.expect_models)
        self.readers = ReaderRegistry(
            connection, self._log, self.path, self.split_reader, self.expect_models, self.case_ids
        )
        self.overrides = OverrideLog(connection, self._log, self.path, self.expect_models)
        self.training = TrainingLog(connection, self._log, self.path, self.expect_models, self.case_ids)
        self.conflicts = ReadingConflicts(connection, self._log, self.path, self.expect_models)
        self._versions: dict[str, Protocol] = {}
        self._others: Mapping[str, Mapping[str, ComparedReading]] | None = None
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
        case_files: Sequence[Mapping[str, Any]] = (),
        left_out: Sequence[Mapping[str, Any]] = (),
        training: Sequence[TrainingCase] = (),
    ) -> StudyFile:
        """Create a study and open it. It gets its name only when it is complete, with mode 0600.

        `device` names this computer in the log. `secret` randomises the sides; by default it is random (32 bytes).
        With a `key` the file is encrypted. `case_files` says how each case file was read, and `left_out` are the
        problems of skipped cases, both for the log. `training` are the training cases.
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
            case_files=case_files,
            left_out=left_out,
            training=training,
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def encrypted(self) -> bool:
        """Whether the file is encrypted."""
        return self.connection.key is not None

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self.connection.close()
        self.beside.close()

    def expect_models(self, title: str) -> None:
        """Raise StudyFileError in a reader's own file, which does not say which model wrote what."""
        if self.split_reader is not None:
            raise StudyFileError(
                title,
                f"{self.path} is {self.split_reader}'s own file, which names no model",
                "merge it into the original study, and use that",
            )

    def events(self, *, kind: str | None = None, reading_id: str | None = None) -> Iterator[Event]:
        """Yield the log, or the events of one kind or one reading, in the order of the file."""
        return self._log.all(kind=kind, reading_id=reading_id)

    def changed_elsewhere(self) -> bool:
        """Return whether another connection has written since the last call; the first time it is False."""
        version = int(self.connection.rows("PRAGMA data_version")[0][0])
        before, self._data_version = self._data_version, version
        return before is not None and before != version

    def chain_head(self) -> tuple[int, str]:
        """Return number and hash of this device's last event; 0 and zeros where there is none."""
        row = self.connection.row(
            "SELECT seq, hash FROM events WHERE device = ? ORDER BY seq DESC, hash LIMIT 1", [self.device]
        )
        return (row["seq"], row["hash"]) if row else (0, GENESIS)

    def chain_heads(self) -> dict[str, tuple[int, str]]:
        """Return number and hash of each device's last event. Kept elsewhere, they reveal later tampering."""
        return chain_heads(self.connection)

    def log_end(self) -> tuple[int, str]:
        """Return position and hash of the last event of the file, whichever device wrote it.

        Every later write to the log changes it. That costs much less than `chain_heads`, which compares all events.
        """
        row = self.connection.row("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1")
        return (row["position"], row["hash"]) if row else (0, GENESIS)

    def case_ids(self) -> list[str]:
        """Return the ids of all cases in the study's order."""
        return [row["id"] for row in self.connection.rows("SELECT id FROM cases ORDER BY position")]

    def case_titles(self) -> dict[str, str]:
        """Return the titles of all cases by their ids, in the study's order."""
        return {
            row["id"]: row["title"] for row in self.connection.rows("SELECT id, title FROM cases ORDER BY position")
        }

    def case(self, case_id: str) -> Case:
        """Return a case. Raises KeyError if the study has none of this id."""
        row = self.connection.row("SELECT * FROM cases WHERE id = ?", [case_id])
        if row is None:
            raise KeyError(case_id)
        with intact(self.path, f"case {case_id}"):
            return records.case_from_row(row)

    def source_text(self, case_id: str, source: str) -> str | None:
        """Return the text that passages of a source are in, None if the case has no such source."""
        if source == CASE_SOURCE:
            return self.case(case_id).text
        with self.connection.snapshot() as db:
            return text_beside(db, case_id, source)

    def from_case_on(self, case_id: str, cases: int) -> dict[str, Case]:
        """Return a case and those after it, to `cases` cases in all, by id. Empty if there is no case of this id."""
        found = {}
        for row in self.connection.rows(
            "SELECT * FROM cases WHERE position >= (SELECT position FROM cases WHERE id = ?) ORDER BY position LIMIT ?",
            [case_id, cases],
        ):
            with intact(self.path, f"case {row['id']}"):
                found[row["id"]] = records.case_from_row(row)
        return found

    def cases(self) -> Iterator[Case]:
        """Yield all cases in the study's order."""
        position = -1
        while rows := self.connection.rows(
            "SELECT * FROM cases WHERE position > ? ORDER BY position LIMIT ?", [position, _CASES_AT_ONCE]
        ):
            for row in rows:
                with intact(self.path, f"case {row['id']}"):
                    case = records.case_from_row(row)
                yield case
            position = rows[-1]["position"]

    def arms(self) -> tuple[Arm, Arm]:
        """Return both arms in the study's order, which is the one that `randomised_sides` refers to."""
        arms, models = self.connection.rows(records.ARMS), self.connection.rows(records.MODELS)
        with intact(self.path, "its arms or models"):
            found = records.arms_from_rows(arms, models)
        if len(found) != 2:
            raise damaged(self.path, f"it has {len(found)} arms instead of 2")
        return found[0], found[1]

    def set_model_path(self, sha256: str, path: str | Path) -> None:
        """Record the current path of a model's GGUF. Raises KeyError for an unknown model."""
        if self.connection.row("SELECT 1 FROM models WHERE sha256 = ?", [sha256]) is None:
            raise KeyError(sha256)
        self._log.write(lambda db: db.execute("UPDATE models SET path = ? WHERE sha256 = ?", [str(path), sha256]))

    def asked_role(self) -> str:
        """Return the role about which readers are asked; "" if the models' roles do not differ."""
        if self.split_reader is None:
            return asked_role(self.arms())
        with intact(self.path, "what its reader is asked at the end"), self.connection.snapshot() as db:
            return carried_role(db, self.secret)

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
            return [(json_sha256(record), protocol_from_record(record)) for record in protocols_in_order(db)]

    def missing_samples(self) -> list[tuple[str, str, int]]:
        """Return the (case id, arm id, sample) that have no answer: first answers, then later ones, case by case."""
        return self.answers.missing_samples(self.protocol.samples)

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
            with_documents = "SELECT 1 FROM cases WHERE json_extract(parts, '$.documents[0]') IS NOT NULL LIMIT 1"
            check_samples(self.arms(), protocol, with_documents=bool(db.execute(with_documents).fetchone()))
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

    def record_attestation(self, actor: str, attested: ExportAttested) -> None:
        """Record that somebody attested an export. Raises InputRefusedError without a statement or a name."""
        self.expect_models("Nothing exported")
        attested.check(actor)
        item = entry_of(actor.strip(), attested)
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
        with intact(self.path, "a reading"):
            return {row["case_id"]: records.summary_from_row(row) for row in rows}

    def further_readings(self) -> Sequence[tuple[Reading, Case]]:
        """Return readings that are not in the tables, with their cases: none."""
        return ()

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

    def background_of(self, reader_id: str) -> Background | None:
        """Return what a reader has stated of themself; None if they were not asked."""
        return self.training.backgrounds().get(reader_id)

    def state_background(self, reader_id: str, background: Background) -> None:
        """Store what a reader states of themself, in place of an earlier statement."""
        self.training.state_background(reader_id, background)

    def import_annotations(
        self, readings: Callable[[], Iterable[DraftedReading]], imported: AnnotationsImported
    ) -> None:
        """Write imported annotations, and the event that says where they come from, in one step.

        `readings` yields each reading with the events that open it or mark the annotations. Raises as `append` does.
        """
        self._readings.append_imported(readings, entry_of(PROGRAM, imported))

    def compared_readings(self, case_id: str) -> dict[str, ComparedReading]:
        """Return the readings of a case that an adjudicator compares, by id; see `ReadingLog.compared`.

        A reader's own file for a consensus round has other readings as they were when it was made.
        """
        return {**self._carried().get(case_id, {}), **self._readings.compared(case_id)}

    @property
    def for_consensus(self) -> bool:
        """Whether this is a reader's own file that was made for a consensus round."""
        return bool(self._carried())

    def _carried(self) -> Mapping[str, Mapping[str, ComparedReading]]:
        if self.split_id is None:
            return {}
        if self._others is None:
            with intact(self.path, "other readings"), self.connection.snapshot() as db:
                self._others = carried_others(db)
        return self._others

    def rebuild_projections(self) -> None:
        """Rebuild every table that follows from the log."""
        self._log.write(rebuild)

    def backup(self, out: Path, check: Callable[[Path], Sequence[str]] | None = None) -> Path:
        """Write a verified copy of the study. Raises StudyFileError if that fails. For `check` see `copy_study`."""
        return copy_study(self.connection, out, check=check)
