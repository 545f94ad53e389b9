"""Criteria that readers judged: checked, stored, shown in the tables, merged, split and told of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.read_model.history import Wanted, history
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.state import study_state
from store.forging import log_of
from store.making import (
    ARMS,
    DEVICE,
    READER,
    act,
    commit,
    criterion_draft,
    judge,
    judge_criterion,
    make_answer,
    make_case,
    make_rubric_case,
    open_reading,
)


@pytest.fixture
def study(path: Path):
    cases = [make_rubric_case(0), make_case(1)]
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=Protocol(), device=DEVICE) as study:
        for case in cases:
            for arm in ARMS:
                study.answers.record(make_answer(case.id, arm))
        study.readers.register(READER)
        yield study


def said(study: StudyFile) -> list[tuple[Any, ...]]:
    sql = "SELECT side, criterion_id, judgement, quote FROM criteria ORDER BY reading_id, side, criterion_id"
    return [tuple(row) for row in study.connection.rows(sql)]


def judge_all(study: StudyFile, reading: Any, judgement: str = "met") -> Any:
    for side in ("A", "B"):
        for criterion_id in ("c1", "c2"):
            reading = judge_criterion(study, reading, criterion_id, judgement, side)
    return reading


def put_unchecked(study: StudyFile, reading_id: str, body: dict[str, Any]) -> None:
    """Write an event as another program might, with nothing checked but a chain that holds."""
    with study.connection.transaction() as db:
        events = [event for _, event in log_of(study).of_reading(reading_id)]
        item = entry(READER, "criterion.judged", {**body, "reading_id": reading_id})
        log_of(study).add(db, log_of(study).chained(db, [item], events[-1].hash))


def test_the_last_judgement_counts_and_is_cleared_and_undone_like_any_action(study: StudyFile, path: Path) -> None:
    reading = judge_criterion(study, open_reading(study), "c1", "not met")
    reading = judge_criterion(study, reading, "c2", "cannot tell")
    reading = judge_criterion(study, reading, "c1", "met", "B")
    text = study.answers.by_id(reading.answer_ids["A"]).text
    evidence = {"start": 3, "end": 9, "quote": text[3:9]}
    reading = judge_criterion(study, reading, "c1", "met", evidence=evidence)
    assert said(study) == [("A", "c1", "met", text[3:9]), ("A", "c2", "cannot tell", None), ("B", "c1", "met", None)]
    reading = judge_criterion(study, reading, "c2", "")
    assert [row[:2] for row in said(study)] == [("A", "c1"), ("B", "c1")]
    reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
    reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
    assert said(study)[:2] == [("A", "c1", "not met", None), ("A", "c2", "cannot tell", None)]
    act(study, reading, "action.redone", action_id=reading.redoable[-1])
    assert said(study)[0][2:] == ("met", text[3:9])
    before = study_state(study.connection)
    study.rebuild_projections()
    assert study_state(study.connection) == before
    report = verify(path)
    assert report.ok
    assert "3 criteria" in str(report.as_record())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"judgement": "fine"}, "'fine' is not a judgement of a criterion"),
        ({"judgement": None}, "not complete .no text in judgement"),
        ({"criterion_id": "c9"}, "the case has no criterion 'c9'"),
        ({"answer_id": "case-1/m-general"}, "its answer does not belong to this reading"),
        ({"evidence": {"start": 0, "end": 3, "quote": "xyz"}}, "does not match the quote"),
        ({"evidence": {"start": 0, "end": 9_999, "quote": "xyz"}}, "not a span of a text of"),
        ({"evidence": {"start": "0", "end": 3, "quote": "Gen"}}, "not complete .the evidence is not words"),
    ],
)
def test_what_is_no_criterion_is_refused_with_a_reason(study: StudyFile, changes: dict[str, Any], words: str) -> None:
    reading = open_reading(study)
    with pytest.raises(InputRefusedError, match=words):
        act(study, reading, "criterion.judged", **{**criterion_draft(reading).body, **changes})
    assert said(study) == []
    assert study.reading(READER, "case-0") == reading


def test_a_case_without_a_rubric_has_no_criteria(study: StudyFile) -> None:
    reading = open_reading(study, "case-1")
    with pytest.raises(InputRefusedError, match="the case has no criterion 'c1'"):
        judge_criterion(study, reading)
    assert commit(study, reading).committed


def test_the_commit_waits_for_every_criterion_of_both_answers(study: StudyFile) -> None:
    reading = judge(study, open_reading(study))
    for criterion_id in ("c1", "c2"):
        reading = judge_criterion(study, reading, criterion_id, "cannot tell")
    with pytest.raises(InputRefusedError, match="still missing: 2 of 2 criteria of answer B"):
        act(study, reading, "reading.committed")
    reading = judge_all(study, reading)
    reading = act(study, reading, "reading.committed")
    assert reading.committed
    with pytest.raises(InputRefusedError, match="needs a reason"):
        judge_criterion(study, reading, "c1", "not met")
    with pytest.raises(InputRefusedError, match="a committed reading has a judgement of every criterion"):
        judge_criterion(study, reading, "c1", "", reason="unsure now")
    reading = judge_criterion(study, reading, "c1", "not met", reason="slip")
    assert (said(study)[0][2], reading.corrections) == ("not met", ("slip",))


def test_outside_ones_field_no_criterion_is_needed(study: StudyFile) -> None:
    reading = act(study, open_reading(study), "reading.judged", outside_field=True)
    assert act(study, reading, "reading.committed").committed


def test_criteria_are_split_merged_and_recovered(study: StudyFile, path: Path, tmp_path: Path) -> None:
    reading = judge_criterion(study, open_reading(study), "c1", "met")
    own, copy = tmp_path / "own.study", tmp_path / "copy.study"
    split(study, READER, own)
    study.backup(copy)
    with StudyFile.open(own, device="two") as other:
        assert said(other) == said(study)
        judge_criterion(other, judge_criterion(other, reading, "c2", "not met"), "c1", "cannot tell", "B")
    with StudyFile.open(copy, device="three") as other:
        judge_criterion(other, reading, "c1", "not met")
    for _ in range(2):
        for file in merge(study, [own, copy]):
            assert (file.refused, file.quarantined, file.waiting) == (None, [], 0)
    # The longer branch counts, and the other one is kept.
    assert [row[:3] for row in said(study)] == [("A", "c1", "met"), ("A", "c2", "not met"), ("B", "c1", "cannot tell")]
    done = recover(path, tmp_path / "recovered.study", device="saver")
    assert all("in part" in loss for loss in done.losses())
    with StudyFile.open(tmp_path / "recovered.study", device="saver") as recovered:
        assert said(recovered) == said(study)
        assert study_state(recovered.connection) == study_state(study.connection)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"judgement": "fine"}, "not a judgement of a criterion"),
        ({"criterion_id": "c9"}, "the case has no criterion"),
        ({"evidence": {"start": 0, "end": 3, "quote": "xyz"}}, "does not match the quote"),
    ],
)
def test_a_file_with_criteria_that_are_none_is_not_merged(
    study: StudyFile, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    bad = tmp_path / "bad.study"
    study.backup(bad)
    with StudyFile.open(bad, device="two") as other:
        reading = open_reading(other)
        put_unchecked(other, reading.id, {**criterion_draft(reading).body, **changes})
    (file,) = merge(study, [bad])
    assert words in str(file.refused)
    assert said(study) == []


@pytest.mark.parametrize(
    "changes", [{"criterion_id": 7}, {"answer_id": "nowhere"}, {"evidence": {"start": 0, "end": "3", "quote": "Gen"}}]
)
def test_a_malformed_criterion_sets_its_reading_aside(
    study: StudyFile, path: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    bad = tmp_path / "bad.study"
    study.backup(bad)
    with StudyFile.open(bad, device="two") as other:
        reading = open_reading(other)
        put_unchecked(other, reading.id, {**criterion_draft(reading).body, **changes})
    (file,) = merge(study, [bad])
    assert (file.refused, [item.reason for item in file.superseded]) == (None, ["its entries are inconsistent"])
    assert verify(path).ok


@pytest.mark.parametrize(
    "change", ["UPDATE criteria SET judgement = 'met'", "DELETE FROM criteria", "UPDATE criteria SET quote = 'xyz'"]
)
def test_a_changed_row_is_found(study: StudyFile, path: Path, tmp_path: Path, change: str) -> None:
    reading = open_reading(study)
    text = study.answers.by_id(reading.answer_ids["A"]).text
    judge_criterion(study, reading, "c1", "not met", evidence={"start": 0, "end": 3, "quote": text[:3]})
    copy = Path(shutil.copyfile(path, tmp_path / "changed.study"))
    with StudyFile.open(copy, device="two") as other, other.connection.transaction() as db:
        db.execute(change)
    report = verify(copy)
    assert not report.ok
    assert "criterion c1 of answer" in str(report.as_record()) or "the table of criteria" in str(report.as_record())


def test_the_log_tells_of_criteria(study: StudyFile) -> None:
    reading = open_reading(study)
    text = study.answers.by_id(reading.answer_ids["B"]).text
    reading = judge_criterion(study, reading, "c2", "met", "B", evidence={"start": 15, "end": 20, "quote": text[15:20]})
    reading = judge_criterion(study, reading, "c1", "cannot tell")
    judge_criterion(study, reading, "c1", "")
    assert [told.what for told in history(study, Wanted(kind="criterion"))] == [
        f'judged criterion c2 of B met: "{text[15:20]}"',
        "judged criterion c1 of A cannot tell",
        "cleared the judgement of criterion c1 of A",
    ]
