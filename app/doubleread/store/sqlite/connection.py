"""One connection to a study file: its settings, its transactions, and recovery from disk errors."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlite_utils import Database

from doubleread.errors import StudyFileError
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import hold, release
from doubleread.store.sqlite.faults import leaves_doubt, may_be_immutable, translated
from doubleread.store.sqlite.patience import BUSY_SECONDS, PatientLock, patience, waiting_at_most
from doubleread.store.sqlite.sqlite_library import Version, connect, library_version, sqlite_errors

Result = TypeVar("Result")
OLDEST_SQLITE = (3, 37, 0)
SETTINGS = (
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "fullfsync = ON",
    # Set before the journal mode, so that a power cut that restores a deleted journal does no harm.
    "synchronous = EXTRA",
)
"""The pragmas of every connection, in order; the journal mode follows where the file is opened for writing."""


def journal_mode(version: Version) -> str:
    """Return "WAL" where this SQLite writes it safely, else "DELETE".

    SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or checkpoint at once; the fix was
    backported to 3.50.7 and 3.44.6.
    """
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)
    return "WAL" if fixed else "DELETE"


Snapshot: TypeAlias = Database
"""A read-only view of the database that does not change while in use."""


class Connection:
    """One SQLite connection behind a lock, so that several threads may share it.

    Every statement's rows are fetched before the lock is released: no cursor stays open, so that a reader never blocks
    another program's write. All errors are raised as StudyFileError.

    `key` encrypts a new file; the key of an existing file is known from unlocking it.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, version: Version | None = None, key: FileKey | None = None
    ) -> None:
        self.path = path
        self.read_only = read_only
        self.lock = PatientLock(path, self._take_patience)
        self._waits = -1
        self._in_step = False
        self._closed = False
        self._held = hold(path, key)
        self.key = self._held.key
        """The key of an encrypted file; None for a plain one."""
        try:
            self._version = version or library_version(self.key)
            if self._version < OLDEST_SQLITE:
                raise StudyFileError(
                    "SQLite is too old",
                    f"this Python has SQLite {sqlite3.sqlite_version}, and doubleread needs 3.37 or newer",
                    "use a newer Python",
                )
            with translated(path, encrypted=self.key is not None):
                self.db = self._opened()
        except BaseException:
            release(self._held)
            raise

    def _take_patience(self) -> None:
        """Make SQLite wait for a locked file as long as the current thread does."""
        waits = int(patience() * 1000)
        if waits != self._waits:
            # The next statement reports a closed or broken connection.
            with contextlib.suppress(*sqlite_errors()):
                self.db.execute(f"PRAGMA busy_timeout = {waits}")
                self._waits = waits

    def _opened(self) -> Database:
        self._waits = -1
        if not self.read_only:
            return self._connected("rw")
        try:
            return self._connected("ro")
        except sqlite_errors("OperationalError") as error:
            if not may_be_immutable(error, self.path):
                raise
        # A file in WAL mode needs an index beside it even for reading; nobody writes to it on a read-only medium.
        return self._connected("ro&immutable=1")

    def _connected(self, mode: str) -> Database:
        raw = connect(self.path, self.key, mode=mode, timeout=patience())
        try:
            for setting in SETTINGS:
                raw.execute(f"PRAGMA {setting}")
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not self.read_only:
                self._choose_journal(raw)
            return Database(raw, execute_plugins=False)
        except BaseException:
            raw.close()
            raise

    def _choose_journal(self, raw: sqlite3.Connection) -> None:
        wanted = journal_mode(self._version).lower()
        present = raw.execute("PRAGMA journal_mode").fetchone()[0]
        if present == wanted:
            return
        try:
            present = raw.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
        except sqlite_errors("OperationalError"):
            if wanted == "delete":
                raise
        if wanted == "delete" and present != "delete":
            raise StudyFileError(
                "The study is in use",
                f"another program has {self.path} open in a mode that SQLite {sqlite3.sqlite_version} cannot share",
                "close the other program and try again",
            )

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return translated(self.path, encrypted=self.key is not None)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Run one statement and return all its rows."""
        with self.lock, self._translated():
            try:
                return self._fetched(sql, parameters)
            except sqlite_errors() as error:
                if not leaves_doubt(error) or self._in_step:
                    raise
            self.reopen()
            return self._fetched(sql, parameters)

    def _fetched(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row]:
        rows: list[sqlite3.Row] = self.db.execute(sql, parameters).fetchall()
        return rows

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Run one statement and return its first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def check_writable(self) -> None:
        """Raise StudyFileError if the file cannot be written, or another program keeps it locked."""
        with self.transaction():
            pass

    def keep_to_itself(self) -> None:
        """Lock every other program out of the file until this connection is closed.

        Raises StudyFileError if another one has it open, which its lock reveals in WAL mode. In the other mode an
        idle program has no lock, and SQLite refuses its next write if the file was replaced.
        """
        with self.lock, self._translated():
            if self.db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise StudyFileError(
                    "The study is in use", f"another program has {self.path} open", "close it and try again"
                )
            self.db.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            self.db.execute("BEGIN EXCLUSIVE")
            self.db.execute("COMMIT")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Database]:
        """Run the block in one IMMEDIATE transaction: all of it is written, or nothing."""
        with self.lock, self._translated(), self._transaction():
            yield self.db

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Run the block on one state of the file, whatever other programs write."""
        with self.lock, self._translated():
            self.db.execute("BEGIN")
            self._in_step = True
            try:
                yield self.db
            finally:
                self._in_step = False
                self._roll_back()

    def write(self, work: Callable[[Database], Result], landed: Callable[[Database], Result | None]) -> Result:
        """Run `work` in one transaction and return its result once that is committed.

        After a disk error it is unknown whether the commit succeeded. The connection is then reopened, and `landed`
        returns the result where the file contains the write; where it does not, `work` runs again. `work` must
        therefore use ids that were made before.
        """
        with self.lock, self._translated():
            try:
                return self._attempt(work)
            except (*sqlite_errors(), StudyFileError) as error:
                if not leaves_doubt(error.__cause__ or error):
                    raise
            self.reopen()
            found = self._attempt(landed)
            return self._attempt(work) if found is None else found

    def _attempt(self, work: Callable[[Database], Result]) -> Result:
        with self._transaction():
            return work(self.db)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        self._in_step = True
        try:
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._in_step = False

    def _commit(self) -> None:
        self.db.execute("COMMIT")

    def _roll_back(self) -> None:
        with contextlib.suppress(*sqlite_errors()):
            self.db.rollback()

    def reopen(self) -> None:
        """Replace the connection by a new one, or keep it where none can be opened."""
        with self.lock, self._translated():
            fresh = self._opened()
            with contextlib.suppress(*sqlite_errors()):
                self.db.close()
            self.db = fresh

    def close(self) -> None:
        """Close the file. Closing twice is harmless.

        The last program to close it leaves one file without a write-ahead log, which can be copied, and read by any
        SQLite and from a read-only medium.
        """
        with waiting_at_most(BUSY_SECONDS), self.lock:
            if self._closed:
                return
            self._closed = True
            with contextlib.suppress(*sqlite_errors()):
                if not self.read_only and journal_mode(self._version) == "WAL":
                    self.db.execute("PRAGMA busy_timeout = 0")
                    self.db.execute("PRAGMA journal_mode = DELETE")
            with contextlib.suppress(*sqlite_errors()):
                self.db.close()
            release(self._held)
