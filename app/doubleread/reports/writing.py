"""A study's report, as a command and a screen write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from doubleread.atomic import PRIVATE, atomic_write
from doubleread.errors import DoublereadError
from doubleread.progress import Progress, untold
from doubleread.read_model.blinding import Blinding
from doubleread.read_model.case_details import CaseDetail, case_details
from doubleread.reports.page import report_page
from doubleread.results import Results, results
from doubleread.results.study_methods import study_methods
from doubleread.store import StudyFile
from doubleread.store.log.clock import now

_CASES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its results, and the pieces of its page."""

    results: Results
    pieces: Iterator[str]


def report_of(study: StudyFile, *, with_cases: bool, progress: Progress = untold) -> Report:
    """Return the report of a study in its present state. `pieces` reads the cases while they are written."""
    found = results(study, progress=progress)
    blinding = Blinding(found.blindness, study.secret, study.arms())
    cases = _told(case_details(study, blinding), found.cases, progress) if with_cases else None
    return Report(found, iter(report_page(found, study_methods(study, found), cases, now())))


def _told(cases: Iterable[CaseDetail], total: int, progress: Progress) -> Iterator[CaseDetail]:
    for done, case in enumerate(cases):
        if done % _CASES_AT_ONCE == 0:
            progress("Writing cases", done, total)
        yield case


def write_report(report: Report, out: Path) -> int:
    """Write a report to a new file, whole or not at all, and return its size in bytes. Raises DoublereadError."""
    size = 0
    try:
        with atomic_write(out, PRIVATE) as file:
            for piece in report.pieces:
                file.write(piece)
                size += len(piece.encode())
    except OSError as error:
        raise DoublereadError(
            "Not written",
            f"{out} cannot be written ({error.strerror or error})",
            "check the folder's permissions and free space",
        ) from error
    return size
