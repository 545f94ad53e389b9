"""This installation's identity. It names the chain of events that is written here."""

from __future__ import annotations

import uuid

from doubleread import locations
from doubleread.atomic import atomic_write, make_private_folder
from doubleread.errors import DoublereadError


def this_device() -> str:
    """Return this installation's random id, made on the first call and kept under `locations.device_file()`.

    Raises DoublereadError if it cannot be kept.
    """
    path = locations.device_file()
    try:
        return str(uuid.UUID(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        pass
    identity = str(uuid.uuid4())
    try:
        make_private_folder(path.parent)
        with atomic_write(path) as file:
            file.write(f"{identity}\n")
    except OSError as error:
        raise DoublereadError(
            "The program's own folder cannot be written",
            f"{path.parent}: {error.strerror or error}",
            "make it writable, or set DOUBLEREAD_HOME to a folder that you can write to",
        ) from error
    return identity
