"""Write verified copies of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from doubleread.progress import Progress, untold
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.log.verify_report import PAGES, VerifyReport


def backup(study: StudyFile, out: Path, progress: Progress = untold) -> VerifyReport:
    """Write a copy of a study and return the result of verifying the copy. Raises DoublereadError.

    It gets its name after it was verified. Faults of its pages, which the copying made, leave no copy.
    """
    reports: list[VerifyReport] = []

    def check(copy: Path) -> Sequence[str]:
        report = verify(copy, progress)
        if report.obstacle is not None:
            raise report.obstacle
        reports.append(replace(report, path=out))
        return [fault for one in report.checks if one.name == PAGES for fault in one.faults]

    study.backup(out, check)
    return reports[0]


def backup_notes(report: VerifyReport) -> list[str]:
    """Return the faults of a copy, which were in the study already."""
    return [f"already in the study, {check.name}: {fault}" for check in report.checks for fault in check.faults]


def backup_lines(report: VerifyReport) -> list[str]:
    """Return what to keep beside a copy: the heads of its chains, and the state."""
    heads = [line for line in report.lines() if line.startswith("chain of device")]
    return [*heads, f"{report.path}: state {report.state}"]
