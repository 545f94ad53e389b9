"""Detect encrypted files, and keep the keys that this process was given for them.

A key is kept by the salt of its file: copies and backups have the same salt, and so open without asking again. The keys
are state of the process, as file locks are, because a file is reopened in many places: after a disk error, to read it,
to copy it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doubleread.errors import StudyFileError, StudyLockedError
from doubleread.platform import forbid_core_dumps
from doubleread.store.files.file_key import PAGE, FileKey, is_like_recovery_key
from doubleread.store.sqlite.sqlite_library import sqlcipher

_PLAIN = b"SQLite format 3\0"
_SALT = len(_PLAIN)
# In 4096 random bytes a value is missing in 1 of 30000 files; other pages lack many values.
_VALUES_OF_RANDOM = 250
_PAGES_TRIED = 64

_lock = threading.Lock()
_keys: dict[bytes, FileKey] = {}
_in_use: dict[tuple[int, int], tuple[FileKey | None, int]] = {}


@dataclass(frozen=True, slots=True)
class Hold:
    """A file that a connection of this process is about to use, and its key; None for a plain file."""

    key: FileKey | None
    identity: tuple[int, int] | None


def hold(path: Path, key: FileKey | None = None) -> Hold:
    """Register that a connection uses a file, and return how it opens. `key` is that of a new file.

    Raises StudyLockedError if the file is encrypted and its key is not known.
    """
    with _lock:
        identity = _identity(path)
        if key is None:
            key = _known_key(path, identity)
        else:
            _keep(key)
        if identity is not None:
            _in_use[identity] = (key, _in_use.get(identity, (key, 0))[1] + 1)
        return Hold(key, identity)


def release(held: Hold) -> None:
    """Unregister a connection's use of the file."""
    with _lock:
        if held.identity in _in_use:
            key, count = _in_use[held.identity]
            if count > 1:
                _in_use[held.identity] = (key, count - 1)
            else:
                del _in_use[held.identity]


def is_locked(path: Path) -> bool:
    """Return whether a file is encrypted and its key is not known yet."""
    with _lock:
        try:
            _known_key(path, _identity(path))
        except StudyLockedError:
            return True
        return False


def unlock(path: Path, secret: str) -> FileKey:
    """Return the key of an encrypted file for its passphrase or recovery key, and keep it.

    Raises StudyLockedError if it does not fit, StudyFileError if SQLCipher is not installed.
    """
    sqlcipher()
    with _lock:
        identity = _identity(path)
        known = _in_use[identity][0] if identity in _in_use else None
        pages = b"" if identity in _in_use else _first_pages(path, _PAGES_TRIED)
    salt = _salt_of(pages) if known is None else known.salt
    if salt is None:
        raise StudyFileError(
            "Not encrypted", f"{path} does not look like an encrypted study", "open it without a passphrase"
        )
    for key in _candidates(secret, salt):
        if key == known or _signs_any(key, pages):
            keep(key)
            return key
    if is_like_recovery_key(secret) and FileKey.recovered(secret, salt) is None:
        raise StudyLockedError(
            "Not opened", "the recovery key contains a typing error", "compare it with your written copy"
        )
    raise StudyLockedError(
        "Wrong passphrase",
        f"{path} does not open with this passphrase, or the file is not a study or is badly damaged",
        "try again, or use the recovery key instead; nothing was changed",
    )


def keep(key: FileKey) -> None:
    """Keep the key of a file that this process has made or unlocked."""
    with _lock:
        _keep(key)


def forget_keys() -> None:
    """Forget all keys. Open files stay open."""
    with _lock:
        _keys.clear()


def _keep(key: FileKey) -> None:
    # A core dump would contain the key.
    forbid_core_dumps()
    _keys[key.salt] = key


def _candidates(secret: str, salt: bytes) -> Iterator[FileKey]:
    if written := FileKey.recovered(secret, salt):
        yield written
    yield FileKey.derived(secret, salt)


def _known_key(path: Path, identity: tuple[int, int] | None) -> FileKey | None:
    if identity in _in_use:
        # Closing a second handle of the file would release the locks of the connection.
        return _in_use[identity][0]
    salt = _salt_of(_first_pages(path, 1))
    if salt is None:
        return None
    if salt not in _keys:
        raise StudyLockedError(
            "The study is encrypted",
            f"{path} opens with its passphrase or its recovery key",
            "type it when asked, or use --passphrase-file",
        )
    return _keys[salt]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _first_pages(path: Path, count: int) -> bytes:
    try:
        # Reading a pipe or device could block.
        if not path.is_file():
            return b""
        with path.open("rb", buffering=0) as file:
            return os.read(file.fileno(), count * PAGE)
    except (OSError, ValueError):
        return b""


def _salt_of(head: bytes) -> bytes | None:
    """Return the salt of an encrypted file; None for any other file."""
    if len(head) < PAGE or head.startswith(_PLAIN) or len(set(head[:PAGE])) < _VALUES_OF_RANDOM:
        return None
    return head[:_SALT]


def _signs_any(key: FileKey, pages: bytes) -> bool:
    """Return whether a key fits. One intact page is enough: damage of others is reported when they are read."""
    return any(key.signs(pages[at : at + PAGE], at // PAGE + 1) for at in range(0, len(pages), PAGE))
