"""Change the passphrase of an encrypted study, by replacing the file with a verified copy under the new key."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from doubleread.atomic import sync_folder, temporary_beside
from doubleread.errors import StudyFileError
from doubleread.store.files.backup import copy_study
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import keep
from doubleread.store.sqlite.opening import open_connection


def change_key(path: Path, key: FileKey) -> None:
    """Encrypt a study with another key. If it is killed, the file has either the old key or the new one.

    Raises StudyFileError if the file is not encrypted, if another program has it open, or if the copy cannot
    be written; then the file is unchanged. Earlier copies keep their key.
    """
    # The target of a symbolic link is replaced, not the link.
    path = path.resolve()
    copy = temporary_beside(path)
    connection = open_connection(path)
    try:
        if connection.key is None:
            raise StudyFileError(
                "Passphrase not changed",
                f"{path} is not encrypted",
                "to encrypt a study, create it with doubleread new --encrypt",
            )
        connection.keep_to_itself()
        copy_study(connection, copy, key=key)
        if sys.platform == "win32":
            # Windows does not replace an open file. It refuses where another program has opened it in the meantime.
            connection.close()
        _replace(copy, path)
        keep(key)
    finally:
        connection.close()
        with contextlib.suppress(OSError):
            copy.unlink()


def _replace(copy: Path, path: Path) -> None:
    try:
        os.replace(copy, path)
    except OSError as error:
        raise StudyFileError(
            "Passphrase not changed",
            f"{path} cannot be replaced ({error.strerror or error})",
            "close other programs that have it open; the passphrase is unchanged",
        ) from error
    sync_folder(path.parent)
