"""The result of a check of a study file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the file. `seen` says what was checked; it passed if there are no faults.

    `unreadable` says that the file is too damaged to complete it. `heads` maps each device to number and hash of its
    last event, and `state` is the hash of what counts, if the check saw them (see `VerifyReport`).
    """

    name: str
    seen: str
    faults: tuple[str, ...] = ()
    unreadable: bool = False
    heads: Mapping[str, tuple[int, str]] | None = field(default=None, compare=False)
    state: str = field(default="", compare=False)

    @property
    def ok(self) -> bool:
        """Whether it passed."""
        return not self.faults


Verdict = Literal["intact", "damaged", "altered", "not checked"]
"""Every check passed; the file cannot be read as it was written; it can, but something in it differs from what was
recorded; or it could not be checked, which says nothing about its content."""

_VERDICTS: Mapping[str, str] = {
    "intact": "every check passed",
    "damaged": (
        "DAMAGED; leave the file as it is and continue with a backup, or recover what it still contains:"
        " doubleread recover {path} --out NEW"
    ),
    "altered": (
        "CHANGED since it was recorded, by another program or by damage. Leave the file as it is"
        " and continue with a backup"
    ),
}
PAGES = "integrity"
"""The name of the check of the file's pages and indexes."""

_DAMAGE = frozenset({"open", PAGES})


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found. `heads` maps each device to number and hash of its last event: keep them elsewhere.

    `obstacle` is why the file could not be checked completely: it is not a study, is of a newer program, is encrypted,
    is in use, cannot be read.
    """

    path: Path
    checks: tuple[Check, ...]
    heads: dict[str, tuple[int, str]]
    state: str = ""
    """Of everything that counts in the study (see `study_state`); empty if it cannot be read."""
    obstacle: DoublereadError | None = None

    @property
    def ok(self) -> bool:
        """Whether every check was made and passed."""
        return self.verdict == "intact"

    @property
    def verdict(self) -> Verdict:
        """What can be said of the file."""
        failed = [check for check in self.checks if not check.ok]
        if any(check.name in _DAMAGE or check.unreadable for check in failed):
            return "damaged"
        if failed:
            return "altered"
        return "intact" if self.obstacle is None else "not checked"

    def lines(self) -> list[str]:
        """Return every fault, the chains and the verdict in words."""
        lines = [f"{check.name}: {fault}" for check in self.checks for fault in check.faults]
        lines += [
            f"chain of device {device}: {plural(seq, 'entry', 'entries')}, head {head}"
            for device, (seq, head) in self.heads.items()
        ]
        if self.state:
            lines.append(f"state {self.state}")
        if self.obstacle is not None:
            lines.append(f"not fully checked. {self.obstacle}")
        if self.verdict != "not checked":
            lines.append(f"{self.path}: {_VERDICTS[self.verdict].format(path=self.path)}")
        return lines

    def as_record(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "study": str(self.path),
            "ok": self.ok,
            "verdict": self.verdict,
            "obstacle": None if self.obstacle is None else str(self.obstacle),
            "checks": [
                {"name": check.name, "ok": check.ok, "seen": check.seen, "faults": list(check.faults)}
                for check in self.checks
            ],
            "heads": {device: {"seq": seq, "hash": head} for device, (seq, head) in self.heads.items()},
            "state": self.state,
        }
