"""The versions of a study's protocol: the original and its changes. Readings keep theirs."""

from __future__ import annotations

import json

from sqlite_utils import Database

from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.study import ProtocolChanged, Record
from doubleread.domain.hashes import json_sha256
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.event_log import events_of


def known_protocols(db: Database) -> dict[str, Record]:
    """Return every version that the file contains, by its hash."""
    meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta WHERE key LIKE 'protocol%'")}
    known: dict[str, Record] = {}
    if "protocol" in meta:
        known[meta["protocol_sha256"]] = json.loads(meta["protocol"])
    later = [changed.protocol for changed in _changes(db)]
    if split := split_event(db):
        later += split.protocols
    return {**{json_sha256(record): record for record in later}, **known}


def known_hashes(db: Database) -> frozenset[str]:
    """Return the hashes of all versions. Their content, which may be damaged, is not looked at."""
    row = db.execute("SELECT value FROM meta WHERE key = 'protocol_sha256'").fetchone()
    found = {row["value"]} if row else set()
    found.update(str(changed.protocol_sha256) for changed in _changes(db))
    if split := split_event(db):
        found.update(map(json_sha256, split.protocols))
    return frozenset(found)


def protocols_in_order(db: Database) -> list[Record]:
    """Return the versions that count, one after the other; the last one is in force."""
    row = db.execute("SELECT value FROM meta WHERE key = 'protocol'").fetchone()
    return [json.loads(row["value"]), *later_protocols(db)]


def later_protocols(db: Database) -> list[Record]:
    """Return the versions that count after the first, in order."""
    if split := split_event(db):
        return list(split.protocols)
    protocols: list[Record] = []
    for event in decisions(events_of(db, ProtocolChanged)):
        ProtocolChanged.from_body(event.body).apply(protocols, event)
    return protocols


def protocol_faults(db: Database) -> list[str]:
    """Return which entries change the protocol to one with another hash."""
    return [
        f"entry {event.seq} of device {event.device}: its protocol does not match its hash"
        for event in events_of(db, ProtocolChanged)
        if not ProtocolChanged.from_body(event.body).intact
    ]


def _changes(db: Database) -> list[ProtocolChanged]:
    return [ProtocolChanged.from_body(event.body) for event in events_of(db, ProtocolChanged)]
