"""Create a folder atomically: complete, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from doubleread.atomic import PRIVATE, PRIVATE_FOLDER, sync_folder, temporary_beside
from doubleread.errors import DoublereadError

_AT_ONCE = 16
"""Files that are written to the disk at once: it takes little longer than one, and some formats have thousands."""


def _nothing(_: Path) -> None:
    pass


@contextlib.contextmanager
def new_folder(out: Path, record: Callable[[Path], None] = _nothing) -> Iterator[Path]:
    """Give the block a temporary folder (mode 0700) beside `out`, which becomes `out` when the block succeeds.

    `record` gets the temporary folder when everything in it is on the disk, and writes to the log that it becomes
    `out`. Raises DoublereadError if `out` is a file, a folder with something in it, or cannot be written.
    """
    target = Path(os.path.abspath(out))
    refuse_taken(target)
    temporary = temporary_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir(mode=PRIVATE_FOLDER)
        try:
            yield temporary
            paths = sorted(temporary.rglob("*"), reverse=True)
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(_sync, [path for path in paths if not path.is_dir()]))
            for path in filter(Path.is_dir, paths):
                path.chmod(PRIVATE_FOLDER)
                sync_folder(path)
            sync_folder(temporary)
            refuse_taken(target)
            # First the log: after a crash between the two, it names a folder that nobody has. In the other order, a
            # folder could be there that the log does not know.
            record(temporary)
            with contextlib.suppress(FileNotFoundError):
                target.rmdir()
            os.rename(temporary, target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise DoublereadError(
            "Nothing exported",
            f"{out} cannot be written ({error.strerror or error})",
            "check the folder and the free space",
        ) from error
    sync_folder(target.parent)


def refuse_taken(target: Path) -> None:
    """Raise DoublereadError if `out` is a file, or a folder that is not empty."""
    if not os.path.lexists(target):
        return
    if not target.is_dir() or target.is_symlink():
        raise DoublereadError("Nothing exported", f"{target} is not a folder", "choose another name")
    if any(target.iterdir()):
        raise DoublereadError("Nothing exported", f"{target} is not empty", "choose a new folder, or empty that one")


def _sync(file: Path) -> None:
    file.chmod(PRIVATE)
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
