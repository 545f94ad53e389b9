"""This installation's identity. It names the chain of events that is written here."""

from __future__ import annotations

import uuid

from doubleread import locations
from doubleread.atomic import atomic_write


def this_device() -> str:
    """Return this installation's random id, made on the first call and kept under `locations.device_file()`."""
    path = locations.device_file()
    try:
        return str(uuid.UUID(path.read_text(encoding="ascii").strip()))
    except (FileNotFoundError, ValueError, UnicodeDecodeError):
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    identity = str(uuid.uuid4())
    with atomic_write(path) as file:
        file.write(f"{identity}\n")
    return identity
