"""Readers rate each answer on the protocol's scales: stored, undone, required, counted and exported."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.results import results, unblind
from doubleread.results.outline import outline
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Estimate
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from sessions.judged_study import answered_study, side_of

GRID = Protocol(answer_scales=("severity-likelihood",))


@pytest.fixture
def study(tmp_path: Path) -> StudyFile:
    return with_scales(tmp_path, GRID)


def with_scales(tmp_path: Path, protocol: Protocol) -> StudyFile:
    made = answered_study(tmp_path / "s.doubleread")
    scales = {"answer_scales": protocol.answer_scales, "own_scales": protocol.own_scales}
    made.change_protocol(replace(made.protocol, **scales), "wanted")
    return made


def rate(session: ReadingSession, one: tuple[int, int], two: tuple[int, int]) -> None:
    for arm, levels in (("one", one), ("two", two)):
        for scale, level in zip(("severity", "likelihood"), levels, strict=True):
            session.rate_answer(side_of(session, arm), scale, level)


def commit(session: ReadingSession) -> None:
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    session.commit()
    session.next_open()


def test_the_commit_waits_for_every_scale_of_both_answers(study: StudyFile) -> None:
    session = ReadingSession(study, "R-01")
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    assert session.missing_for_commit == ("2 of 2 scales of answer A", "2 of 2 scales of answer B")
    session.rate_answer("A", "severity", 3)
    assert session.missing_for_commit == ("1 of 2 scales of answer A", "2 of 2 scales of answer B")
    with pytest.raises(InputRefusedError, match="1 of 2 scales"):
        session.commit()
    session.judge(outside_field=True)
    assert session.missing_for_commit == ()


def test_a_level_can_be_changed_and_undone(study: StudyFile) -> None:
    session = ReadingSession(study, "R-01")
    session.rate_answer("A", "severity", 3)
    session.rate_answer("A", "severity", 5)
    session.rate_answer("B", "severity", 1)
    assert session.reading is not None
    assert session.reading.judgement.scale_ratings == {"severity": {"A": 5, "B": 1}}
    session.undo()
    session.undo()
    assert session.reading.judgement.scale_ratings == {"severity": {"A": 3}}
    session.redo()
    assert session.reading.judgement.scale_ratings == {"severity": {"A": 5}}


@pytest.mark.parametrize(
    ("side", "scale", "level"),
    [("A", "risk", 1), ("A", "severity", 6), ("A", "severity", 0), ("A", "severity", None), ("C", "severity", 1)],
)
def test_what_is_no_level_of_the_protocols_scales_is_refused(study: StudyFile, side, scale: str, level) -> None:
    session = ReadingSession(study, "R-01")
    with pytest.raises(InputRefusedError, match="Answer not rated"):
        session.rate_answer(side, scale, level)
    assert session.reading is not None
    assert session.reading.judgement.scale_ratings == {}


def test_a_scale_may_not_apply(tmp_path: Path) -> None:
    session = ReadingSession(with_scales(tmp_path, Protocol(answer_scales=("pdsqi-9",))), "R-01")
    session.rate_answer("A", "synthesized", None)
    session.rate_answer("A", "stigmatizing", 0)
    assert session.reading is not None
    assert session.reading.judgement.scale_ratings == {"synthesized": {"A": None}, "stigmatizing": {"A": 0}}


def test_levels_are_counted_by_arm_with_the_risk_class_that_follows(study: StudyFile) -> None:
    for reader, other in (("R-01", 1), ("R-02", 2)):
        session = ReadingSession(study, reader)
        rate(session, (5, 4), (1, other))
        commit(session)
        rate(session, (3, 3), (1, 1))
        commit(session)
        session.leave()
    unblind(study, "lead", "done")
    found = {one.scale.name: one for one in results(study).answer_scales}
    assert list(found) == ["severity", "likelihood", "risk class"]
    severity = found["severity"]
    assert isinstance(severity.mean.first, Estimate)
    assert isinstance(severity.mean.difference, Estimate)
    assert (severity.mean.first.value, severity.mean.difference.value, severity.mean.difference.n) == (4.0, 3.0, 2)
    assert dict(found["likelihood"].readings[1]) == {1: 3, 2: 1}
    assert dict(found["risk class"].readings[0]) == {5: 2, 3: 2}
    assert (found["risk class"].median(0), found["risk class"].median(1)) == (4, 1)
    reliability = {(one.subject, one.arm): one for one in results(study).inter_rater.labels}
    likelihood = reliability["likelihood (scale)", 1]
    assert (likelihood.level, likelihood.cases) == ("ordinal", 2)
    assert isinstance(likelihood.observed, Estimate)
    assert likelihood.observed.value == 0.5
    section = next(one for one in outline(results(study)) if one.key == "answer-scales")
    assert [row.key for row in section.rows] == ["severity", "likelihood", "risk class"]
    assert [row.key for row in section.rows[0].below][:3] == ["difference", "median", "level-1"]


def test_the_log_and_its_projection_agree_and_the_export_has_both(study: StudyFile, tmp_path: Path) -> None:
    session = ReadingSession(study, "R-01")
    rate(session, (5, 4), (1, 2))
    side = side_of(session, "one")
    commit(session)
    session.leave()
    assert verify(study.path).ok
    unblind(study, "lead", "done")
    export_study(study, "jsonl", tmp_path / "out")
    lines = (tmp_path / "out" / "readings.jsonl").read_text(encoding="utf-8").splitlines()
    record = next(one for one in map(json.loads, lines) if one["committed_at"])
    assert record["scale_ratings"]["severity"][side] == 5
    assert record["scale_ratings_by_arm"]["severity"] == {"Alpha-7B": 5, "Beta-7B": 1}
    export_study(study, "csv", tmp_path / "csv")
    with (tmp_path / "csv" / "readings.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(one for one in csv.DictReader(file) if one["committed_at"])
    assert json.loads(row["scale_ratings_by_arm"]) == record["scale_ratings_by_arm"]


def test_levels_come_back_from_a_readers_own_file(study: StudyFile, tmp_path: Path) -> None:
    study.readers.register("R-01")
    split(study, "R-01", tmp_path / "own.doubleread")
    with StudyFile.open(tmp_path / "own.doubleread", device="laptop") as own:
        session = ReadingSession(own, "R-01")
        for side, levels in (("A", (5, 4)), ("B", (1, 2))):
            for scale, level in zip(("severity", "likelihood"), levels, strict=True):
                session.rate_answer(side, scale, level)
        case_id = session.case.id
        commit(session)
        session.leave()
    (merged,) = merge(study, [tmp_path / "own.doubleread"])
    assert merged.refused is None
    reading = study.reading("R-01", case_id)
    assert reading is not None
    assert reading.judgement.scale_ratings == {"severity": {"A": 5, "B": 1}, "likelihood": {"A": 4, "B": 2}}
    assert verify(study.path).ok
