"""A generation run against the real study file, with engines that do as they are told."""

from __future__ import annotations

import threading

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.drafts import Draft
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import StudyFileError
from doubleread.runs.generation import GenerationRun
from sessions.making import Engines, make_study

RIGHT = "The answer is B. Pneumonia fits the fever and the cough."


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread") as opened:
        yield opened


@pytest.fixture
def engines():
    return Engines()


def asked_cases(engine) -> list[str]:
    """The ages in the prompts, which name the cases."""
    return [f"case-{int(request.messages[-1].content.split()[3]) - 40}" for request in engine.requests]


def test_both_models_get_a_case_at_once_and_the_next_when_both_are_done(study, engines):
    run = GenerationRun(study, engines.factories)
    run.start()
    engines.one.load()
    assert engines.one.requests == []
    engines.two.load()
    assert asked_cases(engines.one) == asked_cases(engines.two) == ["case-0"]
    engines.one.finish(RIGHT)
    assert len(engines.one.requests) == 1
    engines.two.finish(RIGHT)
    assert asked_cases(engines.one) == asked_cases(engines.two) == ["case-0", "case-1"]


def test_text_grows_in_the_draft_and_is_then_in_the_study_with_its_score(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    assert run.draft("case-0", "one").state == "writing"
    engines.one.write("The answer ")
    engines.one.write("is B.")
    assert run.draft("case-0", "one").text == "The answer is B."
    assert run.draft("case-1", "one").state == "waiting"
    engines.one.finish()
    assert run.draft("case-0", "one") == Draft("done", text="The answer is B.")
    answer = study.answers.of_case("case-0")["one"]
    assert answer.text == "The answer is B."
    assert answer.manifest["prompt_template_sha256"] == study.protocol.prompt.sha256
    assert [score.outcome for score in study.answers.scores_of(answer.id)] == ["correct"]
    assert run.progress()["one"].tokens == 7


def test_reasoning_is_stored_with_the_answer_but_neither_shown_nor_scored(study, engines):
    changes: list[str] = []
    run = GenerationRun(study, engines.factories, on_change=lambda: changes.append("change"))
    engines.load()
    changes.clear()
    engines.one.think("The answer is A. Sarcoidosis, or is it?")
    assert changes == []
    assert run.draft("case-0", "one") == Draft("writing")
    engines.one.write("The answer is B.")
    engines.one.finish()
    answer = study.answers.of_case("case-0")["one"]
    assert (answer.reasoning, answer.text) == ("The answer is A. Sarcoidosis, or is it?", "The answer is B.")
    assert [score.chosen for score in study.answers.scores_of(answer.id)] == ["B"]


def test_an_answer_that_proves_to_be_reasoning_leaves_the_screen(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.write("Perhaps A, then.")
    assert run.draft("case-0", "one").text == "Perhaps A, then."
    engines.one.retract()
    assert run.draft("case-0", "one") == Draft("writing")
    engines.one.finish("The answer is B.")
    answer = study.answers.of_case("case-0")["one"]
    assert (answer.reasoning, answer.text) == ("Perhaps A, then.", "The answer is B.")


def test_an_answer_that_was_cut_off_while_reasoning_counts_as_truncated(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.think("The answer is B. Pneumonia")
    engines.one.finish(reason="length")
    answer = study.answers.of_case("case-0")["one"]
    assert (answer.text, run.draft("case-0", "one")) == ("", Draft("done"))
    assert [score.outcome for score in study.answers.scores_of(answer.id)] == ["truncated"]


def test_the_budget_of_the_protocol_reaches_the_engine(tmp_path, engines):
    protocol = Protocol(decoding=Decoding(max_tokens=9, max_reasoning_tokens=77))
    with make_study(tmp_path / "own.doubleread", protocol=protocol) as study:
        GenerationRun(study, engines.factories)
        engines.load()
        sampling = engines.one.requests[0].sampling
    assert (sampling.max_tokens, sampling.max_reasoning_tokens) == (9, 77)


def test_a_case_that_is_looked_at_comes_next(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    run.prioritise("case-2")
    for engine in (engines.one, engines.two):
        engine.finish(RIGHT)
    assert asked_cases(engines.one) == asked_cases(engines.two) == ["case-0", "case-2"]


def test_it_ends_when_every_answer_is_there(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    assert not run.wait(0)
    for _ in range(3):
        for engine in (engines.one, engines.two):
            engine.finish(RIGHT)
    assert run.wait(0)
    assert study.answers.missing() == []


def test_only_what_is_missing_is_made(study, engines):
    answer = Answer("a1", "case-0", "one", RIGHT, "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z", "stop")
    study.answers.record(answer)
    run = GenerationRun(study, engines.factories)
    engines.load()
    assert asked_cases(engines.one) == []
    assert asked_cases(engines.two) == ["case-0"]
    engines.two.finish(RIGHT)
    assert asked_cases(engines.one) == ["case-1"]
    assert run.progress()["one"].total == 2


def test_a_failing_case_is_recorded_and_the_run_goes_on(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.fail()
    engines.two.finish(RIGHT)
    assert run.draft("case-0", "one").trouble.title == "Prompt too long"
    assert study.answers.failures() == {("case-0", "one", 0): "Prompt too long: 900 tokens"}
    assert asked_cases(engines.one) == ["case-0", "case-1"]
    assert (run.progress()["one"].failed, run.progress()["one"].done) == (1, 0)


def test_what_had_come_of_a_failed_answer_stays_to_be_seen_until_it_is_made_again(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.write("Half an ans")
    engines.one.die()
    draft = run.draft("case-0", "one")
    assert (draft.state, draft.text) == ("failed", "Half an ans")
    assert study.answers.of_case("case-0") == {}
    run.retry("case-0", "one")
    assert run.draft("case-0", "one").text == ""


def test_a_failed_answer_can_be_made_again(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.fail()
    run.retry("case-0", "one")
    assert asked_cases(engines.one) == ["case-0", "case-0"]
    engines.one.finish(RIGHT)
    assert study.answers.failures() == {}
    assert run.progress()["one"].failed == 0
    assert engines.one.starts == 0


def test_a_model_that_cannot_be_loaded_does_not_keep_the_other(study, engines):
    run = GenerationRun(study, engines.factories)
    run.start()
    engines.one.fail_to_load()
    engines.two.load()
    for _ in range(3):
        engines.two.finish(RIGHT)
    assert run.wait(0)
    assert run.progress()["one"].state == "failed"
    assert run.draft("case-1", "one").state == "failed"
    assert len(study.answers.missing()) == 3
    assert study.answers.failures() == {}


def test_after_a_death_the_answer_can_be_made_again_while_the_other_goes_on(study, engines):
    run = GenerationRun(study, engines.factories)
    run.start()
    engines.load()
    engines.one.write("The ans")
    engines.one.die()
    assert run.draft("case-0", "one").state == "failed"
    assert run.draft("case-0", "two").state == "writing"
    engines.two.finish(RIGHT)
    assert asked_cases(engines.two)[-1] == "case-1"
    run.retry("case-0", "one")
    assert engines.one.starts == 2
    assert run.draft("case-0", "one").state == "waiting"
    engines.one.load()
    engines.two.finish(RIGHT)
    assert asked_cases(engines.one)[-1] == "case-0"
    engines.one.finish(RIGHT)
    for _ in range(2):
        engines.two.finish(RIGHT)
        engines.one.finish(RIGHT)
    assert run.wait(0)
    assert study.answers.missing() == []


def test_a_model_that_dies_on_and_on_is_given_up(study, engines):
    run = GenerationRun(study, engines.factories, together=False, restarts=2)
    engines.load()
    for _ in range(3):
        engines.one.die()
        if run.progress()["one"].state == "starting":
            engines.one.load()
    assert run.progress()["one"].state == "failed"
    assert "SIGKILL" in run.progress()["one"].trouble.happened


def test_a_cancelled_answer_is_a_failed_one(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.finish(reason="cancelled")
    assert run.draft("case-0", "one").state == "failed"


def test_a_study_that_cannot_be_written_ends_the_run(study, engines, monkeypatch):
    def refuse(*_):
        raise StudyFileError("The disk is full", "no room", "free some space")

    run = GenerationRun(study, engines.factories)
    engines.load()
    monkeypatch.setattr(type(study.answers), "record", refuse)
    engines.one.finish(RIGHT)
    assert run.wait(0)
    assert {progress.trouble.title for progress in run.progress().values()} == {"The disk is full"}


def test_an_answer_that_cannot_be_scored_is_kept_and_prints_nothing(study, engines, monkeypatch, capsys):
    def stumble(*_):
        raise ValueError("a bug")

    monkeypatch.setattr("doubleread.scoring.score", stumble)
    GenerationRun(study, engines.factories)
    engines.load()
    engines.one.finish(RIGHT)
    answer = study.answers.of_case("case-0")["one"]
    assert answer.text == RIGHT
    assert study.answers.scores_of(answer.id) == []
    assert capsys.readouterr() == ("", "")


def test_an_answer_that_is_there_already_is_not_written_twice(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    study.answers.record(
        Answer("other", "case-0", "one", "first", "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z", "stop")
    )
    engines.one.finish(RIGHT)
    assert study.answers.of_case("case-0")["one"].text == "first"
    assert run.progress()["one"].done == 1


def test_stopping_keeps_what_is_done_and_hears_nothing_more(study, engines):
    run = GenerationRun(study, engines.factories)
    engines.load()
    engines.one.finish(RIGHT)
    run.stop()
    assert run.wait(0)
    assert engines.one.stopped
    assert engines.two.stopped
    engines.two.finish(RIGHT)
    assert len(study.answers.missing()) == 5


def test_every_change_is_told(study, engines):
    told = threading.Event()
    GenerationRun(study, engines.factories, on_change=told.set)
    engines.one.load()
    assert told.is_set()
