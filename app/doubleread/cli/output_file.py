"""Write one output: a regular file atomically, or a stream such as standard output.

| `--out` is | what happens |
|---|---|
| a new name | the file is written completely or not at all |
| a regular file, or a link to one | refused without --force; with it the file (behind the link) is replaced |
| `-`, /dev/stdout | the output goes to standard output, and messages to standard error |
| a FIFO, a terminal, /dev/null, /dev/fd/3 | written into, never replaced; --force changes nothing |
| a folder, a disk, a socket, a link to nothing, a study | refused, also with --force |
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from doubleread.atomic import PRIVATE, NotReplaceableError, atomic_write, replaceable
from doubleread.errors import DoublereadError
from doubleread.locations import STUDY_SUFFIX

STANDARD_OUTPUT = Path("-")
_DATABASE = b"SQLite format 3\0"
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")


def is_standard_output(out: Path) -> bool:
    """Return whether an output is standard output, so that messages must go elsewhere."""
    if out == STANDARD_OUTPUT:
        return True
    if not os.path.abspath(out).startswith(_STREAMS):
        return False
    try:
        return os.path.samestat(os.stat(out), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):
        return False


def check_output(out: Path, *, force: bool, title: str = "Nothing written") -> None:
    """Check an output before any work: refuse one that exists, cannot be replaced, or has no folder.

    Raises DoublereadError with this title.
    """
    if is_standard_output(out) or is_stream(out):
        return
    try:
        replaceable(out)
        exists, folder = os.path.lexists(out), out.parent.is_dir()
        study = exists and _may_be_a_study(out)
    except NotReplaceableError as error:
        raise DoublereadError(title, f"{out}: {error.strerror}", "choose another name") from error
    except (OSError, ValueError) as error:
        raise _refused(out, error, title) from error
    if exists and not force:
        raise DoublereadError(title, f"{out} exists already", "choose another name, or add --force")
    if study:
        raise DoublereadError(title, f"{out} may be a study, which --force does not replace", "choose another name")
    if not folder:
        raise DoublereadError(title, f"there is no folder {out.parent}", "create it first, or choose another")


def _may_be_a_study(out: Path) -> bool:
    """Return whether a file is a database, or named like a study: an encrypted one looks like nothing."""
    if out.suffix == STUDY_SUFFIX:
        return True
    with out.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE


@contextlib.contextmanager
def output_file(out: Path, *, force: bool, mode: int = PRIVATE, title: str = "Nothing written") -> Iterator[TextIO]:
    """Open an output for UTF-8 text, by the table above. Raises DoublereadError with this title.

    Errors of the block are passed on; a full disk is translated.
    """
    check_output(out, force=force, title=title)
    try:
        if is_standard_output(out):
            sys.stdout.flush()
            with _text(sys.stdout.buffer) as stream:
                yield stream
        elif is_stream(out):
            with open(out, "ab") as binary, _text(binary) as stream:
                yield stream
        else:
            with atomic_write(out, mode) as file:
                yield file
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
            raise
        raise _refused(out, error, title) from error


@contextlib.contextmanager
def _text(binary: BinaryIO) -> Iterator[TextIO]:
    """Write text to a binary stream that stays open."""
    text = io.TextIOWrapper(binary, encoding="utf-8", newline="")
    try:
        yield text
        text.flush()
    finally:
        with contextlib.suppress(ValueError, OSError):
            text.detach()


def is_stream(out: Path) -> bool:
    """Return whether an output can only be written to, never replaced."""
    try:
        mode = os.stat(out).st_mode
    except (OSError, ValueError):
        return False
    named = os.path.abspath(out).startswith(_STREAMS)
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or (stat.S_ISREG(mode) and named)


def _refused(out: Path, error: Exception, title: str) -> DoublereadError:
    reason = getattr(error, "strerror", None) or str(error)
    return DoublereadError(
        title, f"{out} cannot be written ({reason})", "check the folder's permissions and free space"
    )
