"""Write a file so that a reader sees the whole old one or the whole new one, also after a power cut."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder, and the missing ones above it, for this user alone. Does nothing if it is there already."""
    if not folder.exists():
        make_private_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def temporary_beside(target: Path) -> Path:
    """Return a hidden name, of no file yet, in the target's folder. It fits however long the target's own name is."""
    return target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.tmp")


def sync_folder(folder: Path) -> None:
    """Make a new name in the folder survive a power cut. Systems that cannot sync a folder (Windows) do nothing."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


class NotReplaceableError(OSError):
    """A path is not that of a regular file, and hence must not be replaced by one."""

    def __init__(self, path: str | os.PathLike[str], what: str) -> None:
        super().__init__(errno.EINVAL, f"it is {what}, not a regular file", os.fspath(path))


def replaceable(path: str | os.PathLike[str]) -> Path:
    """Return the file, present or not, that a write to `path` replaces: that behind a symbolic link, if it is one.

    Raises NotReplaceableError for a folder, a device, a FIFO, a socket and a link that leads nowhere.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        if os.path.islink(path):
            raise NotReplaceableError(path, "a broken symbolic link") from None
        return Path(os.path.realpath(path))
    if not stat.S_ISREG(mode):
        names = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))
        raise NotReplaceableError(path, next((name for test, name in names if test(mode)), "a device"))
    return Path(os.path.realpath(path))


@contextlib.contextmanager
def atomic_write_bytes(path: str | os.PathLike[str], mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of `path` when the block ends well, and leaves no trace when it does not.

    The data goes to a temporary file in the same folder, is synced, renamed over `path`, and the folder is synced. A
    symbolic link keeps pointing where it did; the file behind it is replaced. `mode` are the permissions of the new
    file, less the umask. Raises OSError if the folder is missing, not writable or full, and NotReplaceableError
    if `path` is anything but a regular file.
    """
    target = replaceable(path)
    temporary = temporary_beside(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        replaceable(target)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(target.parent)


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], mode: int = PRIVATE) -> Iterator[TextIO]:
    r"""Like `atomic_write_bytes`, for UTF-8 text. Line ends are written as they are given, "\n" on every system."""
    with atomic_write_bytes(path, mode) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8", newline="", write_through=False)
        try:
            yield text
            text.flush()
        finally:
            with contextlib.suppress(ValueError):
                text.detach()
