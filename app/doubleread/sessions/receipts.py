"""Receipts of a session, which reveal later tampering if kept separately from the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many entries this device wrote in a session, and the head of its chain."""

    path: Path
    device: str
    written: int
    seq: int
    head: str

    @property
    def words(self) -> str:
        """What reveals later tampering."""
        return f"receipt: device {self.device}, entry {self.seq}, head {self.head}"

    def lines(self) -> list[str]:
        """Return it in words."""
        return [f"{self.path}: {plural(self.written, 'entry', 'entries')} written in this session", self.words]


def receipt(study: StudyFile, before: int) -> Receipt:
    """Return the receipt of a session that began when this device's last entry had the number `before`."""
    seq, head = study.chain_head()
    return Receipt(study.path, study.device, seq - before, seq, head)
