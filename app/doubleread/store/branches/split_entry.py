"""The event that creates a reader's own file, and what the file contains because of it."""

from __future__ import annotations

import hashlib
import hmac

from sqlite_utils import Database

from doubleread.domain.adjudication import ComparedReading
from doubleread.domain.carried_readings import reading_carried
from doubleread.domain.events import Event
from doubleread.domain.events.study import SplitCreated, StudyCreated, StudyRecovered
from doubleread.domain.spans import Span
from doubleread.store.log.event_log import events_of


def split_secret(study_secret: bytes, split_id: str, reader_id: str) -> bytes:
    """Return the secret of a reader's own file. It follows from the study's secret, and does not reveal it."""
    message = f"split|{split_id}|{len(reader_id)}:{reader_id}".encode()
    return hmac.new(study_secret, message, hashlib.sha256).digest()


def created_event(db: Database, study_id: str) -> Event:
    """Return the entry of a study's creation. Raises KeyError if it is not in the file."""
    for event in events_of(db, StudyCreated):
        if event.body["study_id"] == study_id:
            return event
    raise KeyError(study_id)


def split_event(db: Database) -> SplitCreated | None:
    """Return the event that created this file; None in a whole study, whose log may contain those of others."""
    row = db.execute("SELECT value FROM meta WHERE key = 'split_id'").fetchone()
    if row is None:
        return None
    for event in events_of(db, SplitCreated):
        if event.body["split_id"] == row["value"]:
            return SplitCreated.from_body(event.body)
    return None


def sealed(secret: bytes, words: str) -> str:
    """Return words in hexadecimal, so that nobody reads them by accident. A determined person can decode them; the
    file's reader is asked about them at the end anyway.
    """
    return _turned(secret, words.encode()).hex()


def unsealed(secret: bytes, sealed_words: str) -> str:
    """Return sealed words. Raises ValueError if they were not sealed with this secret."""
    return _turned(secret, bytes.fromhex(sealed_words)).decode()


def _turned(secret: bytes, raw: bytes) -> bytes:
    stream = hashlib.shake_256(b"guess|" + secret).digest(len(raw))
    return bytes(one ^ other for one, other in zip(raw, stream, strict=True))


def carried_role(db: Database, secret: bytes) -> str:
    """Return the role that a reader's own file asks about at the end; "" if it asks nothing."""
    split = split_event(db)
    return unsealed(secret, split.asks) if split is not None and split.asks else ""


def carried_redactions(db: Database) -> dict[str, tuple[Span, ...]] | None:
    """Return what a reader's own file redacts in its answers, by answer id; None in a whole study."""
    split = split_event(db)
    if split is None:
        return None
    return {
        str(answer_id): tuple(Span(int(start), int(end)) for start, end in spans)
        for answer_id, spans in split.redactions.items()
    }


def carried_others(db: Database) -> dict[str, dict[str, ComparedReading]]:
    """Return the readings of others that a reader's own file has for a consensus round, by case and reading id."""
    split = split_event(db)
    found = {} if split is None else split.others
    return {
        case_id: {item.reading.id: item for item in (reading_carried(case_id, record) for record in records)}
        for case_id, records in found.items()
    }


def lost_events(db: Database) -> frozenset[str]:
    """Return the hashes of the events that recoveries of this study have found to be lost."""
    lost: set[str] = set()
    for event in events_of(db, StudyRecovered):
        StudyRecovered.from_body(event.body).apply(lost, event)
    return frozenset(lost)


def absent_events(db: Database) -> frozenset[str]:
    """Return the hashes of events that a file itself says are missing: a reader's own file, a recovered one."""
    split = split_event(db)
    return lost_events(db) | frozenset(split.absent if split else ())
