"""A run's own work for each answer and each piece of text does not grow with the study or the answer.

The seconds that it takes are measured by `python -m benchmarks large_runs`.
"""

from __future__ import annotations

import sys
from collections import deque

import pytest

from doubleread.engine.client.protocol import Chunk, Finished, Loaded
from doubleread.runs import generation
from doubleread.runs.generation import GenerationRun
from doubleread.runs.run import SameThreadExecutor
from scripted_engine import TIMES, ScriptedEngine
from sessions.making import Engines, make_study

SMALL, LARGE = 100, 1_000


class QuickEngine(ScriptedEngine):
    """Answers at once, in the order asked, when it is told to."""

    def __init__(self, hear) -> None:
        super().__init__(hear)
        self.asked: deque[str] = deque()

    def generate(self, request) -> None:
        self.asked.append(request.request_id)

    def answer_all(self) -> None:
        self.hear(Loaded({"n_slots": 8}))
        while self.asked:
            request_id = self.asked.popleft()
            self.hear(Chunk(request_id, "B"))
            self.hear(Finished(request_id, "B", "stop", TIMES))


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    opened = {count: make_study(folder / f"{count}.doubleread", count) for count in (SMALL, LARGE)}
    yield opened
    for study in opened.values():
        study.close()


@pytest.fixture
def nothing_stored(monkeypatch):
    """Leave scorer and disk out of it, and store on the engine's thread, so that the run's own work is what is seen."""
    monkeypatch.setattr(generation, "store_answer", lambda *_: None)


def lines_run(work) -> int:
    """Return how many lines of Python some work runs: a measure of work that no busy machine changes."""
    count = 0

    def trace(*_):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_ten_times_the_cases_are_ten_times_the_work(studies, nothing_stored):
    def lines_for_each_case(study) -> float:
        made: list[QuickEngine] = []

        def factory(hear) -> QuickEngine:
            made.append(QuickEngine(hear))
            return made[-1]

        run = GenerationRun(study, {"one": factory}, together=False, saver=SameThreadExecutor())
        cases = run.progress()["one"].total
        lines = lines_run(made[0].answer_all)
        assert run.progress()["one"].done == cases
        return lines / cases

    assert lines_for_each_case(studies[LARGE]) < 1.5 * lines_for_each_case(studies[SMALL])


def test_looking_at_any_case_takes_no_longer_in_a_large_study(studies):
    def lines(study) -> int:
        run = GenerationRun(study, Engines().factories)
        ids = study.case_ids()
        return lines_run(lambda: [run.prioritise(ids[-1 - number % 7]) for number in range(100)])

    assert lines(studies[LARGE]) < 1.5 * lines(studies[SMALL])


def test_a_piece_of_a_long_answer_costs_what_the_first_one_cost(studies):
    engines = Engines()
    run = GenerationRun(studies[SMALL], engines.factories)
    engines.load()
    piece = Chunk(engines.one.requests[0].request_id, "word ")

    def lines() -> int:
        return lines_run(lambda: [engines.one.hear(piece) for _ in range(100)])

    first = lines()
    for _ in range(20):
        lines()
        run.draft("case-0", "one")
    assert lines() <= first
    assert run.draft("case-0", "one").text == "word " * 2_200
