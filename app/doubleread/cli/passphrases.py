"""Where the passphrases of encrypted studies come from: a file, the environment, or the keyboard.

Never from an argument, which other users of the machine could read in the list of processes.
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
    """Take the passphrases of this call of the program from a file, or from none."""
    global _file
    _file = file


def unlock_study(path: Path) -> None:
    """Unlock a study that is encrypted; do nothing for any other file.

    Each passphrase that is given is tried, then the person at the terminal is asked, three times. Raises
    StudyLockedError where none of them is the right one, DoublereadError where SQLCipher is not installed.
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
            f"{path} opens with its passphrase, and there is no terminal at which to ask for it",
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
    """Return the key of a file to be made, from a passphrase that is given or typed twice.

    Raises DoublereadError where SQLCipher is not installed, InputRefusedError for a passphrase that is too short.
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
            f"{path} is to be encrypted, and there is no terminal at which to ask for a passphrase",
            f"give it in a file ({option}) or in {variable}",
        )
    passphrase = _typed(f"New passphrase for {display_line(path.name)}, at least {SHORTEST_PASSPHRASE} characters: ")
    check_passphrase(passphrase)
    if _typed("The same once more: ") != passphrase:
        raise DoublereadError("No passphrase", "the two are not the same", "try again; nothing was made or changed")
    return FileKey.chosen(passphrase)


def say_recovery_key(key: FileKey) -> None:
    """Print the key that opens a file where the passphrase is forgotten."""
    say(f"recovery key: {key.recovery_key}")
    note(
        "note: write the recovery key down and keep it apart from the file: it opens the file without the passphrase,"
        " and without either of the two nobody can read it again"
    )


def note_of_plain(study: StudyFile, out: Path) -> None:
    """Say of what was written from an encrypted study that it is not encrypted itself."""
    if study.encrypted:
        note(f"note: the study is encrypted, and {out} is not")


def _given(variable: str, file: Path | None) -> list[str]:
    """Return the passphrases that were given, those of the file first."""
    found: list[str] = []
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise DoublereadError("No passphrase", f"{file} cannot be read ({reason})", "check the name") from error
        found = [line for line in lines if line.strip()]
        if not found:
            raise DoublereadError("No passphrase", f"{file} is empty", "write the passphrase into its first line")
    if value := os.environ.get(variable, "").strip():
        found.append(value)
    return found


def _typed(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt)
    except EOFError:
        raise DoublereadError("No passphrase", "the input ended before one was typed", "try again") from None
