"""The rule of what may tell which arm is which, piece by piece."""

from __future__ import annotations

import json
import uuid

import pytest

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.drafts import ArmProgress, Trouble, combined
from doubleread.domain.score import LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Score
from doubleread.errors import CaseFileError, DoublereadError, ModelFileError
from doubleread.read_model.blinding import (
    BOTH,
    SOME_ARM,
    SOME_HASH,
    Blinding,
    Blindness,
    blinded_errors,
    blinding_of,
    unblind,
)
from doubleread.read_model.case_details import case_detail, case_details
from doubleread.read_model.scorer_accuracy import accuracy_by_scorer
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.runs.missing import NOT_YET, MissingAnswer, failure_lines, missing_answers
from doubleread.sessions.reading import ReadingSession
from sessions.making import make_study

ARMS = (
    arm_with_model("0e1f6c1e-one", "Zorblatt-7B", "1fe1" * 16, "/vault/zorblatt.Q4_K_M.gguf", "general"),
    arm_with_model(
        "0e1f6c1e-two", "Quix 3", "2fe2" * 16, "C:\\models\\quix.gguf", "", {"general.base_model.0.name": "Qbase"}
    ),
)
OPEN = Blinding(Blindness(False, "R-01 has 3 cases left", ()), b"s" * 32, ARMS)
NAMED = Blinding(Blindness(True, "every reading is committed", ()), b"s" * 32, ARMS)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Zorblatt-7B: /vault/zorblatt.Q4_K_M.gguf is gone", f"{SOME_ARM}: {SOME_ARM} is gone"),
        ("zorblatt died, and Zorblatt's slot is free", f"{SOME_ARM} died, and {SOME_ARM}'s slot is free"),
        (r"C:\models\quix.gguf cannot be read", f"{SOME_ARM} cannot be read"),
        ("quix.gguf, tuned from Qbase", f"{SOME_ARM}, tuned from {SOME_ARM}"),
        (f"model file {'1fe1' * 3}, before {'ab' * 32}", f"model file {SOME_HASH}, before {SOME_HASH}"),
        ("llama.cpp ended; doubleread run /home/a/trial.doubleread", None),
        ("answer 008bd181-c5ef-4ffa-9499-d48dd32cc75d is missing", None),
        ("in general it fits, with 4.2 GiB", None),
        ("", None),
    ],
)
def test_free_text_loses_names_files_and_hashes(words, told):
    assert OPEN.text(words) == (words if told is None else told)
    assert NAMED.text(words) == words


def test_errors_keep_their_class_and_say_how_to_see_the_name():
    error = ModelFileError("Model file not found", "Zorblatt-7B: it is gone", "restore the file")
    told = OPEN.error(error)
    assert type(told) is ModelFileError
    assert str(told).startswith(f"Model file not found: {SOME_ARM}: it is gone; restore the file; to see which model")
    assert NAMED.error(error) is error
    plain = DoublereadError("Disk full", "no room", "free some")
    assert str(OPEN.error(plain)) == str(plain)
    listed = CaseFileError("Nothing imported", "1 problem", "fix it", problems=("line 1: Zorblatt-7B has another",))
    assert OPEN.error(listed).problems == (f"line 1: {SOME_ARM} has another",)
    assert listed.problems == ("line 1: Zorblatt-7B has another",)
    assert OPEN.trouble(Trouble("Zorblatt-7B", "ended", "")) == Trouble(SOME_ARM, "ended", "")


def test_labels_belong_to_one_answer_and_tell_nothing_of_its_model():
    ids = [str(uuid.uuid4()) for _ in range(2_000)]
    labels = [OPEN.label(answer_id) for answer_id in ids]
    assert len(set(labels)) == len(ids)
    assert labels == [NAMED.label(answer_id) for answer_id in ids]
    other = Blinding(OPEN.state, b"t" * 32, ARMS)
    assert not set(labels) & {other.label(answer_id) for answer_id in ids}


def test_the_order_of_a_case_is_randomised_and_fixed():
    cases = [f"case-{number}" for number in range(400)]
    swapped = [OPEN.swapped(case_id) for case_id in cases]
    assert 150 < sum(swapped) < 250
    assert swapped == [OPEN.swapped(case_id) for case_id in cases]
    assert not any(NAMED.swapped(case_id) for case_id in cases)
    assert {OPEN.in_shown_order(case_id, (1, 2)) for case_id in cases} == {(1, 2), (2, 1)}


def test_estimates_of_the_whole_study_are_of_numbered_models():
    assert sorted(OPEN.names.values()) == ["model 1", "model 2"]
    assert NAMED.names == {arm.id: arm.name for arm in ARMS}
    assert (OPEN.name_of_one(ARMS[0].id), NAMED.name_of_one(ARMS[0].id)) == ("", "Zorblatt-7B")
    assert all((arm.model, arm.role) == (None, "") for arm in OPEN.arms)


TROUBLE = Trouble("The model ended", "Zorblatt-7B was killed", "")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("waiting", 0, 0, 3), ("starting", 0, 0, 3), ("waiting", 0, 0, 6)),
        (("starting", 0, 0, 3), ("ready", 1, 0, 3), ("ready", 1, 0, 6)),
        (("ready", 3, 0, 3), ("ready", 2, 1, 3), ("ready", 5, 1, 6)),
        (("failed", 1, 0, 3), ("ready", 1, 0, 3), ("ready", 2, 0, 6)),
        (("failed", 1, 0, 3), ("ready", 3, 0, 3), ("failed", 4, 0, 6)),
        (("failed", 0, 0, 3), ("failed", 0, 0, 3), ("failed", 0, 0, 6)),
    ],
)
def test_progress_of_both_models_together(one, other, expected):
    first = ArmProgress(*one, tokens=10, made=12, seconds=2.0, restarts=1, trouble=TROUBLE)
    second = ArmProgress(*other, tokens=5, made=5, seconds=3.0)
    both = combined([first, second])
    assert (both.state, both.done, both.failed, both.total) == expected
    assert (both.tokens, both.made, both.seconds, both.restarts) == (15, 17, 3.0, 1)
    assert both.finished == (first.finished and second.finished)
    progress = {ARMS[0].id: first, ARMS[1].id: second}
    assert NAMED.progress(progress) == progress
    assert NAMED.progress_names().keys() == progress.keys()
    told = OPEN.progress(progress)
    assert told.keys() == OPEN.progress_names().keys() == {BOTH}
    assert told[BOTH].trouble.happened == f"{SOME_ARM} was killed"
    assert OPEN.progress({}) == {}


def test_what_is_missing_names_no_model_and_keeps_its_reason():
    item = MissingAnswer("case-1", ARMS[0].id, "Zorblatt-7B", "The model ended: Zorblatt-7B was killed")
    told = item.blinded(OPEN)
    assert told.as_record() == {
        "case_id": "case-1",
        "arm_id": None,
        "arm": None,
        "reason": f"The model ended: {SOME_ARM} was killed",
        "sample": 0,
    }
    assert failure_lines([told], 5) == [f"case-1: The model ended: {SOME_ARM} was killed"]
    assert failure_lines([item.blinded(NAMED)], 5) == ["case-1, Zorblatt-7B: The model ended: Zorblatt-7B was killed"]
    assert failure_lines([MissingAnswer("case-1", "", "", NOT_YET).blinded(OPEN)], 5) == []


@pytest.fixture
def study(tmp_path):
    """Twenty answered cases; the first model thinks; R-01 has read one case."""
    with make_study(tmp_path / "study.doubleread", 20) as opened:
        for case_id in opened.case_ids():
            for arm in opened.arms():
                reasoning = "Hm, a secret thought." if arm.id == "one" else ""
                answer = Answer(f"{case_id}/{arm.id}", case_id, arm.id, "B.", "", "", "stop", {}, reasoning)
                opened.answers.record(answer, [Score("choice", "1", "correct", "B", "opening", 0, 1, 0.9)])
        session = ReadingSession(opened, "R-01")
        side = session.reading.side_of("case-0/one") if session.answers() else "A"
        session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference=side)
        session.commit()
        session.leave()
        yield opened


def test_the_rule_follows_the_study(study):
    assert missing_answers(study) == []
    assert (blinding_of(study).named, blinding_of(study).reason) == (False, "R-01 has 19 cases left")
    unblind(study, "lead", "interim")
    assert blinding_of(study).named
    with pytest.raises(DoublereadError, match="Alpha-7B is gone"), blinded_errors(study):
        raise DoublereadError("Gone", "Alpha-7B is gone")


def test_errors_that_leave_a_command_name_no_model(study):
    with pytest.raises(DoublereadError, match=f"{SOME_ARM} is gone"), blinded_errors(study):
        raise DoublereadError("Gone", "Alpha-7B is gone")


def test_the_reports_cases_link_no_answers_of_one_model(study):
    made_by = {row["id"]: row["arm_id"] for row in study.connection.rows("SELECT id, arm_id FROM answers")}
    labels = {study_label: answer_id for answer_id in made_by for study_label in [blinding_of(study).label(answer_id)]}
    shown = list(case_details(study, blinding_of(study)))
    first = [made_by[labels[case.names[0]]] for case in shown]
    assert 0 < first.count("one") < 20
    assert len({label for case in shown for label in case.names}) == 40
    assert "secret thought" not in str(shown)
    ((_, preferred),) = shown[0].preferred
    assert labels[shown[0].names[("first", "second").index(preferred)]] == "case-0/one"
    unblind(study, "lead", "interim")
    shown = list(case_details(study, blinding_of(study)))
    assert {case.labelled for case in shown} == {False}
    assert "secret thought" in str(shown)


def test_a_case_behind_the_results_shows_no_reasoning_while_the_study_is_blind(study):
    assert "secret thought" not in str(case_detail(study, "case-0", blinding_of(study)))
    unblind(study, "lead", "interim")
    assert "secret thought" in str(case_detail(study, "case-0", blinding_of(study)))
    json.dumps(results_record(results(study)))


def test_an_alternative_scorer_of_one_model_alone_is_told_only_once_models_are_named(study):
    study.answers.replace_scores("case-1/one", [Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood")])

    def scorers():
        return {item.scorer for item in accuracy_by_scorer(study, blinding_of(study))}

    assert scorers() == {"choice"}
    study.answers.replace_scores("case-2/two", [Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood")])
    assert scorers() == {"choice", LETTER_LIKELIHOOD}
    study.answers.replace_scores("case-1/one", [Score(TEXT_LIKELIHOOD, "1", "incorrect", "A", "likelihood")])
    assert scorers() == {"choice", LETTER_LIKELIHOOD}
    unblind(study, "lead", "interim")
    assert scorers() == {"choice", LETTER_LIKELIHOOD, TEXT_LIKELIHOOD}
