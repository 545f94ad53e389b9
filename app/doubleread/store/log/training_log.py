"""The training in one study file: its cases, what readers did with them, who is qualified, and readers' background.

Nothing of it is in a table: it is read from the log, so that no query over readings can count it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from doubleread.domain.background import Background
from doubleread.domain.events import Event, EventDraft
from doubleread.domain.events.event_kind import EventKind
from doubleread.domain.events.reading_event import ReadingAggregate
from doubleread.domain.events.readings import READING_EVENTS, check_reading_event
from doubleread.domain.events.training import (
    BackgroundStated,
    ReaderQualified,
    TrainingActed,
    TrainingAttempted,
    as_reading_event,
    attempts_of,
    backgrounds_of,
    fold_training,
    qualified_of,
)
from doubleread.domain.reading import Reading
from doubleread.domain.reading_checks import Texts, check_change
from doubleread.domain.study import Protocol
from doubleread.domain.training import TrainingAttempt, TrainingCase
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.event_log import PROGRAM, EventLog, entry_of, events_of
from doubleread.store.log.projections import readers_of_log
from doubleread.store.log.reading_log import with_event
from doubleread.store.participation import check_may_write, check_taking_part
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact
from doubleread.store.training_set import set_chosen, training_cases


@dataclass(frozen=True, slots=True)
class TrainingPlace:
    """One reader's judgement of one training case in one round; round 0 is a hidden repeat."""

    training_id: str
    reader_id: str
    case_id: str
    round: int


@dataclass(frozen=True, slots=True)
class TrainingReading:
    """A judgement of a training case in the making, with the number of events behind it."""

    place: TrainingPlace
    events: int
    aggregate: ReadingAggregate

    @property
    def reading(self) -> Reading | None:
        """The reading; None if it was never opened."""
        return self.aggregate.reading()


@dataclass(frozen=True, slots=True)
class TrainingLog:
    """The training in one study file. `expect_models` raises StudyFileError in a reader's own file."""

    connection: Connection
    log: EventLog
    path: Path
    expect_models: Callable[[str], None]
    case_ids: Callable[[], list[str]]

    def cases(self) -> tuple[TrainingCase, ...]:
        """Return the training cases in force, in the order of their file."""
        with intact(self.path, "its training cases"), self.connection.snapshot() as db:
            return training_cases(db)

    def choose(self, cases: Sequence[TrainingCase]) -> None:
        """Put other training cases in force. Attempts at cases that stay the same still count."""
        self.expect_models("Training not changed")
        chosen = set_chosen(cases)
        chosen.check(self.case_ids())
        item = entry_of(PROGRAM, chosen)

        def write(db: Database) -> bool:
            self.log.decide(db, item, chosen)
            return True

        self.log.write(write, item)

    def attempts(self) -> list[TrainingAttempt]:
        """Return all attempts of all readers, hidden repeats among them."""
        with intact(self.path, "an attempt at a training case"), self.connection.snapshot() as db:
            return attempts_of(events_of(db, TrainingAttempted))

    def begun(self, reader_id: str) -> dict[TrainingPlace, TrainingReading]:
        """Return what a reader has done with training cases, by place, in the order in which they were opened."""
        found: dict[TrainingPlace, list[Event]] = {}
        with intact(self.path, "the training of a reader"), self.connection.snapshot() as db:
            for event in events_of(db, TrainingActed):
                acted = TrainingActed.from_body(event.body)
                if acted.reader_id == reader_id:
                    place = TrainingPlace(acted.training_id, acted.reader_id, acted.training_case, acted.round)
                    found.setdefault(place, []).append(event)
        return {place: TrainingReading(place, len(made), fold_training(made)) for place, made in found.items()}

    def append(
        self,
        before: TrainingReading,
        drafts: Sequence[EventDraft],
        texts: Texts,
        protocol: Protocol,
        then: Callable[[Reading, Sequence[TrainingAttempt]], Sequence[EventKind]],
    ) -> TrainingReading:
        """Write what a reader did with a training case, in one transaction; return the reading that it leaves.

        If it was committed by this, `then` gets the reading and all attempts so far, and returns further events to
        write in the same step. Raises as `ReadingLog.append` does.
        """
        place = before.place
        acts = [
            TrainingActed(
                training_id=place.training_id,
                reader_id=place.reader_id,
                training_case=place.case_id,
                round=place.round,
                act=draft.kind,
                said={name: value for name, value in draft.body.items() if name != "reading_id"},
            )
            for draft in drafts
        ]
        for act in acts:
            act.check()
        entries = [entry_of(place.reader_id, act) for act in acts]

        def write(db: Database) -> TrainingReading:
            check_may_write(db, place.reader_id, [draft.kind for draft in drafts])
            if _count(db, place) != before.events:
                raise StudyChangedError(
                    "The training has changed",
                    "another window has written to it",
                    "this change was not saved; open the study again",
                )
            aggregate, reading, committed = before.aggregate, before.reading, False
            added = self.log.chained(db, entries)
            for event in map(as_reading_event, added):
                check_reading_event(reading, event)
                aggregate, after = with_event(aggregate, event)
                committed = READING_EVENTS[event.kind].commits
                check_change(reading, after, lambda: texts, protocol, commits=committed)
                reading = after
            self.log.add(db, added)
            if committed and reading is not None:
                made = attempts_of(events_of(db, TrainingAttempted))
                self.log.record(db, *(entry_of(place.reader_id, event) for event in then(reading, made)))
            return TrainingReading(place, before.events + len(added), aggregate)

        def landed(db: Database) -> TrainingReading | None:
            if not self.log.holds(db, entries[-1].id):
                return None
            made = [event for event in events_of(db, TrainingActed) if event.body["training_id"] == place.training_id]
            return TrainingReading(place, len(made), fold_training(made))

        with self.connection.lock:
            return self.connection.write(write, landed)

    def qualified(self) -> dict[str, ReaderQualified]:
        """Return who may read the study's cases after training, and why; in a reader's own file, only that reader."""
        with intact(self.path, "a qualification"), self.connection.snapshot() as db:
            found = qualified_of(events_of(db, ReaderQualified))
            split = split_event(db)
        if split is not None and split.qualified:
            found.setdefault(split.reader_id, ReaderQualified(reader_id=split.reader_id, how="waived"))
        return found

    def qualify(self, passed: ReaderQualified) -> None:
        """Record that a reader has reached the threshold. Raises InputRefusedError if they have not."""
        passed.check(passed.reader_id)
        self._decide(passed, passed.reader_id, "Not qualified")

    def waive(self, reader_id: str, reason: str, actor: str) -> None:
        """Let a reader read the study's cases without training, or before they have passed it.

        Raises InputRefusedError without a reason or a name, and for somebody who is not registered.
        """
        self.expect_models("Training not waived")
        waived = ReaderQualified(reader_id=reader_id, how="waived", reason=reason.strip())
        waived.check(actor)
        self._decide(waived, actor.strip(), "Training not waived")

    def backgrounds(self) -> dict[str, Background]:
        """Return the background of each reader who was asked for it; an empty one of those who skipped the question."""
        with intact(self.path, "a reader's background"), self.connection.snapshot() as db:
            return backgrounds_of(events_of(db, BackgroundStated))

    def state_background(self, reader_id: str, background: Background, actor: str = "") -> None:
        """State a registered reader's background, in place of an earlier statement. Raises InputRefusedError."""
        stated = BackgroundStated(reader_id=reader_id, background=background.as_record())
        stated.check()
        self._decide(stated, actor or reader_id, "Background not stored")

    def _decide(self, decision: ReaderQualified | BackgroundStated, actor: str, title: str) -> None:
        item = entry_of(actor, decision)

        def write(db: Database) -> bool:
            if decision.reader_id not in readers_of_log(db):
                raise InputRefusedError(title, f"{decision.reader_id} is not registered", "register them first")
            check_taking_part(db, decision.reader_id, title)
            self.log.decide(db, item, decision)
            return True

        self.log.write(write, item)


def _count(db: Database, place: TrainingPlace) -> int:
    sql = "SELECT count(*) FROM events WHERE kind = ? AND json_extract(body, '$.training_id') = ?"
    return int(db.execute(sql, [TrainingActed.kind, place.training_id]).fetchone()[0])
