"""Fill the tables of a new file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlite_utils import Database

from doubleread.store.sqlite.schema import INDEXES, TRIGGERS


@contextlib.contextmanager
def bare_tables(db: Database) -> Iterator[None]:
    """Run the block without indexes and triggers, and make them at its end, inside the caller's transaction.

    With triggers, SQLite first copies every page that a row changes. An index is made at once in a fraction of the time
    that adding its entries one by one takes.
    """
    for name in TRIGGERS:
        db.execute(f"DROP TRIGGER {name}")
    for name in INDEXES:
        db.execute(f"DROP INDEX {name}")
    yield
    for statement in (*INDEXES.values(), *TRIGGERS.values()):
        db.execute(statement)
