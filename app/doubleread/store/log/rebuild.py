"""Rebuild the projections from the log."""

from __future__ import annotations

from sqlite_utils import Database

from doubleread.parallel import Helpers
from doubleread.store.branches.current_adjudications import put_adjudications
from doubleread.store.branches.current_readings import rebuild_readings
from doubleread.store.score_overrides import put_overrides


def rebuild(db: Database, helpers: Helpers | None = None) -> None:
    """Rebuild every projection, inside the caller's transaction: readings first, on which adjudications depend."""
    rebuild_readings(db, helpers)
    put_adjudications(db)
    put_overrides(db)
