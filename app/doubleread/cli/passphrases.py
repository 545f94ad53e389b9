"""Get the passphrases of encrypted studies from a file, the environment or the keyboard.

Never from an argument, because other users of the machine could read it in the process list.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from doubleread.console import note, say
from doubleread.errors import DoublereadError, StudyLockedError

if TYPE_CHECKING:
    from doubleread.store import StudyFile
    from doubleread.store.files.file_key import FileKey

PASSPHRASE, NEW_PASSPHRASE = "DOUBLEREAD_PASSPHRASE", "DOUBLEREAD_NEW_PASSPHRASE"
_TRIES = 3
_file: Path | None = None


def use_file(file: Path | None) -> None:
    """Set the file, if any, that has the passphrases for this run of the program."""
    global _file
    _file = file


def unlock_study(path: Path) -> None:
    """Unlock an encrypted study; do nothing for any other file.

    Tries each given passphrase, then asks at the terminal up to three times. Raises StudyLockedError if none is
    correct, DoublereadError if SQLCipher is not installed.
    """
    from doubleread.domain.display import display_line
    from doubleread.store.files.unlocking import is_locked, unlock
    from doubleread.store.sqlite.sqlite_library import sqlcipher

    if not is_locked(path):
        return
    sqlcipher()
    failed: StudyLockedError | None = None
    for passphrase in _given(PASSPHRASE, _file):
        try:
            unlock(path, passphrase)
        except StudyLockedError as error:
            failed = error
        else:
            return
    if not sys.stdin.isatty():
        raise failed or StudyLockedError(
            "The study is encrypted",
            f"{path} needs its passphrase, and there is no terminal to ask for it",
            f"give it in a file (doubleread --passphrase-file FILE ...) or in {PASSPHRASE}",
        )
    for tried in range(_TRIES):
        try:
            unlock(path, _typed(f"Passphrase or recovery key of {display_line(path.name)}: "))
        except StudyLockedError as error:
            if tried + 1 == _TRIES:
                raise
            note(str(error))
        else:
            return


def chosen_key(path: Path, variable: str, file: Path | None = None) -> FileKey:
    """Return the key of a new file, from a passphrase that is given or typed twice.

    Raises DoublereadError if SQLCipher is not installed, InputRefusedError if the passphrase is too short.
    """
    from doubleread.domain.display import display_line
    from doubleread.store.files.file_key import SHORTEST_PASSPHRASE, FileKey, check_passphrase
    from doubleread.store.sqlite.sqlite_library import sqlcipher

    sqlcipher()
    given = _given(variable, file or (_file if variable == PASSPHRASE else None))
    if given:
        return FileKey.chosen(given[0])
    if not sys.stdin.isatty():
        option = "--passphrase-file" if variable == PASSPHRASE else "--new-passphrase-file"
        raise DoublereadError(
            "No passphrase",
            f"{path} needs a passphrase, and there is no terminal to ask for it",
            f"give it in a file ({option}) or in {variable}",
        )
    passphrase = _typed(f"New passphrase for {display_line(path.name)}, at least {SHORTEST_PASSPHRASE} characters: ")
    check_passphrase(passphrase)
    if _typed("Repeat the passphrase: ") != passphrase:
        raise DoublereadError("No passphrase", "the two entries differ", "try again; nothing was made or changed")
    return FileKey.chosen(passphrase)


def say_recovery_key(key: FileKey, *, as_json: bool = False) -> None:
    """Print the recovery key, which opens the file if the passphrase is lost.

    JSON is often kept in logs, so beside a JSON document the key goes to standard error.
    """
    (note if as_json else say)(f"recovery key: {key.recovery_key}")
    note(
        "note: write down the recovery key and store it apart from the file. It opens the file without the passphrase;"
        " if you lose both, the file can never be read again"
    )


def note_of_plain(study: StudyFile, out: Path) -> None:
    """Note that a file written from an encrypted study is not encrypted itself."""
    if study.encrypted:
        note(f"note: the study is encrypted, but {out} is not")


def _given(variable: str, file: Path | None) -> list[str]:
    """Return the given passphrases, those of the file first."""
    found: list[str] = []
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise DoublereadError("No passphrase", f"{file} cannot be read ({reason})", "check the name") from error
        found = [line for line in lines if line.strip()]
        if not found:
            raise DoublereadError("No passphrase", f"{file} is empty", "put the passphrase on its first line")
    if value := os.environ.get(variable, "").strip():
        found.append(value)
    return found


def _typed(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt)
    except EOFError:
        raise DoublereadError("No passphrase", "the input ended before a passphrase was entered", "try again") from None
