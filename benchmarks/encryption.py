"""What encryption costs: opening a study of 1,000 cases and 10,000 annotations, and saving one more, beside a plain
one.

The two SQLites can write in different journal modes, which matters more than the encryption does; so the encrypted
study is measured in the plain one's mode as well.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from benchmarks.studies import large_study
from doubleread.domain.spans import Span
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import forget_keys, unlock

CASES, ANNOTATIONS_EACH, SAVES = 1_000, 10, 300
PASSPHRASE = "a passphrase to measure with"


def run() -> list[Measurement]:
    """Make the study twice, open each five times, save annotations in each."""
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory() as folder:
        plain, encrypted = Path(folder) / "plain.doubleread", Path(folder) / "encrypted.doubleread"
        large_study(plain, CASES, ANNOTATIONS_EACH)
        large_study(encrypted, CASES, ANNOTATIONS_EACH, FileKey.chosen(PASSPHRASE))
        forget_keys()
        started = time.perf_counter()
        unlock(encrypted, PASSPHRASE)
        measurements.append(
            Measurement("from the passphrase to the key of a file", time.perf_counter() - started, "s", 1.0)
        )
        for path in (plain, encrypted):
            opened = statistics.median(_opening(path) for _ in range(5))
            measurements.append(Measurement(f"opening the {path.stem} study", opened, "s", 2.0, 5))
        own = _mode(plain)
        kinds = {"negation": (plain, own), "causality": (encrypted, _mode(encrypted)), "contextual": (encrypted, own)}
        for category, (path, mode) in kinds.items():
            saved = _saves(path, mode, category)
            measurements += summary(f"saving in the {path.stem} study ({mode})", saved, "ms", None, 50.0)
    return measurements


def _opening(path: Path) -> float:
    started = time.perf_counter()
    with StudyFile.open(path, device="bench") as study:
        ReadingSession(study, "bench").answers()
        return time.perf_counter() - started


def _mode(path: Path) -> str:
    with StudyFile.open(path, device="bench") as study:
        return str(study.connection.rows("PRAGMA journal_mode")[0][0])


def _saves(path: Path, mode: str, category: str) -> list[float]:
    saved: list[float] = []
    with StudyFile.open(path, device="bench") as study:
        study.connection.rows(f"PRAGMA journal_mode = {mode}")
        session = ReadingSession(study, "bench")
        for number in range(SAVES):
            if number % 10 == 0 and number:
                session.step(1)
            session.answers()
            started = time.perf_counter()
            session.mark("A", "answer", Span(number % 10, 100 + number % 10), category, "minor")
            saved.append((time.perf_counter() - started) * 1000)
    return saved
