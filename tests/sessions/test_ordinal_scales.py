"""Ordinal scales: asked where the protocol asks for them, undone like any judgement, counted and exported."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.events.judgements import LEVELS
from doubleread.domain.events.readings import ReadingCommitted
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.read_model.history import Wanted, history
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from outline_rows import row_of
from sessions.making import ARMS, DEVICE, choice_case


@pytest.fixture(params=SCALES, ids=lambda scale: scale.name)
def scale(request):
    return request.param


@pytest.fixture
def make(tmp_path, scale):
    opened = []

    def call(protocol: Protocol | None = None, cases: int = 3) -> StudyFile:
        protocol = protocol or Protocol(title="t", **{scale.name: True})
        pack = [choice_case(number) for number in range(cases)]
        path = tmp_path / "study.doubleread"
        study = StudyFile.create(path, cases=pack, arms=ARMS, protocol=protocol, device=DEVICE)
        opened.append(study)
        for case in pack:
            for arm in ARMS:
                times = ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
                study.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, "B", *times, "stop", {}), [])
        return study

    yield call
    for study in opened:
        study.close()


def read(study: StudyFile, reader: str, scale: OrdinalScale, *levels: int) -> None:
    session = ReadingSession(study, reader)
    for number, value in enumerate(levels):
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.state_level(scale.name, value)
        session.commit()
        if number + 1 < len(levels):
            session.next_open()
    session.leave()


def test_a_reading_needs_it_only_where_the_protocol_asks(make, scale):
    study = make()
    session = ReadingSession(study, "R-01")
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    assert session.missing_for_commit == (scale.name,)
    session.state_level(scale.name, scale.highest)
    assert session.missing_for_commit == ()
    study.change_protocol(replace(study.protocol, **{scale.name: False}), "not needed")
    other = ReadingSession(study, "R-02")
    assert other.scales == ()
    other.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    assert other.missing_for_commit == ()


def test_the_store_refuses_a_commit_without_it(make, scale):
    study = make()
    session = ReadingSession(study, "R-01")
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    with pytest.raises(InputRefusedError, match=f"still missing: {scale.name}"):
        study.append("R-01", session.reading.id, [ReadingCommitted().draft()])
    session.state_level(scale.name, scale.highest)
    assert study.append("R-01", session.reading.id, [ReadingCommitted().draft()]).committed


def test_nothing_is_missing_outside_the_readers_field(make):
    session = ReadingSession(make(), "R-01")
    session.judge(outside_field=True)
    assert session.missing_for_commit == ()


def test_it_is_undone_redone_and_replaced_like_any_judgement(make, scale):
    session = ReadingSession(make(), "R-01")
    seen = []
    state = partial(session.state_level, scale.name)
    for action in (lambda: state(1), lambda: state(scale.highest), session.undo, session.undo):
        action()
        seen.append(session.reading.judgement.levels.get(scale.name))
    session.redo()
    assert [*seen, session.reading.judgement.levels.get(scale.name)] == [1, scale.highest, 1, None, 1]


@pytest.mark.parametrize("value", [0, 6, -1, 2.0, True, "3", None])
def test_other_values_are_refused(make, scale, value):
    study = make()
    session = ReadingSession(study, "R-01")
    with pytest.raises(InputRefusedError):
        session.state_level(scale.name, value)
    assert session.reading.judgement.levels.get(scale.name) is None
    assert list(study.events(kind=LEVELS[scale.name].kind)) == []


def test_a_later_change_is_a_correction_with_a_reason(make, scale):
    study = make()
    read(study, "R-01", scale, scale.highest)
    session = ReadingSession(study, "R-01")
    session.goto(session.case_list()[0][0])
    with pytest.raises(InputRefusedError, match="reason"):
        session.state_level(scale.name, 1)
    session.state_level(scale.name, 1, reason="read again")
    assert session.reading.judgement.levels.get(scale.name) == 1
    assert session.reading.corrections == ("read again",)


def test_the_log_says_it_in_words_and_the_projection_follows_from_the_log(make, scale):
    study = make()
    read(study, "R-01", scale, scale.highest, 1)
    assert any(
        f"stated a {scale.name} of {scale.highest} ({scale.levels[scale.highest]})" in line.what
        for line in history(study, Wanted())
    )
    sql = f"SELECT {scale.name} FROM readings ORDER BY opened_at"
    stored = [row[0] for row in study.connection.rows(sql)]
    assert stored == [scale.highest, 1]
    study.rebuild_projections()
    assert [row[0] for row in study.connection.rows(sql)] == stored
    assert verify(study.path).ok


def test_results_count_readings_and_average_over_cases(make, scale):
    study = make(cases=2)
    read(study, "R-01", scale, scale.highest, 1)
    read(study, "R-02", scale, scale.highest, 2)
    found = results(study).levels[scale.name]
    stated = Counter([scale.highest, 1, scale.highest, 2])
    assert found.readings == {level: stated[level] for level in scale.levels}
    assert (found.mean.value, found.mean.n) == ((2 * scale.highest + 3) / 4, 2)
    record = results_record(results(study))
    assert row_of(record, scale.name, "mean")["both"]["value"] == found.mean.value
    assert row_of(record, scale.name, "1")["both"] == {"count": 1, "of": 4}


def test_a_study_that_never_asked_has_no_section(make, scale):
    study = make(Protocol(title="t"))
    session = ReadingSession(study, "R-01")
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    session.commit()
    session.leave()
    assert results(study).levels[scale.name].stated == 0
    assert scale.name not in {section["key"] for section in results_record(results(study))["sections"]}


def test_it_is_exported_also_while_the_study_is_blind(make, scale, tmp_path):
    study = make()
    read(study, "R-01", scale, scale.highest)
    export_study(study, "csv", tmp_path / "out")
    with (tmp_path / "out" / "readings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[scale.name] for row in csv.DictReader(file)] == [str(scale.highest)]
