"""Opening a study of 10,000 cases and 100,000 annotations, and saving one more annotation in it.

Making the study takes minutes; DOUBLEREAD_BENCH_FOLDER names a folder where it is kept for the next time.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from benchmarks.studies import large_study
from doubleread.domain.spans import Span
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile

CASES, ANNOTATIONS_EACH, SAVES = 10_000, 10, 500


def run() -> list[Measurement]:
    """Make the study once, open it five times, save annotations in it."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(os.environ.get("DOUBLEREAD_BENCH_FOLDER", temporary)) / "large.doubleread"
        if not path.exists():
            large_study(path, CASES, ANNOTATIONS_EACH)
        opened: list[float] = []
        for _ in range(5):
            started = time.perf_counter()
            with StudyFile.open(path, device="bench") as study:
                ReadingSession(study, "bench").answers()
                opened.append(time.perf_counter() - started)
        saved: list[float] = []
        with StudyFile.open(path, device="bench") as study:
            session = ReadingSession(study, "bench")
            for number in range(SAVES):
                if number % 10 == 0 and number:
                    session.step(1)
                session.answers()
                started = time.perf_counter()
                session.mark("A", "answer", Span(number % 10, 100 + number % 10), "negation", "minor")
                saved.append((time.perf_counter() - started) * 1000)
    return [
        Measurement("opening a study of 10,000 cases and 100,000 annotations", statistics.median(opened), "s", 2.0, 5),
        *summary("saving an annotation in it", saved, "ms", None, 50.0),
    ]
