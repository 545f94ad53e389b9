"""Write verified copies of a study."""

from __future__ import annotations

from pathlib import Path

from doubleread.progress import Progress, untold
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.log.verify_report import VerifyReport


def backup(study: StudyFile, out: Path, progress: Progress = untold) -> VerifyReport:
    """Write a copy of a study and return the result of checking the copy. Raises DoublereadError.

    The copy is checked as thoroughly as by `verify`: its pages before it gets its name, its content afterwards.
    """
    report = verify(study.backup(out), progress, pages_checked=True)
    if report.obstacle is not None:
        raise report.obstacle
    return report


def backup_notes(report: VerifyReport) -> list[str]:
    """Return the faults of a copy, which were in the study already."""
    return [f"already in the study, {check.name}: {fault}" for check in report.checks for fault in check.faults]


def backup_lines(report: VerifyReport) -> list[str]:
    """Return what to keep beside a copy: the heads of its chains, and the state."""
    heads = [line for line in report.lines() if line.startswith("chain of device")]
    return [*heads, f"{report.path}: state {report.state}"]
