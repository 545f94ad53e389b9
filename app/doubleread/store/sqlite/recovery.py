"""Recover what is possible from a damaged study file into a new one. The damaged file is only read.

Events, cases and answers are taken only if their hashes match. Tables that follow from the log are rebuilt. If an
event is lost, the new log records the hash that the next event names.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.events import AFTER, GENESIS, Event
from doubleread.domain.events.answers import AnswerRecorded
from doubleread.domain.events.study import SplitCreated, StudyCreated, StudyRecovered
from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.wording import plural
from doubleread.errors import StudyFileError
from doubleread.store.branches.current_adjudications import CurrentAdjudications
from doubleread.store.branches.current_readings import superseded_readings
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import hold, release
from doubleread.store.log.event_log import PROGRAM, EventLog, entry_of, insert_event
from doubleread.store.log.rebuild import rebuild
from doubleread.store.records import (
    answer_from_row,
    arm_from_row,
    case_from_row,
    event_from_row,
    model_from_row,
    to_json,
)
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import cases_sha256, new_file
from doubleread.store.sqlite.faults import as_study_error, error_code
from doubleread.store.sqlite.migrations import migrate
from doubleread.store.sqlite.opening import check_path
from doubleread.store.sqlite.sqlite_library import connect, sqlite_errors

Row = dict[str, Any]
_MOST_PROBES = 2_000_000
_NO_SUCH_TABLE = 1
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
_SETTINGS = frozenset({"study_id", "created_at", "protocol", "protocol_sha256", "secret", "split_id", "split_reader"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was recovered. `lost` counts the places in the log where entries are missing."""

    out: Path
    events: int
    readings: int
    lost: int
    unread: int
    cases: tuple[str, ...]
    answers: tuple[str, ...]
    superseded: int

    def losses(self) -> list[str]:
        """List what is lost."""
        found = []
        if self.lost:
            found.append(f"entries of the log, in {plural(self.lost, 'place')}")
        if self.unread:
            found.append(f"{plural(self.unread, 'row')} that could not be read or did not match their hash")
        found += [f"case {case_id}" for case_id in self.cases]
        found += [f"answer {answer_id}" for answer_id in self.answers]
        if self.superseded:
            in_part = plural(self.superseded, "reading or adjudication", "readings or adjudications")
            found.append(f"{in_part} in part: entries after a lost entry are kept but do not count")
        return found


def recover(path: Path, out: Path, *, device: str) -> Recovered:
    """Write a new study from what a damaged file still contains, and return what is known to be lost.

    Raises StudyFileError if `path` cannot be read at all or lacks something essential, or if `out` cannot be
    written. Then no new file is left.
    """
    check_path(path)
    held = hold(path)
    release(held)
    with tempfile.TemporaryDirectory(prefix="doubleread-") as name:
        copy = Path(name) / "damaged"
        for ending in ("", "-journal", "-wal"):
            if (beside := Path(f"{path.resolve()}{ending}")).exists():
                shutil.copyfile(beside, f"{copy}{ending}")
        try:
            salvage = _Salvage(lambda: _opened(copy, held.key))
        except _damage() as error:
            raise as_study_error(error, path, encrypted=held.key is not None) from error
        if missing := salvage.missing():
            raise StudyFileError(
                "Cannot be recovered", f"{path} no longer contains {missing}", "continue with a backup of the study"
            )
        return _written(salvage, out, device, held.key)


def _damage() -> Any:
    """Return the errors that damage raises. The message of an SQLite error can also be invalid UTF-8."""
    return (*sqlite_errors(), UnicodeDecodeError)


def _opened(copy: Path, key: FileKey | None) -> sqlite3.Connection:
    connection = connect(copy, key)
    # Invalid UTF-8 is read so that the rows around it can be; its hash will not match.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA trusted_schema = OFF")
    # With this SQLite also reads truncated files, and past errors in the schema.
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


class _Salvage:
    """The rows of a damaged file whose hashes match."""

    def __init__(self, opened: Callable[[], sqlite3.Connection]) -> None:
        self.unread = 0
        self._opened = opened
        self._damaged = opened()
        try:
            self._read()
        finally:
            self._damaged.close()

    def _read(self) -> None:
        self.meta = {row["key"]: row["value"] for row in self._rows("meta")}
        self.events = self._events()
        self.cases = [row for row in self._rows("cases") if self._holds(row, _case_holds)]
        self.models = [row for row in self._rows("models") if self._holds(row, model_from_row)]
        models = {row["sha256"]: model_from_row(row) for row in self.models}
        arms = [{**row, **self._created_arms().get(row["id"], {})} for row in self._rows("arms")]
        self.arms = [row for row in arms if self._holds(row, partial(arm_from_row, models=models))]
        case_ids = {row["id"] for row in self.cases}
        self.answers = [
            row for row in self._rows("answers") if self._holds(row, _answer_holds) and row["case_id"] in case_ids
        ]
        answer_ids = {row["id"] for row in self.answers}
        self.scores = [row for row in self._rows("scores") if row["answer_id"] in answer_ids]
        self.quarantine = [row for row in self._rows("quarantine") if self._holds(row, _kept_holds)]

    def missing(self) -> str:
        """Name something essential that is lost; "" if there is nothing."""
        for key in ("study_id", "created_at", "protocol", "protocol_sha256", "secret"):
            if key not in self.meta:
                return f"its {key.replace('_', ' ')}"
        made = [event for event in self.events if event.kind == self._creation]
        if not made:
            return "the entry of its creation"
        if text_sha256(self.meta["secret"]) not in {event.body.get("secret_sha256") for event in made}:
            return "the secret of its randomisation"
        if not self._protocol_holds(made[0]):
            return "its protocol"
        named = {arm["id"] for arm in made[0].body["arms"]}
        return "" if len(self.arms) == 2 and {row["id"] for row in self.arms} == named else "its arms"

    def _protocol_holds(self, made: Event) -> bool:
        with contextlib.suppress(*_BROKEN):
            return bool(json_sha256(json.loads(self.meta["protocol"])) == made.body["protocol_sha256"])
        return False

    def put_right(self) -> None:
        """Restore from the log what no hash of its own protects.

        These are the study's settings, the positions of cases where two are equal, and which answer is which sample.
        """
        making = self._creation_event()
        body = making.body
        self.meta = {key: value for key, value in self.meta.items() if key in _SETTINGS}
        self.meta |= {name: body[name] for name in ("study_id", "protocol_sha256")}
        if "split_id" in body:
            self.meta |= {"split_id": body["split_id"], "split_reader": body["reader_id"]}
        if not _TIME.fullmatch(str(self.meta["created_at"])):
            self.meta["created_at"] = making.at
        if len({row["position"] for row in self.cases}) < len(self.cases):
            for position, row in enumerate(self.cases):
                row["position"] = position
        recorded = (event.body for event in self.events if event.kind == AnswerRecorded.kind)
        samples = {body["answer_id"]: body.get("sample", 0) for body in recorded}
        for row in self.answers:
            row["sample"] = samples.get(row["id"], 0)

    def _created_arms(self) -> dict[str, Row]:
        """Return the columns of arms, by id, that the creation event contains."""
        made = next((event for event in self.events if event.kind == self._creation), None)
        return {
            arm["id"]: {
                "position": position,
                "name": arm["name"],
                "role": arm.get("role", ""),
                "model_sha256": arm["model_sha256"] or None,
                "prompt": to_json(arm.get("prompt", {})),
                "decoding": to_json(arm.get("decoding", {})),
                "server": to_json(arm["server"]) if "server" in arm else None,
                "retrieval": to_json(arm["retrieval"]) if "retrieval" in arm else None,
            }
            for position, arm in enumerate(made.body["arms"] if made else ())
        }

    def arms_hold(self) -> bool:
        """Return whether chat templates and adapters, of which the log has hashes only, are the original ones."""
        models = {row["sha256"]: model_from_row(row) for row in self.models}
        arms = [arm_from_row(row, models).summary() for row in sorted(self.arms, key=lambda row: row["position"])]
        return bool(arms == self._creation_event().body["arms"])

    def altered_answers(self) -> int:
        """Return how many answers are kept although their manifest, reasoning or number was changed."""
        events = [event.body for event in self.events if event.kind == AnswerRecorded.kind]
        recorded = {body["answer_id"]: AnswerRecorded.from_body(body) for body in events}
        return sum(
            row["id"] in recorded and recorded[row["id"]].check(answer_from_row(row), row["manifest"]) != ""
            for row in self.answers
        )

    def _creation_event(self) -> Event:
        return next(event for event in self.events if event.kind == self._creation)

    @property
    def _creation(self) -> str:
        return (SplitCreated if "split_id" in self.meta else StudyCreated).kind

    def lost_hashes(self) -> list[str]:
        """Return the hashes of missing events that others follow."""
        present = {event.hash for event in self.events} | {GENESIS}
        named = {event.prev_hash for event in self.events}
        named |= {str(event.body[AFTER]) for event in self.events if AFTER in event.body}
        for event in self.events:
            if event.kind == SplitCreated.kind and event.body.get("split_id") == self.meta.get("split_id"):
                named -= set(event.body["absent"])
            if event.kind == StudyRecovered.kind:
                named -= set(event.body["lost"])
        return sorted(named - present)

    def cases_are_whole(self) -> bool:
        """Return whether the cases are the original ones, in their order."""
        ordered = sorted(self.cases, key=lambda row: row["position"])
        return bool(
            cases_sha256((row["id"], row["sha256"]) for row in ordered) == self._creation_event().body["cases_sha256"]
        )

    def lost_cases(self) -> tuple[str, ...]:
        """Return the ids of missing cases that entries name."""
        there = {row["id"] for row in self.cases}
        return tuple(sorted({str(e.body["case_id"]) for e in self.events if "case_id" in e.body} - there))

    def lost_answers(self) -> tuple[str, ...]:
        """Return the ids of missing answers that were recorded."""
        there = {row["id"] for row in self.answers} | {row["object_id"] for row in self.quarantine}
        recorded = {str(e.body["answer_id"]) for e in self.events if e.kind == AnswerRecorded.kind}
        return tuple(sorted(recorded - there))

    def _events(self) -> list[Event]:
        found: list[Event] = []
        for row in self._rows("events"):
            with contextlib.suppress(*_BROKEN):
                event = event_from_row(row)
                if event.computed_hash() == event.hash:
                    found.append(event)
                    continue
            self.unread += 1
        return _chained(found)

    def _holds(self, row: Row, check: Any) -> bool:
        with contextlib.suppress(*_BROKEN):
            if check(row):
                return True
        self.unread += 1
        return False

    def _rows(self, table: str) -> list[Row]:
        """Return the rows of a table that can be read: from both ends, and one by one between them."""
        forward, fault = self._run(table, "ASC")
        if fault is None:
            return list(forward.values())
        backward, _ = self._run(table, "DESC")
        found = {**forward, **backward}
        if forward and backward:
            gap = range(max(forward) + 1, min(backward))
            for rowid in gap[:_MOST_PROBES]:
                try:
                    row = self._damaged.execute(f"SELECT * FROM {table} WHERE rowid = ?", [rowid]).fetchone()
                except _damage():
                    self.unread += 1
                    self._open_again()
                else:
                    if row is not None:
                        found[rowid] = dict(row)
        elif error_code(fault) != _NO_SUCH_TABLE:
            # One end of the table cannot be reached, with an unknown number of rows.
            self.unread += 1
        return [found[rowid] for rowid in sorted(found)]

    def _run(self, table: str, direction: str) -> tuple[dict[int, Row], Exception | None]:
        rows: dict[int, Row] = {}
        try:
            for row in self._damaged.execute(f"SELECT rowid AS _rowid, * FROM {table} ORDER BY rowid {direction}"):
                record = dict(row)
                rows[record.pop("_rowid")] = record
        except _damage() as error:
            self._open_again()
            return rows, error
        return rows, None

    def _open_again(self) -> None:
        """Reconnect: after an unsigned page, SQLCipher reads no other page from the disk."""
        self._damaged.close()
        self._damaged = self._opened()


def _chained(events: list[Event]) -> list[Event]:
    """Return the events with each after the one before it in its chain: damage can change the place of a row."""
    by_hash = {event.hash: event for event in events}
    placed: set[str] = set()
    ordered: list[Event] = []
    for event in events:
        chain: list[Event] = []
        following: Event | None = event
        while following is not None and following.hash not in placed:
            placed.add(following.hash)
            chain.append(following)
            following = by_hash.get(following.prev_hash)
        ordered += reversed(chain)
    return ordered


def _case_holds(row: Row) -> bool:
    return type(row["position"]) is int and bool(case_from_row(row).sha256 == row["sha256"])


def _answer_holds(row: Row) -> bool:
    return bool(answer_from_row(row).sha256 == row["sha256"])


def _kept_holds(row: Row) -> bool:
    return bool(text_sha256(f"{row['kind']} {row['content']}") == row["sha256"])


def _written(salvage: _Salvage, out: Path, device: str, key: FileKey | None) -> Recovered:
    lost = salvage.lost_hashes()
    if not (salvage.unread or salvage.lost_cases() or salvage.cases_are_whole()):
        # Rows can disappear without a trace where the damage hit a page's count of rows.
        salvage.unread += 1
    if not salvage.arms_hold():
        salvage.unread += 1
    salvage.unread += salvage.altered_answers()
    with new_file(out) as temporary:
        connection = Connection(temporary, key=key)
        try:
            with connection.transaction() as db:
                migrate(db)
                _fill(db, salvage)
                recovered = StudyRecovered(lost=lost, unread=salvage.unread)
                EventLog(connection, device).record(db, entry_of(PROGRAM, recovered))
                rebuild(db)
                superseded = len(superseded_readings(db)) + len(CurrentAdjudications(db).superseded())
            readings: int = connection.rows("SELECT count(*) FROM readings")[0][0]
        finally:
            connection.close()
    counts = (len(salvage.events), readings, len(lost), salvage.unread)
    return Recovered(out, *counts, salvage.lost_cases(), salvage.lost_answers(), superseded)


def _fill(db: Database, salvage: _Salvage) -> None:
    salvage.put_right()
    db.table("meta").insert_all({"key": key, "value": value} for key, value in salvage.meta.items())
    for table, rows in _in_order(salvage):
        for row in rows:
            try:
                db.table(table).insert(row)
            except (*sqlite_errors("IntegrityError"), UnicodeEncodeError):
                # The damage hit a column that no hash protects.
                salvage.unread += 1
    taken: set[str] = set()
    for event in salvage.events:
        if event.id not in taken:
            insert_event(db, event)
            taken.add(event.id)


def _in_order(salvage: _Salvage) -> Iterator[tuple[str, list[Row]]]:
    yield "cases", salvage.cases
    yield "models", salvage.models
    yield "arms", salvage.arms
    yield "answers", salvage.answers
    yield "scores", salvage.scores
    yield "quarantine", salvage.quarantine
