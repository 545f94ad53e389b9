"""How a study file gets from an older schema to this one. `user_version` in the file's header counts the steps."""

from __future__ import annotations

from functools import lru_cache

from sqlite_utils import Database, Migrations

from doubleread.store.schema import (
    ADDED_COLUMNS,
    ADDED_TABLES,
    APPLICATION_ID,
    FIRST_EVENTS,
    FIRST_READINGS,
    INDEXES,
    TABLES,
    TRIGGERS,
)

MIGRATIONS = Migrations("doubleread")


@MIGRATIONS()
def m001_first_schema(db: Database) -> None:
    """Make all tables, indexes and triggers."""
    tables = {name: sql for name, sql in TABLES.items() if name not in ADDED_TABLES} | {
        "events": FIRST_EVENTS,
        "readings": FIRST_READINGS,
    }
    triggers = [sql for name, sql in TRIGGERS.items() if _table_of(name) not in ADDED_TABLES]
    for statement in (*tables.values(), *INDEXES.values(), *triggers):
        db.execute(statement)


@MIGRATIONS()
def m002_thinking(db: Database) -> None:
    """Give answers a column for what a reasoning model thought before them."""
    db.execute(f"ALTER TABLE answers ADD COLUMN {ADDED_COLUMNS['answers.thinking']}")


@MIGRATIONS()
def m003_forks_and_quarantine(db: Database) -> None:
    """Let a device's chain fork, as it does where both copies of a file were written; keep what a merge refuses."""
    _let_chains_fork(db)
    db.execute(TABLES["quarantine"])
    for name, sql in TRIGGERS.items():
        if _table_of(name) == "quarantine":
            db.execute(sql)


@MIGRATIONS()
def m004_rank(db: Database) -> None:
    """Give scores a column for the place of the key's diagnosis in the answer's differential."""
    db.execute(f"ALTER TABLE scores ADD COLUMN {ADDED_COLUMNS['scores.rank']}")


@MIGRATIONS()
def m005_repeats_ratings_and_roles(db: Database) -> None:
    """Let a reader read a case twice and rate axes; give readers a role and a qualification."""
    for name in ("readers.role", "readers.qualification"):
        db.execute(f"ALTER TABLE readers ADD COLUMN {ADDED_COLUMNS[name]}")
    before = ", ".join(db.table("readings").columns_dict)
    db.execute(TABLES["readings"].replace("CREATE TABLE readings", "CREATE TABLE readings_with_repeats", 1))
    db.execute(f"INSERT INTO readings_with_repeats ({before}) SELECT {before} FROM readings ORDER BY rowid")
    # Findings refer to readings, and must be out of the way while the table changes.
    db.execute("CREATE TEMP TABLE kept_findings AS SELECT * FROM findings ORDER BY rowid")
    db.execute("DELETE FROM findings")
    db.execute("DROP TABLE readings")
    db.execute("ALTER TABLE readings_with_repeats RENAME TO readings")
    db.execute(INDEXES["readings_by_case"])
    db.execute("INSERT INTO findings SELECT * FROM kept_findings ORDER BY rowid")
    db.execute("DROP TABLE kept_findings")


@MIGRATIONS()
def m006_sentences(db: Database) -> None:
    """Make the table of what readers said of single sentences."""
    db.execute(TABLES["sentences"])


@MIGRATIONS()
def m007_arbitrations(db: Database) -> None:
    """Say of a decision what it is about and whether it counts; give what an arbitration settles a table."""
    for name, definition in ADDED_COLUMNS.items():
        if name.startswith("arbitrations."):
            db.execute(f"ALTER TABLE arbitrations ADD COLUMN {definition}")
    db.execute(TABLES["adjudicated_findings"])


@MIGRATIONS()
def m008_grades(db: Database) -> None:
    """Give readings columns for the grades of free-text diagnoses."""
    for name in ("readings.grades", "readings.grades_by_answer"):
        db.execute(f"ALTER TABLE readings ADD COLUMN {ADDED_COLUMNS[name]}")


@MIGRATIONS()
def m009_guesses(db: Database) -> None:
    """Keep what readers guess about the models' identity."""
    db.execute(TABLES["guesses"])


def _let_chains_fork(db: Database) -> None:
    db.execute(TABLES["events"].replace("CREATE TABLE events", "CREATE TABLE events_with_forks", 1))
    columns = ", ".join(db.table("events").columns_dict)
    db.execute(f"INSERT INTO events_with_forks ({columns}) SELECT {columns} FROM events ORDER BY position")
    # Triggers and indexes go with the table, and no row is deleted one by one.
    db.execute("DROP TABLE events")
    db.execute("ALTER TABLE events_with_forks RENAME TO events")
    for name, sql in INDEXES.items():
        if name.startswith("events_"):
            db.execute(sql)
    for name, sql in TRIGGERS.items():
        if _table_of(name) == "events":
            db.execute(sql)


def _table_of(trigger: str) -> str:
    return trigger.rpartition("_no_")[0]


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
