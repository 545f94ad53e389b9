"""The tables that follow from the log, made again from it."""

from __future__ import annotations

from sqlite_utils import Database

from doubleread.store.arbitration_standing import put_arbitrations
from doubleread.store.settlements import put_settlements
from doubleread.store.standing import rebuild_readings


def rebuild(db: Database) -> None:
    """Make every projection again, inside the caller's transaction; readings first, on which arbitrations depend."""
    rebuild_readings(db)
    put_arbitrations(db)
    put_settlements(db)
