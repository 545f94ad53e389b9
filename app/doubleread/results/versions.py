"""The versions of the protocol: what each changed, and the readings made under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.study import ProtocolChanged, Record
from doubleread.domain.hashes import json_sha256
from doubleread.read_model.study_counts import meta, readings_by_protocol
from doubleread.store.log.event_log import events_of
from doubleread.store.protocols import protocols_in_order
from doubleread.store.sqlite.connection import Snapshot

SHOWN = 8
"""Characters of a hash that are shown in little space."""


@dataclass(frozen=True, slots=True)
class ProtocolVersion:
    """One version with its committed readings; `repeats` are those of cases that came a second time, not among them.

    `number` counts the versions in force from 1; it is None for one that was superseded after a copy of the study was
    merged, though readings were made under it. `changed` names the settings in which it differs from the one before;
    `since` is ISO 8601 in UTC, "" for the first.
    """

    number: int | None
    sha256: str
    since: str
    reason: str
    changed: tuple[str, ...]
    readings: int
    repeats: int


def protocol_versions(db: Snapshot) -> tuple[ProtocolVersion, ...]:
    """Return the versions in force, in order, and after them others under which readings were committed."""
    return tuple(_versions(db, readings_by_protocol(db)))


def _versions(db: Snapshot, counts: dict[str, tuple[int, int]]) -> Iterator[ProtocolVersion]:
    first = meta(db)["protocol_sha256"]
    records = protocols_in_order(db)
    changes = decisions(events_of(db, ProtocolChanged))
    hashes = [first, *(json_sha256(record) for record in records[1:])]
    # A version can come back: its readings then count where it was first in force.
    for number, (sha256, record) in enumerate(zip(hashes, records, strict=True), start=1):
        change = changes[number - 2] if number > 1 else None
        readings, repeats = counts.pop(sha256, (0, 0))
        yield ProtocolVersion(
            number=number,
            sha256=sha256,
            since=change.at if change else "",
            reason=str(change.body["reason"]) if change else "",
            changed=_changed(records[number - 2], record) if change else (),
            readings=readings,
            repeats=repeats,
        )
    for sha256, (readings, repeats) in counts.items():
        yield ProtocolVersion(None, sha256, "", "", (), readings, repeats)


def _changed(before: Record, after: Record) -> tuple[str, ...]:
    """Name the settings that differ."""
    return tuple(name for name in after if after[name] != before.get(name))
