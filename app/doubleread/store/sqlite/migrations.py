"""Migrate a study file from an older schema to this one. `user_version` in the file's header counts the steps."""

from __future__ import annotations

from functools import lru_cache

from sqlite_utils import Database, Migrations

from doubleread.store.sqlite.schema import APPLICATION_ID, INDEXES, TABLES, TRIGGERS

MIGRATIONS = Migrations("doubleread")


@MIGRATIONS()
def m001_schema(db: Database) -> None:
    """Make all tables, indexes and triggers."""
    for statement in (*TABLES.values(), *INDEXES.values(), *TRIGGERS.values()):
        db.execute(statement)


@lru_cache(maxsize=4)
def schema_version(migrations: Migrations = MIGRATIONS) -> int:
    """Return the version of the schema that this program writes: the number of migrations."""
    with Database(memory=True, execute_plugins=False) as blank:
        return len(migrations.pending(blank))


def migrate(db: Database, migrations: Migrations = MIGRATIONS) -> None:
    """Bring a blank or an older database to the newest schema, inside the transaction that the caller has begun.

    Every step, the record of it and the version in the header land together or not at all.
    """
    if not db.conn.in_transaction:
        raise ValueError("a migration needs a transaction around it")
    migrations.apply(db)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {schema_version(migrations)}")
