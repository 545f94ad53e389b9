"""Runs that ask for several answers to each case: order, seeds, failures, and what a reading screen asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.study import Decoding, Protocol
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.scorer_accuracy import accuracy_by_scorer
from doubleread.results import adjudicated, results
from doubleread.runs.engines import EnginePlan
from doubleread.runs.generation import GenerationRun
from doubleread.runs.missing import NOT_YET, failure_lines, missing_answers
from doubleread.runs.rescoring import score_again
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.score_review import ScoreReviewSession
from doubleread.store.log.verify import verify
from sessions.making import ARMS, Engines, make_study
from waiting import until

RIGHT = "The answer is B. Pneumonia fits the fever and the cough."
WRONG = "The answer is A. Sarcoidosis."
PROTOCOL = Protocol(samples=3, decoding=Decoding(temperature=0.8, seed=7))


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", 2, protocol=PROTOCOL) as opened:
        yield opened


@pytest.fixture
def engines():
    return Engines()


def age(request) -> int:
    """The number of the case asked for, by the age in the prompt."""
    return int(request.messages[-1].content.split()[3]) - 40


def test_the_seed_is_different_for_each_sample_and_the_first_is_as_without_samples():
    decoding = Decoding(temperature=0.8, seed=7)
    assert decoding.seed_of("case-1") == decoding.seed_of("case-1", 0)
    seeds = {decoding.seed_of(case_id, sample) for case_id in ("case-1", "case-1 1") for sample in range(100)}
    assert len(seeds) == 200
    assert all(0 <= seed < 2**32 - 1 for seed in seeds)
    assert replace(decoding, temperature=0.0).seed_of("case-1", 5) == 7


def test_first_answers_come_before_all_later_ones_and_those_to_a_case_in_a_row(study, engines):
    run = GenerationRun(study, engines.factories, together=False, slots=3)
    engines.load()
    assert [age(request) for request in engines.one.requests] == [0, 1, 0, 0, 1, 1]
    decoding = PROTOCOL.decoding
    assert [request.sampling.seed for request in engines.one.requests] == [
        decoding.seed_of(f"case-{case}", sample) for case, sample in ((0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (1, 2))
    ]
    for number, engine in enumerate((engines.one, engines.two)):
        for request in engine.requests:
            engine.finish(RIGHT if number else WRONG, request_id=request.request_id)
    assert run.wait(10)
    run.stop()
    assert study.missing_samples() == []
    answers = study.answers.all_of_case("case-0")
    assert [(answer.arm_id, answer.sample) for answer in answers] == [
        (arm.id, sample) for arm in ARMS for sample in range(3)
    ]
    assert [answer.manifest.get("sample") for answer in answers] == [None, 1, 2] * 2
    outcomes = [study.answers.primary_score(answer.id).outcome for answer in answers]
    assert outcomes == ["incorrect"] * 3 + ["correct"] * 3
    assert verify(study.path).ok


def test_a_reading_screen_asks_for_first_answers_only(study, engines):
    run = GenerationRun(study, engines.factories)
    assert {arm_id: progress.total for arm_id, progress in run.progress().items()} == {"one": 2, "two": 2}
    engines.load()
    for _ in range(2):
        engines.one.finish(RIGHT)
        engines.two.finish(RIGHT)
    assert run.wait(10)
    run.stop()
    assert study.answers.missing() == []
    assert len(study.missing_samples()) == 8
    assert EnginePlan(study).arms == ()
    assert EnginePlan(study, for_batch=True).arms == study.arms()


def test_a_failed_sample_is_reported_and_the_others_are_kept(study, engines):
    run = GenerationRun(study, {"one": engines.factories["one"]}, together=False, slots=3)
    engines.one.load()
    for request in engines.one.requests[:-1]:
        engines.one.finish(RIGHT, request_id=request.request_id)
    engines.one.fail()
    assert run.wait(10)
    assert (run.progress()["one"].done, run.progress()["one"].failed) == (5, 1)
    run.stop()
    missing = missing_answers(study)
    assert [(item.case_id, item.arm_id, item.sample) for item in missing if item.reason != NOT_YET] == [
        ("case-1", "one", 2)
    ]
    assert failure_lines(missing, 5) == ["case-1, Alpha-7B, answer 3: Prompt too long: 900 tokens"]
    assert [item.as_record()["sample"] for item in missing] == [0, 0, 1, 2, 2, 1, 2]


def test_a_sample_that_its_engine_lost_is_asked_for_again(study, engines):
    run = GenerationRun(study, {"one": engines.factories["one"]}, together=False, slots=3, restarts=1)
    engines.one.load()
    for request in list(engines.one.requests[:4]):
        engines.one.finish(RIGHT, request_id=request.request_id)
    until(lambda: run.progress()["one"].done == 4)
    lost = [request.sampling.seed for request in engines.one.requests[4:]]
    engines.one.die()
    engines.one.load()
    engines.one.finish(RIGHT)
    until(lambda: run.progress()["one"].done == 5)
    engines.one.finish(RIGHT)
    assert run.wait(10)
    run.stop()
    assert [request.sampling.seed for request in engines.one.requests[6:]] == lost
    assert [answer.sample for answer in study.answers.all_of_case("case-1")] == [0, 1, 2]


def test_every_sample_is_scored_again(study, engines):
    run = GenerationRun(study, {"one": engines.factories["one"]}, together=False, slots=3)
    engines.one.load()
    for request in engines.one.requests:
        engines.one.finish(RIGHT, request_id=request.request_id)
    assert run.wait(10)
    run.stop()
    for case_id in study.case_ids():
        for answer in study.answers.all_of_case(case_id):
            study.answers.replace_scores(
                answer.id, [replace(study.answers.primary_score(answer.id), outcome="unparsed")]
            )
    done = score_again(study)
    assert (done.scored, len(done.changes)) == (6, 6)


@pytest.fixture
def answered(study, engines):
    """The study with all answers: right by the second arm, wrong by the first, whose later ones commit to no option."""
    run = GenerationRun(study, engines.factories, together=False, slots=3)
    engines.load()
    for number, request in enumerate(engines.one.requests):
        engines.one.finish(WRONG if number < 2 else "Perhaps.", request_id=request.request_id)
    for request in engines.two.requests:
        engines.two.finish(RIGHT, request_id=request.request_id)
    assert run.wait(10)
    run.stop()
    return study


def test_first_answers_are_read_and_adjudicated(answered):
    for reader_id, verdict in (("R-01", "correct"), ("R-02", "incorrect")):
        session = ReadingSession(answered, reader_id)
        texts = {answer.text for answer in session.answers().values()}
        assert texts == {WRONG, RIGHT}
        session.judge(verdicts={"A": verdict, "B": verdict}, preference="tie")
        session.commit()
        session.leave()
    answered.readers.register("S-01")
    answered.readers.describe("S-01", "adjudicator", "")
    session = AdjudicationSession(answered, "S-01")
    assert len(session.differences) == 2
    for difference in session.differences:
        session.decide(difference.id, Decision.take(0))
    session.commit()
    (case,) = adjudicated(answered)
    first = {answer.id for answer in answered.answers.of_case(case.case_id).values()}
    assert {answer.answer_id for answer in case.answers.values()} == first
    assert results(answered).adjudicated.cases == 1
    assert verify(answered.path).ok


def test_first_answers_are_counted_by_scorer_and_reviewed(answered):
    assert [item.accuracy.n for item in accuracy_by_scorer(answered, blinding_of(answered))] == [2, 2]
    answered.readers.register("S-01")
    answered.readers.describe("S-01", "adjudicator", "")
    assert ScoreReviewSession(answered, "S-01").queue.items == (), "only later answers are unparsed"
