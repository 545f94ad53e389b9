"""Several answers of each arm to each case: all are stored and checked, and the first one is the answer to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.events.answers import AnswerRecorded, GenerationFailed
from doubleread.domain.events.scores import ScoreOverridden
from doubleread.domain.score_override import Ruling
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError, StudyDamagedError
from doubleread.read_model.queries import answer_rows, choice_answers, primary_scores, score_rows
from doubleread.read_model.study_counts import manifests
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.score_overrides import ScoreOverrides
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.schema import TRIGGERS
from store.making import ARMS, DEVICE, READER, SCORE, commit, make_answer, make_case, open_reading

SAMPLES = 3
PROTOCOL = Protocol(samples=SAMPLES, decoding=Decoding(temperature=0.8))


def nth_answer(case_id: str, arm: Arm, sample: int) -> Answer:
    first = make_answer(case_id, arm)
    return replace(first, id=f"{first.id}/{sample}", text=f"{first.text} {sample}", sample=sample) if sample else first


@pytest.fixture
def study(path: Path) -> Iterator[StudyFile]:
    """Two cases, and three answers of each arm to each, the first one recorded between the others."""
    cases = [make_case(number) for number in range(2)]
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=PROTOCOL, device=DEVICE, secret=b"s" * 32) as made:
        for case_id in made.case_ids():
            for arm in ARMS:
                for sample in (2, 0, 1):
                    made.answers.record(nth_answer(case_id, arm, sample), [SCORE])
        made.readers.register(READER)
        yield made


def test_every_answer_comes_back_and_the_first_is_the_one_to_read(study: StudyFile) -> None:
    assert study.answers.of_case("case-0") == {arm.id: nth_answer("case-0", arm, 0) for arm in ARMS}
    assert study.answers.all_of_case("case-0") == [
        nth_answer("case-0", arm, sample) for arm in ARMS for sample in range(SAMPLES)
    ]
    assert study.answers.case_counts() == (2, 2)
    assert [row["sample"] for row in answer_rows(study)] == [0, 1, 2] * 4
    assert [row["status"] for row in answer_rows(study)] == ["correct"] * 12
    assert [row["sample"] for row in score_rows(study)] == [0, 1, 2] * 4
    first = {nth_answer(case_id, arm, 0).id for case_id in study.case_ids() for arm in ARMS}
    assert {row["answer_id"] for row, _ in primary_scores(study)} == first
    assert {answer_id for answer_id, *_ in choice_answers(study)} == first
    with study.connection.snapshot() as db:
        assert len(list(manifests(db))) == 12
    assert verify(study.path).ok


def test_an_answer_is_recorded_once_for_each_sample(study: StudyFile) -> None:
    again = replace(nth_answer("case-0", ARMS[0], 1), id="again", text="other")
    assert not study.answers.record(again)
    assert study.answers.record(replace(again, sample=SAMPLES))
    with pytest.raises(StudyDamagedError, match="not replaced"), study.connection.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO answers SELECT 'x', case_id, arm_id, text, sha256, started_at, finished_at,"
            " finish_reason, manifest, reasoning, sample FROM answers WHERE sample = 1 LIMIT 1"
        )


def test_first_answers_are_missing_before_all_later_ones(path: Path) -> None:
    cases = [make_case(number) for number in range(2)]
    one, other = (arm.id for arm in ARMS)
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=PROTOCOL, device=DEVICE) as study:
        study.answers.record(nth_answer("case-0", ARMS[0], 0))
        study.answers.record(nth_answer("case-0", ARMS[1], 2))
        assert study.answers.missing() == [("case-0", other), ("case-1", one), ("case-1", other)]
        assert study.missing_samples() == [
            ("case-0", other, 0),
            ("case-1", one, 0),
            ("case-1", other, 0),
            *(("case-0", one, sample) for sample in (1, 2)),
            ("case-0", other, 1),
            *(("case-1", arm, sample) for arm in (one, other) for sample in (1, 2)),
        ]


def test_a_failed_sample_is_named_until_it_is_answered(path: Path) -> None:
    with StudyFile.create(path, cases=[make_case(0)], arms=ARMS, protocol=PROTOCOL, device=DEVICE) as study:
        study.answers.record_failure("case-0", ARMS[0].id, "Stopped", "by hand", 2)
        study.answers.record(nth_answer("case-0", ARMS[0], 0))
        assert study.answers.failures() == {("case-0", ARMS[0].id, 2): "Stopped: by hand"}
        study.answers.record(nth_answer("case-0", ARMS[0], 2))
        assert study.answers.failures() == {}


def test_only_later_samples_stand_in_the_log(study: StudyFile) -> None:
    bodies = [event.body for event in study.events(kind=AnswerRecorded.kind)]
    assert [body.get("sample") for body in bodies] == [2, None, 1] * 4
    assert "sample" not in GenerationFailed(case_id="c", arm_id="a", title="t", happened="h").to_body()


def test_verify_finds_a_sample_that_was_changed(study: StudyFile) -> None:
    study.close()
    with sqlite3.connect(study.path) as other:
        for name in TRIGGERS:
            other.execute(f"DROP TRIGGER {name}")
        other.execute("UPDATE answers SET sample = 9 WHERE id = ?", [nth_answer("case-1", ARMS[0], 1).id])
        for trigger in TRIGGERS.values():
            other.execute(trigger)
    (answers,) = [check for check in verify(study.path).checks if check.name == "answers"]
    assert answers.faults == ("answer case-1/m-general/1: its text or manifest was changed",)


def test_readers_read_the_first_answers_and_their_file_has_no_others(study: StudyFile, tmp_path: Path) -> None:
    commit(study, open_reading(study))
    own = tmp_path / "own.study"
    assert split(study, READER, own).unanswered == 0
    with StudyFile.open(own, device="laptop") as file:
        own_answers = [answer for case_id in file.case_ids() for answer in file.answers.all_of_case(case_id)]
        assert {(answer.id, answer.text, answer.sample) for answer in own_answers} == {
            (answer.id, answer.text, 0)
            for answer in (nth_answer(case_id, arm, 0) for case_id in study.case_ids() for arm in ARMS)
        }
        assert file.answers.missing() == []
    (merged,) = merge(study, [own])
    assert merged.answers == 0
    assert merged.superseded == []
    assert verify(study.path).ok
    assert verify(own).ok


def test_only_first_answers_are_reviewed(study: StudyFile) -> None:
    study.readers.register("S-01")
    ruling = Ruling("A")
    with pytest.raises(InputRefusedError, match="first answer"):
        study.overrides.decide("S-01", nth_answer("case-0", ARMS[0], 1).id, ruling, before=None)
    assert study.overrides.decide("S-01", nth_answer("case-0", ARMS[0], 0).id, ruling, before=None)
    (event,) = study.events(kind=ScoreOverridden.kind)
    later = nth_answer("case-0", ARMS[0], 1)
    forged = event._replace(body={**event.body, "answer_id": later.id, "answer_sha256": later.sha256})
    with study.connection.snapshot() as db:
        assert ScoreOverrides(db).fault(event) == ""
        assert ScoreOverrides(db).fault(forged) == "its answer is not in this file"


def test_later_answers_merge_and_are_recovered(study: StudyFile, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.study"
    other.write_bytes(path.read_bytes())
    with StudyFile.open(other, device="two") as file:
        file.answers.record(nth_answer("case-0", ARMS[0], SAMPLES), [SCORE])
    study.answers.record(nth_answer("case-0", ARMS[1], SAMPLES), [SCORE])
    (merged,) = merge(study, [other])
    assert (merged.answers, merged.quarantined) == (1, [])
    assert [answer.sample for answer in study.answers.all_of_case("case-0")] == [0, 1, 2, 3] * 2
    assert verify(path).ok
    done = recover(path, tmp_path / "new.study", device="saver")
    assert done.losses() == []
    assert verify(done.out).ok
    assert verify(done.out).state == verify(path).state


def test_the_state_of_a_study_tells_samples_apart(tmp_path: Path) -> None:
    states = []
    for sample in (1, 2):
        path = tmp_path / f"{sample}.study"
        with StudyFile.create(path, cases=[make_case(0)], arms=ARMS, protocol=PROTOCOL, device=DEVICE) as study:
            study.answers.record(replace(make_answer("case-0", ARMS[0]), sample=sample))
        states.append(verify(path).state)
    assert states[0] != states[1]


def test_samples_that_would_all_be_equal_are_refused(path: Path) -> None:
    def create(arms: tuple[Arm, Arm], protocol: Protocol) -> None:
        StudyFile.create(path, cases=[make_case(0)], arms=arms, protocol=protocol, device=DEVICE).close()

    with pytest.raises(InputRefusedError, match="both arms have temperature 0"):
        create(ARMS, Protocol(samples=2))
    with pytest.raises(InputRefusedError, match="both arms have temperature 0"):
        create(
            (replace(ARMS[0], decoding={"temperature": 0.0}), replace(ARMS[1], decoding={"temperature": 0})), PROTOCOL
        )
    assert not path.exists()
    create((replace(ARMS[0], decoding={"temperature": 0.0}), ARMS[1]), PROTOCOL)


def test_samples_can_be_raised_but_not_lowered_once_there_are_answers(study: StudyFile) -> None:
    study.change_protocol(replace(PROTOCOL, samples=5), "more runs")
    assert len(study.missing_samples()) == 8
    with pytest.raises(InputRefusedError, match="raised above 5 but not lowered"):
        study.change_protocol(PROTOCOL, "fewer")


def test_later_samples_cannot_be_asked_for_at_temperature_0(path: Path) -> None:
    StudyFile.create(path, cases=[make_case(0)], arms=ARMS, protocol=Protocol(), device=DEVICE).close()
    with StudyFile.open(path, device=DEVICE) as study, pytest.raises(InputRefusedError, match="both arms have temp"):
        study.change_protocol(Protocol(samples=2), "more runs")
