"""The readings of a study: their events, checked, written and folded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlite_utils import Database

from doubleread.domain.adjudication import ComparedReading
from doubleread.domain.blinding import SIDES
from doubleread.domain.branches import follows
from doubleread.domain.events import Event, EventDraft
from doubleread.domain.events.annotations import AnnotationMarked
from doubleread.domain.events.reading_event import ReadingAggregate
from doubleread.domain.events.readings import READING_EVENTS, add_to_reading, check_reading_event
from doubleread.domain.events.study import ConflictResolved
from doubleread.domain.reading import Reading
from doubleread.domain.reading_checks import check_change
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.branches.current_readings import CurrentReadings, texts_of
from doubleread.store.log.event_log import Entry, EventLog, entry
from doubleread.store.log.projections import Projection, project, put_changes
from doubleread.store.participation import check_may_write
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact, translated

DraftedReading = tuple[str, str, Sequence[EventDraft]]
"""The id of a reading, an actor, and events to be written to it."""

_KEPT = 16
_COMPARED = (
    "SELECT id FROM readings WHERE case_id = ? AND repeat = 0 AND committed_at IS NOT NULL AND outside_field = 0"
    " ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class _State:
    """A reading with its events up to a position of the log, and its rows where they were computed."""

    events: tuple[Event, ...] = ()
    position: int = 0
    aggregate: ReadingAggregate = field(default_factory=ReadingAggregate)
    reading: Reading | None = None
    projection: Projection | None = None


@dataclass(slots=True)
class ReadingLog:
    """The readings in one study file. A new reading must name the `protocol` in force.

    `protocol_of` returns the version with a hash: readings keep the one under which they were opened.
    """

    connection: Connection
    log: EventLog
    protocol: Protocol
    protocol_sha256: str
    protocol_of: Callable[[str], Protocol]
    _states: OrderedDict[str, _State] = field(default_factory=OrderedDict)

    def load(self, reading_id: str) -> Reading | None:
        """Return a reading, or None if it was never opened. Raises StudyFileError."""
        with self.connection.lock, translated(self.connection.path):
            state = self._state(reading_id)
            self._keep(reading_id, state)
            return state.reading

    def compared(self, case_id: str) -> dict[str, ComparedReading]:
        """Return by id the readings of a case that can be compared: committed first readings within the reader's field.

        Raises StudyFileError.
        """
        found: dict[str, ComparedReading] = {}
        with self.connection.lock:
            for row in self.connection.rows(_COMPARED, [case_id]):
                state = self._state(row["id"])
                self._keep(row["id"], state)
                if state.reading is not None:
                    found[row["id"]] = ComparedReading(state.reading, state.aggregate.head)
        return found

    def append(self, actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading:
        """Check and write a reading's events and its projections in one transaction; return the reading they leave.

        Raises InputRefusedError or StudyChangedError, with nothing written, if a draft must not be stored.
        """
        entries = [_entry(actor, reading_id, draft) for draft in drafts]
        if not entries:
            raise ValueError("there is nothing to append")

        def write(db: Database) -> _State:
            return self._written(db, reading_id, entries)

        def landed(db: Database) -> _State | None:
            return self._state(reading_id) if self.log.holds(db, entries[-1].id) else None

        with self.connection.lock:
            state = self.connection.write(write, landed)
            # Only now: a write that was rolled back must not be kept.
            self._keep(reading_id, state)
        if state.reading is None:
            raise ValueError("a saved reading cannot be empty")
        return state.reading

    def append_imported(self, readings: Callable[[], Iterable[DraftedReading]], imported: Entry) -> None:
        """Check and write events of several readings, and what says where they come from, in one transaction.

        `readings` yields them one by one, again if the write is repeated, and none is kept. Raises as `append` does.
        """

        def write(db: Database) -> bool:
            for reading_id, actor, drafts in readings():
                self._written(db, reading_id, [_entry(actor, reading_id, draft) for draft in drafts])
            self.log.record(db, imported)
            return True

        def landed(db: Database) -> bool | None:
            return self.log.holds(db, imported.id) or None

        with self.connection.lock:
            self.connection.write(write, landed)

    def _written(self, db: Database, reading_id: str, entries: Sequence[Entry]) -> _State:
        check_may_write(db, entries[0].actor, [item.kind for item in entries])
        start = self._state(reading_id)
        events, reading, aggregate = start.events, start.reading, start.aggregate
        if reading and not db.execute("SELECT 1 FROM readings WHERE id = ?", [reading_id]).fetchone():
            raise _another_counts()
        added = self.log.chained(db, entries, events[-1].hash if events else None)
        for event in added:
            if READING_EVENTS[event.kind].opens:
                self._check_opened(db, event)
            if event.kind == AnnotationMarked.kind:
                _check_new_id(db, event, reading_id)
            check_reading_event(reading, event)
            aggregate, after = with_event(aggregate, event)
            check_change(
                reading,
                after,
                partial(texts_of, db, after),
                self.protocol_of(after.protocol_sha256),
                commits=READING_EVENTS[event.kind].commits,
            )
            reading = after
        events = (*events, *added)
        self.log.add(db, added)
        projection = project(reading)
        put_changes(db, start.projection or project(start.reading), projection)
        position: int = db.execute("SELECT max(position) FROM events").fetchone()[0]
        return _State(events, position, aggregate, reading, projection)

    def _state(self, reading_id: str) -> _State:
        """Return a reading's state as it is in the file now, reading only the events that are new."""
        known = self._states.get(reading_id, _State())
        news = self.log.of_reading(reading_id, known.position)
        if not news:
            return known
        position = news[-1][0]
        added = tuple(event for _, event in news if event.kind in READING_EVENTS)
        chosen = bool(known.events) and any(_is_choice_about(known.reading, event) for _, event in news)
        path = self.connection.path
        with translated(path), intact(path, f"the events of reading {reading_id} are inconsistent"):
            if follows(known.events, added) and not chosen:
                aggregate = add_to_reading(known.aggregate, added)
                return _State((*known.events, *added), position, aggregate, aggregate.reading())
            # Copies of the study were merged, or a person chose between their branches.
            outcome = CurrentReadings(self.connection.db).outcome_of(reading_id)
            if outcome.reading is None:
                raise ValueError("none of its branches counts")
        if outcome.reading.id != reading_id:
            raise _another_counts()
        return _State(outcome.branch, position, add_to_reading(ReadingAggregate(), outcome.branch), outcome.reading)

    def _keep(self, reading_id: str, state: _State) -> None:
        if state.reading is None:
            return
        self._states[reading_id] = state
        self._states.move_to_end(reading_id)
        while len(self._states) > _KEPT:
            self._states.popitem(last=False)

    def _check_opened(self, db: Database, event: Event) -> None:
        body = event.body
        reader_id, case_id, sides = body.get("reader_id"), body.get("case_id"), body.get("answer_ids")
        if not db.execute("SELECT 1 FROM readers WHERE id = ?", [reader_id]).fetchone():
            raise _not_opened(f"{reader_id!r} is not a registered reader")
        if not db.execute("SELECT 1 FROM cases WHERE id = ?", [case_id]).fetchone():
            raise _not_opened(f"{case_id!r} is not a case of this study")
        rows = db.execute("SELECT id, sha256 FROM answers WHERE case_id = ? AND sample = 0", [case_id])
        answers = {row["id"]: row["sha256"] for row in rows}
        if (
            not isinstance(sides, dict)
            or set(sides) != set(SIDES)
            or set(sides.values()) != set(answers)
            or len(answers) != 2
        ):
            raise _not_opened("it must show both answers of the case, one on each side")
        named = (body.get("protocol_sha256"), body.get("label_set"), list(body.get("axes", ())))
        if named != (self.protocol_sha256, self.protocol.label_set, [axis.name for axis in self.protocol.axes]):
            raise _not_opened("its protocol, label set or axes are not the study's")
        repeat = body.get("repeat", 0)
        if type(repeat) is not int or repeat not in (0, 1):
            raise _not_opened("a case is read once, or once more as a repeat")
        case = db.execute("SELECT sha256 FROM cases WHERE id = ?", [case_id]).fetchone()
        texts = (body.get("case_sha256"), body.get("answer_sha256"))
        if texts != (case["sha256"], {side: answers[answer_id] for side, answer_id in sides.items()}):
            raise _not_opened("its texts are not the study's")
        adjudicated = "SELECT 1 FROM adjudications WHERE adjudicator_id = ? AND case_id = ?"
        if db.execute(adjudicated, [reader_id, case_id]).fetchone():
            raise _not_opened(f"{reader_id} has adjudicated it and knows other readers' judgements")
        if db.execute(
            "SELECT 1 FROM readings WHERE reader_id = ? AND case_id = ? AND repeat = ?", [reader_id, case_id, repeat]
        ).fetchone():
            raise StudyChangedError(
                "The reading has changed",
                "this reader has already opened this case",
                "continue with the existing reading",
            )


def _is_choice_about(reading: Reading | None, event: Event) -> bool:
    place = (reading.reader_id, reading.case_id) if reading else None
    return event.kind == ConflictResolved.kind and place == (event.body.get("reader_id"), event.body.get("case_id"))


def _another_counts() -> StudyChangedError:
    return StudyChangedError(
        "The reading has changed",
        "copies of the study were merged, and another branch of this reading counts",
        "this change was not saved; open the case again",
    )


def _entry(actor: str, reading_id: str, draft: EventDraft) -> Entry:
    if draft.kind not in READING_EVENTS:
        raise ValueError(f"{draft.kind} is not an event of a reading")
    if draft.body.get("reading_id", reading_id) != reading_id:
        raise ValueError("an event's body names another reading")
    return entry(actor, draft.kind, {**draft.body, "reading_id": reading_id})


def with_event(aggregate: ReadingAggregate, event: Event) -> tuple[ReadingAggregate, Reading]:
    """Return a reading with one more event."""
    try:
        after = add_to_reading(aggregate, [event])
        reading = after.reading()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputRefusedError("Judgement refused", f"{event.kind} is not complete ({error})") from error
    if reading is None:
        raise ValueError("a reading must be opened first")
    return after, reading


def _check_new_id(db: Database, event: Event, reading_id: str) -> None:
    annotation = event.body.get("annotation")
    if not isinstance(annotation, dict) or not isinstance(annotation.get("id"), str):
        return
    row = db.execute("SELECT reading_id FROM annotations WHERE id = ?", [annotation["id"]]).fetchone()
    if row and row["reading_id"] != reading_id:
        raise InputRefusedError(
            "Annotation refused", "its id is used by an annotation of another reading", "make the annotation again"
        )


def _not_opened(happened: str) -> InputRefusedError:
    return InputRefusedError("The case cannot be read", happened)
