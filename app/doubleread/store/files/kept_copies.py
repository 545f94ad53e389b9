"""Automatic backups of studies in the program's own folder, verified and rotated."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from doubleread import locations
from doubleread.atomic import atomic_write, make_private_folder
from doubleread.config import load_settings
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.store import StudyFile
from doubleread.store.files.backup import migration_copies

_COUNT = "sessions"


def backups_of(study: StudyFile) -> list[Path]:
    """Return the kept copies of a study, the newest first."""
    folder = _folder(study)
    return sorted(folder.glob(f"*{locations.STUDY_SUFFIX}"), reverse=True) if folder.is_dir() else []


def keep_backup(study: StudyFile, reason: str) -> Path:
    """Keep a verified copy of a study, and as many older ones as the settings say. Raises DoublereadError.

    As many of the copies that migrations made beside the study are kept; the newest of either kind always is.
    """
    folder = _folder(study)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StudyFileError(
            "No backup kept",
            f"{folder} cannot be created ({error.strerror or error})",
            "free some space, or set DOUBLEREAD_HOME",
        ) from error
    kept = study.backup(folder / f"{stamp}-{reason}{locations.STUDY_SUFFIX}")
    # Older copies are deleted only once the new one is complete.
    count = load_settings(locations.settings_file()).backups_kept
    for old in (*backups_of(study)[count:], *migration_copies(study.path, study.study_id)[count:]):
        with contextlib.suppress(OSError):
            old.unlink()
    return kept


def count_session(study: StudyFile) -> Path | None:
    """Count a session in which something was written; keep a copy after every so many, and return it then."""
    every = load_settings(locations.settings_file()).backup_every
    if not every:
        return None
    sessions = _sessions(study) + 1
    if sessions < every and backups_of(study):
        _note_sessions(study, sessions)
        return None
    kept = keep_backup(study, "session")
    _note_sessions(study, 0)
    return kept


def _folder(study: StudyFile) -> Path:
    """Return the folder of a study's copies; a reader's own file has its own."""
    whose = study.study_id if study.split_id is None else f"{study.study_id}-{study.split_id}"
    return locations.backups() / "".join(character for character in whose if character.isalnum() or character == "-")


def _sessions(study: StudyFile) -> int:
    try:
        return max(0, int((_folder(study) / _COUNT).read_text(encoding="ascii")))
    except (OSError, ValueError):
        return 0


def _note_sessions(study: StudyFile, count: int) -> None:
    path = _folder(study) / _COUNT
    try:
        make_private_folder(path.parent)
        with atomic_write(path) as file:
            file.write(f"{count}\n")
    except OSError as error:
        raise DoublereadError(
            "Sessions not counted",
            f"{path} cannot be written ({error.strerror or error})",
            "free some space on this disk, and check the folder's permissions",
        ) from error
