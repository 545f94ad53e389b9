"""Readers with role and qualification, the cases that they are assigned, and cases that come again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doubleread.domain.assignment import WorklistItem, as_items
from doubleread.errors import InputRefusedError, StudyFileError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.state import study_state
from store.making import DEVICE, READER, commit, mark, open_reading, opening, ready_study

HOW = {"plan": "all", "seed": 1}


def test_a_reader_has_the_role_and_qualification_that_were_stated_last(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.describe(READER, "reader", "surgeon")
        study.readers.describe(READER, "adjudicator", " internist, 12 years ")
        with pytest.raises(InputRefusedError, match="not registered"):
            study.readers.describe("R-77", "reader", "")
        study.rebuild_projections()
        row = study.connection.row("SELECT role, qualification FROM readers WHERE id = ?", [READER])
        assert tuple(row) == ("adjudicator", "internist, 12 years")
    assert verify(path).ok


def test_turns_follow_the_assignment_and_without_one_the_study(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.register("R-02")
        study.readers.assign({READER: ["case-2", "case-0", "case-2"]}, HOW)
        assert study.readers.worklist(READER) == (
            WorklistItem("case-2"),
            WorklistItem("case-0"),
            WorklistItem("case-2", 1),
        )
        assert study.readers.worklist("R-02") == as_items(["case-0", "case-1", "case-2"])
        # A later assignment of others leaves the first one as it is.
        study.readers.assign({"R-02": ["case-1"]}, HOW)
        assert study.readers.assigned() == {
            READER: as_items(["case-2", "case-0", "case-2"]),
            "R-02": (WorklistItem("case-1"),),
        }
        study.readers.assign({READER: ["case-1"]}, HOW)
        assert study.readers.worklist(READER) == (WorklistItem("case-1"),)


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ({"R-77": ["case-0"]}, "R-77 is not registered"),
        ({READER: ["case-0", "case-9"]}, "no case case-9"),
        ({READER: []}, "no case, or a case"),
        ({READER: ["case-0"] * 3}, "more than twice"),
    ],
)
def test_what_cannot_be_assigned_is_refused(path: Path, cases: dict[str, list[str]], message: str) -> None:
    with ready_study(path) as study:
        with pytest.raises(InputRefusedError, match=message):
            study.readers.assign(cases, HOW)
        assert study.readers.assigned() == {}


def test_who_has_begun_gets_more_cases_and_loses_none(path: Path) -> None:
    with ready_study(path) as study:
        study.readers.assign({READER: ["case-1", "case-0"]}, HOW)
        open_reading(study)
        before = study.readers.assigned()
        for cases in (["case-1"], ["case-1", "case-2"]):
            with pytest.raises(
                InputRefusedError, match="R-01 has started case-0, which the new plan would take away; readers who have"
            ):
                study.readers.assign({READER: cases}, HOW)
        assert study.readers.assigned() == before
        study.readers.assign({READER: ["case-2", "case-0", "case-1"]}, HOW)
        assert study.readers.worklist(READER) == as_items(["case-2", "case-0", "case-1"])
        # What nobody has begun may still be taken away.
        study.readers.assign({READER: ["case-0", "case-0"]}, HOW)
        commit(study, mark(study, study.append(READER, "again", [opening(study, reading_id="again", repeat=1)])))
        with pytest.raises(InputRefusedError, match="has started case-0 the second time"):
            study.readers.assign({READER: ["case-0", "case-1", "case-2"]}, HOW)
        assert study.readers.items_read(READER) == {WorklistItem("case-0"), WorklistItem("case-0", 1)}
    assert verify(path).ok


def test_a_case_that_comes_again_is_a_reading_of_its_own(path: Path) -> None:
    with ready_study(path) as study:
        first = commit(study, mark(study, open_reading(study)))
        draft = opening(study, reading_id="again", repeat=1)
        second = study.append(READER, "again", [draft])
        assert (second.repeat, second.judgement.annotations) == (1, ())
        mark(study, second, 3, 9)
        assert study.reading(READER, "case-0") == first
        assert study.reading(READER, "case-0", 1).id == "again"
        assert set(study.reading_summaries(READER, 1)) == {"case-0"}
        assert study.reading_summaries(READER)["case-0"].committed_at
        study.rebuild_projections()
        assert study.reading(READER, "case-0", 1).judgement.annotations[0].start == 3
        for repeat in (2, -1, True, "1"):
            with pytest.raises(InputRefusedError, match="once more"):
                study.append(READER, f"x{repeat}", [opening(study, reading_id=f"x{repeat}", repeat=repeat)])
    assert verify(path).ok


def test_a_readers_own_file_has_their_assignment_and_nobody_elses(path: Path, tmp_path: Path) -> None:
    own_path = tmp_path / "own.study"
    with ready_study(path) as study:
        study.readers.register("R-02")
        study.readers.describe("R-02", "reader", "a surgeon of note")
        study.readers.assign({READER: ["case-2", "case-0", "case-2"], "R-02": ["case-1", "case-0"]}, HOW)
        commit(study, mark(study, open_reading(study, "case-0", "R-02")))
        split(study, READER, own_path)
    assert b"R-02" not in own_path.read_bytes()
    assert b"surgeon" not in own_path.read_bytes()
    with StudyFile.open(own_path, device="theirs") as own:
        assert own.readers.assigned() == {READER: as_items(["case-2", "case-0", "case-2"])}
        assert own.readers.ids() == [READER]
        with pytest.raises(StudyFileError, match="own file"):
            own.readers.assign({READER: ["case-1"]}, HOW)
        sides = {side: answer.id for side, answer in zip("AB", own.answers.of_case("case-2").values(), strict=True)}
        for repeat in (0, 1):
            draft = opening(own, "case-2", reading_id=f"own-{repeat}", answer_ids=sides, repeat=repeat)
            mark(own, own.append(READER, f"own-{repeat}", [draft]), repeat, 9)
    with StudyFile.open(path, device=DEVICE) as study:
        (merged,) = merge(study, [own_path])
        assert (merged.refused, merged.superseded) == (None, [])
        assert [study.reading(READER, "case-2", repeat).judgement.annotations[0].start for repeat in (0, 1)] == [0, 1]
    assert verify(path).ok


def test_copies_in_which_cases_were_assigned_apart_come_to_the_same(path: Path, tmp_path: Path) -> None:
    ready_study(path).close()
    other = Path(shutil.copy(path, tmp_path / "other.study"))
    for number, target in enumerate((path, other)):
        with StudyFile.open(target, device=f"device-{number}") as study:
            study.readers.describe(READER, "reader", f"qualification {number}")
            study.readers.assign({READER: [f"case-{number}"]}, HOW)
    states = set()
    for number, (target, source) in enumerate([(path, other), (other, path)]):
        copied = Path(shutil.copy(target, tmp_path / f"{number}.study"))
        with StudyFile.open(copied, device="merger") as study:
            merge(study, [source])
            states.add((study_state(study.connection), study.readers.worklist(READER)))
            assert len(list(study.events(kind="cases.assigned"))) == 2
        assert verify(copied).ok
    assert len(states) == 1
