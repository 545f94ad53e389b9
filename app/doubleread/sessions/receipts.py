"""Receipts of a session, which reveal later tampering if kept separately from the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural, size_text
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many entries this device wrote in a session, the head of its chain, and the size of the file in bytes."""

    path: Path
    device: str
    written: int
    seq: int
    head: str
    size: int

    @property
    def words(self) -> str:
        """What reveals later tampering."""
        return f"receipt: device {self.device}, entry {self.seq}, head {self.head}"

    def lines(self) -> list[str]:
        """Return it in words."""
        entries = plural(self.written, "entry", "entries")
        return [f"{self.path}: {entries} written in this session, {size_text(self.size)} in all", self.words]


def receipt(study: StudyFile, before: int) -> Receipt:
    """Return the receipt of a session that began when this device's last entry had the number `before`."""
    seq, head = study.chain_head()
    try:
        size = study.path.stat().st_size
    except OSError:
        size = 0  # the file was moved meanwhile
    return Receipt(study.path, study.device, seq - before, seq, head, size)
