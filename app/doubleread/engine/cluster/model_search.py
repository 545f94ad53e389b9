"""Find a study's files on a worker of a cluster, by their SHA-256."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from doubleread import locations
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.errors import ModelFileError

FOLDERS_VARIABLE = "DOUBLEREAD_MODELS"


def search_folders(named: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders that may hold models here: those named by the run, by the environment, and the program's."""
    own = [folder for folder in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if folder]
    folders = [Path(folder).expanduser() for folder in (*named, *own)]
    return (*folders, locations.home() / "models", locations.bundled("models"))


def find_file(recorded: str, sha256: str, size: int, folders: Sequence[Path]) -> Path:
    """Return the path of a file with this hash: where it was recorded, or anywhere in the folders.

    In the folders, files of the same name are tried first, then GGUF files of the same `size` (0: none). Raises
    ModelFileError if there is none.
    """
    for path in _candidates(recorded, size, folders):
        if all(map(os.path.isfile, part_paths(path))) and model_sha256(path) == sha256:
            return path
    name = _name(recorded)
    places = ", ".join(map(str, folders))
    raise ModelFileError(
        "Model file not found",
        f"no file with the SHA-256 {sha256[:12]}... ({name}) is at {recorded} or in {places}",
        f"copy it there, or name its folder with --dask-models or {FOLDERS_VARIABLE}",
    )


def _candidates(recorded: str, size: int, folders: Sequence[Path]) -> Iterator[Path]:
    name = _name(recorded)
    yield Path(recorded)
    yield from (folder / name for folder in folders)
    for folder in folders:
        for path in sorted(folder.rglob("*.gguf")) if folder.is_dir() else ():
            # Only a file of the right name or size is worth being hashed, which takes minutes.
            if path.name == name or _size(path) == size > 0:
                yield path


def _name(recorded: str) -> str:
    """Return the last part of a path of any system."""
    return PurePath(recorded.replace("\\", "/")).name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
