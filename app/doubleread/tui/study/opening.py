"""How forms open studies and name new files."""

from __future__ import annotations

from pathlib import Path

from doubleread.device import this_device
from doubleread.sessions.study_library import opened_to_look
from doubleread.store import StudyFile

LEAD = "study lead"
"""Who decides, if nobody else is named."""


def to_read(path: Path) -> StudyFile:
    """Open a study without writing to it."""
    return opened_to_look(path)


def to_write(path: Path) -> StudyFile:
    """Open a study for writing."""
    return StudyFile.open(path, device=this_device())


def free_name(path: Path) -> Path:
    """Return a path that does not exist yet: this one, or with a number before its suffix."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
