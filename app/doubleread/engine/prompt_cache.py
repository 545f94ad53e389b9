"""Processed prompts on disk, so that a later run need not process them again: one file for each prompt.

A file has a line of JSON (see `Head`), the prompt's tokens, and the state that llama.cpp made of them. Both are the
case's text in another form. All processes of this user share the folder: a file is written whole or not at all, files
that were not used for longest go first, and a file that is damaged, cut off or of something else is ignored.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from doubleread import platform
from doubleread.atomic import PRIVATE, atomic_write_bytes, make_private_folder
from doubleread.engine.client.settings import PromptCache
from doubleread.engine.strict_json import CheckedStruct, Finite, ProtocolError, dumps, loads

Bytes = NDArray[np.uint8]
Tokens = NDArray[np.int32]

DISK_RESERVE = 2 * 2**30
"""Bytes that stay free on the disk."""

_SUFFIX = ".prompt"
_LONGEST_HEAD = 4096
_PIECE = 2**16
_LOCK_TRIES, _LOCK_PAUSE = 100, 0.02


class Head(CheckedStruct, frozen=True):
    """The first line of a file. `key` is the hash of all settings that change a state.

    `first` is the first token that the state still has everywhere, which is above 0 for a sliding window. `bytes` is
    the state's size, and `seconds` how long a token took to process.
    """

    key: str
    tokens: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    first: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    bytes: Annotated[int, Meta(ge=1, le=2**50)]
    seconds: Finite
    checksum: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt on disk. Its state is read when it is needed."""

    path: Path
    head: Head
    tokens: Tokens
    start: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How many prompts are on disk, and how many bytes their files have."""

    files: int = 0
    bytes: int = 0


def usage(folder: Path) -> Usage:
    """Return what the cache takes."""
    sizes = [status.st_size for _, status in _files(folder)]
    return Usage(len(sizes), sum(sizes))


def delete_prompts(folder: Path) -> Usage:
    """Delete all prompts, and return what was deleted. Files that are in use elsewhere may stay (on Windows)."""
    gone = Usage()
    for path, status in _files(folder):
        with contextlib.suppress(OSError):
            path.unlink()
            gone = Usage(gone.files + 1, gone.bytes + status.st_size)
    for inner in _subfolders(folder):
        with contextlib.suppress(OSError):
            inner.rmdir()
    return gone


def read_entry(path: Path, key: str) -> Entry | None:
    """Return the prompt in a file, without its state; None if the file is not whole or of other settings."""
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
            head: Head = loads(line, Head)
            start = len(line) + 4 * head.tokens
            if head.key != key or os.fstat(file.fileno()).st_size != start + head.bytes:
                return None
            tokens = np.frombuffer(file.read(4 * head.tokens), dtype="<i4")
    except (OSError, ProtocolError, ValueError):
        return None
    return Entry(path, head, tokens, start) if len(tokens) == head.tokens else None


def read_state(entry: Entry, padding: int = 0) -> Bytes | None:
    """Return the state of a prompt, with room behind it, and note that it was used; None if the file is damaged."""
    try:
        data = np.empty(entry.head.bytes + padding, dtype=np.uint8)
        state = data[: entry.head.bytes]
        with entry.path.open("rb", buffering=0) as file:
            file.seek(entry.start)
            view, done = state.data, 0
            while done < len(state) and (count := file.readinto(view[done:])):
                done += count
        if done < len(state) or _checksum(entry.tokens, state) != entry.head.checksum:
            return None
        os.utime(entry.path)
    except (OSError, MemoryError):
        return None
    return data


def write_entry(
    cache: PromptCache, key: str, tokens: Tokens, state: Bytes, *, first: int, seconds: float, kept_since: float
) -> Entry | None:
    """Write a prompt, after deleting those that were not used for longest if there is no room.

    What was used since `kept_since` (`time.time`) stays: otherwise a run over more prompts than fit would delete each
    of them before a later run comes to it. Return None if there is no room, or the disk refuses.
    """
    folder, tokens = Path(cache.folder), tokens.astype("<i4")
    path = folder / key[:32] / f"{hashlib.sha256(tokens.data).hexdigest()[:40]}{_SUFFIX}"
    head = Head(key, len(tokens), first, len(state), seconds, _checksum(tokens, state))
    line = dumps(head)
    needed = len(line) + tokens.nbytes + state.nbytes
    try:
        make_private_folder(path.parent)
        with _locked(folder) as locked:
            if not locked or not _make_room(folder, cache.most_bytes, needed, kept_since):
                return None
            with atomic_write_bytes(path) as file:
                for part in (line, tokens.data, state.data):
                    file.write(part)
    except OSError:
        return None
    return Entry(path, head, tokens, len(line) + tokens.nbytes)


def entries(folder: Path, key: str) -> dict[str, Path]:
    """Return the files of these settings by name."""
    found = folder / key[:32]
    return {path.name: path for path, _ in _inner(found)} if found.is_dir() else {}


def _make_room(folder: Path, most: int, needed: int, kept_since: float) -> bool:
    """Delete prompts until `needed` bytes fit. Only the owner of the lock does it, so temporary files are leftovers."""
    for inner in _subfolders(folder):
        for leftover in inner.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                leftover.unlink()
    files = sorted(_files(folder), key=lambda item: item[1].st_mtime)
    used = sum(status.st_size for _, status in files)
    room = min(most, used + shutil.disk_usage(folder).free - DISK_RESERVE)
    spare = sum(status.st_size for _, status in files if status.st_mtime < kept_since)
    if used - spare + needed > room:
        return False
    for path, status in files:
        if used + needed <= room:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            used -= status.st_size
    return used + needed <= room


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock the folder against other writers. The block gets False if another one holds it for long."""
    with open(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, PRIVATE), "rb") as file:
        for _ in range(_LOCK_TRIES):
            if platform.lock_open_file(file.fileno()):
                yield True
                return
            time.sleep(_LOCK_PAUSE)
        yield False


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return [Path(item.path) for item in found if item.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _inner(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        with os.scandir(folder) as found:
            for item in found:
                # Other processes delete files at any time.
                with contextlib.suppress(OSError):
                    if item.name.endswith(_SUFFIX) and item.is_file(follow_symlinks=False):
                        yield Path(item.path), os.stat(item.path)
    except OSError:
        return


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    return [found for inner in _subfolders(folder) for found in _inner(inner)]


def _checksum(tokens: Tokens, state: Bytes) -> str:
    """Return a checksum against damage: a hash of the sums of all pieces, which takes 3 ms for 70 MB."""
    whole = len(state) - len(state) % _PIECE
    digest = hashlib.blake2b(tokens.tobytes(), digest_size=16)
    digest.update(state[:whole].view("<u8").reshape(-1, _PIECE // 8).sum(axis=1, dtype=np.uint64).tobytes())
    digest.update(state[whole:].tobytes())
    return digest.hexdigest()
