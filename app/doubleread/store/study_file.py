"""The study file: cases, models, answers, scores and readings in one SQLite file, behind one object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.answer import Answer
from doubleread.domain.assignment import Turn, as_turns
from doubleread.domain.case import Case
from doubleread.domain.events import GENESIS, Event, EventDraft
from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.model import Model
from doubleread.domain.reading import Reading
from doubleread.domain.score import Score, put_in_place
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.store import records
from doubleread.store.assignments import assigned_cases, check_assignment
from doubleread.store.backup import copy_study
from doubleread.store.connection import Connection
from doubleread.store.creation import make_study
from doubleread.store.event_log import Entry, EventLog, chain_heads, entry
from doubleread.store.faults import damaged, intact
from doubleread.store.opening import open_connection
from doubleread.store.projections import put_reader, registrations
from doubleread.store.protocols import check_change, known_protocols, protocols_in_order
from doubleread.store.reading_log import ReadingLog
from doubleread.store.records import ReadingSummary
from doubleread.store.standing import rebuild

Made = TypeVar("Made")
PROGRAM = "doubleread"
"""The actor of what no person did."""
_PAGE = 200


class StudyFile:
    """An open study. Several threads may use it; each call is one step that is in the file as a whole or not at all.

    Errors: StudyFileError for the file, InputRefusedError for what must not be stored, StudyChangedError where the
    study is no longer as the caller saw it. After any of them nothing of the call is in the file.
    """

    def __init__(self, connection: Connection, device: str) -> None:
        if not device:
            raise ValueError("a device needs a name")
        self.connection = connection
        self.path = connection.path
        self.device = device
        meta = {row["key"]: row["value"] for row in connection.rows("SELECT key, value FROM meta")}
        with intact(self.path, "the study's settings"):
            self.study_id: str = meta["study_id"]
            self.secret: bytes = bytes.fromhex(meta["secret"])
            self.split_reader: str | None = meta.get("split_reader")
            """The reader whose own file this is; None for a whole study."""
            self.split_id: str | None = meta.get("split_id")
            if self.split_id is not None:
                # Every file has chains of its own, so that a device may write in several readers' files.
                self.device = f"{device}:{self.split_id[:8]}"
            self.first_protocol_sha256 = json_sha256(json.loads(meta["protocol"]))
        if self.first_protocol_sha256 != meta.get("protocol_sha256"):
            raise damaged(self.path, "the protocol is not the one that the study was made with")
        self._versions: dict[str, Protocol] = {}
        self._log = EventLog(connection, self.device)
        self._take_protocol()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        cases: Sequence[Case],
        models: tuple[Model, Model],
        protocol: Protocol,
        device: str,
        secret: bytes | None = None,
    ) -> StudyFile:
        """Make a study and open it. It appears under its name only when it is complete, with mode 0600.

        `device` names this computer in the log. `secret` draws the sides; without one it is drawn at random (32 bytes).
        Raises StudyFileError where the name is taken or cannot be written, InputRefusedError for what cannot be stored.
        """
        make_study(path, cases=cases, models=models, protocol=protocol, device=device, secret=secret)
        return cls.open(path, device=device)

    @classmethod
    def open(cls, path: Path, *, device: str, read_only: bool = False) -> StudyFile:
        """Open a study; one of an older schema is migrated after a verified copy was laid beside it.

        Raises StudyFileError, which says what to do: missing, no study, of a newer program, damaged, in use, read-only.
        """
        connection = open_connection(path, read_only=read_only)
        try:
            return cls(connection, device)
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back. Closing twice does nothing."""
        self.connection.close()

    def expect_models(self, title: str) -> None:
        """Raise StudyFileError where this is a reader's own file, which does not say which model wrote what."""
        if self.split_reader is not None:
            raise StudyFileError(
                title,
                f"{self.path} is {self.split_reader}'s own file and names no model",
                "merge it into the study that it came from, and ask that",
            )

    def protocol_of(self, sha256: str) -> Protocol:
        """Return a version of the protocol by its hash. Raises KeyError where the file holds none of it."""
        if sha256 not in self._versions:
            with self.connection.lock, intact(self.path, "a version of the protocol"):
                known = known_protocols(self.connection.db)
                self._versions |= {found: protocol_from_record(record) for found, record in known.items()}
        return self._versions[sha256]

    def protocols(self) -> list[tuple[str, Protocol]]:
        """Return hash and protocol of each version that was in force, the present one last."""
        with intact(self.path, "the study's protocol"), self.connection.snapshot() as db:
            records = protocols_in_order(db)
            return [(json_sha256(record), protocol_from_record(record)) for record in records]

    def change_protocol(self, protocol: Protocol, reason: str) -> None:
        """Put a new version in force. Readings keep the one under which they were opened.

        Raises InputRefusedError where nothing would change, and where answers would come about in another way;
        StudyChangedError where somebody else has changed it meanwhile.
        """
        self.expect_models("Protocol not changed")
        record = protocol.as_record()
        body = {
            "before_sha256": self.protocol_sha256,
            "protocol_sha256": protocol.sha256,
            "protocol": record,
            "reason": reason.strip(),
        }
        item = entry(PROGRAM, log.PROTOCOL_CHANGED, body)

        def change(db: Database) -> bool:
            if json_sha256(protocols_in_order(db)[-1]) != self.protocol_sha256:
                raise StudyChangedError(
                    "Protocol not changed", "another program has changed it meanwhile", "look at it and try again"
                )
            answered = bool(db.execute("SELECT 1 FROM answers LIMIT 1").fetchone())
            check_change(self.protocol, record, reason, answered=answered)
            self._log.decide(db, item)
            return True

        self._write(change, item)
        self._take_protocol()

    def _take_protocol(self) -> None:
        with intact(self.path, "the study's protocol"), self.connection.snapshot() as db:
            record = protocols_in_order(db)[-1]
            # Of the record as it was written: a later version of the program may know more settings than it names.
            self.protocol_sha256 = json_sha256(record)
            self.protocol: Protocol = protocol_from_record(record)
        self._readings = ReadingLog(self.connection, self._log, self.protocol, self.protocol_sha256, self.protocol_of)

    def case_ids(self) -> list[str]:
        """Return the ids of all cases in the study's order."""
        return [row["id"] for row in self.connection.rows("SELECT id FROM cases ORDER BY position")]

    def case_titles(self) -> dict[str, str]:
        """Return the titles of all cases by their ids, in the study's order."""
        return {
            row["id"]: row["title"] for row in self.connection.rows("SELECT id, title FROM cases ORDER BY position")
        }

    def case(self, case_id: str) -> Case:
        """Return a case. Raises KeyError where the study has none of this id."""
        row = self.connection.row("SELECT * FROM cases WHERE id = ?", [case_id])
        if row is None:
            raise KeyError(case_id)
        return self._made(records.case_from_row, row, f"case {case_id}")

    def cases(self) -> Iterator[Case]:
        """Yield all cases in the study's order."""
        position = -1
        while rows := self.connection.rows(
            "SELECT * FROM cases WHERE position > ? ORDER BY position LIMIT ?", [position, _PAGE]
        ):
            for row in rows:
                yield self._made(records.case_from_row, row, f"case {row['id']}")
            position = rows[-1]["position"]

    def models(self) -> tuple[Model, Model]:
        """Return both models in the study's order, which is the one that `draw_sides` refers to."""
        rows = self.connection.rows("SELECT * FROM models ORDER BY position")
        if len(rows) != 2:
            raise damaged(self.path, f"it has {len(rows)} models instead of 2")
        first, second = (self._made(records.model_from_row, row, f"model {row['id']}") for row in rows)
        return first, second

    def set_model_path(self, model_id: str, path: str | Path) -> None:
        """Note where a model's GGUF lies now. Raises KeyError for an unknown model."""
        if self.connection.row("SELECT 1 FROM models WHERE id = ?", [model_id]) is None:
            raise KeyError(model_id)
        self._write(lambda db: db.execute("UPDATE models SET path = ? WHERE id = ?", [str(path), model_id]))

    def record_answer(self, answer: Answer, scores: Sequence[Score] = ()) -> bool:
        """Write an answer, its scores and the event of it; return False, writing nothing, where there is one already.

        Raises InputRefusedError for an answer of an unknown case or model, and for text that UTF-8 cannot hold.
        """
        self.expect_models("No answer taken")
        row, item = _as_recorded(answer)
        return bool(self._write(lambda db: self._record(db, answer, scores, row, item), item))

    def record_answers(self, answers: Sequence[tuple[Answer, Sequence[Score]]]) -> None:
        """Write several answers with their scores in one step.

        Raises InputRefusedError as `record_answer` does, and where one of them is there already; nothing is written.
        """
        self.expect_models("No answer taken")
        made = [(answer, scores, *_as_recorded(answer)) for answer, scores in answers]

        def record(db: Database) -> bool:
            for answer, scores, row, item in made:
                if not self._record(db, answer, scores, row, item):
                    raise InputRefusedError("Answer refused", f"case {answer.case_id!r} has one of this model already")
            return True

        if made:
            self._write(record, made[-1][3])

    def record_failure(self, case_id: str, model_id: str, title: str, happened: str) -> None:
        """Note that an answer could not be made, and why."""
        body = {"case_id": case_id, "model_id": model_id, "title": title, "happened": happened}
        item = entry(PROGRAM, log.GENERATION_FAILED, body)

        def record(db: Database) -> bool:
            self._expect_known(db, case_id, model_id)
            self._log.record(db, item)
            return True

        self._write(record, item)

    def record_mixed_conditions(self, model_id: str, differences: Sequence[Mapping[str, Any]]) -> None:
        """Note that answers of a model are from now on made under other conditions than before, and which.

        Each difference names the manifest's `entry`, the value `before` and the one `now`.
        """
        item = entry(PROGRAM, log.CONDITIONS_MIXED, {"model_id": model_id, "differences": list(differences)})

        def record(db: Database) -> bool:
            self._expect_row(db, "models", model_id)
            self._log.record(db, item)
            return True

        self._write(record, item)

    def failures(self) -> dict[tuple[str, str], str]:
        """Return the latest failure by (case id, model id), as "title: what happened", where no answer came later."""
        answered = {tuple(row) for row in self.connection.rows("SELECT case_id, model_id FROM answers")}
        failed: dict[tuple[str, str], str] = {}
        for event in self._log.all(kind=log.GENERATION_FAILED):
            body = event.body
            pair = (body["case_id"], body["model_id"])
            if pair not in answered:
                failed[pair] = f"{body['title']}: {body['happened']}"
        return failed

    def answer(self, answer_id: str) -> Answer:
        """Return an answer. Raises KeyError where there is none of this id."""
        row = self.connection.row("SELECT * FROM answers WHERE id = ?", [answer_id])
        if row is None:
            raise KeyError(answer_id)
        return self._made(records.answer_from_row, row, f"answer {answer_id}")

    def answers_of(self, case_id: str) -> dict[str, Answer]:
        """Return the answers that a case has so far, by model id, in the study's order of models."""
        rows = self.connection.rows(
            "SELECT answers.* FROM answers JOIN models ON models.id = model_id WHERE case_id = ?"
            " ORDER BY models.position",
            [case_id],
        )
        return {row["model_id"]: self._made(records.answer_from_row, row, f"answer {row['id']}") for row in rows}

    def missing_answers(self) -> list[tuple[str, str]]:
        """Return the (case id, model id) that have no answer, in the study's order, case by case."""
        rows = self.connection.rows(
            "SELECT cases.id, models.id FROM cases CROSS JOIN models"
            " WHERE NOT EXISTS (SELECT 1 FROM answers WHERE case_id = cases.id AND model_id = models.id)"
            " ORDER BY cases.position, models.position"
        )
        return [(row[0], row[1]) for row in rows]

    def replace_scores(self, answer_id: str, scores: Sequence[Score]) -> None:
        """Put each score in the place of those of its kind, the main one first. Raises KeyError for an unknown answer.

        What was read from the answer is of one kind (`domain.score.put_in_place`), each second way is its own.
        """
        answer = self.answer(answer_id)

        def replace(db: Database) -> None:
            found = db.execute("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id]).fetchall()
            old = [self._made(records.score_from_row, row, f"a score of answer {answer_id}") for row in found]
            db.execute("DELETE FROM scores WHERE answer_id = ?", [answer_id])
            self._put_scores(db, answer, put_in_place(old, scores))

        self._write(replace)

    def scores_of(self, answer_id: str) -> list[Score]:
        """Return an answer's scores, those read from the answer itself first."""
        rows = self.connection.rows("SELECT * FROM scores WHERE answer_id = ? ORDER BY id", [answer_id])
        return [self._made(records.score_from_row, row, f"a score of answer {answer_id}") for row in rows]

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

    def assign(self, cases: Mapping[str, Sequence[str]], how: Mapping[str, Any]) -> None:
        """Assign cases to readers, in the order given; a case that comes again stands twice. `how` says by which plan.

        Raises InputRefusedError for an unknown reader or case, and for a reader who has begun to read.
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

    def turns(self, reader_id: str) -> tuple[Turn, ...]:
        """Return what a reader reads, in order: what they were assigned, or all cases in the study's order."""
        return self.assigned().get(reader_id) or as_turns(self.case_ids())

    def record_split(self, split_id: str, reader_id: str) -> None:
        """Note that a reader's own file was made."""
        item = entry(PROGRAM, log.STUDY_SPLIT, {"split_id": split_id, "reader_id": reader_id})
        self._write(lambda db: self._log.record(db, item), item)

    def record_unblinding(self, actor: str, reason: str) -> None:
        """Note that somebody asked which model is which before all readings were committed, and why."""
        item = entry(actor, log.STUDY_UNBLINDED, {"reason": reason})
        self._write(lambda db: self._log.record(db, item), item)

    def record_merge(self, db: Database, body: Mapping[str, Any]) -> None:
        """Note that another file was merged, inside the transaction of the merge."""
        self._log.record(db, entry(PROGRAM, log.STUDY_MERGED, body))

    def readers(self) -> list[str]:
        """Return all pseudonyms in the order of their registration."""
        return [row["id"] for row in self.connection.rows("SELECT id FROM readers ORDER BY registered_at, id")]

    def reading(self, reader_id: str, case_id: str, repeat: int = 0) -> Reading | None:
        """Return a reader's reading of a case as its events leave it, or None where it was never opened."""
        row = self.connection.row(
            "SELECT id FROM readings WHERE reader_id = ? AND case_id = ? AND repeat = ?", [reader_id, case_id, repeat]
        )
        return self._readings.load(row["id"]) if row else None

    def reading_summaries(self, reader_id: str, repeat: int = 0) -> dict[str, ReadingSummary]:
        """Return a short form of each of a reader's first (or repeated) readings by case id, in the study's order."""
        rows = self.connection.rows(
            "SELECT readings.*, (SELECT count(*) FROM findings WHERE reading_id = readings.id AND retracted_at IS NULL)"
            " AS findings FROM readings JOIN cases ON cases.id = case_id WHERE reader_id = ? AND repeat = ?"
            " ORDER BY cases.position",
            [reader_id, repeat],
        )
        return {row["case_id"]: records.summary_from_row(row) for row in rows}

    def append(self, actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading:
        """Write events of one reading and return the reading they leave, once they are committed.

        The first event of a reading is `reading.opened` with `reading_id`, `case_id`, `reader_id`, `answer_ids` by
        side, `protocol_sha256`, `label_set`, the names of the protocol's `axes` where it has any, and `repeat` where
        the case comes again. Raises, with nothing written: InputRefusedError for what must not be stored,
        StudyChangedError where the reading is not in the state that a draft was meant for.
        """
        return self._readings.append(actor, reading_id, drafts)

    def events(self, *, kind: str | None = None, reading_id: str | None = None) -> Iterator[Event]:
        """Yield the log, or the events of one kind or one reading, in the order of the file."""
        return self._log.all(kind=kind, reading_id=reading_id)

    def chain_head(self) -> tuple[int, str]:
        """Return number and hash of this device's last event; 0 and zeros where it has written none."""
        row = self.connection.row(
            "SELECT seq, hash FROM events WHERE device = ? ORDER BY seq DESC, hash LIMIT 1", [self.device]
        )
        return (row["seq"], row["hash"]) if row else (0, GENESIS)

    def chain_heads(self) -> dict[str, tuple[int, str]]:
        """Return number and hash of each device's last event. Kept elsewhere, they prove later tampering."""
        return chain_heads(self.connection)

    def rebuild_projections(self) -> None:
        """Make the tables `readers`, `readings` and `findings` again from the log."""
        self._write(rebuild)

    def backup(self, out: Path) -> Path:
        """Write a verified copy of the study as it is now. Raises StudyFileError where that cannot be done."""
        return copy_study(self.connection, out)

    def _write(self, work: Callable[[Database], object], item: Entry | None = None) -> object:
        """Run `work` as one transaction. `item` is the entry by which a write is found again after a disk's error."""

        def landed(db: Database) -> object:
            return True if item is not None and self._log.holds(db, item.id) else None

        return self.connection.write(work, landed)

    def _made(self, make: Callable[[records.Row], Made], row: Any, what: str) -> Made:
        with intact(self.path, what):
            return make(row)

    def _record(self, db: Database, answer: Answer, scores: Sequence[Score], row: dict[str, Any], item: Entry) -> bool:
        self._expect_known(db, answer.case_id, answer.model_id)
        if db.execute(
            "SELECT 1 FROM answers WHERE case_id = ? AND model_id = ?", [answer.case_id, answer.model_id]
        ).fetchone():
            return False
        if db.execute("SELECT 1 FROM answers WHERE id = ?", [answer.id]).fetchone():
            raise InputRefusedError("Answer refused", f"there is another answer with the id {answer.id!r}")
        db.table("answers").insert(row)
        self._put_scores(db, answer, scores)
        self._log.record(db, item)
        return True

    def _expect_known(self, db: Database, case_id: str, model_id: str) -> None:
        self._expect_row(db, "cases", case_id)
        self._expect_row(db, "models", model_id)

    def _expect_row(self, db: Database, table: str, row_id: str) -> None:
        if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", [row_id]).fetchone():
            raise InputRefusedError("Answer refused", f"{row_id!r} is not among the study's {table}")

    def _put_scores(self, db: Database, answer: Answer, scores: Sequence[Score]) -> None:
        for score in scores:
            if (
                not 0
                <= (score.start or 0)
                <= (len(answer.text) if score.end is None else score.end)
                <= len(answer.text)
            ):
                raise InputRefusedError("Score refused", "its evidence lies outside the answer's text")
        db.table("scores").insert_all(records.score_row(answer.id, score) for score in scores)


def _as_recorded(answer: Answer) -> tuple[dict[str, Any], Entry]:
    """Return an answer's row and the log's entry about it."""
    try:
        row = records.answer_row(answer)
    except ValueError as error:
        raise InputRefusedError("Answer refused", "its manifest holds a number that is not finite") from error
    body = {
        "answer_id": answer.id,
        "case_id": answer.case_id,
        "model_id": answer.model_id,
        "sha256": answer.sha256,
        "manifest_sha256": text_sha256(row["manifest"]),
        "thinking_sha256": text_sha256(answer.thinking),
    }
    return row, entry(PROGRAM, log.ANSWER_RECORDED, body)
