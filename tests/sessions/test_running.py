"""Answers that are generated in the background: watched, paused, resumed, stopped; the engines are scripted."""

from __future__ import annotations

import pytest

from doubleread.errors import DoublereadError
from doubleread.runs.study_run import NOTHING_MISSING, StudyRun
from doubleread.sessions.running import RunningStudy, RunOutcome
from doubleread.store import StudyFile
from sessions.making import DEVICE, Engines, make_study
from waiting import until

ANSWER = "The answer is B."


@pytest.fixture
def path(tmp_path):
    make_study(tmp_path / "study.doubleread", 4).close()
    return tmp_path / "study.doubleread"


@pytest.fixture
def engines():
    return Engines()


@pytest.fixture
def running(path, engines):
    """Start the run of the study; it is stopped after the test."""

    class Scripted(StudyRun):
        def engines(self):
            return engines.factories, False

    run = RunningStudy(path, make_run=Scripted)
    run.start()
    until(lambda: run.now.state == "running")
    engines.load()
    yield run
    run.stop_and_wait(10)


def finish_all(engines) -> None:
    """Finish every request that is still open."""
    for engine in (engines.one, engines.two):
        for request in list(engine.requests):
            if not engine.written[request.request_id]:
                engine.finish(ANSWER, request_id=request.request_id)


def stored(path) -> int:
    with StudyFile.open(path, device=DEVICE, read_only=True) as study:
        return 8 - len(study.missing_samples())


def test_a_run_goes_on_to_its_end_by_itself_and_reports(running, engines, path):
    while running.now.going:
        finish_all(engines)
    now = running.now
    assert now.error is None
    assert (now.written, now.total) == (8, 8)
    assert [(line.name, line.progress.done, line.words) for line in now.lines] == [
        ("Alpha-7B", 4, "done"),
        ("Beta-7B", 4, "done"),
    ]
    assert now.outcome == RunOutcome(stopped=False, made=8, missing=0, failed=False)
    assert stored(path) == 8
    again = RunningStudy(path)
    again.start()
    until(lambda: not again.now.going)
    assert again.now.nothing == NOTHING_MISSING


def test_a_pause_finishes_what_is_being_written_and_a_resumed_run_goes_on(running, engines, path):
    running.pause()
    until(lambda: running.now.state == "pausing")
    finish_all(engines)
    until(lambda: running.now.state == "paused")
    assert running.now.written == stored(path) == 4
    assert not engines.one.stopped
    running.resume()
    until(lambda: running.now.state == "running")
    assert len(engines.one.requests) == 4


def test_a_stop_gives_up_what_is_being_written_and_keeps_what_is_finished(running, engines, path):
    engines.one.finish(ANSWER, request_id=engines.one.requests[0].request_id)
    until(lambda: running.now.written == 1)
    engines.two.write("The answer")
    running.stop()
    until(lambda: not running.now.going)
    assert running.now.outcome == RunOutcome(stopped=True, made=1, missing=7, failed=True)
    assert engines.one.stopped
    assert stored(path) == running.now.written == 1


def test_failures_are_named_while_the_run_goes_on(running, engines):
    engines.one.fail("900 tokens")
    until(lambda: bool(running.now.failures))
    assert running.now.failures == ("case-1, Alpha-7B: Prompt too long: 900 tokens",)
    assert running.now.state == "running"


def test_while_readers_are_not_done_both_models_are_reported_together_and_no_failure_names_one(path, engines):
    with StudyFile.open(path, device=DEVICE) as study:
        study.readers.register("R-01", enrolled=True)

    class Scripted(StudyRun):
        def engines(self):
            return engines.factories, False

    run = RunningStudy(path, make_run=Scripted)
    run.start()
    until(lambda: run.now.state == "running")
    engines.load()
    engines.one.fail("Alpha-7B has 900 tokens")
    until(lambda: bool(run.now.failures))
    now = run.now
    run.stop_and_wait(10)
    assert [line.name for line in now.lines] == ["both arms"]
    assert now.failures == ("case-1: Prompt too long: this model has 900 tokens",)


def test_an_error_ends_the_run_with_what_to_do(path):
    class Refusing(StudyRun):
        def engines(self):
            raise DoublereadError("Model file not found", "alpha.gguf no longer exists", "restore the file")

    run = RunningStudy(path, make_run=Refusing)
    run.start()
    until(lambda: not run.now.going)
    assert run.now.error is not None
    assert run.now.error.remedy == "restore the file"
