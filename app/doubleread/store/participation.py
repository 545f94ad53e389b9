"""Who takes part in a study: the registered readers who were not withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from doubleread.domain.events.kinds import TIMED_KINDS
from doubleread.domain.events.readers import CasesAssigned, RegisteredReader
from doubleread.domain.events.study import StudySplit
from doubleread.store.log.event_log import events_of
from doubleread.store.log.projections import readers_of_log
from doubleread.store.sqlite.schema import COLUMNS

ADJUDICATOR = "adjudicator"
"""The role that a registered reader must have to adjudicate."""


def withdrawn_readers(db: Database) -> list[str]:
    """Return the pseudonyms of withdrawn readers."""
    return [row["id"] for row in db.execute("SELECT id FROM readers WHERE withdrawn_at IS NOT NULL ORDER BY id")]


def check_taking_part(db: Database, person_id: str, title: str) -> None:
    """Raise InputRefusedError, with this title, if a person was withdrawn from the study."""
    row = db.execute("SELECT * FROM readers WHERE id = ?", [person_id]).fetchone()
    if row is not None:
        RegisteredReader(**{column: row[column] for column in COLUMNS["readers"]}).check_taking_part(title)


def check_may_write(db: Database, person_id: str, kinds: Sequence[str]) -> None:
    """Raise InputRefusedError for a withdrawn person. The time spent until then may still be written."""
    if not TIMED_KINDS.issuperset(kinds):
        check_taking_part(db, person_id, "Not saved")


def readers_are_listed(db: Database) -> bool:
    """Return whether the study lead has listed the readers: somebody was registered or assigned by command.

    A list of adjudicators alone does not count.
    """
    if db.execute("SELECT 1 FROM events WHERE kind = ? LIMIT 1", [CasesAssigned.kind]).fetchone():
        return True
    return any(reader.enrolled and not is_adjudicator(reader.role) for reader in readers_of_log(db).values())


def readers_of_files(db: Database) -> dict[str, str]:
    """Return for whom a file of their own was made, by pseudonym, with the time of the first one."""
    found: dict[str, str] = {}
    for event in events_of(db, StudySplit):
        StudySplit.from_body(event.body).apply(found, event)
    return dict(sorted(found.items()))


def is_adjudicator(role: str) -> bool:
    """Return whether a reader's role is that of an adjudicator."""
    return role.strip().casefold() == ADJUDICATOR
