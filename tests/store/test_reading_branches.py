"""Which branch of a reading counts can be chosen by a person, wherever the choice comes from, and is never lost."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.events import AFTER
from doubleread.domain.reading import Reading
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.exports.export import export_study
from doubleread.parallel import Helpers
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.store import StudyFile
from doubleread.store.branches import current_readings
from doubleread.store.branches.current_readings import CurrentReadings, superseded_readings
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from sessions.adjudicated_study import ADJUDICATOR, READERS, read_study
from store.forging import log_of
from store.making import DEVICE, READER, act, commit, judge, mark, open_reading, opening, ready_study

WHY = "the other device had the wrong reader"


def forked(path: Path) -> tuple[str, str]:
    """Read one case in two copies and bring them together; return the branch that counts and the other one."""
    twin = path.with_name("twin.study")
    with ready_study(path) as study:
        mark(study, open_reading(study), 0, 5)
        study.backup(twin)
        mark(study, the_reading(study), 10, 15)
    with StudyFile.open(twin, device="two") as other:
        commit(other, mark(other, the_reading(other), 20, 25))
    with StudyFile.open(path, device=DEVICE) as study:
        merge(study, [twin])
        counting, other = study.conflicts.branches()
        assert (counting.counts, other.counts) == (True, False)
    twin.unlink()
    return counting.head, other.head


def the_reading(study: StudyFile) -> Reading:
    reading = study.reading(READER, "case-0")
    assert reading is not None
    return reading


def starts(study: StudyFile) -> list[int]:
    """Where the annotations of the branch that counts begin."""
    return sorted(annotation.start for annotation in the_reading(study).judgement.annotations)


def state(path: Path) -> str:
    report = verify(path)
    assert report.ok, report.as_record()
    return report.state


def test_the_branches_are_told_apart(path: Path) -> None:
    forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        counting, other = study.conflicts.branches()
    assert (counting.entries, counting.shared, counting.annotations, counting.last_device) == (5, 5, 2, "two")
    assert (other.entries, other.shared, other.annotations, other.last_device) == (3, 2, 2, DEVICE)
    assert counting.verdicts == {"A": "correct", "B": "incorrect"}
    assert counting.committed_at
    assert (other.verdicts, other.preference, other.committed_at, other.fault) == ({}, None, None, "")


def test_a_choice_counts_and_can_be_continued_and_changed(path: Path) -> None:
    committed, open_one = forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        assert starts(study) == [0, 20]
        chosen = study.conflicts.resolve("R-lead", open_one[:8], f" {WHY} ")
        assert (chosen.head, chosen.counts) == (open_one, False)
        assert starts(study) == [0, 10]
        (left,) = superseded_readings(study.connection.db)
        assert "chosen by a person" in left.reason
        with pytest.raises(InputRefusedError, match="this branch has already been chosen"):
            study.conflicts.resolve("R-lead", open_one, "again")
        # What is added later belongs to the choice, also where the other branch is longer.
        mark(study, the_reading(study), 30, 35)
        assert starts(study) == [0, 10, 30]
        study.rebuild_projections()
        assert starts(study) == [0, 10, 30]
        (event,) = study.events(kind="conflict.resolved")
        assert (event.actor, event.body["reason"], AFTER in event.body) == ("R-lead", WHY, False)
        study.conflicts.resolve("R-lead", committed, "a second look")
        assert starts(study) == [0, 20]
        first, second = study.events(kind="conflict.resolved")
        assert second.body[AFTER] == first.hash
    assert state(path)


def test_an_open_session_goes_on_with_the_version_that_was_chosen(path: Path) -> None:
    _, open_one = forked(path)
    with StudyFile.open(path, device=DEVICE) as study, StudyFile.open(path, device="lead") as lead:
        reading = the_reading(study)
        lead.conflicts.resolve("R-lead", open_one, WHY)
        with pytest.raises(StudyChangedError, match="not the last one"):
            act(study, reading, "action.undone", action_id="that of the other branch")
        mark(study, reading, 30, 35)
        assert starts(study) == starts(lead) == [0, 10, 30]
    assert state(path)


def test_between_readings_that_were_opened_apart(path: Path) -> None:
    ready_study(path).close()
    twin = Path(shutil.copy(path, path.with_name("twin.study")))
    for where, name, start in ((path, "first", 1), (twin, "second", 2)):
        with StudyFile.open(where, device=name) as study:
            reading = study.append(READER, name, [opening(study, reading_id=name)])
            mark(study, reading, start, 9)
            if name == "second":
                commit(study, reading)
    with StudyFile.open(path, device=DEVICE) as study:
        merge(study, [twin])
        mine = the_reading(study)
        assert mine.id == "second"
        head = next(branch.head for branch in study.conflicts.branches() if branch.reading_id == "first")
        study.conflicts.resolve("R-lead", head, WHY)
        assert the_reading(study).id == "first"
        with pytest.raises(StudyChangedError, match="another branch of this reading"):
            mark(study, mine, 30, 35, category="negation")
    assert state(path)


def test_choices_made_apart_come_together_in_any_order(path: Path) -> None:
    committed, open_one = forked(path)
    names = ("one", "two", "three")
    copies = [Path(shutil.copy(path, path.with_name(f"{name}.study"))) for name in names]
    with StudyFile.open(copies[0], device="one") as study:
        study.conflicts.resolve("A", open_one, WHY)
    with StudyFile.open(copies[1], device="two") as study:
        study.conflicts.resolve("B", open_one, WHY)
        study.conflicts.resolve("B", committed, "no, the committed one")
    with StudyFile.open(copies[2], device="three") as study:
        act(study, the_reading(study), "time.added", seconds=3.0)
    states = set()
    for number, order in enumerate(itertools.permutations(copies)):
        target = Path(shutil.copy(path, path.with_name(f"target-{number}.study")))
        with StudyFile.open(target, device="merger") as study:
            assert [file.refused for file in merge(study, [*order, order[0]])] == [None] * 4
            # Two choices one after the other weigh more than one, as for every decision.
            assert starts(study) == [0, 20]
        states.add(state(target))
    assert len(states) == 1


def test_a_choice_without_any_reading_entry_changes_the_rows_of_the_study_it_comes_to(path: Path) -> None:
    _, open_one = forked(path)
    lead = Path(shutil.copy(path, path.with_name("lead.study")))
    with StudyFile.open(lead, device="lead") as study:
        study.conflicts.resolve("A", open_one, WHY)
    with StudyFile.open(path, device=DEVICE) as study:
        (file,) = merge(study, [lead])
        assert (file.events, starts(study)) == (1, [0, 10])
    assert state(path) == state(lead)


def test_a_readers_own_file_has_the_choice_without_its_reason(path: Path, tmp_path: Path) -> None:
    _, open_one = forked(path)
    own = tmp_path / "own.study"
    with StudyFile.open(path, device=DEVICE) as study:
        study.conflicts.resolve("A", open_one, "General was seen in the other one")
        split(study, READER, own)
    assert b"General was seen" not in own.read_bytes()
    with StudyFile.open(own, device="laptop") as study:
        assert not list(study.events(kind="conflict.resolved"))
        assert starts(study) == [0, 10]
        mark(study, the_reading(study), 40, 45)
        with pytest.raises(StudyFileError, match="own file"):
            study.conflicts.resolve("A", open_one, WHY)
    assert state(own)
    with StudyFile.open(path, device=DEVICE) as study:
        assert merge(study, [own])[0].refused is None
        assert starts(study) == [0, 10, 40]
    assert state(path)


def test_an_export_says_which_versions_there_were_and_who_chose(path: Path, tmp_path: Path) -> None:
    committed, open_one = forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        study.conflicts.resolve("R-lead", open_one, WHY)
        export_study(study, "jsonl", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    branches = {branch["head"]: (branch["counts"], branch["chosen"]) for branch in manifest["branches"]}
    assert branches == {open_one: (True, True), committed: (False, False)}
    (choice,) = manifest["resolutions"]
    assert (choice["by"], choice["reason"], choice["head"]) == ("R-lead", WHY, open_one)
    (reading,) = (tmp_path / "out" / "readings.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(reading)["committed_at"] is None
    assert "`resolutions`" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_a_choice_survives_recovery(path: Path, tmp_path: Path) -> None:
    _, open_one = forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        study.conflicts.resolve("A", open_one, WHY)
    done = recover(path, tmp_path / "new.study", device="saver")
    assert state(done.out) == state(path)


@pytest.mark.parametrize(
    ("head", "actor", "reason", "message"),
    [
        ("abc", "A", WHY, "too short"),
        ("f" * 64, "A", WHY, "no branch in conflict has the hash"),
        ("", "A", WHY, "too short"),
        (None, "A", "  ", "needs a reason"),
        (None, " ", WHY, "needs a reason and the name"),
    ],
)
def test_what_is_no_choice_is_refused(path: Path, head: str | None, actor: str, reason: str, message: str) -> None:
    _, open_one = forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        with pytest.raises(InputRefusedError, match=message):
            study.conflicts.resolve(actor, open_one if head is None else head, reason)
        assert not list(study.events(kind="conflict.resolved"))
        assert starts(study) == [0, 20]


def test_a_reading_of_one_version_leaves_nothing_to_choose(path: Path) -> None:
    with ready_study(path) as study:
        reading = mark(study, open_reading(study))
        assert study.conflicts.branches() == []
        last = list(study.events(reading_id=reading.id))[-1].hash
        with pytest.raises(InputRefusedError, match="no branch in conflict"):
            study.conflicts.resolve("A", last, WHY)


def test_an_adjudicator_at_work_sees_that_another_branch_counts(path: Path) -> None:
    twin = path.with_name("twin.study")
    reader_id, case_id = READERS[0], "case-0"
    with read_study(path) as study:
        study.backup(twin)
    for where, device, times in ((path, "one", 1), (twin, "two", 2)):
        with StudyFile.open(where, device=device) as opened:
            for number in range(times):
                reading = opened.reading(reader_id, case_id)
                assert reading is not None
                first = reading.judgement.annotations[0].id
                changes = {"note": f"{device} {number}"}
                act(opened, reading, "annotation.changed", annotation_id=first, changes=changes, reason="slip")
    with StudyFile.open(path, device="one") as study:
        merge(study, [twin])
        session = AdjudicationSession(study, ADJUDICATOR)
        for difference in session.differences:
            session.decide(difference.id, Decision.take(0))
        session.commit()
        assert [(item.committed, item.stale) for item in session.case_list()] == [(True, False)]
        other = next(branch.head for branch in study.conflicts.branches() if not branch.counts)
        study.conflicts.resolve("lead", other, WHY)
        assert [(item.committed, item.stale) for item in session.case_list()] == [(False, True)]
    assert state(path)


COMPLETE = {"reader_id": READER, "case_id": "case-0", "repeat": 0, "head": "0" * 64, "reason": WHY}


@pytest.mark.parametrize(
    "changes",
    [
        {"head": 7},
        {"reader_id": None},
        {"case_id": ["case-0"]},
        {"repeat": 2},
        {"repeat": True},
        {"reason": ""},
        {"after": 3},
    ],
)
def test_entries_that_are_no_choice_are_refused_in_a_merge_and_named_by_verify(
    path: Path, changes: dict[str, Any]
) -> None:
    forked(path)
    foreign = Path(shutil.copy(path, path.with_name("foreign.study")))
    with StudyFile.open(foreign, device="foreign") as study, study.connection.transaction() as db:
        log_of(study).record(db, entry("A", "conflict.resolved", {**COMPLETE, **changes}))
    with StudyFile.open(path, device=DEVICE) as study:
        (file,) = merge(study, [foreign])
        assert "was changed (entry 1 of device foreign: a c" in str(file.refused)
        assert not list(study.events(kind="conflict.resolved"))
    faults = [fault for check in verify(foreign).checks for fault in check.faults]
    assert len(faults) == 1
    assert faults[0].startswith("entry 1 of device foreign: a c")


def test_a_choice_of_what_is_not_there_changes_nothing(path: Path) -> None:
    forked(path)
    foreign = Path(shutil.copy(path, path.with_name("foreign.study")))
    with StudyFile.open(foreign, device="foreign") as study, study.connection.transaction() as db:
        log_of(study).record(db, entry("A", "conflict.resolved", COMPLETE))
    with StudyFile.open(path, device=DEVICE) as study:
        assert merge(study, [foreign])[0].refused is None
        assert starts(study) == [0, 20]
    assert state(path)


def test_helpers_fold_readings_as_this_process_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_readings, "READINGS_AT_ONCE", 1)
    forked(path)
    with StudyFile.open(path, device=DEVICE) as study:
        mark(study, open_reading(study, "case-1"))
        judge(study, open_reading(study, "case-2"))
        with study.connection.snapshot() as db:
            current = CurrentReadings(db)
            places = current.places()
            with Helpers(0) as nobody:
                here = list(current.rows(nobody, places))
            with Helpers(1, worth_seconds=0.0) as helpers:
                # The helper gets the first chunk of each round.
                folded = [list(current.rows(helpers, places)) for _ in range(10)]
    assert [bool(part.superseded) for part in here] == [True, False, False]
    assert all(len(part.readings[0]["annotations"]) for part in here[:2])
    assert folded == [here] * 10
