"""The append-only log: what happened, who did it, and the hash that links each entry to the previous one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.hashes import json_sha256

GENESIS = "0" * 64

AFTER = "after"
"""In the body of a reading's or an adjudication's event: the hash of its event before it, whatever device wrote it.

In that of a decision (`DECISION_KINDS`): the hash of the decision before it; missing where it is the first.
"""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before the store gives it its place in the log. Its body names its reading or adjudication."""

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


@dataclass(slots=True)
class _Tips:
    """The hashes of a chain's events with the highest number so far, and of those before them.

    A chain has several events of one number where a file was copied and both copies were written on one device.
    """

    seq: int = 0
    last: set[str] = field(default_factory=lambda: {GENESIS})
    before: set[str] = field(default_factory=set)


def chain_faults(events: Iterable[Event], absent: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong with the chains of a log, in words; nothing if every chain holds.

    `events` must come ordered by sequence within each device. A chain may fork, but every entry follows one that is
    there, or one of `absent`: the hashes of entries of which the file says itself that it does not have them.
    """
    faults: list[str] = []
    chains: dict[str, _Tips] = {}
    for event in events:
        tips = chains.setdefault(event.device, _Tips())
        where = f"event {event.seq} of device {event.device}"
        if event.computed_hash() != event.hash:
            faults.append(f"{where}: its content was changed after it was written")
        if event.seq == tips.seq and event.hash not in tips.last and event.prev_hash in tips.before | absent:
            tips.last.add(event.hash)
            continue
        if event.seq != tips.seq + 1 and not (event.seq > tips.seq and event.prev_hash in absent):
            faults.append(f"{where}: expected number {tips.seq + 1}, so entries are missing or duplicated")
        elif event.prev_hash not in tips.last | absent:
            faults.append(f"{where}: does not follow the previous entry")
        chains[event.device] = _Tips(event.seq, {event.hash}, tips.last)
    return faults
