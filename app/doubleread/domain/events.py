"""The append-only log: what happened, who did it, and the hash that ties each entry to the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain.hashes import json_sha256

GENESIS = "0" * 64

STUDY_CREATED = "study.created"
ANSWER_RECORDED = "answer.recorded"
GENERATION_FAILED = "generation.failed"
CONDITIONS_MIXED = "conditions.mixed"
READER_REGISTERED = "reader.registered"
READING_OPENED = "reading.opened"
FINDING_MARKED = "finding.marked"
FINDING_CHANGED = "finding.changed"
FINDING_RETRACTED = "finding.retracted"
READING_JUDGED = "reading.judged"
ACTION_UNDONE = "action.undone"
ACTION_REDONE = "action.redone"
READING_COMMITTED = "reading.committed"
TIME_ADDED = "time.added"

READING_KINDS = frozenset(
    {
        READING_OPENED,
        FINDING_MARKED,
        FINDING_CHANGED,
        FINDING_RETRACTED,
        READING_JUDGED,
        ACTION_UNDONE,
        ACTION_REDONE,
        READING_COMMITTED,
        TIME_ADDED,
    }
)
KINDS = READING_KINDS | {STUDY_CREATED, ANSWER_RECORDED, GENERATION_FAILED, CONDITIONS_MIXED, READER_REGISTERED}


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before the store gives it its place in the log. A reading's event names its reading in the body."""

    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. `seq` counts from 1 for each device; `at` is ISO 8601 in UTC and never used for order."""

    id: str
    device: str
    seq: int
    at: str
    actor: str
    kind: str
    body: Mapping[str, Any]
    prev_hash: str
    hash: str

    def computed_hash(self) -> str:
        """Return the hash that this event must carry."""
        return event_hash(self.id, self.device, self.seq, self.at, self.actor, self.kind, self.body, self.prev_hash)


def event_hash(
    id: str, device: str, seq: int, at: str, actor: str, kind: str, body: Mapping[str, Any], prev_hash: str
) -> str:
    """Hash an event's fields with the hash of the device's event before it, in hexadecimal."""
    return json_sha256([id, device, seq, at, actor, kind, dict(body), prev_hash])


def chain_faults(events: Iterable[Event]) -> list[str]:
    """Return what is wrong with the chains of a log, in words; nothing where every chain holds.

    `events` must come ordered by sequence within each device.
    """
    faults: list[str] = []
    heads: dict[str, tuple[int, str]] = {}
    for event in events:
        seq, head = heads.get(event.device, (0, GENESIS))
        where = f"event {event.seq} of device {event.device}"
        if event.seq != seq + 1:
            faults.append(f"{where}: expected number {seq + 1}, so entries are missing or doubled")
        elif event.prev_hash != head:
            faults.append(f"{where}: does not follow the entry before it")
        if event.computed_hash() != event.hash:
            faults.append(f"{where}: its content was changed after it was written")
        heads[event.device] = (event.seq, event.hash)
    return faults
