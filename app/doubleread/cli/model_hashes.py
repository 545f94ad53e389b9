"""The sha256 of a model file. Large files take a minute, so what was computed is remembered until the file changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from doubleread import locations
from doubleread.atomic import atomic_write
from doubleread.errors import ModelFileError

_BLOCK = 4 * 1024 * 1024
_REMEMBERED = 200


def model_sha256(path: Path, on_bytes: Callable[[int], None] = lambda _: None) -> str:
    """Return the hash of a model file in hexadecimal; `on_bytes` hears how many bytes were read with each block.

    The memory goes by real path, size, time of change and inode. Raises ModelFileError where the file cannot be read.
    """
    try:
        status = path.stat()
        state = [status.st_size, status.st_mtime_ns, status.st_ino]
        real = os.path.realpath(path)
        memory = _memory()
        known = memory.get(real)
        if known and known[1:] == state:
            return str(known[0])
        digest = _digest(path, on_bytes)
    except OSError as error:
        raise ModelFileError(
            "Model not read", f"{path}: {error.strerror}", "check the file and its permissions"
        ) from error
    memory.pop(real, None)
    _remember({**memory, real: [digest, *state]})
    return digest


def _digest(path: Path, on_bytes: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            on_bytes(len(block))
    return digest.hexdigest()


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
        _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with atomic_write(_file()) as file:
            json.dump(dict(list(memory.items())[-_REMEMBERED:]), file, ensure_ascii=True)
    except OSError:
        return  # then it is computed again the next time
