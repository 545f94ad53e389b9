"""The comparison of 10 studies of 1,000 cases, each read by two readers, and its page."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from benchmarks.measurements import Measurement
from benchmarks.results_speed import fill_study
from benchmarks.studies import WHEN
from doubleread.reports.comparison_page import comparison_page
from doubleread.results.comparison import compare, study_results
from doubleread.store import StudyFile

STUDIES, CASES, ANNOTATIONS = 10, 1_000, 5


def run() -> list[Measurement]:
    """Fill the files, count each study, put them beside each other, write the page."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"study-{number}.doubleread" for number in range(STUDIES)]
        for number, path in enumerate(paths):
            fill_study(path, random.Random(number), CASES, ANNOTATIONS, f"task-{number}")
        started = time.perf_counter()
        found = []
        for number, path in enumerate(paths):
            with StudyFile.open(path, device="bench", read_only=True) as study:
                found.append(study_results(study, f"task {number}"))
        counted = time.perf_counter() - started
        started = time.perf_counter()
        comparison = compare(found, same_names=True)
        size = sum(len(piece) for piece in comparison_page(comparison, WHEN))
        written = time.perf_counter() - started
    return [
        Measurement(f"counting {STUDIES} studies of {CASES:,} cases", counted, "s", 60.0),
        Measurement(f"their comparison as a page, {size / 1e3:.0f} kB", written, "s", 2.0),
    ]
