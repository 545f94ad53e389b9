"""The studies that were used recently, wherever they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from time import time

from doubleread import locations
from doubleread.atomic import atomic_write, make_private_folder

MOST = 50
"""How many files are remembered; the one that was not used for the longest time is forgotten first."""


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A study file, and when it was used last, in seconds since 1970."""

    path: Path
    used: float


def recent_files() -> list[RecentFile]:
    """Return the remembered files, most recently used first; none if the list cannot be read."""
    try:
        record = json.loads(locations.recent_files().read_text(encoding="utf-8"))
        found = [RecentFile(Path(item["path"]), float(item["used"])) for item in record["files"]]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return sorted(found, key=lambda file: file.used, reverse=True)[:MOST]


def remember(path: Path) -> None:
    """Note that a file is used now. A list that cannot be written is not worth an error."""
    here = path.resolve()
    _write([RecentFile(here, time()), *(file for file in recent_files() if file.path != here)])


def forget(path: Path) -> None:
    """Remove a file from the list. The file itself stays."""
    _write([file for file in recent_files() if file.path.resolve() != path.resolve()])


def _write(files: list[RecentFile]) -> None:
    listed = [{"path": str(file.path), "used": file.used} for file in files[:MOST]]
    try:
        make_private_folder(locations.home())
        with atomic_write(locations.recent_files()) as out:
            json.dump({"files": listed}, out, ensure_ascii=False, indent=1)
    except (OSError, ValueError):
        return
