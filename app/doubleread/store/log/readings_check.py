"""Whether the tables of readings are what the log yields, and whether the events behind them are as they were written.

Helper processes find out both at once: reading and decoding the events is most of the work of either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from doubleread.domain.events import Event
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.parallel import Helpers, batched
from doubleread.store.branches.current_readings import (
    READINGS_AT_ONCE,
    CurrentReadings,
    ReadingToFold,
    folded_alone,
)
from doubleread.store.log.event_texts import checked_text
from doubleread.store.log.projections import PARTS, TABLES_OF_READINGS, TableRows
from doubleread.store.records import marks
from doubleread.store.sqlite.plain_rows import tuples
from doubleread.store.sqlite.schema import COLUMNS
from doubleread.store.sqlite.state import DIGEST_BYTES, row_digests

_LISTED = {table: ", ".join(f'"{column}"' for column in COLUMNS[table]) for table in TABLES_OF_READINGS}
_OF_READING = {table: "id" if table == "readings" else "reading_id" for table in TABLES_OF_READINGS}
_READING_AT = {table: COLUMNS[table].index(column) for table, column in _OF_READING.items()}
_PLACE = {
    table: itemgetter(*(COLUMNS[table].index(column) for column in columns))
    for table, columns in {"annotations": ("id",), **PARTS}.items()
}
"""What tells apart the rows of one reading, for the tables that have several."""

RowsByTable = Mapping[str, Sequence[tuple[Any, ...]]]
PlacedRows = dict[str, dict[Hashable, tuple[Any, ...]]]
"""The rows of one reading by table and by what tells them apart; tables without any are left out."""

EventFault = tuple[int, bool, bool]
"""The position of an event that is not as it was written, whether it was changed, and whether it is canonical."""


@dataclass(slots=True)
class ReadingsCheck:
    """What was found. `rows` counts the rows that the log yields, by table; `faults` are those that differ.

    `superseded` counts branches that do not count. The events of the readings `checked` were all checked: those that
    are not as they were written are in `event_faults`. `digests` are the `row_digests` of the rows in the tables
    that were found equal to what the log yields.
    """

    rows: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    superseded: int = 0
    checked: set[str] = field(default_factory=set)
    event_faults: list[EventFault] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)

    def digests_of_all(self, rows: int) -> list[bytes] | None:
        """Return the digests of all rows in the tables, which have so many; None if some are not known."""
        return self.digests if sum(map(len, self.digests)) == rows * DIGEST_BYTES else None


def check_readings(db: Database, helpers: Helpers) -> ReadingsCheck:
    """Compare the tables with the log, some readings at a time."""
    found = ReadingsCheck()
    current = CurrentReadings(db)
    places = current.places()

    def chunks() -> Iterator[tuple[list[str], list[ReadingToFold], RowsByTable]]:
        for part in batched(places.items(), READINGS_AT_ONCE):
            readings = current.to_fold(part)
            alone = [reading_id for _, reading_id, _, _, events in readings if events]
            found.checked.update(alone)
            yield sorted(current.protocols), readings, _stored(db, alone)

    compared = helpers.map(compare_readings, chunks())
    for part, (event_faults, counted, doubtful, digests) in zip(
        batched(places.items(), READINGS_AT_ONCE), compared, strict=True
    ):
        found.event_faults += event_faults
        found.rows.update(counted)
        found.digests.append(digests)
        made: list[TableRows] = []
        for place, reading_ids in (part[number] for number in doubtful):
            outcome = current.outcome(place, reading_ids)
            found.superseded += len(outcome.superseded)
            rows = outcome.rows
            if rows["readings"]:
                found.rows.update(_counted(rows))
                made.append(rows)
        found.faults += _row_faults(db, made)
    return found


def compare_readings(
    chunk: tuple[Sequence[str], Sequence[ReadingToFold], RowsByTable],
) -> tuple[list[EventFault], dict[str, int], list[int], bytes]:
    """Return what is wrong with the events of some readings, the rows that they yield, and which of them are doubtful.

    A chunk has what `fold_readings` gets, and the rows in the tables. A reading is doubtful if it was continued in two
    copies, does not count, or differs from the tables. The rows of the others are counted, by table, and the digests of
    their rows in the tables are returned.
    """
    protocols, readings, stored = chunk
    faults: list[EventFault] = []
    counted: Counter[str] = Counter()
    doubtful: list[int] = []
    digests: list[bytes] = []
    kept = _by_reading(stored)
    for number, (place, reading_id, case_sha256, answers, values) in enumerate(readings):
        events = tuple([_checked(event, faults) for event in values])
        rows = folded_alone(place, case_sha256, answers, events, protocols)
        in_tables = kept.get(reading_id)
        if rows is not None and in_tables is not None and _by_reading(rows) == {reading_id: in_tables}:
            counted.update(_counted(rows))
            # Equal rows can have different digests: 1 equals 1.0.
            digests += [row_digests((table, placed.values())) for table, placed in in_tables.items()]
        else:
            doubtful.append(number)
    return faults, dict(counted), doubtful, b"".join(digests)


def event_faults(chunk: Sequence[tuple[Any, ...]]) -> list[EventFault]:
    """Return which events are not as they were written. Each is the values of `PLACED_EVENT_COLUMNS`."""
    faults: list[EventFault] = []
    for values in chunk:
        _checked(values, faults)
    return faults


def _checked(values: tuple[Any, ...], faults: list[EventFault]) -> Event:
    """Return an event, and add to `faults` if it is not as it was written."""
    position, event_id, device, seq, at, actor, kind, text, prev_hash, own_hash, reading_id = values
    body, canonical, unchanged = checked_text(event_id, device, seq, at, actor, kind, text, prev_hash, own_hash)
    canonical = canonical and reading_id == (body.get("reading_id") if kind in READING_EVENTS else None)
    if not canonical or not unchanged:
        faults.append((position, not unchanged, canonical))
    return Event(event_id, device, seq, at, actor, kind, body, prev_hash, own_hash)


def _counted(rows: TableRows) -> dict[str, int]:
    return {table: len(rows[table]) for table in TABLES_OF_READINGS}


def _stored(db: Database, reading_ids: Sequence[str]) -> RowsByTable:
    """Return the rows of some readings."""
    these = marks(reading_ids)
    return {
        table: list(tuples(db, f"SELECT {_LISTED[table]} FROM {table} WHERE {column} IN {these}", reading_ids))
        for table, column in _OF_READING.items()
    }


def _by_reading(rows: RowsByTable) -> dict[str, PlacedRows]:
    found: dict[str, PlacedRows] = {}
    for table, of_table in rows.items():
        at, place = _READING_AT[table], _PLACE.get(table)
        for row in of_table:
            found.setdefault(row[at], {}).setdefault(table, {})[place(row) if place else None] = row
    return found


def _row_faults(db: Database, made: Sequence[TableRows]) -> list[str]:
    """Return which rows of some readings differ between the tables and the log, reading by reading."""
    expected = {reading_id: placed for rows in made for reading_id, placed in _by_reading(rows).items()}
    kept = _by_reading(_stored(db, list(expected)))
    return [
        f"{_named(table, reading_id, place)}: the table differs from the log"
        for reading_id, tables in expected.items()
        for table in TABLES_OF_READINGS
        for place in _differing(kept.get(reading_id, {}).get(table, {}), tables.get(table, {}))
    ]


def _differing(kept: Mapping[Any, Any], expected: Mapping[Any, Any]) -> list[Any]:
    return sorted(place for place in kept.keys() | expected.keys() if kept.get(place) != expected.get(place))


def _named(table: str, reading_id: str, place: Any) -> str:
    if table == "annotations":
        return f"annotation {place}"
    if table in PARTS:
        return part_at(table, reading_id, place)
    return f"reading {reading_id}" if table == "readings" else f"assessment of reading {reading_id}"


def part_at(table: str, reading_id: str, place: Sequence[Any]) -> str:
    """Name a sentence or a criterion of a reading by what tells it apart in its table (`PARTS`)."""
    what = f"sentence at {place[1]}" if table == "sentences" else f"criterion {place[1]}"
    return f"reading {reading_id}, {what} of answer {place[0]}"
