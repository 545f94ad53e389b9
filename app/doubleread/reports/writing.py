"""A study's report, as a command and a screen write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.read_model.blinding import Blinding
from doubleread.read_model.case_details import case_details
from doubleread.reports.page import report_page
from doubleread.results import Results, results
from doubleread.results.study_methods import study_methods
from doubleread.store import StudyFile
from doubleread.store.log.clock import now


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its results, and the pieces of its page."""

    results: Results
    pieces: Iterator[str]


def report_of(study: StudyFile, *, with_cases: bool) -> Report:
    """Return the report of a study in its present state. `pieces` reads the cases while they are written."""
    found = results(study)
    blinding = Blinding(found.blindness, study.secret, study.arms())
    cases = case_details(study, blinding) if with_cases else None
    return Report(found, iter(report_page(found, study_methods(study, found), cases, now())))
