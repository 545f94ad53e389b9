"""A run's own work for each answer and each piece of text does not grow with the study or the answer."""

from __future__ import annotations

import time
from collections import deque

import pytest

from doubleread.engine.client.protocol import Chunk, Finished, Loaded
from doubleread.runs import generation
from doubleread.runs.generation import GenerationRun
from doubleread.runs.run import SameThreadExecutor
from scripted_engine import TIMES, ScriptedEngine
from sessions.making import Engines, make_study

SMALL, LARGE = 1_000, 10_000


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


def seconds_for_each_case(study) -> float:
    made: list[QuickEngine] = []

    def factory(hear) -> QuickEngine:
        made.append(QuickEngine(hear))
        return made[-1]

    run = GenerationRun(study, {"one": factory}, together=False, saver=SameThreadExecutor())
    cases = run.progress()["one"].total
    began = time.process_time()
    made[0].answer_all()
    assert run.progress()["one"].done == cases
    return (time.process_time() - began) / cases


def test_ten_times_the_cases_take_ten_times_as_long(studies, nothing_stored):
    small = min(seconds_for_each_case(studies[SMALL]) for _ in range(3))
    assert seconds_for_each_case(studies[LARGE]) < 3 * small


def test_looking_at_any_case_takes_no_longer_in_a_large_study(studies):
    def seconds(study) -> float:
        engines = Engines()
        run = GenerationRun(study, engines.factories)
        ids = study.case_ids()
        began = time.process_time()
        for number in range(1_000):
            run.prioritise(ids[-1 - number % 7])
        return time.process_time() - began

    small = min(seconds(studies[SMALL]) for _ in range(3))
    assert min(seconds(studies[LARGE]) for _ in range(3)) < 5 * small + 0.01


def test_a_piece_of_a_long_answer_costs_what_the_first_one_cost(studies):
    engines = Engines()
    run = GenerationRun(studies[SMALL], engines.factories)
    engines.load()
    request_id = engines.one.requests[0].request_id

    def seconds() -> float:
        began = time.process_time()
        for _ in range(2_000):
            engines.one.hear(Chunk(request_id, "word "))
        return time.process_time() - began

    first = min(seconds() for _ in range(3))
    for _ in range(20):
        seconds()
        run.draft("case-0", "one")
    assert min(seconds() for _ in range(3)) < 5 * first + 0.01
    assert len(run.draft("case-0", "one").text) == 26 * 2_000 * len("word ")
