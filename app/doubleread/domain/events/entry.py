"""The append-only log: what happened, who did it, and the hash that links each entry to the previous one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


class Event(NamedTuple):
    """One entry of the log. `seq` counts from 1 for each device; `at` is ISO 8601 in UTC and never used for order.

    A study has hundreds of thousands, and a named tuple is made several times as fast as a frozen dataclass.
    """

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


class Link(NamedTuple):
    """An event's place in the chain of its device, and whether its content was changed after it was written."""

    device: str
    seq: int
    prev_hash: str
    hash: str
    changed: bool


@dataclass(slots=True)
class _Tips:
    """The hashes of a chain's events with the highest number so far, and of those before them.

    A chain has several events of one number where a file was copied and both copies were written on one device.
    """

    seq: int = 0
    last: set[str] = field(default_factory=lambda: {GENESIS})
    before: set[str] = field(default_factory=set)


def chain_faults(events: Iterable[Event], absent: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong with the chains of some events, as `link_faults` does."""
    links = (Link(one.device, one.seq, one.prev_hash, one.hash, one.computed_hash() != one.hash) for one in events)
    return link_faults(links, absent)


def link_faults(links: Iterable[Link], absent: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong with the chains of a log, in words; nothing if every chain holds.

    Links must come ordered by sequence within each device. A chain may fork, but every entry follows one that is
    there, or one of `absent`: the hashes of entries of which the file says itself that it does not have them.
    """
    faults: list[str] = []
    chains: dict[str, _Tips] = {}
    for link in links:
        tips = chains.get(link.device)
        if tips is None:
            tips = chains[link.device] = _Tips()
        if not link.changed and link.seq == tips.seq + 1 and link.prev_hash in tips.last:
            tips.seq, tips.last, tips.before = link.seq, {link.hash}, tips.last
            continue
        where = f"event {link.seq} of device {link.device}"
        if link.changed:
            faults.append(f"{where}: its content was changed after it was written")
        forks = link.prev_hash in tips.before or link.prev_hash in absent
        if link.seq == tips.seq and link.hash not in tips.last and forks:
            tips.last.add(link.hash)
            continue
        if link.seq != tips.seq + 1 and not (link.seq > tips.seq and link.prev_hash in absent):
            faults.append(f"{where}: expected number {tips.seq + 1}, so entries are missing or duplicated")
        elif link.prev_hash not in tips.last and link.prev_hash not in absent:
            faults.append(f"{where}: does not follow the previous entry")
        chains[link.device] = _Tips(link.seq, {link.hash}, tips.last)
    return faults
