"""The base of all runs, with the smallest kind of run: one question for each case and model."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Generate, Loaded
from doubleread.errors import StudyFileError
from doubleread.runs.run import Run, SameThreadExecutor
from sessions.making import ARMS, Engines, make_study


class Question(NamedTuple):
    case_id: str
    arm_id: str


class Questions(Run[Question]):
    result_name = "Reply"

    def __init__(self, study, engines, **options):
        self.todo = [Question(case.id, arm.id) for case in study.cases() for arm in ARMS]
        self.replies, self.troubles = {}, {}
        super().__init__(study, engines, dict.fromkeys(engines, len(self.todo) // len(ARMS)), **options)

    def _fill(self):
        for question in [question for question in self.todo if self._has_room(question.arm_id, 1)]:
            if self._has_room(question.arm_id, 1):
                self.todo.remove(question)
                self._ask(question, Generate("/".join(question), (Message("user", "Well?"),)))

    def _requeue(self, job):
        self.todo.insert(0, job)

    def _store(self, job, result):
        if result.text == "bug":
            raise ZeroDivisionError
        if result.text == "full":
            raise StudyFileError("Disk full", "nothing can be written", "make room")
        self.replies[job] = result.text

    def _on_failed(self, job, trouble):
        self.troubles[job] = str(trouble)


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", 2) as opened:
        yield opened


@pytest.fixture
def engines():
    return Engines()


def test_every_job_is_asked_in_turn_and_its_result_stored(study, engines):
    run = Questions(study, engines.factories, saver=SameThreadExecutor())
    run.start()
    engines.load()
    for engine in (engines.one, engines.two):
        engine.finish("A")
        engine.finish("B")
    assert run.wait(0)
    assert list(run.replies.values()) == ["A", "B"] * 2
    assert {(now.done, now.failed) for now in run.progress().values()} == {(2, 0)}


def test_a_bug_costs_one_result_and_says_what_was_not_stored(study, engines):
    run = Questions(study, engines.factories, saver=SameThreadExecutor())
    engines.load()
    engines.one.finish("bug")
    engines.one.finish("B")
    assert run.troubles == {
        ("case-0", "one"): "Reply not stored: the program failed because of a bug (ZeroDivisionError)"
    }
    assert run.progress()["one"].done == run.progress()["one"].failed == 1


def test_a_file_that_cannot_be_written_halts_all_models(study, engines):
    run = Questions(study, engines.factories, saver=SameThreadExecutor())
    engines.load()
    engines.one.finish("full")
    assert run.wait(0)
    assert run.halted.title == "Disk full"
    assert {now.state for now in run.progress().values()} == {"failed"}
    engines.two.hear(Loaded())
    assert run.progress()["two"].state == "failed"


def test_a_restart_counts_as_used_until_a_result_comes(study, engines):
    run = Questions(study, engines.factories, restarts=1, saver=SameThreadExecutor())
    engines.one.load()
    engines.one.die()
    engines.one.load()
    engines.one.finish("A")
    engines.one.die()
    assert run.progress()["one"].state == "starting"
    engines.one.die()
    assert run.progress()["one"].state == "failed"
    assert run.progress()["one"].restarts == 2


def test_stopping_waits_for_results_on_their_way_and_takes_no_more(study, engines):
    storing = threading.Event()
    saver = ThreadPoolExecutor(1)
    saver.submit(storing.wait, 10)
    run = Questions(study, engines.factories, saver=saver)
    engines.load()
    engines.one.finish("A")
    assert run.replies == {}
    stopping = threading.Thread(target=run.stop)
    stopping.start()
    assert run.wait(10)
    engines.two.finish("late")
    storing.set()
    stopping.join(10)
    assert list(run.replies.values()) == ["A"]
    assert engines.one.stopped
    assert engines.two.stopped
