"""Opening a study file: whether it is one, is intact as far as a quick check can tell, and has the current schema."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

from doubleread.errors import OlderSchemaError, StudyFileError, StudyReadOnlyError
from doubleread.locations import STUDY_SUFFIX
from doubleread.store.files.backup import copy_study, migration_copy_name
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import LOOK_OR_COPY, damaged, has_unfinished_write
from doubleread.store.sqlite.migrations import MIGRATIONS, migrate, schema_version
from doubleread.store.sqlite.schema import APPLICATION_ID, PROTECTED_TABLES, TABLES, TRIGGERS


def open_connection(path: Path, *, read_only: bool = False, migrations: Migrations = MIGRATIONS) -> Connection:
    """Return a connection to a study with the current schema. Raises StudyFileError, which says what to do.

    An older schema is migrated after a verified copy was made beside the file. The content is checked briefly;
    `doubleread.store.log.verify` checks it thoroughly.
    """
    check_path(path)
    connection = Connection(path, read_only=read_only)
    try:
        version = check_kind(connection, schema_version(migrations))
        if not read_only:
            check_writable(path)
            connection.check_writable()
        if version < schema_version(migrations):
            _bring_up_to_date(connection, version, migrations)
        if faults := schema_faults(connection):
            raise StudyFileError(
                "The study file was changed by another program",
                f"{path}: {faults[0]}",
                "run `doubleread verify` on it and continue with a backup",
            )
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def opened_to_look(path: Path, *, copied: bool = False) -> Iterator[tuple[Connection, str]]:
    """Open a study with this or an older schema without changing it; say how.

    `copied` asks for a private copy, which other programs cannot change. A copy is also used for a file with an older
    schema, and for one whose last write a crash cut off: the write is rolled back (or, from a write-ahead log,
    completed) in the copy, as the next opening will do in the file itself.
    """
    check_path(path)
    with contextlib.ExitStack() as stack:
        try:
            connection = stack.enter_context(contextlib.closing(Connection(path, read_only=True)))
            how = "read directly"
        except StudyFileError as error:
            if not has_unfinished_write(error.__cause__ or error, path):
                raise
            folder = _private_folder(stack)
            for source in (path.resolve(), *(Path(f"{path.resolve()}{ending}") for ending in ("-journal", "-wal"))):
                if source.exists():
                    shutil.copyfile(source, folder / source.name)
            connection = stack.enter_context(contextlib.closing(Connection(folder / path.resolve().name)))
            how = "a write was interrupted; read from a repaired copy"
        version = check_kind(connection, schema_version())
        if copied or version < schema_version():
            copy = copy_study(connection, _private_folder(stack) / path.name)
            connection = stack.enter_context(contextlib.closing(Connection(copy)))
        if version < schema_version():
            with connection.transaction() as db:
                migrate(db)
            how = f"{how}, schema {version}; read from a copy that was migrated to schema {schema_version()}"
        else:
            how = f"{how}, schema {version}"
        yield connection, how


def _private_folder(stack: contextlib.ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doubleread-")))


def check_path(path: Path) -> None:
    """Raise StudyFileError if the file cannot be a study."""
    if path.is_dir():
        inside = sorted(file.name for file in path.glob(f"*{STUDY_SUFFIX}"))[:3]
        remedy = f"give a study file in it, such as {' or '.join(inside)}" if inside else "give a study file"
        raise StudyFileError("Not a study file", f"{path} is a folder", remedy)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise StudyFileError(
            "No such study", f"{path} does not exist", "check the name, or create a study with `doubleread new`"
        ) from None
    except (OSError, ValueError) as error:
        raise StudyFileError("The study cannot be opened", f"{path}: {error}", "check name and permissions") from error
    if not path.is_file():
        raise StudyFileError("Not a study file", f"{path} is not a regular file", "give a study file")
    if size == 0:
        raise StudyFileError("Not a study file", f"{path} is empty", "choose another file, or continue with a backup")


def check_kind(connection: Connection, newest: int) -> int:
    """Return the schema's version. Raises StudyFileError for another program's file and for a newer schema."""
    path = connection.path
    row = connection.row("PRAGMA application_id")
    if row is None or row[0] != APPLICATION_ID:
        raise StudyFileError("Not a study file", f"{path} is a SQLite file from another program", "choose another file")
    row = connection.row("PRAGMA user_version")
    version = int(row[0]) if row else 0
    if version > newest:
        raise StudyFileError(
            "The study needs a newer doubleread",
            f"{path} has schema {version}, and this program supports schemas up to {newest}",
            "install a newer version; the file was not changed",
        )
    if version < 1:
        raise damaged(path, "it has no schema version")
    return version


def schema_faults(connection: Connection) -> list[str]:
    """Return which tables are missing and which triggers are missing, altered or foreign."""
    rows = connection.rows("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')")
    tables = {row["name"] for row in rows if row["type"] == "table"}
    triggers = {row["name"]: row["sql"] for row in rows if row["type"] == "trigger"}
    faults = [f"table {name} is missing" for name in TABLES if name not in tables]
    for name, sql in TRIGGERS.items():
        if name not in triggers:
            faults.append(f"trigger {name}, which protects records, is missing")
        elif triggers[name] != sql:
            faults.append(f"trigger {name}, which protects records, was changed")
    foreign = [row for row in rows if row["type"] == "trigger" and row["tbl_name"].lower() in PROTECTED_TABLES]
    faults.extend(
        f"trigger {row['name']} does not belong to doubleread" for row in foreign if row["name"] not in TRIGGERS
    )
    return faults


def check_writable(path: Path) -> None:
    """Raise StudyReadOnlyError if this process may not write a file or its journal."""
    if not os.access(path, os.W_OK):
        raise StudyReadOnlyError("The study cannot be changed", f"{path} is read-only", LOOK_OR_COPY)
    folder = path.resolve().parent
    if not os.access(folder, os.W_OK):
        raise StudyReadOnlyError(
            "The study cannot be changed",
            f"the folder {folder} is read-only, and the journal must be written there",
            LOOK_OR_COPY,
        )


def is_writable(path: Path) -> bool:
    """Return whether this process may write a file and its journal."""
    return os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK)


def _bring_up_to_date(connection: Connection, version: int, migrations: Migrations) -> None:
    path = connection.path
    if connection.read_only:
        raise OlderSchemaError(
            "The study has an older schema",
            f"{path} has schema {version} and must be migrated to {schema_version(migrations)} first",
            "open it once in a folder that you can write to",
        )
    copy_study(connection, migration_copy_name(path, version))
    with connection.transaction() as db:
        if _version(db) == version:
            migrate(db, migrations)


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
