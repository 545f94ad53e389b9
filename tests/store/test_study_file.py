"""Cases, models, answers, scores, readers: what goes in comes out."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain import events as log
from doubleread.domain.events import chain_faults
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError, StudyDamagedError, StudyFileError
from doubleread.read_model.queries import answer_rows, score_rows
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.connection import Connection
from store.making import (
    ARMS,
    DEVICE,
    READER,
    SCORE,
    make_answer,
    make_case,
    make_study,
    mark,
    mark_draft,
    open_reading,
    ready_study,
)


def test_everything_comes_back_as_it_was(path: Path) -> None:
    cases = [replace(make_case(number), id=f"z{9 - number}") for number in range(9)]
    protocol = Protocol(title="Trial", decoding=Decoding(stop=("\n\n",)), reveal_names=True, guideline="# Read")
    made = StudyFile.create(path, cases=cases, arms=ARMS, protocol=protocol, device=DEVICE, secret=b"s3cret")
    made.close()
    with StudyFile.open(path, device="device-2", read_only=True) as study:
        assert list(study.cases()) == cases
        assert study.case_ids() == [case.id for case in cases]
        assert list(study.case_titles().items()) == [(case.id, case.title) for case in cases]
        assert study.case("z9") == cases[0]
        assert list(study.case("z9").options) == ["B", "A"]
        assert study.arms() == ARMS
        assert study.protocol == protocol
        assert study.secret == b"s3cret"
        assert study.study_id == made.study_id
        with pytest.raises(KeyError):
            study.case("nobody")


def test_an_error_names_the_study_and_not_the_private_copy_that_is_read(path: Path, tmp_path: Path) -> None:
    with ready_study(path, 1) as study:
        answer = study.answers.of_case("case-0")["m-general"]
        study.overrides.decide(READER, answer.id, Ruling(refused=True), before=None)
    copy = tmp_path / "private.study"
    copy.write_bytes(path.read_bytes())
    with contextlib.closing(sqlite3.connect(copy)) as other, other:
        other.execute("DROP TRIGGER answers_no_update")
        other.execute("UPDATE answers SET manifest = '{'")
        other.execute("UPDATE score_overrides SET grade = 1")
    with StudyFile(Connection(copy), DEVICE, path) as study:
        for damaged in (lambda: study.answers.of_case("case-0"), lambda: study.overrides.all()):
            with pytest.raises(StudyDamagedError, match=path.name):
                damaged()


def test_a_secret_is_random(tmp_path: Path) -> None:
    def made(name: str) -> StudyFile:
        return StudyFile.create(tmp_path / name, cases=[make_case(0)], arms=ARMS, protocol=Protocol(), device=DEVICE)

    with made("a") as first, made("b") as second:
        assert len(first.secret) == len(second.secret) == 32
        assert first.secret != second.secret
        assert first.study_id != second.study_id


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "trial.study"
    redact = os.umask(0)
    try:
        with make_study(path, 1) as study:
            study.backup(tmp_path / "copy.study")
    finally:
        os.umask(redact)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "copy.study").stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == path.parent.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(file.name for file in path.parent.iterdir()) == ["trial.study"]


def test_an_existing_file_is_never_written_over(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(StudyFileError, match="exists already"):
        make_study(path)
    assert path.read_text() == "precious"
    leftover = path.with_name("other.study-journal")
    leftover.write_text("x")
    with pytest.raises(StudyFileError, match="left over"):
        make_study(path.with_name("other.study"))


def test_a_study_that_cannot_be_made_leaves_nothing_behind(path: Path) -> None:
    bad = [
        ([make_case(1), make_case(1)], ARMS, "two cases"),
        ([replace(make_case(1), text="half \ud83d")], ARMS, "half a character"),
        ([make_case(1)], (ARMS[0], ARMS[0]), "same id"),
    ]
    for cases, arms, message in bad:
        with pytest.raises(InputRefusedError, match=message):
            StudyFile.create(path, cases=cases, arms=arms, protocol=Protocol(), device=DEVICE)
    with pytest.raises(InputRefusedError, match="label set"):
        StudyFile.create(path, cases=[], arms=ARMS, protocol=Protocol(label_set="mine"), device=DEVICE)
    with pytest.raises(StudyFileError, match="cannot be written"):
        make_study(Path("/proc/nowhere/trial.study"))
    assert list(path.parent.iterdir()) == []


def test_answers_and_scores(path: Path) -> None:
    with make_study(path, 2, answers=False) as study:
        everything = [(case_id, arm.id) for case_id in study.case_ids() for arm in ARMS]
        assert study.answers.missing() == everything
        first = make_answer("case-0", ARMS[0])
        assert study.answers.record(first, [SCORE])
        assert not study.answers.record(replace(first, id="again", text="other"), [SCORE])
        assert study.answers.by_id(first.id) == first
        assert study.answers.scores_of(first.id) == [SCORE]
        assert study.answers.missing() == everything[1:]
        second = make_answer("case-0", ARMS[1])
        study.answers.record(second)
        assert study.answers.of_case("case-0") == {ARMS[0].id: first, ARMS[1].id: second}
        assert list(study.answers.of_case("case-0")) == [arm.id for arm in ARMS]
        assert study.answers.of_case("case-1") == {}
        newer = [
            Score("choice", "2", "unparsed", None, "two letters"),
            Score("diagnosis", "2", "unparsed", "Gout", "named third", 0, 4, 0.9, rank=3),
        ]
        study.answers.replace_scores(first.id, newer)
        assert study.answers.scores_of(first.id) == newer
        assert len(list(study.events(kind="answer.recorded"))) == 2
        for unknown in (study.answers.by_id, study.answers.scores_of):
            if unknown == study.answers.by_id:
                with pytest.raises(KeyError):
                    unknown("nobody")
        with pytest.raises(KeyError):
            study.answers.replace_scores("nobody", [])
        with pytest.raises(InputRefusedError, match="outside"):
            study.answers.replace_scores(first.id, [replace(SCORE, end=10_000)])
        assert study.answers.scores_of(first.id) == newer


def test_each_scorer_keeps_its_place_and_the_main_score_stays_first(path: Path) -> None:
    letters = Score("letter-likelihood", "1", "incorrect", "A", "likelihood", confidence=0.7)
    reply = Score("constrained-letter", "1", "correct", "B", "reply")
    with make_study(path, 1, answers=False) as study:
        answer = make_answer("case-0", ARMS[0])
        study.answers.record(answer, [SCORE])
        for new in (reply, letters, replace(letters, version="2", chosen="B", outcome="correct")):
            study.answers.replace_scores(answer.id, [new])
        newer = replace(letters, version="2", chosen="B", outcome="correct")
        assert study.answers.scores_of(answer.id) == [SCORE, newer, reply]
        rescored = Score("choice", "9", "unparsed", None, "several")
        study.answers.replace_scores(answer.id, [rescored])
        assert study.answers.scores_of(answer.id) == [rescored, newer, reply]
        (row,) = [row for row in answer_rows(study) if row["answer_id"] == answer.id]
        assert (row["scorer"], row["outcome"]) == ("choice", "unparsed")
        assert [(row["scorer"], row["primary"]) for row in score_rows(study)] == [
            ("choice", True),
            ("letter-likelihood", False),
            ("constrained-letter", False),
        ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"case_id": "nobody"}, "cases"),
        ({"arm_id": "nobody"}, "arms"),
        ({"text": "half \udc00"}, "half a character"),
        ({"manifest": {"x": float("nan")}}, "finite"),
        ({"manifest": {"x": "\ud800"}}, "half a character"),
        ({"id": "case-0/m-general", "case_id": "case-1"}, "another answer"),
    ],
)
def test_answers_that_are_refused(path: Path, changes: dict[str, object], message: str) -> None:
    with make_study(path, 2, answers=False) as study:
        study.answers.record(make_answer("case-0", ARMS[0]))
        before = list(study.events())
        with pytest.raises(InputRefusedError, match=message):
            study.answers.record(replace(make_answer("case-1", ARMS[1]), **changes))
        assert list(study.events()) == before
        assert len(study.answers.missing()) == 3


@pytest.mark.parametrize("text", ["", "\x00 a \x1b[31m\x9b31m\u202e[/]\r\n\t", "e\u0301👩‍👩‍👧‍👦", "x" * 200_000])
def test_hostile_answers_come_back_as_they_were(path: Path, text: str) -> None:
    with make_study(path, 1, answers=False) as study:
        answer = replace(make_answer("case-0", ARMS[0]), text=text)
        study.answers.record(answer)
        assert study.answers.by_id(answer.id).text == text
    assert verify(path).ok


def test_failures_last_until_there_is_an_answer(path: Path) -> None:
    with make_study(path, 2, answers=False) as study:
        study.answers.record_failure("case-0", "m-general", "Out of memory", "the worker was killed")
        study.answers.record_failure("case-0", "m-general", "Stopped", "by the reader")
        study.answers.record_failure("case-1", "m-general", "Stopped", "by the reader")
        study.answers.record(make_answer("case-1", ARMS[0]))
        assert study.answers.failures() == {("case-0", "m-general", 0): "Stopped: by the reader"}
        with pytest.raises(InputRefusedError):
            study.answers.record_failure("nobody", "m-general", "x", "y")


def test_readers(study: StudyFile) -> None:
    study.readers.register("R-02")
    study.readers.register("R-02")
    assert study.readers.ids() == [READER, "R-02"]
    assert len(list(study.events(kind="reader.registered"))) == 2
    for name in ("", "  ", "\ud800"):
        with pytest.raises(InputRefusedError):
            study.readers.register(name)


def test_the_log_is_chained_by_device(path: Path) -> None:
    make_study(path).close()
    with StudyFile.open(path, device="device-2") as study:
        mark(study, open_reading(study))
    with StudyFile.open(path, device=DEVICE) as study:
        study.readers.register("R-02")
        events = list(study.events())
    assert chain_faults(events) == []
    assert [event.seq for event in events if event.device == "device-2"] == [1, 2]
    assert events[0].kind == "study.created"
    assert json.dumps(events[0].body)
    assert verify(path).heads.keys() == {DEVICE, "device-2"}


def test_several_threads_share_one_study(study: StudyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doubleread.store.sqlite.patience.BUSY_SECONDS", 600.0)
    reading = open_reading(study)
    errors: list[Exception] = []

    def write(number: int) -> None:
        try:
            for _ in range(10):
                study.append(READER, reading.id, [log.EventDraft("time.added", {"seconds": 1.0})])
                list(study.cases())
                study.readers.register(f"T-{number}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    after = study.reading(READER, "case-0")
    assert after is not None
    assert after.active_seconds == 40.0


def test_events_of_one_step_are_chained_to_each_other(study: StudyFile) -> None:
    reading = open_reading(study)
    study.append(READER, reading.id, [mark_draft(study, reading), mark_draft(study, reading, 8, 12)])
    assert chain_faults(study.events()) == []


def test_a_closed_study_says_so(study: StudyFile) -> None:
    study.close()
    study.close()
    with pytest.raises(StudyFileError, match="closed"):
        study.case_ids()


def test_a_copy_is_the_same_study(study: StudyFile, tmp_path: Path) -> None:
    reading = mark(study, open_reading(study))
    copy = study.backup(tmp_path / "copies" / "copy.study")
    with StudyFile.open(copy, device=DEVICE) as other:
        assert other.reading(READER, "case-0") == reading
        assert list(other.events()) == list(study.events())
    assert verify(copy).ok
    with pytest.raises(StudyFileError, match="exists already"):
        study.backup(copy)


def test_every_write_to_the_log_changes_its_end(study: StudyFile) -> None:
    ends = {study.log_end()}
    study.readers.register("R-77")
    ends.add(study.log_end())
    open_reading(study)
    ends.add(study.log_end())
    assert len(ends) == 3
    assert study.log_end() == study.log_end()
    assert study.log_end()[1] == list(study.events())[-1].hash


def test_a_copy_with_faults_gets_no_name(study: StudyFile, tmp_path: Path) -> None:
    seen: list[bool] = []

    def check(copy: Path) -> list[str]:
        seen.append(verify(copy).ok)
        return ["page 3 is never used"]

    out = tmp_path / "copies" / "copy.study"
    with pytest.raises(StudyFileError, match="page 3 is never used"):
        study.backup(out, check)
    assert seen == [True]
    assert list(out.parent.iterdir()) == []
