"""Who takes part in a study: the registered readers, without those who were withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.errors import InputRefusedError
from doubleread.store.log.projections import events_of_kind

_OF_TIME = frozenset({log.TIME_ADDED, log.ADJUDICATION_TIMED})


def withdrawn_readers(db: Database) -> list[str]:
    """Return the pseudonyms of those who were withdrawn from the study."""
    return [row["id"] for row in db.execute("SELECT id FROM readers WHERE withdrawn_at IS NOT NULL ORDER BY id")]


def check_taking_part(db: Database, person_id: str, title: str) -> None:
    """Raise InputRefusedError, with this title, where a person was withdrawn from the study."""
    row = db.execute(
        "SELECT withdrawn_at, withdrawal_reason FROM readers WHERE id = ? AND withdrawn_at IS NOT NULL", [person_id]
    ).fetchone()
    if row is not None:
        raise InputRefusedError(
            title,
            f"{person_id} was withdrawn from this study on {row['withdrawn_at'][:10]} ({row['withdrawal_reason']})",
            f"the study lead can undo that: doubleread readers reinstate STUDY --reader {person_id} --reason TEXT",
        )


def check_may_write(db: Database, person_id: str, kinds: Sequence[str]) -> None:
    """Raise InputRefusedError where a withdrawn person would go on. The time spent until then may still be written."""
    if not _OF_TIME.issuperset(kinds):
        check_taking_part(db, person_id, "Not saved")


def readers_are_listed(db: Database) -> bool:
    """Say whether the study lead has listed the readers: somebody was registered or assigned by command.

    Adjudicators alone make no list of readers.
    """
    if db.execute("SELECT 1 FROM events WHERE kind = ? LIMIT 1", [log.CASES_ASSIGNED]).fetchone():
        return True
    enrolled = {e.body["reader_id"] for e in events_of_kind(db, log.READER_REGISTERED) if e.body.get("enrolled")}
    roles = {row["id"]: row["role"].strip().casefold() for row in db.execute("SELECT id, role FROM readers")}
    return any(roles.get(reader_id) != "adjudicator" for reader_id in enrolled)


def readers_of_files(db: Database) -> list[str]:
    """Return the pseudonyms of those for whom a file of their own was made."""
    rows = db.execute(
        "SELECT DISTINCT json_extract(body, '$.reader_id') AS id FROM events WHERE kind = ? ORDER BY 1",
        [log.STUDY_SPLIT],
    )
    return [row["id"] for row in rows]
