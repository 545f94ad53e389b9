"""Asking once more: what is asked, what is stored, and what becomes of it when engines fail. Engines are scripted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.score import ALTERNATIVE_SCORERS, CONSTRAINED_LETTER, LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Score
from doubleread.engine.client.protocol import Died, Failed, Loaded
from doubleread.errors import DoublereadError, StudyFileError
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.scorer_accuracy import accuracy_by_scorer
from doubleread.results import results
from doubleread.runs.alternative_scorers import AlternativeScorersRun, missing_scores
from doubleread.runs.rescoring import score_again
from doubleread.scoring import score
from doubleread.scoring.alternative_scorers import VERSIONS
from doubleread.store import StudyFile
from sessions.making import ARMS, Engines, make_study
from waiting import PATIENCE, until

FREE = "The answer is B. Pneumonia fits the fever and the cough."
WHEN = "2026-01-01T10:00:00.000Z"


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", 2, diagnoses=1) as opened:
        for case in opened.cases():
            for arm in ARMS:
                answer = Answer(f"{case.id}/{arm.id}", case.id, arm.id, FREE, WHEN, WHEN, "stop")
                opened.answers.record(answer, [score(FREE, case)])
        yield opened


@pytest.fixture
def engines():
    return Engines()


@pytest.fixture
def asking(study, engines):
    """Make runs, started; each is stopped after the test."""
    runs = []

    def make(*scorers, **options) -> AlternativeScorersRun:
        runs.append(AlternativeScorersRun(study, engines.factories, missing_scores(study, scorers), **options))
        runs[-1].start()
        return runs[-1]

    yield make
    for run in runs:
        run.stop()


def second_scores(study: StudyFile, answer_id: str) -> list[Score]:
    return [item for item in study.answers.scores_of(answer_id) if item.scorer in ALTERNATIVE_SCORERS]


def lost(engine) -> Died:
    return Died(
        "The model's process was terminated",
        "by SIGKILL",
        "",
        -9,
        tuple(r.request_id for r in engine.asked),
    )


def test_letters_are_asked_after_the_answers_own_prompt_and_stored_beside_the_main_score(study, engines, asking):
    run = asking(LETTER_LIKELIHOOD)
    engines.one.load()
    request = engines.one.asked[0]
    assert request.messages == study.protocol.prompt.messages(study.case("case-0"))
    assert request.continuations == ("A", " A", "B", " B")
    engines.one.tell_likelihoods(-2.0, -9.0, -0.5, -9.0)
    until(lambda: len(study.answers.scores_of("case-0/one")) == 2)
    main, second = study.answers.scores_of("case-0/one")
    assert (main.scorer, second.scorer, second.chosen, second.outcome) == ("choice", LETTER_LIKELIHOOD, "B", "correct")
    until(lambda: engines.one.asked)
    engines.one.tell_likelihoods(-0.5, -9.0, -2.0, -9.0)
    until(lambda: run.progress()["one"].finished)
    assert not run.progress()["two"].finished
    assert second_scores(study, "case-1/one")[0].outcome == "incorrect"
    assert second_scores(study, "case-2/one") == []


def test_texts_are_compared_by_token(study, engines, asking):
    asking(TEXT_LIKELIHOOD)
    engines.two.load()
    assert engines.two.asked[0].continuations == (
        "Sarcoidosis",
        " Sarcoidosis",
        "Pneumonia",
        " Pneumonia",
    )
    engines.two.tell_likelihoods(-4.0, -6.0, -3.0, -8.0)
    until(lambda: second_scores(study, "case-0/two"))
    # With the blank, the stand-in counts two tokens: -6 / 2 against -3 / 1, and -8 / 2.
    (found,) = second_scores(study, "case-0/two")
    assert (found.outcome, found.confidence) == ("unparsed", None)


def test_the_letter_is_asked_for_after_the_free_answer_under_a_grammar(study, engines, asking):
    asking(CONSTRAINED_LETTER)
    engines.one.load()
    request = engines.one.requests[0]
    *before, answer, question = request.messages
    assert tuple(before) == study.protocol.prompt.messages(study.case("case-0"))
    assert (answer.role, answer.content) == ("assistant", FREE)
    assert (question.role, question.content) == ("user", study.protocol.prompt.letter_question)
    assert request.sampling.grammar == 'root ::= " "? ("A" | "B")'
    assert (request.sampling.max_reasoning_tokens, request.sampling.temperature) == (0, 0.0)
    engines.one.finish(" A", request_id=request.request_id)
    until(lambda: second_scores(study, "case-0/one"))
    assert second_scores(study, "case-0/one")[0].chosen == "A"


def finish_all(run, engines) -> None:
    """Let both engines say everything that they are asked, letters for B and the reply A."""
    engines.load()
    answered = 0
    while not run.wait(0.002):
        for engine in (engines.one, engines.two):
            while engine.asked:
                engine.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
        for engine in (engines.one, engines.two):
            for request in engine.requests[:]:
                if request.request_id in engine.written:
                    engine.finish("A", request_id=request.request_id)
                    del engine.written[request.request_id]
                    answered += 1
    assert answered


def test_results_use_the_primary_score_and_count_the_others_separately(study, engines, asking):
    before = [item.outcomes for item in results(study).arms]
    finish_all(asking(*VERSIONS), engines)
    assert [item.outcomes for item in results(study).arms] == before
    found = {(item.arm_id, item.scorer): item for item in accuracy_by_scorer(study, blinding_of(study))}
    assert [scorer for arm, scorer in found if arm == "one"] == ["choice", *VERSIONS]
    one = {scorer: item for (arm, scorer), item in found.items() if arm == "one"}
    assert (one["choice"].accuracy.successes, one["choice"].accuracy.n, one["choice"].agreement) == (2, 2, None)
    assert (one[LETTER_LIKELIHOOD].accuracy.successes, one[LETTER_LIKELIHOOD].agreement.successes) == (2, 2)
    assert (one[CONSTRAINED_LETTER].accuracy.successes, one[CONSTRAINED_LETTER].agreement.successes) == (0, 0)
    record = one[CONSTRAINED_LETTER].as_record()
    assert record["accuracy"]["method"] == "Wilson"
    assert 0 < record["accuracy"]["high"] < 1


def test_scoring_again_leaves_alternative_scorers_alone_and_nothing_is_asked_twice(study, engines, asking):
    finish_all(asking(*VERSIONS), engines)
    there = {case_id: second_scores(study, f"{case_id}/one") for case_id in ("case-0", "case-1")}
    assert all(len(found) == 3 for found in there.values())
    study.answers.replace_scores("case-0/one", [Score("choice", "0", "incorrect", "A", "an old version")])
    assert [change.case_id for change in score_again(study).changes] == ["case-0"]
    assert {case_id: second_scores(study, f"{case_id}/one") for case_id in there} == there
    assert [item.scorer for item in study.answers.scores_of("case-0/one")] == ["choice", *VERSIONS]
    assert missing_scores(study, tuple(VERSIONS)) == []
    old = replace(there["case-0"][0], version="0")
    study.answers.replace_scores("case-0/one", [old])
    assert [(item.answer_id, item.scorer) for item in missing_scores(study, tuple(VERSIONS))] == [
        ("case-0/one", LETTER_LIKELIHOOD)
    ]


def test_a_request_that_fails_is_named_and_the_rest_goes_on(study, engines, asking):
    run = asking(LETTER_LIKELIHOOD)
    engines.one.load()
    request = engines.one.asked.pop(0)
    engines.one.hear(Failed(request.request_id, "Prompt too long", "900 tokens", "shorten it"))
    assert [(item.answer_id, trouble.title) for item, trouble in run.failures] == [("case-0/one", "Prompt too long")]
    engines.one.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    until(lambda: run.progress()["one"].finished)
    assert (run.progress()["one"].done, run.progress()["one"].failed) == (1, 1)
    assert len(missing_scores(study, [LETTER_LIKELIHOOD])) == 3


def test_what_ends_its_engine_twice_is_given_up_and_the_rest_goes_on(study, engines, asking):
    run = asking(LETTER_LIKELIHOOD, restarts=2)
    engines.one.load()
    for _ in range(2):
        died = lost(engines.one)
        engines.one.asked.clear()
        engines.one.hear(died)
        engines.one.load()
    assert engines.one.starts == 3
    assert [item.answer_id for item, _ in run.failures] == ["case-0/one"]
    engines.one.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    until(lambda: run.progress()["one"].finished)
    assert run.progress()["one"].done == 1


def test_after_a_death_each_lost_request_is_asked_alone_whatever_the_slots(engines, asking):
    asking(LETTER_LIKELIHOOD, restarts=1)
    engines.one.hear(Loaded({"n_slots": 4}))
    assert len(engines.one.asked) == 2
    died = lost(engines.one)
    engines.one.asked.clear()
    engines.one.hear(died)
    engines.one.hear(Loaded({"n_slots": 4}))
    assert len(engines.one.asked) == 1
    engines.one.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    until(lambda: len(engines.one.asked) == 1)


def test_an_engine_that_cannot_go_on_ends_its_model_only(study, engines, asking):
    run = asking(LETTER_LIKELIHOOD)
    engines.one.fail_to_load()
    engines.two.load()
    for _ in range(2):
        until(lambda: engines.two.asked)
        engines.two.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    assert run.wait(PATIENCE)
    assert run.progress()["one"].trouble.title == "Model file damaged"
    assert run.progress()["two"].done == 2


def test_models_that_do_not_fit_together_take_turns(study, engines, asking):
    run = asking(LETTER_LIKELIHOOD, sequential=True)
    assert (engines.one.starts, engines.two.starts) == (1, 0)
    engines.one.load()
    for _ in range(2):
        until(lambda: engines.one.asked)
        engines.one.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    until(lambda: engines.two.starts)
    assert engines.one.stopped
    engines.two.load()
    for _ in range(2):
        until(lambda: engines.two.asked)
        engines.two.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    assert run.wait(PATIENCE)


def test_a_study_file_that_cannot_be_written_halts_the_run(study, engines, asking, monkeypatch):
    run = asking(LETTER_LIKELIHOOD)
    engines.load()

    def full(*_) -> None:
        raise StudyFileError("Disk full", "nothing can be written", "make room")

    monkeypatch.setattr(type(study.answers), "replace_scores", full)
    engines.one.tell_likelihoods(-2.0, -8.0, -0.5, -8.0)
    assert run.wait(PATIENCE)
    assert run.halted is not None
    assert run.halted.title == "Disk full"


def test_other_conditions_than_the_answers_are_refused(study, engines, asking):
    class Strict:
        def admit(self, arm_id, entries) -> None:
            raise DoublereadError("Configuration drift", "n_ctx 1, before 2")

    run = asking(LETTER_LIKELIHOOD, configuration=Strict())
    engines.one.load()
    assert run.wait(PATIENCE)
    assert run.halted is not None
    assert not engines.one.asked
