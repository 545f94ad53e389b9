"""The append-only log in the study file: writing its next entries, reading them back."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from doubleread.domain.events import AFTER, GENESIS, Event, event_hash
from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.event_kind import EventKind, StudyDecision
from doubleread.domain.events.kinds import LINKED_EVENTS, kinds_of_matter
from doubleread.domain.events.study import ConflictResolved
from doubleread.domain.hashes import canonical_json
from doubleread.errors import InputRefusedError
from doubleread.parallel import batched
from doubleread.store.log.clock import now
from doubleread.store.records import EVENT_COLUMNS, event_from_row, event_of_values, event_row
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import INCONSISTENT, damaged, unstorable_text
from doubleread.store.sqlite.plain_rows import tuples

PROGRAM = "doubleread"
"""The actor of events that no person caused."""

_PAGE = 2000
_COPIED_AT_ONCE = 1000
_INSERT = (
    "INSERT INTO events (id, device, seq, at, actor, kind, body, prev_hash, hash, reading_id)"
    " VALUES (:id, :device, :seq, :at, :actor, :kind, :body, :prev_hash, :hash, :reading_id)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be written. It has its id already, so that a repeated write is recognised."""

    id: str
    actor: str
    kind: str
    body: Mapping[str, Any]


def entry(actor: str, kind: str, body: Mapping[str, Any]) -> Entry:
    """Make an entry whose body is as it will be read back. Raises InputRefusedError for NaN and lone surrogates."""
    try:
        text = canonical_json(dict(body))
    except ValueError as error:
        raise InputRefusedError("Value refused", "a number is not finite", "enter it again") from error
    try:
        (text + actor).encode()
    except UnicodeEncodeError as error:
        raise unstorable_text() from error
    return Entry(str(uuid.uuid4()), actor, kind, json.loads(text))


def entry_of(actor: str, event: EventKind) -> Entry:
    """Make an entry of an event. Raises as `entry` does."""
    return entry(actor, event.kind, event.to_body())


def events_of(db: Database, *kinds: type[EventKind]) -> list[Event]:
    """Return the events of some kinds in the order of the file."""
    return _events_of(db, [kind.kind for kind in kinds])


def _events_of(db: Database, kinds: list[str]) -> list[Event]:
    rows = db.execute(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY position",
        [json.dumps(kinds)],
    )
    return [event_from_row(row) for row in rows.fetchall()]


def insert_event(db: Database, event: Event) -> None:
    """Write an event as it is, inside the caller's transaction."""
    db.execute(_INSERT, event_row(event))


def copy_events(source: Database, db: Database, which: str, values: Sequence[object]) -> None:
    """Copy events from file to file as they are, in their order, inside the caller's transaction.

    `which` is the condition that selects them, with its `values`.
    """
    for _ in copying_events(source, db, which, values):
        pass


def copying_events(source: Database, db: Database, which: str, values: Sequence[object]) -> Iterator[int]:
    """Copy events as `copy_events` does, some at each step; yield how many."""
    columns = f"{EVENT_COLUMNS}, reading_id"
    rows = tuples(source, f"SELECT {columns} FROM events WHERE {which} ORDER BY position", values)
    placed = ", ".join("?" * len(columns.split(", ")))
    for part in batched(rows, _COPIED_AT_ONCE):
        db.conn.executemany(f"INSERT INTO events ({columns}) VALUES ({placed})", part)
        yield len(part)


def last_events(db: Database) -> list[tuple[str, int, str]]:
    """Return device, number and hash of the events that no other one follows, by device, the longest chain first."""
    # Nearly every event follows the one before it in the file, so that few hashes need to be compared.
    ends: list[tuple[int, str]] = []
    followed: set[str] = set()
    before = (0, "")
    for position, own, previous in db.execute("SELECT position, hash, prev_hash FROM events ORDER BY position"):
        if before[1] != previous:
            ends.append(before)
            followed.add(previous)
        before = (position, own)
    ends.append(before)
    positions = json.dumps([position for position, own in ends if own not in followed])
    rows = db.execute(
        "SELECT device, seq, hash FROM events WHERE position IN (SELECT value FROM json_each(?))"
        " ORDER BY device, seq DESC, hash",
        [positions],
    )
    return [(row["device"], row["seq"], row["hash"]) for row in rows.fetchall()]


def chain_heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return number and hash of each device's last event.

    A device that wrote in two copies of the file has two last events; all but that of the longest chain are listed
    under the device's name with "#2", "#3".
    """
    heads: dict[str, tuple[int, str]] = {}
    counts: Counter[str] = Counter()
    with connection.snapshot() as db:
        found = last_events(db)
    for device, seq, last in found:
        counts[device] += 1
        number = counts[device]
        heads[device if number == 1 else f"{device}#{number}"] = (seq, last)
    return heads


class EventLog:
    """The log of one study file, written by one device."""

    def __init__(self, connection: Connection, device: str) -> None:
        self._connection = connection
        self._device = device

    def write(self, work: Callable[[Database], object], item: Entry | None = None) -> object:
        """Run `work` as one transaction. `item` is the entry that tells after a disk error whether it was committed."""

        def landed(db: Database) -> object:
            return True if item is not None and self.holds(db, item.id) else None

        return self._connection.write(work, landed)

    def chained(self, db: Database, entries: Sequence[Entry], after: str | None = None) -> list[Event]:
        """Return the events that these entries become, chained to the device's last one. Writes nothing.

        `after` is the hash of the last event of the reading or adjudication they belong to, None if they open it.
        """
        head = db.execute(
            "SELECT seq, hash FROM events WHERE device = ? ORDER BY seq DESC, hash LIMIT 1", [self._device]
        ).fetchone()
        seq, previous = (head["seq"], head["hash"]) if head else (0, GENESIS)
        at = now()
        events: list[Event] = []
        for item in entries:
            seq += 1
            fields = (item.id, self._device, seq, at, item.actor, item.kind)
            body = {**item.body, AFTER: after} if item.kind in LINKED_EVENTS and after else item.body
            events.append(Event(*fields, body, previous, event_hash(*fields, body, previous)))
            previous = events[-1].hash
            after = previous
        return events

    def add(self, db: Database, events: Sequence[Event]) -> None:
        """Write chained events, inside the transaction in which they were chained."""
        for event in events:
            insert_event(db, event)

    def record(self, db: Database, *entries: Entry) -> list[Event]:
        """Chain and write in one step, inside the caller's transaction."""
        events = self.chained(db, entries)
        self.add(db, events)
        return events

    def decide(self, db: Database, item: Entry, decision: StudyDecision) -> Event:
        """Write a decision after the one in force on the same matter, inside the caller's transaction.

        `item` is its entry, made before the transaction.
        """
        matter = [getattr(decision, name) for name in decision.about]
        made = [
            event
            for event in _events_of(db, kinds_of_matter(type(decision)))
            if [event.body.get(name) for name in decision.about] == matter
        ]
        before = decisions(made)
        body = {**item.body, AFTER: before[-1].hash} if before else item.body
        (event,) = self.record(db, replace(item, body=body))
        return event

    def holds(self, db: Database, event_id: str) -> bool:
        """Return whether an event is in the file."""
        return bool(db.execute("SELECT 1 FROM events WHERE id = ?", [event_id]).fetchone())

    def of_reading(self, reading_id: str, after: int = 0) -> list[tuple[int, Event]]:
        """Return a reading's events after a position, with positions, in the order of the log.

        Choices between branches of any reading are among them: one of them can be about this reading.
        """
        columns = f"position, {EVENT_COLUMNS}"
        rows = self._connection.rows(
            f"SELECT {columns} FROM events WHERE reading_id = ? AND position > ?"
            f" UNION ALL SELECT {columns} FROM events WHERE kind = ? AND position > ? ORDER BY position",
            [reading_id, after, ConflictResolved.kind, after],
        )
        return [(row["position"], self._event(row)) for row in rows]

    def all(self, *, kind: str | None = None, reading_id: str | None = None) -> Iterator[Event]:
        """Yield events in the order of the log, a page at a time, so that others can write in between."""
        wanted = {"kind": kind, "reading_id": reading_id}
        conditions = "".join(f" AND {column} = ?" for column, value in wanted.items() if value is not None)
        values = [value for value in wanted.values() if value is not None]
        position = 0
        while True:
            rows = self._connection.rows(
                f"SELECT position, {EVENT_COLUMNS} FROM events WHERE position > ?{conditions}"
                " ORDER BY position LIMIT ?",
                [position, *values, _PAGE],
            )
            for row in rows:
                yield self._event(row)
            if len(rows) < _PAGE:
                return
            position = rows[-1]["position"]

    def _event(self, row: Any) -> Event:
        # `intact` does the same, but entering it takes as long as a third of the rest, for each of many thousand rows.
        position, *values = row
        try:
            return event_of_values(values)
        except INCONSISTENT as error:
            raise damaged(self._connection.path, f"event at position {position}") from error
