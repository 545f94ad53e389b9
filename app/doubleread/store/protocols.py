"""The versions of a study's protocol: the original and its changes. Readings keep theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.branches import decisions
from doubleread.domain.hashes import json_sha256
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.errors import InputRefusedError
from doubleread.store.branches.split_entry import split_event
from doubleread.store.log.projections import events_of_kind

Record = Mapping[str, Any]


def known_protocols(db: Database) -> dict[str, Record]:
    """Return every version that the file holds by its hash.

    A record is kept as it was written: a later version of the program may know more settings than it names.
    """
    meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta WHERE key LIKE 'protocol%'")}
    known: dict[str, Record] = {}
    if "protocol" in meta:
        known[meta["protocol_sha256"]] = json.loads(meta["protocol"])
    later: list[Record] = [event.body["protocol"] for event in events_of_kind(db, log.PROTOCOL_CHANGED)]
    if split := split_event(db):
        later += split.body.get("protocols", ())
    return {**{json_sha256(record): record for record in later}, **known}


def known_hashes(db: Database) -> frozenset[str]:
    """Return the hashes of all versions, without a look at what they say: that may be damaged."""
    row = db.execute("SELECT value FROM meta WHERE key = 'protocol_sha256'").fetchone()
    found = {row["value"]} if row else set()
    found.update(str(event.body["protocol_sha256"]) for event in events_of_kind(db, log.PROTOCOL_CHANGED))
    if split := split_event(db):
        found.update(map(json_sha256, split.body.get("protocols", ())))
    return frozenset(found)


def protocols_in_order(db: Database) -> list[Record]:
    """Return the versions that stand, one after the other; the last one is in force."""
    row = db.execute("SELECT value FROM meta WHERE key = 'protocol'").fetchone()
    return [json.loads(row["value"]), *later_protocols(db)]


def later_protocols(db: Database) -> list[Record]:
    """Return the versions that stand but the first, in order: what the protocol was changed to."""
    if split := split_event(db):
        return list(split.body.get("protocols", ()))
    return [event.body["protocol"] for event in decisions(events_of_kind(db, log.PROTOCOL_CHANGED))]


def check_change(before: Protocol, record: Record, reason: str, *, answered: bool) -> None:
    """Raise InputRefusedError where a protocol must not take the place of another. `record` is the new one."""
    after = protocol_from_record(record)
    _ = after.labels  # raises where there is no such set
    if not reason.strip():
        raise InputRefusedError("Protocol not changed", "the reason is empty", "give a reason with --reason")
    if after == before:
        raise InputRefusedError("Protocol not changed", "the new protocol is identical", "edit the protocol first")
    fixed = {
        "prompt": after.prompt != before.prompt,
        "decoding": after.decoding != before.decoding,
        "n_ctx": after.n_ctx != before.n_ctx,
    }
    if answered and any(fixed.values()):
        names = ", ".join(name for name, differs in fixed.items() if differs)
        raise InputRefusedError(
            "Protocol not changed",
            f"the study has answers, and the missing ones would be generated with a different {names}",
            "keep that setting, or create a new study",
        )


def protocol_faults(db: Database) -> list[str]:
    """Say in words what is wrong with the entries by which the protocol was changed."""
    return [
        f"entry {event.seq} of device {event.device}: its protocol does not match its hash"
        for event in events_of_kind(db, log.PROTOCOL_CHANGED)
        if json_sha256(event.body["protocol"]) != event.body["protocol_sha256"]
    ]
