"""Runs in which nobody waits for a single answer: order, slots, deaths, turns, storing apart; engines are scripted."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from doubleread.domain.drafts import Draft
from doubleread.domain.study import Protocol
from doubleread.engine.client.protocol import Loaded
from doubleread.errors import StudyFileError
from doubleread.runs.generation import GenerationRun
from doubleread.runs.run import UNSAVED_MOST
from doubleread.scoring import score
from doubleread.store import StudyFile
from sessions.making import ARMS, DEVICE, Engines, choice_case, make_study
from waiting import PATIENCE, until

RIGHT = "The answer is B. Pneumonia fits the fever and the cough."


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", 6) as opened:
        yield opened


@pytest.fixture
def engines():
    return Engines()


@pytest.fixture
def batch(study, engines):
    """Make runs; each is stopped after the test."""
    runs = []

    def make(**options) -> GenerationRun:
        runs.append(GenerationRun(study, engines.factories, together=False, **options))
        return runs[-1]

    yield make
    for run in runs:
        run.stop()


def asked(engine) -> list[int]:
    """The numbers of the cases asked for, by the ages in the prompts."""
    return [int(request.messages[-1].content.split()[3]) - 40 for request in engine.requests]


def finish(engine, case: int, text: str = RIGHT) -> None:
    """Finish the last request for a case."""
    engine.finish(text, request_id=engine.requests[len(asked(engine)) - 1 - asked(engine)[::-1].index(case)].request_id)


def test_neither_model_waits_for_the_other_and_no_slot_is_empty_between_two_answers(study, engines, batch):
    run = batch(slots=2)
    engines.load()
    assert asked(engines.one) == [0, 1, 2, 3]
    finish(engines.one, 1)
    assert asked(engines.one) == [0, 1, 2, 3, 4]
    assert asked(engines.two) == [0, 1, 2, 3]
    assert engines.one.requests[0].priority == "batch"
    until(lambda: run.progress()["one"].done == 1)
    assert "one" in study.answers.of_case("case-1")


def test_a_worker_says_itself_how_many_slots_it_has(engines, batch):
    batch(slots=1)
    engines.one.hear(Loaded({"n_slots": 3}))
    engines.two.load()
    assert asked(engines.one) == [0, 1, 2, 3, 4, 5]
    assert asked(engines.two) == [0, 1]


def test_a_case_that_is_looked_at_goes_before_all_that_wait(engines, batch):
    run = batch(slots=1)
    engines.load()
    assert asked(engines.one) == [0, 1]
    run.prioritise("case-4")
    assert asked(engines.one) == [0, 1, 4]
    assert [request.priority for request in engines.one.requests] == ["batch", "batch", "interactive"]
    finish(engines.one, 4)
    finish(engines.one, 0)
    assert asked(engines.one) == [0, 1, 4, 2]


def test_questions_about_one_document_are_asked_in_a_row(tmp_path, engines):
    documents = {0: "An old man coughs.", 1: "A child limps.", 2: "An old man coughs.", 3: "A child limps."}
    cases = [
        replace(choice_case(number), text=documents.get(number, f"Case {number}."), question=f"Question {number}?")
        for number in (0, 1, 4, 2, 3)
    ]
    path = tmp_path / "documents.doubleread"
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=Protocol(), device=DEVICE) as study:
        GenerationRun(study, engines.factories, together=False, slots=4)
        engines.load()
    questions = [request.messages[-1].content.split("Question ")[1][0] for request in engines.one.requests]
    assert questions == ["0", "2", "1", "3", "4"]


def test_a_dead_model_is_started_again_and_what_it_held_is_made_again_one_at_a_time(study, engines, batch):
    run = batch(slots=2, restarts=1)
    run.start()
    engines.load()
    engines.one.die()
    assert engines.one.starts == 2
    assert run.progress()["one"].state == "starting"
    engines.one.load()
    assert asked(engines.one)[4:] == [0]
    for case in range(3):
        finish(engines.one, case)
        until(lambda case=case: run.progress()["one"].done == case + 1)
        assert asked(engines.one)[4:] == list(range(case + 2))
    finish(engines.one, 3)
    until(lambda: asked(engines.one)[4:] == [0, 1, 2, 3, 4, 5])
    assert (study.answers.failures(), run.progress()["one"].restarts) == ({}, 1)


def test_only_the_case_that_kills_is_given_up(study, engines, batch):
    """Four requests are lost at once; the third of them is to blame."""
    run = batch(slots=2, restarts=2)
    engines.load()
    engines.one.die()
    engines.one.load()
    for done, case in enumerate((0, 1)):
        finish(engines.one, case)
        until(lambda done=done: run.progress()["one"].done == done + 1)
    assert asked(engines.one)[-1] == 2
    engines.one.die()
    assert list(study.answers.failures()) == [("case-2", "one", 0)]
    engines.one.load()
    for done, case in enumerate((3, 4, 5)):
        until(lambda case=case: asked(engines.one)[-1] >= case)
        finish(engines.one, case)
        until(lambda done=done: run.progress()["one"].done == done + 3)
    assert run.progress()["one"].failed == 1
    assert run.progress()["one"].finished


def test_the_second_model_is_loaded_when_the_first_has_ended(study, engines, batch):
    run = batch(sequential=True)
    run.start()
    assert (engines.one.starts, engines.two.starts) == (1, 0)
    assert run.progress()["two"].state == "waiting"
    assert run.draft("case-0", "two").state == "waiting"
    engines.one.load()
    for case in range(6):
        assert (engines.one.stopped, engines.two.starts) == (False, 0)
        finish(engines.one, case)
    until(lambda: engines.two.starts == 1)
    assert engines.one.stopped
    assert run.progress()["two"].state == "starting"
    engines.two.load()
    for case in range(6):
        finish(engines.two, case)
    assert run.wait(PATIENCE)
    assert study.answers.missing() == []


def test_the_second_model_has_its_turn_also_where_the_first_cannot_be_loaded(engines, batch):
    run = batch(sequential=True)
    run.start()
    engines.one.fail_to_load()
    until(lambda: engines.two.starts == 1)
    assert engines.one.stopped
    assert run.progress()["one"].trouble.title == "Model file damaged"


def test_a_model_with_nothing_to_do_has_no_turn(tmp_path, engines):
    with make_study(tmp_path / "half.doubleread", 1) as half:
        GenerationRun(half, {"one": engines.factories["one"]})
        engines.one.load()
        engines.one.finish(RIGHT)
        run = GenerationRun(half, engines.factories, together=False, sequential=True)
        run.start()
        assert (engines.one.starts, engines.two.starts) == (0, 1)


def test_a_slow_scorer_holds_neither_the_engine_nor_the_screen(study, engines, batch, monkeypatch):
    scoring = threading.Event()

    def slow(*args):
        assert scoring.wait(PATIENCE)
        return score(*args)

    monkeypatch.setattr("doubleread.scoring.score", slow)
    run = batch(slots=1)
    engines.load()
    finish(engines.one, 0)
    finish(engines.one, 1)
    assert asked(engines.one) == [0, 1, 2, 3]
    assert run.draft("case-0", "one") == Draft("writing", RIGHT)
    assert run.progress()["one"].done == 0
    scoring.set()
    until(lambda: run.progress()["one"].done == 2)
    assert run.draft("case-0", "one") == Draft("done", RIGHT)


def test_no_more_than_a_few_answers_wait_to_be_stored(tmp_path, engines, monkeypatch):
    storing = threading.Event()
    monkeypatch.setattr("doubleread.scoring.score", lambda *args: score(*args) if storing.wait(PATIENCE) else None)
    most = UNSAVED_MOST + 1
    with make_study(tmp_path / "many.doubleread", 60) as study:
        run = GenerationRun(study, {"one": engines.factories["one"]}, together=False)
        engines.load()
        for case in range(most):
            finish(engines.one, case)
        held = len(asked(engines.one))
        finish(engines.one, most)
        assert len(asked(engines.one)) == held <= most + 2
        storing.set()
        until(lambda: len(asked(engines.one)) > held)
        run.stop()
        assert len(study.answers.missing()) == 120 - most - 1


def test_stopping_stores_what_has_come(study, engines, batch, monkeypatch):
    monkeypatch.setattr("doubleread.scoring.score", lambda *args: (time.sleep(0.05), score(*args))[1])
    run = batch(slots=3)
    engines.load()
    for case in range(6):
        finish(engines.one, case)
    run.stop()
    assert len(study.answers.missing()) == 6


def test_a_study_that_cannot_be_written_ends_the_run_and_is_named(study, engines, batch, monkeypatch):
    def refuse(*_):
        raise StudyFileError("The disk is full", "no room", "free some space")

    run = batch()
    engines.load()
    monkeypatch.setattr(type(study.answers), "record", refuse)
    finish(engines.one, 0)
    assert run.wait(PATIENCE)
    assert run.halted.title == "The disk is full"


def test_a_fault_of_our_own_costs_one_answer_and_not_the_run(study, engines, batch, monkeypatch, capsys):
    real = study.answers.record

    def stumble(_, answer, scores):
        if answer.case_id == "case-0":
            raise ZeroDivisionError
        return real(answer, scores)

    run = batch(slots=3)
    engines.load()
    monkeypatch.setattr(type(study.answers), "record", stumble)
    for engine in (engines.one, engines.two):
        for case in range(6):
            finish(engine, case)
    assert run.wait(PATIENCE)
    assert [reason.partition(":")[0] for reason in study.answers.failures().values()] == ["Answer not stored"] * 2
    assert len(study.answers.missing()) == 2
    assert capsys.readouterr() == ("", "")


def test_tokens_and_seconds_are_those_of_the_models_work(study, engines):
    now = [100.0]
    run = GenerationRun(study, engines.factories, clock=lambda: now[0])
    assert run.progress()["one"].seconds == 0
    engines.load()
    now[0] = 102.0
    engines.one.tokens_made = 5
    progress = run.progress()["one"]
    assert (progress.tokens, progress.made, progress.seconds) == (0, 5, 2.0)
    for case in range(6):
        finish(engines.two, case)
        finish(engines.one, case)
    now[0] = 150.0
    progress = run.progress()["one"]
    assert (progress.tokens, progress.made, progress.seconds) == (42, 42, 2.0)


def test_models_cannot_be_loaded_in_turn_and_answer_together(study, engines):
    with pytest.raises(ValueError, match="together"):
        GenerationRun(study, engines.factories, together=True, sequential=True)


def test_a_paused_run_finishes_what_is_begun_and_asks_for_nothing_more_until_it_is_resumed(study, engines, batch):
    run = batch(slots=1)
    run.start()
    engines.load()
    assert asked(engines.one) == asked(engines.two) == [0, 1]
    run.pause()
    assert run.busy
    for engine in (engines.one, engines.two):
        for case in (0, 1):
            finish(engine, case)
    until(lambda: not run.busy)
    assert {progress.done for progress in run.progress().values()} == {2}
    assert asked(engines.one) == asked(engines.two) == [0, 1]
    assert not run.wait(0)
    assert not engines.one.stopped
    run.resume()
    assert asked(engines.one) == asked(engines.two) == [0, 1, 2, 3]
