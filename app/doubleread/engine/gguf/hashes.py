"""The SHA-256 of a model. Hashing a large file takes a minute, so the result is cached until the file changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from doubleread import locations
from doubleread.atomic import atomic_write, make_private_folder
from doubleread.engine.gguf.model_parts import model_sha256_of, part_paths
from doubleread.errors import ModelFileError
from doubleread.file_hash import file_sha256

_REMEMBERED = 200


def model_sha256(path: Path) -> str:
    """Return the hash of a model in hexadecimal, of all its parts if it is split (see `model_sha256_of`).

    The cache is keyed by real path, size, modification time and inode. Raises ModelFileError if a file cannot be read.
    """
    return model_sha256_of([_file_sha256(part) for part in part_paths(path)])


def _file_sha256(path: Path) -> str:
    try:
        status = path.stat()
        state = [status.st_size, status.st_mtime_ns, status.st_ino]
        real = os.path.realpath(path)
        memory = _memory()
        known = memory.get(real)
        if known and known[1:] == state:
            return str(known[0])
        digest = file_sha256(path)
    except OSError as error:
        raise ModelFileError(
            "Model not read", f"{path}: {error.strerror}", "check the file and its permissions"
        ) from error
    memory.pop(real, None)
    _remember({**memory, real: [digest, *state]})
    return digest


def _file() -> Path:
    return locations.home() / "model-hashes.json"


def _memory() -> dict[str, list[object]]:
    try:
        record = json.loads(_file().read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {name: entry for name, entry in record.items() if isinstance(entry, list) and len(entry) == 4}


def _remember(memory: dict[str, list[object]]) -> None:
    try:
        make_private_folder(_file().parent)
        with atomic_write(_file()) as file:
            json.dump(dict(list(memory.items())[-_REMEMBERED:]), file, ensure_ascii=True)
    except OSError:
        return  # then it is computed again the next time
