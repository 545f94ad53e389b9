"""Resolve the names of studies that users type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from doubleread import locations
from doubleread.atomic import NotReplaceableError, replaceable
from doubleread.cli.output_file import is_standard_output, is_stream
from doubleread.errors import DoublereadError
from doubleread.typed_paths import meant_path

if TYPE_CHECKING:
    from doubleread.store import StudyFile


def study_path(name: Path) -> Path:
    """Return a study's path, with the suffix of study files added if the name has none."""
    return name if name.suffix else name.with_name(name.name + locations.STUDY_SUFFIX)


def new_study_path(name: Path, title: str = "Nothing written") -> Path:
    """Return the path of a study file to write, as `study_path` does.

    Raises DoublereadError with this title where the name is that of standard output, a device or a FIFO: it must not
    get a suffix and so become the name of a file beside it.
    """
    if is_standard_output(name) or is_stream(name):
        raise DoublereadError(title, f"{name} is not a regular file", "give the name of a new file")
    try:
        if not name.is_dir():
            replaceable(name)
    except NotReplaceableError as error:
        raise DoublereadError(title, f"{name}: {error.strerror}", "give the name of a new file") from error
    except (OSError, ValueError):
        pass  # the writer reports what is wrong with the folder
    return study_path(name)


def existing_study(name: Path) -> Path:
    """Return the path of an existing study: as typed, with the suffix, or in the library's folder.

    A name without a match is returned unchanged, so that opening it reports the error. For an encrypted study, asks
    for the passphrase. Raises StudyLockedError if the correct one is not given.
    """
    from doubleread.cli.passphrases import unlock_study

    path = named_study(name)
    unlock_study(path)
    return path


def study_to_read(name: Path) -> StudyFile:
    """Open an existing study, by any name that `existing_study` finds, without writing to it."""
    from doubleread.sessions.study_library import opened_to_look

    return opened_to_look(existing_study(name))


def study_to_write(name: Path) -> StudyFile:
    """Open an existing study, by any name that `existing_study` finds, for writing."""
    from doubleread.device import this_device
    from doubleread.store import StudyFile

    return StudyFile.open(existing_study(name), device=this_device())


def named_study(name: Path) -> Path:
    """Return the path of an existing study, as `existing_study` does, but do not unlock an encrypted one."""
    name = meant_path(name)
    candidates = [name, study_path(name)]
    if not name.is_absolute() and len(name.parts) == 1:
        candidates += [locations.studies() / name, locations.studies() / study_path(name)]
    return next((candidate for candidate in candidates if candidate.is_file()), name)
