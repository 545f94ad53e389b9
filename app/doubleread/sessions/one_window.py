"""Let only one window at a time read for a reader on this machine; the others are read-only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

from doubleread.atomic import make_private_folder
from doubleread.platform import lock_open_file


class OneWindow:
    """One of several windows on the same study file and reader. The last one that took over reads.

    Each window locks a file of its own while it is open, so that a killed program blocks nobody. A note says which
    window reads. If `folder` cannot be written, every window reads. `at` is the time of opening, as shown.
    """

    def __init__(self, folder: Path, study: Path, reader_id: str, at: str) -> None:
        self._token = uuid.uuid4().hex
        self._at = at
        self._descriptor: int | None = None
        found = study.stat()
        name = hashlib.sha256(f"{found.st_dev} {found.st_ino} {reader_id}".encode()).hexdigest()[:24]
        self._note = folder / f"{name}.json"
        try:
            make_private_folder(folder)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            self._descriptor = os.open(self._lock_of(self._token), flags, 0o600)
            lock_open_file(self._descriptor)
        except OSError:
            self.close()

    def reads(self) -> bool:
        """Return whether this window reads. It does from now on if no other open window does."""
        if self._descriptor is None:
            return True
        note = self._read_note()
        if note.get("token") != self._token and not self._lives(str(note.get("token", ""))):
            self.take_over()
            note = self._read_note()
        return bool(note.get("token", self._token) == self._token)

    @property
    def other_since(self) -> str:
        """When the window that reads was opened, as shown; empty if it is this one."""
        note = self._read_note()
        return "" if note.get("token") == self._token else str(note.get("at", ""))

    def take_over(self) -> None:
        """Read in this window from now on."""
        temporary = self._note.with_suffix(f".{self._token}")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps({"token": self._token, "at": self._at}), encoding="utf-8")
            os.replace(temporary, self._note)

    def close(self) -> None:
        """Leave reading to the other windows. Closing twice does nothing."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            if self._read_note().get("token") == self._token:
                self._note.unlink()
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = None
        with contextlib.suppress(OSError):
            self._lock_of(self._token).unlink()

    def _lock_of(self, token: str) -> Path:
        return self._note.with_suffix(f".{token}.lock")

    def _lives(self, token: str) -> bool:
        """Return whether the window of a token still has its lock. Files of a killed window are removed."""
        if not token.isalnum():
            return False
        path = self._lock_of(token)
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return False
        free = lock_open_file(descriptor)
        os.close(descriptor)
        if free:
            with contextlib.suppress(OSError):
                path.unlink()
        return not free

    def _read_note(self) -> dict[str, Any]:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}
