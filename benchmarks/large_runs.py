"""A run's own work on the processor for each answer, each look and each piece of text, in small and large studies.

Scorer and disk are left out, and the engines are scripted, so that only the run's bookkeeping is measured.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from benchmarks.measurements import Measurement
from doubleread.engine.client.protocol import Chunk
from doubleread.runs import generation
from doubleread.runs.generation import GenerationRun
from doubleread.runs.run import SameThreadExecutor
from doubleread.store import StudyFile

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from sessions.making import Engines, make_study
from sessions.test_large_runs import QuickEngine

SMALL, LARGE = 1_000, 10_000
LOOKS, PIECES = 1_000, 2_000


def run() -> list[Measurement]:
    """Measure each kind of work three times and keep the quickest."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (make_study(Path(name) / f"{count}.doubleread", count) for count in (SMALL, LARGE))
        with small, large:
            answers = [_quickest(lambda study=study: _answer_seconds(study)) for study in (small, large)]
            looks = [_quickest(lambda study=study: _look_seconds(study)) for study in (small, large)]
            pieces = _piece_seconds(small)
    return [
        Measurement(f"bookkeeping for an answer, {LARGE:,} cases", answers[1] * 1e6, "us", None, LARGE),
        Measurement(f"  times that in {SMALL:,} cases", answers[1] / answers[0], "", 3, LARGE),
        Measurement(f"putting a case first, {LARGE:,} cases", looks[1] * 1e6, "us", None, LOOKS),
        Measurement(f"  times that in {SMALL:,} cases", looks[1] / looks[0], "", 5, LOOKS),
        Measurement(f"a piece of text after {20 * PIECES:,} others", pieces[1] * 1e6, "us", None, PIECES),
        Measurement("  times the first ones", pieces[1] / pieces[0], "", 5, PIECES),
    ]


def _quickest(seconds: Callable[[], float]) -> float:
    return min(seconds() for _ in range(3))


def _answer_seconds(study: StudyFile) -> float:
    made: list[QuickEngine] = []

    def factory(hear: Callable[..., None]) -> QuickEngine:
        made.append(QuickEngine(hear))
        return made[-1]

    with mock.patch.object(generation, "store_answer", return_value=None):
        run = GenerationRun(study, {"one": factory}, together=False, saver=SameThreadExecutor())
        cases = run.progress()["one"].total
        began = time.process_time()
        made[0].answer_all()
        assert run.progress()["one"].done == cases
        return (time.process_time() - began) / cases


def _look_seconds(study: StudyFile) -> float:
    run = GenerationRun(study, Engines().factories)
    ids = study.case_ids()
    began = time.process_time()
    for number in range(LOOKS):
        run.prioritise(ids[-1 - number % 7])
    return (time.process_time() - began) / LOOKS


def _piece_seconds(study: StudyFile) -> tuple[float, float]:
    engines = Engines()
    run = GenerationRun(study, engines.factories)
    engines.load()
    piece = Chunk(engines.one.requests[0].request_id, "word ")

    def seconds() -> float:
        began = time.process_time()
        for _ in range(PIECES):
            engines.one.hear(piece)
        return (time.process_time() - began) / PIECES

    first = _quickest(seconds)
    for _ in range(17):
        seconds()
        run.draft("case-0", "one")
    return first, _quickest(seconds)
