"""The base of an open study file: the connection, the log and the settings that never change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from doubleread.domain.events import GENESIS, Event
from doubleread.domain.hashes import json_sha256
from doubleread.errors import StudyFileError
from doubleread.store import records
from doubleread.store.log.event_log import EventLog, chain_heads
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import damaged, intact

Made = TypeVar("Made")
OPENED: set[Path] = set()
"""Every study file that this process has opened: a crash report removes the names of their models."""


class OpenStudyFile:
    """An open study file: its settings, its log, and how it is written to."""

    def __init__(self, connection: Connection, device: str, path: Path) -> None:
        if not device:
            raise ValueError("a device needs a name")
        self.connection = connection
        self.path = path
        """The study's file, even where the connection reads a private copy of it."""
        OPENED.add(connection.path)
        self.device = device
        self._data_version: int | None = None
        self.beside = ExitStack()
        """What is closed with the file, such as the private copy in which it is read."""
        self.how_read = ""
        """How the file was read, if not directly."""
        meta = {row["key"]: row["value"] for row in connection.rows("SELECT key, value FROM meta")}
        with intact(self.path, "the study's settings"):
            self.study_id: str = meta["study_id"]
            self.secret: bytes = bytes.fromhex(meta["secret"])
            self.split_reader: str | None = meta.get("split_reader")
            """The reader whose own file this is; None for a whole study."""
            self.split_id: str | None = meta.get("split_id")
            if self.split_id is not None:
                # Every file has its own chains, so that a device may write in several readers' files.
                self.device = f"{device}:{self.split_id[:8]}"
            self.first_protocol_sha256 = json_sha256(json.loads(meta["protocol"]))
        if self.first_protocol_sha256 != meta.get("protocol_sha256"):
            raise damaged(self.path, "the protocol is not the one that the study was created with")
        self._log = EventLog(connection, self.device)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def encrypted(self) -> bool:
        """Whether the file is encrypted."""
        return self.connection.key is not None

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self.connection.close()
        self.beside.close()

    def expect_models(self, title: str) -> None:
        """Raise StudyFileError in a reader's own file, which does not say which model wrote what."""
        if self.split_reader is not None:
            raise StudyFileError(
                title,
                f"{self.path} is {self.split_reader}'s own file, which names no model",
                "merge it into the original study, and use that",
            )

    def events(self, *, kind: str | None = None, reading_id: str | None = None) -> Iterator[Event]:
        """Yield the log, or the events of one kind or one reading, in the order of the file."""
        return self._log.all(kind=kind, reading_id=reading_id)

    def changed_elsewhere(self) -> bool:
        """Return whether another connection has written since the last call; the first time it is False."""
        version = int(self.connection.rows("PRAGMA data_version")[0][0])
        before, self._data_version = self._data_version, version
        return before is not None and before != version

    def chain_head(self) -> tuple[int, str]:
        """Return number and hash of this device's last event; 0 and zeros where there is none."""
        row = self.connection.row(
            "SELECT seq, hash FROM events WHERE device = ? ORDER BY seq DESC, hash LIMIT 1", [self.device]
        )
        return (row["seq"], row["hash"]) if row else (0, GENESIS)

    def chain_heads(self) -> dict[str, tuple[int, str]]:
        """Return number and hash of each device's last event. Kept elsewhere, they reveal later tampering."""
        return chain_heads(self.connection)

    def _made(self, make: Callable[[records.Row], Made], row: Any, what: str) -> Made:
        with intact(self.path, what):
            return make(row)
