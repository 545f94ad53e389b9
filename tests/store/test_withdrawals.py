"""Readers who are withdrawn and reinstated: what they can do, what counts, what copies and rebuilding make of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doubleread.domain.assignment import as_items
from doubleread.domain.events import EventDraft
from doubleread.errors import DoublereadError, InputRefusedError, StudyFileError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.state import study_state
from store.making import DEVICE, READER, commit, mark, open_reading, ready_study

HOW = {"plan": "all", "seed": 1}


def test_a_withdrawn_reader_cannot_go_on_and_keeps_what_is_committed(path: Path) -> None:
    with ready_study(path) as study:
        commit(study, mark(study, open_reading(study)))
        second = open_reading(study, "case-1")
        study.readers.withdraw(READER, " moved away ", "S-01")
        assert study.readers.withdrawn()[READER][1] == "moved away"
        with pytest.raises(InputRefusedError, match=r"withdrawn from this study on .* \(moved away\)"):
            mark(study, second)
        with pytest.raises(InputRefusedError, match="withdrawn"):
            open_reading(study, "case-2")
        with pytest.raises(InputRefusedError, match="withdrawn"):
            study.readers.register(READER)
        # The seconds until the withdrawal was noticed were spent all the same.
        study.append(READER, second.id, [EventDraft("time.added", {"seconds": 2.5})])
        (summary,) = [item for item in study.reading_summaries(READER).values() if item.committed_at]
        assert summary.annotations == 1
        (event,) = study.events(kind="reader.withdrawn")
        assert (event.actor, dict(event.body)) == ("S-01", {"reader_id": READER, "reason": "moved away"})
        study.readers.reinstate(READER, "is back", "S-01")
        assert study.readers.withdrawn() == {}
        assert mark(study, second).judgement.annotations
    assert verify(path).ok


def test_assigned_cases_are_free_until_the_reader_is_reinstated(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.register("R-02")
        study.readers.assign({READER: ["case-0"], "R-02": ["case-1"]}, HOW)
        study.readers.withdraw("R-02", "ill", "lead")
        assert study.readers.assigned() == {READER: as_items(["case-0"])}
        with pytest.raises(InputRefusedError, match="withdrawn"):
            study.readers.assign({"R-02": ["case-2"]}, HOW)
        study.readers.assign({READER: ["case-0", "case-1"]}, HOW)
        study.readers.reinstate("R-02", "well again", "lead")
        assert study.readers.assigned()["R-02"] == as_items(["case-1"])


@pytest.mark.parametrize(
    ("reader", "reason", "actor", "words"),
    [("R-77", "x", "lead", "not a reader"), (READER, " ", "lead", "reason"), (READER, "x", " ", "name of the person")],
)
def test_what_cannot_be_withdrawn_is_refused(path: Path, reader: str, reason: str, actor: str, words: str) -> None:
    with ready_study(path) as study:
        events = len(list(study.events()))
        with pytest.raises(InputRefusedError, match=words):
            study.readers.withdraw(reader, reason, actor)
        with pytest.raises(InputRefusedError, match="is not withdrawn"):
            study.readers.reinstate(READER, "x", "lead")
        assert len(list(study.events())) == events
        study.readers.withdraw(READER, "x", "lead")
        with pytest.raises(InputRefusedError, match="is already withdrawn"):
            study.readers.withdraw(READER, "x", "lead")


def test_a_reader_of_a_file_that_was_never_merged_can_be_withdrawn(path: Path) -> None:
    own = path.with_name("own.study")
    with ready_study(path) as study:
        split(study, "R-09", own)
        study.readers.withdraw("R-09", "never answered", "lead")
        assert "R-09" in study.readers.withdrawn()
        with pytest.raises(InputRefusedError, match="withdrawn"):
            split(study, "R-09", path.with_name("again.study"))
        with StudyFile.open(own, device="other") as theirs, pytest.raises(StudyFileError, match="own file"):
            theirs.readers.withdraw("R-09", "x", "lead")
    assert verify(path).ok


def test_copies_agree_on_a_withdrawal_whichever_is_merged_into_which(path: Path) -> None:
    copy, other = path.with_name("copy.study"), path.with_name("other.study")
    with ready_study(path) as study:
        open_reading(study)
    shutil.copy(path, copy)
    with StudyFile.open(path, device="one") as here, StudyFile.open(copy, device="two") as there:
        here.readers.withdraw(READER, "here", "lead")
        here.readers.reinstate(READER, "a slip", "lead")
        there.readers.withdraw(READER, "there", "lead")
    shutil.copy(path, other)
    with StudyFile.open(path, device="one") as here:
        merge(here, [copy])
        assert here.readers.withdrawn() == {}
        state = study_state(here.connection)
        here.rebuild_projections()
        assert study_state(here.connection) == state
    with StudyFile.open(copy, device="two") as there:
        merge(there, [other])
        assert there.readers.withdrawn() == {}
    assert verify(path).ok
    assert verify(copy).ok


def test_readings_of_a_withdrawn_reader_are_merged_from_their_own_file(path: Path) -> None:
    own = path.with_name("own.study")
    with ready_study(path) as study:
        split(study, "R-09", own)
        study.readers.withdraw("R-09", "too late", "lead")
        with StudyFile.open(own, device="other") as theirs:
            theirs.readers.register("R-09")
            commit(
                theirs,
                mark(
                    theirs,
                    open_reading(theirs, reader_id="R-09"),
                ),
            )
        (merged,) = merge(study, [own])
        assert (merged.refused, merged.quarantined) == (None, [])
        reading = study.reading("R-09", "case-0")
        assert reading is not None
        assert reading.committed
        assert "R-09" in study.readers.withdrawn()
    assert verify(path).ok


def test_a_withdrawal_survives_recovery(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.withdraw(READER, "ill", "lead")
    recover(path, out := path.with_name("recovered.study"), device=DEVICE)
    with StudyFile.open(out, device=DEVICE) as study:
        assert study.readers.withdrawn()[READER][1] == "ill"


def test_a_row_of_readers_that_forgets_a_withdrawal_is_found(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.withdraw(READER, "ill", "lead")
        study.connection.db.execute("UPDATE readers SET withdrawn_at = NULL")
    assert [check.name for check in verify(path).checks if not check.ok] == ["projections"]


def test_a_withdrawn_adjudicator_decides_nothing_more(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
        study.adjudications.expect_adjudicator("S-01")
        study.readers.withdraw("S-01", "conflict of interest", "lead")
        with pytest.raises(DoublereadError, match="withdrawn"):
            study.adjudications.expect_adjudicator("S-01")
        answer = next(iter(study.answers.of_case("case-0").values()))
        with pytest.raises(DoublereadError, match="withdrawn"):
            study.overrides.decide("S-01", answer.id, None, before=None)
