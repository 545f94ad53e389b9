"""Translate SQLite's errors into errors that say what to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from doubleread.errors import InputRefusedError, StudyDamagedError, StudyFileError, StudyReadOnlyError
from doubleread.locations import STUDY_SUFFIX
from doubleread.store.sqlite.patience import in_use
from doubleread.store.sqlite.sqlite_library import sqlite_errors

_PERM, _BUSY, _LOCKED, _NOMEM, _READONLY, _IOERR, _CORRUPT = 3, 5, 6, 7, 8, 10, 11
_FULL, _CANTOPEN, _NOTADB = 13, 14, 26
_READONLY_ROLLBACK = 776
_NOT_SAVED = "The last action was not saved"

INCONSISTENT = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What rebuilding an object from damaged rows raises."""

LOOK_OR_COPY = (
    "view it with results, report, export, log or verify; to change it, copy it to a folder that you can write to"
)
"""What can be done with a study on a read-only medium."""

_MESSAGES: dict[int, tuple[str, str, str]] = {
    _PERM: ("No permission", "the system denies access to {path}", "check the permissions of the file and its folder"),
    _NOMEM: ("Out of memory", "there is not enough memory to open {path}", "close other programs and try again"),
    _READONLY: (
        "The study cannot be changed",
        "{path} or its folder is read-only",
        LOOK_OR_COPY,
    ),
    _IOERR: (
        "The disk reports an error",
        "{path} could not be read or written",
        "check the disk, its cable or the network, then open the study again; everything shown as saved is in the file",
    ),
    _CORRUPT: (
        "The study file is damaged",
        "{path} is corrupted ({detail})",
        "do not change it; run `doubleread verify` on it and continue with a backup",
    ),
    _FULL: (
        "The disk is full",
        f"{_NOT_SAVED[0].lower()}{_NOT_SAVED[1:]}, because there is no space left for {{path}}",
        "free some space and repeat the action; everything before it is saved",
    ),
    _CANTOPEN: (
        "The study cannot be opened",
        "{path} or the journal beside it cannot be opened",
        "check that the file exists and that you can write to its folder",
    ),
    _NOTADB: (
        "Not a study file",
        "{path} is not a SQLite file, or its beginning is damaged",
        f"choose another file (the name of a study ends with {STUDY_SUFFIX}), or continue with a backup",
    ),
    _READONLY_ROLLBACK: (
        "A write to the study was interrupted",
        "{path} has a journal beside it that must be applied first",
        "open it once in a folder that you can write to",
    ),
}
_KINDS: dict[int, type[StudyFileError]] = {
    _PERM: StudyReadOnlyError,
    _READONLY: StudyReadOnlyError,
}


def error_code(error: BaseException) -> int | None:
    """Return SQLite's primary result code, or None if the error has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def leaves_doubt(error: BaseException) -> bool:
    """Return whether it is unknown after this error if the write succeeded, so that the connection must be reopened."""
    return error_code(error) in (_IOERR, _CANTOPEN)


def is_interrupted_write(error: BaseException) -> bool:
    """Return whether the file has a journal to be applied, which a read-only connection cannot do.

    SQLCipher's module has only the first part of the code, but no other error while reading has it.
    """
    return getattr(error, "sqlite_errorcode", None) in (_READONLY_ROLLBACK, _READONLY)


def has_unfinished_write(error: BaseException, path: Path) -> bool:
    """Return whether a file could not be read because an interrupted write left a journal or log beside it."""
    if is_interrupted_write(error):
        return True
    return error_code(error) in (_CANTOPEN, _READONLY, _BUSY) and _size(Path(f"{path.resolve()}-wal")) > 0


def may_be_immutable(error: BaseException, path: Path) -> bool:
    """Return whether a file could not be read because its folder is read-only, though no file beside it is needed."""
    beside = (Path(f"{path.resolve()}{ending}") for ending in ("-wal", "-journal"))
    read_only = not os.access(path.resolve().parent, os.W_OK)
    return error_code(error) in (_CANTOPEN, _READONLY) and read_only and not any(map(_size, beside))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def damaged(path: Path, detail: str) -> StudyDamagedError:
    """Return the error for a damaged file. `detail` says where."""
    title, happened, remedy = _MESSAGES[_CORRUPT]
    return StudyDamagedError(title, happened.format(path=path, detail=detail), remedy)


def as_study_error(error: Exception, path: Path, *, encrypted: bool = False) -> StudyFileError:
    """Return the error that a user can act on. `encrypted` says that the file opened with its key before."""
    if encrypted and error_code(error) == _NOTADB:
        return damaged(path, "its first page is corrupted")
    if error_code(error) in (_BUSY, _LOCKED):
        return in_use(path)
    code = getattr(error, "sqlite_errorcode", None)
    message = _MESSAGES.get(code) if code in _MESSAGES else _MESSAGES.get(error_code(error) or 0)
    if message is None or message is _MESSAGES[_CORRUPT]:
        # Damaged files also raise errors of other codes ("no such table", "malformed JSON") or of none at all.
        known = isinstance(error, sqlite_errors())
        return damaged(path, " ".join(str(error).split())[:200] if known else "text that is not UTF-8")
    title, happened, remedy = message
    kind = _KINDS.get(error_code(error) or 0, StudyFileError)
    return kind(title, happened.format(path=path), remedy)


@contextlib.contextmanager
def translated(path: Path, *, encrypted: bool = False) -> Iterator[None]:
    """Turn SQLite's errors inside the block into StudyFileError, and lone surrogates into InputRefusedError."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise unstorable_text() from error
    except sqlite_errors("ProgrammingError") as error:
        if "closed" not in str(error):
            raise
        raise StudyFileError("The study is closed", f"{path} is already closed", "open it again") from error
    except (*sqlite_errors(), UnicodeDecodeError) as error:
        raise as_study_error(error, path, encrypted=encrypted) from error


def unstorable_text() -> InputRefusedError:
    """Return the error for text with a lone surrogate, which UTF-8 cannot express."""
    return InputRefusedError(
        "Text refused",
        "it contains a lone surrogate (half a character), which cannot be stored",
        "remove it, or type or paste the text again",
    )


@contextlib.contextmanager
def intact(path: Path, what: str) -> Iterator[None]:
    """Turn errors of rebuilding an object from its rows into the error for a damaged file. `what` names the object."""
    try:
        yield
    except INCONSISTENT as error:
        raise damaged(path, what) from error
