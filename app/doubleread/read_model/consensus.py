"""The readings of a consensus round: as they were before, as they are, and what was shown of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from doubleread.domain.events import Event
from doubleread.domain.events.readings import fold_reading
from doubleread.domain.reading import ConsensusRound, Reading
from doubleread.store.branches.current_readings import CurrentReadings
from doubleread.store.sqlite.connection import Snapshot

_OPENED = "SELECT reader_id, case_id, repeat FROM readings WHERE consensus_opened_at IS NOT NULL ORDER BY id"
_PLACE = "SELECT reader_id, case_id, repeat FROM readings WHERE id = ?"


@dataclass(frozen=True, slots=True)
class RevisableReading:
    """A reading that was opened in a consensus round, with those that were shown, as they were shown."""

    reading: Reading
    round: ConsensusRound
    shown: tuple[Reading, ...]


def revisable_readings(db: Snapshot) -> Iterator[RevisableReading]:
    """Yield the readings that were opened in a consensus round."""
    opened = db.execute(_OPENED).fetchall()
    if not opened:
        return
    current = CurrentReadings(db)
    places = current.places()

    def branch_of(place: tuple[str, str, int]) -> Sequence[Event]:
        return current.outcome(place, places.get(place, ())).branch

    for row in opened:
        reading = fold_reading(branch_of(tuple(row)))
        if reading is None or reading.consensus is None:
            continue
        shown = []
        for one in reading.consensus.shown:
            found = db.execute(_PLACE, [one.reading_id]).fetchone()
            other = _as_shown(branch_of(tuple(found)), one.head) if found else None
            shown += [other] if other is not None else []
        yield RevisableReading(reading, reading.consensus, tuple(shown))


def _as_shown(branch: Iterable[Event], head: str) -> Reading | None:
    """Return a reading up to the event with a hash."""
    events: list[Event] = []
    for event in branch:
        events.append(event)
        if event.hash == head:
            break
    return fold_reading(events)
