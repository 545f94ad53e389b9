"""Which SQLite opens a file: Python's own, or SQLCipher's for an encrypted one.

SQLCipher's module is imported when the first encrypted file is opened. It has the same interface, with classes of its
own: code that catches an error gets them from `sqlite_errors`.
"""

from __future__ import annotations

import sqlite3
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from doubleread.errors import StudyFileError
from doubleread.store.files.file_key import FileKey

INSTALL = 'pip install "doubleread[encryption]"'
_MODULE = "sqlcipher3.dbapi2"

Version = tuple[int, int, int]


def sqlcipher() -> Any:
    """Return SQLCipher's module. Raises StudyFileError if it is not installed."""
    try:
        return import_module(_MODULE)
    except ImportError as error:
        raise StudyFileError(
            "Encryption is not installed",
            "an encrypted study needs the library sqlcipher3, which is not installed",
            f"install it with {INSTALL} and try again; nothing was changed",
        ) from error


def sqlcipher_version() -> str | None:
    """Return the version of SQLite in SQLCipher; None if it is not installed."""
    try:
        return str(sqlcipher().sqlite_version)
    except StudyFileError:
        return None


def library_version(key: FileKey | None) -> Version:
    """Return the version of the SQLite that opens a file."""
    version: Version = sqlite3.sqlite_version_info if key is None else sqlcipher().sqlite_version_info
    return version


def sqlite_errors(kind: Literal["Error", "IntegrityError", "OperationalError", "ProgrammingError"] = "Error") -> Any:
    """Return the classes of errors of one kind, of each SQLite that is loaded, for an `except`."""
    loaded = sys.modules.get(_MODULE)
    own: type[Exception] = getattr(sqlite3, kind)
    return (own,) if loaded is None else (own, getattr(loaded, kind))


def connect(path: Path, key: FileKey | None, *, mode: str = "rw", timeout: float = 5.0) -> sqlite3.Connection:
    """Return a connection without implicit transactions, whose rows have names, for use by several threads.

    `mode` is that of SQLite's URIs, to which other parameters may be added. With a key, SQLCipher opens the file, and
    temporary data stays in memory. Nothing of the file is read yet, so that a wrong key is not noticed here.
    """
    library = sqlite3 if key is None else sqlcipher()
    raw: sqlite3.Connection = library.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
    )
    raw.row_factory = library.Row
    if key is not None:
        try:
            # Errors are raised anyway; SQLCipher's log would write over the screen.
            raw.execute("PRAGMA cipher_log = off")
            raw.execute(f"PRAGMA key = {key.as_pragma}")
            raw.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            raw.close()
            raise
    return raw
