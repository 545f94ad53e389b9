"""Which branch of a reading counts after copies of a study were merged.

The result depends only on the set of events, cases and answers, not on the order in which they arrived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlite_utils import Database

from doubleread.domain.blinding import SIDES
from doubleread.domain.branches import Branch, branches, follows, is_committed, precedence
from doubleread.domain.events import AFTER, Event
from doubleread.domain.events.readings import ReadingOpened, fold_reading
from doubleread.domain.events.study import ReadingPlace
from doubleread.domain.reading import Reading
from doubleread.domain.reading_checks import Texts
from doubleread.domain.wording import plural
from doubleread.parallel import Helpers, batched
from doubleread.store.branches.resolutions import chosen_branches
from doubleread.store.branches.split_entry import lost_events
from doubleread.store.log.event_texts import loaded
from doubleread.store.log.projections import (
    NO_ROWS,
    TableRows,
    clear_reading,
    put_reader,
    put_rows,
    readers_of_log,
    table_rows,
)
from doubleread.store.passage_sources import text_beside
from doubleread.store.protocols import known_hashes
from doubleread.store.records import (
    EVENT_COLUMNS,
    PLACED_EVENT_COLUMNS,
    criterion_ids,
    event_from_row,
    event_of_values,
    marks,
)
from doubleread.store.score_overrides import ScoreOverrides
from doubleread.store.sqlite.plain_rows import tuples

CUT_OFF = "the entries that they follow are not in this file"
UNFIT = "its entries are inconsistent"
"""Why events do not count."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """Events in the log that do not count, and why. `head` is the hash of the last of them.

    Reader and case are empty if the event that opened the reading is missing.
    """

    reader_id: str
    case_id: str
    reading_id: str
    events: int
    head: str
    reason: str


@dataclass(frozen=True, slots=True)
class CurrentReading:
    """The reading that counts for a reader and case, with its events and rows, and what is superseded."""

    branch: Branch
    reading: Reading | None
    rows: TableRows
    superseded: tuple[Superseded, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentRows:
    """The rows of some readings that count, and what is superseded."""

    readings: Sequence[TableRows]
    superseded: Sequence[Superseded]


READINGS_AT_ONCE = 50
"""How many readings a helper is given at a time."""

ReadingToFold = tuple[ReadingPlace, str, str | None, Mapping[str, str], Sequence[tuple[Any, ...]]]
"""A reader and case, the id of their reading, the hashes of the case and of its first answers by id, and the reading's
events as the values of `PLACED_EVENT_COLUMNS`. If there are several readings, the id is empty and no events are given.
"""

_FIRST_ANSWERS = "SELECT id, sha256 FROM answers WHERE case_id = ? AND sample = 0"


class CurrentReadings:
    """The readings that count in one state of a file, while `db` shows that state."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.protocols = known_hashes(db)
        self._lost = lost_events(db)
        self._chosen = chosen_branches(db)

    def places(self) -> dict[ReadingPlace, list[str]]:
        """Return the ids of the readings by reader and case: several where copies opened the case independently."""
        found: dict[ReadingPlace, list[str]] = defaultdict(list)
        opened = "SELECT body FROM events WHERE kind = ? ORDER BY position"
        for body in (dict(loaded(row[0])) for row in self._db.execute(opened, [ReadingOpened.kind])):
            ids = found[_place_in(body)]
            if (reading_id := str(body["reading_id"])) not in ids:
                ids.append(reading_id)
        return dict(found)

    def certainly_one(self) -> frozenset[str]:
        """Return the ids of readings that have one branch at most: each of their events follows another one.

        Empty if events are lost, since one that follows a lost event counts as following the one before it.
        """
        if self._lost:
            return frozenset()
        rows = self._db.execute(
            "SELECT reading_id FROM events WHERE reading_id IS NOT NULL GROUP BY reading_id"
            f" HAVING count(DISTINCT iif(json_valid(body), json_extract(body, '$.{AFTER}'), NULL)) = count(*) - 1"
        )
        return frozenset(row["reading_id"] for row in rows)

    def outcome(self, place: ReadingPlace, reading_ids: Iterable[str]) -> CurrentReading:
        """Return what counts among the readings of one reader and case."""
        candidates: list[Branch] = []
        superseded: list[Superseded] = []
        for reading_id in sorted(reading_ids):
            whole, loose = self._branches(place, reading_id)
            candidates += whole
            if loose:
                superseded.append(_superseded(place, reading_id, tuple(loose), CUT_OFF))
        counting: tuple[Branch, Reading, TableRows] | None = None
        for branch in sorted(
            candidates, key=lambda branch: (self.is_chosen(place, branch), precedence(branch)), reverse=True
        ):
            projected = _with_rows(branch)
            if fault := self.fault(branch) if projected else UNFIT:
                superseded.append(_superseded(place, _reading_id(branch[0]), branch, fault))
            elif projected and counting is None:
                counting = (branch, *projected)
            elif counting:
                by_hand = self.is_chosen(place, counting[0]) and not self.is_chosen(place, branch)
                superseded.append(
                    other_branch(place[:2], _reading_id(branch[0]), counting[0], branch, "read", by_hand=by_hand)
                )
        if counting is None:
            return CurrentReading((), None, NO_ROWS, tuple(superseded))
        return CurrentReading(*counting, tuple(superseded))

    def is_chosen(self, place: ReadingPlace, branch: Branch) -> bool:
        """Return whether a person chose this branch, or an earlier state of it."""
        head = self._chosen.get(place)
        return head is not None and any(event.hash == head for event in branch)

    def outcome_of(self, reading_id: str) -> CurrentReading:
        """Return what counts for the reader and case of a reading."""
        places = self.places()
        place = next((place for place, ids in places.items() if reading_id in ids), ("", "", 0))
        return self.outcome(place, places.get(place, ()))

    def all(self) -> Iterator[CurrentReading]:
        """Yield what counts for every reader and case."""
        for place, reading_ids in self.places().items():
            yield self.outcome(place, reading_ids)

    def all_branches(self) -> Iterator[Branch]:
        """Yield every branch of every reading, whether it counts or not."""
        for place, reading_ids in self.places().items():
            yield from self.branches_of(place, reading_ids)

    def branches_of(self, place: ReadingPlace, reading_ids: Iterable[str]) -> list[Branch]:
        """Return every branch of the readings of one reader and case, whether it counts or not."""
        return [branch for reading_id in sorted(reading_ids) for branch in self._branches(place, reading_id)[0]]

    def _branches(self, place: ReadingPlace, reading_id: str) -> tuple[list[Branch], list[Event]]:
        rows = self._db.execute(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE reading_id = ? ORDER BY position", [reading_id]
        )
        whole, loose = branches([event_from_row(row) for row in rows], self._lost)
        return [branch for branch in whole if _place(branch[0]) == place], loose

    def fault(self, branch: Branch) -> str:
        """Return why a reading cannot count in this study, because its texts differ; "" if it can."""
        body = branch[0].body
        case = self._db.execute("SELECT sha256 FROM cases WHERE id = ?", [body["case_id"]]).fetchone()
        rows = self._db.execute(_FIRST_ANSWERS, [body["case_id"]])
        here = {row["id"]: row["sha256"] for row in rows}
        return misplaced(body, case["sha256"] if case else None, here, self.protocols)

    def rows(self, helpers: Helpers, places: Mapping[ReadingPlace, list[str]]) -> Iterator[CurrentRows]:
        """Yield the rows of what counts for readers and cases, some at a time, in their order."""
        chunks = ((sorted(self.protocols), self.to_fold(part)) for part in batched(places.items(), READINGS_AT_ONCE))
        folded_parts = helpers.map(fold_readings, chunks)
        for part, folded_part in zip(batched(places.items(), READINGS_AT_ONCE), folded_parts, strict=True):
            found: list[TableRows] = []
            superseded: list[Superseded] = []
            for (place, reading_ids), rows in zip(part, folded_part, strict=True):
                if rows is not None:
                    found.append(rows)
                    continue
                outcome = self.outcome(place, reading_ids)
                superseded += outcome.superseded
                found.append(outcome.rows)
            yield CurrentRows(found, superseded)

    def to_fold(self, part: Sequence[tuple[ReadingPlace, list[str]]]) -> list[ReadingToFold]:
        """Return what must be known to fold the readings of some readers and cases."""
        alone = [reading_ids[0] for _, reading_ids in part if len(reading_ids) == 1]
        events: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for values in tuples(
            self._db,
            f"SELECT {PLACED_EVENT_COLUMNS} FROM events WHERE reading_id IN {marks(alone)}"
            " ORDER BY reading_id, position",
            alone,
        ):
            events[values[-1]].append(values)
        named = sorted({place[1] for place, _ in part})
        cases = dict(map(tuple, self._db.execute(f"SELECT id, sha256 FROM cases WHERE id IN {marks(named)}", named)))
        answers: dict[str, dict[str, str]] = defaultdict(dict)
        for case_id, answer_id, sha256 in self._db.execute(
            f"SELECT case_id, id, sha256 FROM answers WHERE case_id IN {marks(named)} AND sample = 0", named
        ):
            answers[case_id][answer_id] = sha256
        whole = ((place, reading_ids[0] if len(reading_ids) == 1 else "") for place, reading_ids in part)
        return [
            (place, reading_id, cases.get(place[1]), answers[place[1]], events[reading_id])
            for place, reading_id in whole
        ]


def misplaced(
    body: Mapping[str, Any], case_sha256: str | None, answers: Mapping[str, str], protocols: Collection[str]
) -> str:
    """Return why a reading that was opened by an event with this body cannot count; "" if it can.

    The others are what the study has: the hashes of the case, of its first answers by id, and of its protocols.
    """
    if case_sha256 is None or body.get("case_sha256") != case_sha256:
        return "its case differs in this study"
    if body.get("protocol_sha256") not in protocols:
        return "it was read under a different protocol"
    sides = body["answer_ids"]
    if set(sides) != set(SIDES) or set(sides.values()) != set(answers):
        return "its answers differ in this study"
    if body.get("answer_sha256") != {side: answers[answer_id] for side, answer_id in sides.items()}:
        return "its answers have different texts in this study"
    return ""


def fold_readings(chunk: tuple[Sequence[str], Sequence[ReadingToFold]]) -> list[TableRows | None]:
    """Return `folded_alone` of the readings of some readers and cases. A chunk begins with the study's protocols."""
    protocols, readings = chunk
    return [
        folded_alone(place, case_sha256, answers, tuple([event_of_values(values[1:-1]) for values in rows]), protocols)
        for place, _, case_sha256, answers, rows in readings
    ]


def folded_alone(
    place: ReadingPlace,
    case_sha256: str | None,
    answers: Mapping[str, str],
    events: Branch,
    protocols: Collection[str],
) -> TableRows | None:
    """Return the rows of a reading that was never continued in two copies and counts in the study; else None.

    The others are the hashes of its case, of the case's first answers by id, and of the study's protocols.
    """
    if not events or not follows((), events) or _place(events[0]) != place:
        return None
    projected = _with_rows(events)
    if projected is None or misplaced(events[0].body, case_sha256, answers, protocols):
        return None
    return projected[1]


def texts_of(db: Database, reading: Reading) -> Texts:
    """Return the texts and criteria that a reading's judgements refer to."""
    case = db.execute("SELECT text, parts FROM cases WHERE id = ?", [reading.case_id]).fetchone()
    answers: dict[str, str] = {}
    for answer_id in reading.answer_ids.values():
        answers[answer_id] = db.execute("SELECT text FROM answers WHERE id = ?", [answer_id]).fetchone()["text"]
    return Texts(case["text"], answers, partial(text_beside, db, reading.case_id), criterion_ids(case))


def superseded_readings(db: Database) -> list[Superseded]:
    """Return everything in the log that does not count, by reader and case."""
    found = [item for outcome in CurrentReadings(db).all() for item in outcome.superseded]
    return sorted(
        [*found, *loose_readings(db)],
        key=lambda item: (item.reader_id, item.case_id, item.head),
    )


def loose_readings(db: Database) -> list[Superseded]:
    """Return the readings whose opening is missing."""
    rows = db.execute(
        "SELECT reading_id, count(*) AS events, hash, max(position) FROM events WHERE reading_id IS NOT NULL"
        " AND reading_id NOT IN (SELECT reading_id FROM events WHERE kind = ?) GROUP BY reading_id ORDER BY reading_id",
        [ReadingOpened.kind],
    )
    return [Superseded("", "", row["reading_id"], row["events"], row["hash"], CUT_OFF) for row in rows]


def overrides_superseded(db: Database) -> list[Superseded]:
    """Return the decisions on scores that do not count."""
    return [
        Superseded(adjudicator_id, case_id, "", len(events), events[-1].hash, reason)
        for adjudicator_id, case_id, events, reason in ScoreOverrides(db).superseded()
    ]


def put_current(db: Database, reading_ids: Collection[str]) -> list[Superseded]:
    """Write the rows of what counts for the readers and cases of these readings; return what is superseded."""
    current = CurrentReadings(db)
    superseded: list[Superseded] = []
    places = {
        place: ids for place, ids in current.places().items() if any(reading_id in reading_ids for reading_id in ids)
    }
    for place in places:
        clear_reading(db, *place)
    with Helpers() as helpers:
        for part in current.rows(helpers, places):
            put_rows(db, part.readings)
            superseded.extend(part.superseded)
    return superseded + [item for item in loose_readings(db) if item.reading_id in reading_ids]


def put_readers(db: Database) -> None:
    """Write the rows of all readers, inside the caller's transaction."""
    for reader in readers_of_log(db).values():
        put_reader(db, reader)


def rebuild_readings(db: Database, helpers: Helpers | None = None) -> None:
    """Rebuild the projections of readings, inside the caller's transaction."""
    for table in ("blinding_assessments", "criteria", "sentences", "annotations", "readings", "readers"):
        db.execute(f"DELETE FROM {table}")
    put_readers(db)
    current = CurrentReadings(db)
    with nullcontext(helpers) if helpers else Helpers() as workers:
        for part in current.rows(workers, current.places()):
            put_rows(db, part.readings)


def folded(branch: Branch) -> Reading | None:
    """Return the reading of a branch, None if its events do not fit together."""
    projected = _with_rows(branch)
    return projected[0] if projected else None


def _with_rows(branch: Branch) -> tuple[Reading, TableRows] | None:
    try:
        reading = fold_reading(branch)
        return (reading, table_rows(reading)) if reading is not None else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _place(opened: Event) -> ReadingPlace:
    return _place_in(opened.body)


def _place_in(body: Mapping[str, Any]) -> ReadingPlace:
    return str(body["reader_id"]), str(body["case_id"]), int(body.get("repeat", 0))


def _reading_id(opened: Event) -> str:
    return str(opened.body["reading_id"])


def _superseded(place: ReadingPlace, reading_id: str, events: tuple[Event, ...], reason: str) -> Superseded:
    return Superseded(*place[:2], reading_id, len(events), events[-1].hash, reason)


def other_branch(
    place: tuple[str, str], object_id: str, counting: Branch, branch: Branch, done: str, *, by_hand: bool = False
) -> Superseded:
    """Describe a branch that another one supersedes. `done` is what was done in two copies of the study.

    `by_hand` says that a person chose the other one.
    """
    common = {event.hash for event in counting}
    own = tuple(event for event in branch if event.hash not in common)
    why = "committed" if is_committed(counting) > is_committed(branch) else plural(len(counting), "entry", "entries")
    if by_hand:
        why = "chosen by a person"
    reason = f"it was {done} in two copies of the study; the other branch counts ({why})"
    return Superseded(*place, object_id, len(own), own[-1].hash, reason)
