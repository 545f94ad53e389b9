"""A disk that loses power: what was written and not yet synced is there or not afterwards, sector by sector, at random.

SQLite writes to it through apsw. The rules are those that SQLite itself counts on, and no kinder:

- A sync makes a file's content last; before it, any part of each write may be missing, down to single sectors.
- A file grows before its new content is there, so that what is missing in the new part can be anything.
- A removal or a new name lasts when the folder was synced: with the removal that asks for it, or with the first sync of
  a new journal, as SQLite does on Unix. Before that the old file can come back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import apsw

SECTOR = 512
"""What reaches the disk as a whole, or not at all."""

_POWERSAFE_OVERWRITE = 0x1000
_JOURNALS = ("-journal", "-wal")


class PowerCutError(Exception):
    """There is no disk any more."""


@dataclass
class StoredFile:
    """`content` is what programs see, `lasting` what a power cut leaves for sure.

    `pending` are the changes since the last sync, in order: an offset and bytes, or a new size and None.
    """

    content: bytearray = field(default_factory=bytearray)
    lasting: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        _put(self.content, offset, data)
        self.pending.append((offset, data))

    def truncate(self, size: int) -> None:
        _resize(self.content, size)
        self.pending.append((size, None))

    def sync(self) -> None:
        self.lasting = bytearray(self.content)
        self.pending.clear()

    def after_cut(self, source: random.Random) -> bytes:
        """Return what is left: of the pending changes a share that is drawn for each cut, some torn."""
        found = bytearray(self.lasting)
        share = source.choice((0.0, 0.3, 0.7, 1.0))
        for offset, data in self.pending:
            if data is None:
                if source.random() < share:
                    _resize(found, offset)
                continue
            for start in range(0, len(data), SECTOR):
                part = data[start : start + SECTOR]
                if source.random() < share:
                    _put(found, offset + start, part)
                elif len(found) < offset + start + len(part) and source.random() < 0.5:
                    # The size had changed already, and in the new place lies what lay there long ago.
                    _put(found, offset + start, source.randbytes(len(part)))
        return bytes(found)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


class SimulatedDisk(apsw.VFS):
    """A folder in memory. After `operations` changes, or never where it is None, the power is cut.

    `after_cut()` then returns the files that are left. Without a cut it returns what one at this moment would leave.
    """

    def __init__(self, files: dict[str, bytes], source: random.Random, operations: int | None = None) -> None:
        self.name = f"simulated-disk-{id(self)}"
        self.files = {name: StoredFile(bytearray(data), bytearray(data)) for name, data in files.items()}
        self.removed: dict[str, StoredFile] = {}
        self.unnamed: set[str] = set()
        self.operations = operations
        self.done = 0
        self.left: dict[str, bytes] | None = None
        self._source = source
        super().__init__(self.name, "")

    def count(self) -> None:
        """Note one change of the disk that is about to happen, or let the power fail in its place."""
        if self.left is None and self.operations is not None and self.done >= self.operations:
            self.left = self._draw()
        if self.left is not None:
            raise PowerCutError
        self.done += 1

    def after_cut(self) -> dict[str, bytes]:
        return self._draw() if self.left is None else self.left

    def _draw(self) -> dict[str, bytes]:
        source = self._source
        left = {
            name: file.after_cut(source)
            for name, file in self.files.items()
            if name not in self.unnamed or source.random() < 0.5
        }
        for name, file in self.removed.items():
            if name not in self.files and source.random() < 0.5:
                left[name] = file.after_cut(source)
        return left

    def sync_folder(self) -> None:
        self.removed.clear()
        self.unnamed.clear()

    # What SQLite calls.

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return pathname in self.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.count()
        if filename in self.files:
            if filename in self.unnamed:
                self.unnamed.discard(filename)
                del self.files[filename]
            else:
                self.removed[filename] = self.files.pop(filename)
        if syncdir:
            self.sync_folder()

    def xOpen(self, name: Any, flags: list[int]) -> SimulatedFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        if path is None:
            return SimulatedFile(self, None, StoredFile())
        if path not in self.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError
            self.count()
            self.files[path] = StoredFile()
            self.unnamed.add(path)
        return SimulatedFile(self, path, self.files[path])


class SimulatedFile:
    """An open file of a simulated disk. Without a path it is a scratch file, which no power cut is asked about."""

    def __init__(self, disk: SimulatedDisk, path: str | None, stored: StoredFile) -> None:
        self._disk = disk
        self._path = path
        self._stored = stored

    def _change(self, change: Callable[[], None]) -> None:
        if self._path is not None:
            self._disk.count()
        change()

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._stored.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._change(lambda: self._stored.write(offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._change(lambda: self._stored.truncate(newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._change(self._stored.sync)
        if self._path is not None and self._path in self._disk.unnamed and self._path.endswith(_JOURNALS):
            self._disk.sync_folder()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._stored.content)

    def xClose(self) -> None:  # noqa: N802
        pass

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _POWERSAFE_OVERWRITE
