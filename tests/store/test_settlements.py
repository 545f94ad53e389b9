"""Settled scores in the file: what stands, what is refused, and what comes of copies that were settled apart."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain import events as log
from doubleread.domain.bond import BondGrade
from doubleread.domain.events import AFTER, Event
from doubleread.domain.score import Score
from doubleread.domain.settling import Ruling
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.sessions.history import Wanted, history
from doubleread.store import StudyFile
from doubleread.store.event_log import entry
from doubleread.store.merge import MergedFile, merge
from doubleread.store.recovery import recover
from doubleread.store.settlements import SETTLEMENT_COLUMNS, put_settlements
from doubleread.store.split import split
from doubleread.store.standing import settlements_aside
from doubleread.store.state import study_state
from doubleread.store.study_settlements import ANEW
from doubleread.store.verify import verify
from sessions.judged_study import answered_study
from sessions.making import DEVICE

ARBITER = "R-09"
CHOICE = "case-3/one"
"""An answer to a choice whose key is B; its score is unparsed."""
DIAGNOSIS = "case-4/one"
"""An answer to a diagnosis; its score is a proposal."""
A, B = Ruling(chosen="A"), Ruling(chosen="B")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trial.doubleread"
    with answered_study(path) as study:
        study.register_reader(ARBITER)
        study.register_reader("R-01")
    return path


def opened(path: Path, device: str = DEVICE) -> StudyFile:
    return StudyFile.open(path, device=device)


def copy(path: Path, name: str) -> Path:
    return Path(shutil.copy(path, path.with_name(name)))


def settle(path: Path, ruling: Ruling | None, reason: str = "", *, device: str = DEVICE, answer: str = CHOICE) -> None:
    with opened(path, device) as study:
        study.settle(ARBITER, answer, ruling, reason, before=study.settlement_of(answer))


def merged(path: Path, *others: Path) -> list[MergedFile]:
    with opened(path) as study:
        files = merge(study, others)
    report = verify(path)
    assert report.ok, report.as_record()
    return files


def forge(path: Path, body: dict[str, Any], actor: str = ARBITER) -> None:
    """Write a decision past the checks, as another program could."""
    with opened(path, "forger") as study:
        item = entry(actor, log.SCORE_SETTLED, body)
        study.connection.write(lambda db: study._log.record(db, item), lambda _: None)


def body_of(path: Path, **changes: Any) -> dict[str, Any]:
    """The body of the one decision in a file, changed."""
    with opened(path) as study:
        (event,) = study.events(kind=log.SCORE_SETTLED)
    return {**event.body, **changes}


def test_a_decision_has_its_row_beside_the_score_that_stays(path: Path) -> None:
    with opened(path) as study:
        scores = study.scores_of(CHOICE)
        held = study.settle(ARBITER, CHOICE, B, before=None)
        assert held is not None
        assert (held.outcome, held.chosen, held.scored_outcome, held.scorer) == ("correct", "B", "unparsed", "choice")
        study.settle(ARBITER, DIAGNOSIS, Ruling(grade=BondGrade.VERY_CLOSE), before=None)
        assert study.scores_of(CHOICE) == scores
        rows = study.connection.rows("SELECT * FROM arbitrations ORDER BY answer_id")
        assert [(row["answer_id"], row["case_id"], row["subject"], row["arbiter_id"]) for row in rows] == [
            (CHOICE, "case-3", "score", ARBITER),
            (DIAGNOSIS, "case-4", "score", ARBITER),
        ]
        assert json.loads(rows[1]["decision"])["grade"] == 4
        assert study.settlement_of(DIAGNOSIS).outcome == "wrong"
    report = verify(path)
    assert report.ok
    assert any("2 settled scores" in check.seen for check in report.checks)


def test_another_decision_needs_a_reason_and_the_first_stays_in_the_log(path: Path) -> None:
    with opened(path) as study:
        first = study.settle(ARBITER, CHOICE, A, before=None)
        with pytest.raises(InputRefusedError, match="needs a reason"):
            study.settle(ARBITER, CHOICE, B, before=first)
        with pytest.raises(InputRefusedError, match="what stands"):
            study.settle(ARBITER, CHOICE, A, "again", before=first)
        second = study.settle("R-01", CHOICE, B, "the last line says so", before=first)
        assert (second.arbiter_id, second.outcome, second.reason) == ("R-01", "correct", "the last line says so")
        one, two = study.events(kind=log.SCORE_SETTLED)
        assert two.body[AFTER] == one.hash
        assert [(entry.what, entry.reason) for entry in history(study, Wanted(kind=log.SCORE_SETTLED))] == [
            ("settled an answer's score: option A", ""),
            ("settled an answer's score: option B", "the last line says so"),
        ]
        assert len(study.connection.rows("SELECT * FROM arbitrations")) == 1


def test_a_decision_can_be_taken_back_and_made_anew(path: Path) -> None:
    with opened(path) as study:
        held = study.settle(ARBITER, CHOICE, A, before=None)
        assert study.settle(ARBITER, CHOICE, None, "slip", before=held) is None
        assert study.settlements() == {}
        with pytest.raises(InputRefusedError, match="what stands"):
            study.settle(ARBITER, CHOICE, None, "slip", before=None)
        assert study.settle(ARBITER, CHOICE, B, before=None).reason == ANEW
    assert verify(path).ok


def test_a_decision_may_be_upheld_only_after_the_score_has_changed(path: Path) -> None:
    with opened(path) as study:
        held = study.settle(ARBITER, CHOICE, B, before=None)
        study.replace_scores(CHOICE, [Score("choice", "9", "wrong", "A", "opening")])
        assert study.settlement_of(CHOICE) == held
        again = study.settle(ARBITER, CHOICE, B, "still B", before=held)
        assert (again.version, again.scored_outcome, again.scored_chosen) == ("9", "wrong", "A")


@pytest.mark.parametrize(
    ("arbiter", "answer", "ruling", "message"),
    [
        ("R-77", CHOICE, B, "not registered"),
        (ARBITER, "nowhere", B, "no answer"),
        (ARBITER, CHOICE, Ruling(chosen="E"), "no option E"),
        (ARBITER, CHOICE, Ruling(grade=BondGrade.EXACT), "only a diagnosis"),
        (ARBITER, DIAGNOSIS, B, "no option B"),
    ],
)
def test_what_must_not_be_settled_is_refused(
    path: Path, arbiter: str, answer: str, ruling: Ruling, message: str
) -> None:
    with opened(path) as study:
        with pytest.raises(InputRefusedError, match=message):
            study.settle(arbiter, answer, ruling, before=None)
        assert not list(study.events(kind=log.SCORE_SETTLED))


def test_an_answer_without_a_score_has_nothing_to_settle(path: Path) -> None:
    with opened(path) as study:
        study.connection.write(
            lambda db: db.execute("DELETE FROM scores WHERE answer_id = ?", [CHOICE]), lambda _: None
        )
        with pytest.raises(InputRefusedError, match="no score yet"):
            study.settle(ARBITER, CHOICE, B, before=None)


def test_two_at_once_do_not_settle_over_each_others_heads(path: Path) -> None:
    with opened(path) as study, opened(path) as other:
        study.settle(ARBITER, CHOICE, A, before=None)
        with pytest.raises(StudyChangedError):
            other.settle("R-01", CHOICE, B, before=None)


def settled_rows(study: StudyFile) -> list[tuple[Any, ...]]:
    listed = ", ".join(SETTLEMENT_COLUMNS)
    return [tuple(row) for row in study.connection.rows(f"SELECT {listed} FROM arbitrations ORDER BY subject DESC, id")]


def test_it_is_made_again_from_the_log(path: Path) -> None:
    settle(path, A)
    settle(path, B, "slip")
    settle(path, Ruling(grade=BondGrade.EXACT), answer=DIAGNOSIS)
    settle(path, None, "no", answer=DIAGNOSIS)
    with opened(path) as study:
        before = settled_rows(study)
        study.connection.write(lambda db: db.execute("UPDATE arbitrations SET reason = 'x'"), lambda _: None)
    assert [check.name for check in verify(path).checks if not check.ok] == ["projections"]
    with opened(path) as study:
        study.rebuild_projections()
        assert settled_rows(study) == before
    assert verify(path).ok


def test_rows_of_other_subjects_are_not_touched(path: Path) -> None:
    settle(path, A)
    other = ("other", "case-0", None, ARBITER, "finding", "{}", "", "2026-01-01T00:00:00.000Z")
    insert = f"INSERT INTO arbitrations ({', '.join(SETTLEMENT_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    with opened(path) as study:
        before = settled_rows(study)
        study.connection.write(lambda db: db.execute(insert, other), lambda _: None)
        study.connection.write(put_settlements, lambda _: None)
        assert settled_rows(study) == [*before, other]
        assert study.settlement_of(CHOICE).chosen == "A"


def test_verify_finds_a_row_that_is_missing_and_one_too_many(path: Path) -> None:
    settle(path, A)
    with opened(path) as study:
        study.connection.write(lambda db: db.execute("UPDATE arbitrations SET id = 'x'"), lambda _: None)
    (check,) = [check for check in verify(path).checks if not check.ok]
    assert len(check.faults) == 2


def apart(path: Path) -> tuple[Path, Path, Path]:
    """Three copies: one settles twice, one once, one another answer."""
    files = copy(path, "one.doubleread"), copy(path, "two.doubleread"), copy(path, "three.doubleread")
    settle(files[0], A, device="laptop")
    settle(files[0], Ruling(refused=True), "on second thoughts", device="laptop")
    settle(files[1], B, device="desk")
    settle(files[2], Ruling(grade=BondGrade.EXACT), device="ward", answer=DIAGNOSIS)
    return files


def test_copies_that_settled_apart_come_together_in_any_order(path: Path) -> None:
    files = apart(path)
    states = set()
    for number, order in enumerate(itertools.permutations(files)):
        target = copy(path, f"merged-{number}.doubleread")
        merged(target, *order)
        merged(target, *order)
        with opened(target) as study:
            held = study.settlements()
            assert held[CHOICE].outcome == "refused"
            assert held[DIAGNOSIS].outcome == "correct"
            states.add(study_state(study.connection))
            with study.connection.snapshot() as db:
                (aside,) = settlements_aside(db)
            assert (aside.reader_id, aside.case_id, aside.events) == (ARBITER, "case-3", 1)
            assert "settled in two copies" in aside.reason
            study.rebuild_projections()
            states.add(study_state(study.connection))
    assert len(states) == 1


def test_a_tie_is_broken_in_the_same_way_everywhere(path: Path) -> None:
    one, two = copy(path, "one.doubleread"), copy(path, "two.doubleread")
    settle(one, A, device="laptop")
    settle(two, B, device="desk")
    merged(one, two)
    merged(two, one)
    with opened(one) as left, opened(two) as right:
        assert left.settlements() == right.settlements()
        held = left.settlement_of(CHOICE)
        # Whoever settles it again follows what stands, so that this one stands from then on.
        other = A if held.chosen == "B" else B
        left.settle(ARBITER, CHOICE, other, "both copies seen", before=held)
    merged(two, one)
    with opened(two) as right:
        assert right.settlement_of(CHOICE).ruling == other


def test_an_answer_that_is_another_one_here_keeps_its_decision_aside(path: Path) -> None:
    settle(path, B)
    body = body_of(path)
    target = copy(path, "target.doubleread")
    forge(target, {**body, "answer_id": "elsewhere"})
    forge(target, {**body, "answer_sha256": "f" * 64, AFTER: "0" * 64, "reason": "other text"})
    report = verify(target)
    assert report.ok
    assert any("decisions on 2 scores set aside" in check.seen for check in report.checks)
    with opened(target) as study:
        assert study.settlement_of(CHOICE).chosen == "B"
        study.settle(ARBITER, CHOICE, A, "slip", before=study.settlement_of(CHOICE))
        assert study.settlement_of(CHOICE).chosen == "A"
    assert verify(target).ok


@pytest.mark.parametrize(
    ("changes", "actor", "message"),
    [
        ({"outcome": "wrong"}, ARBITER, "by the key it would be correct"),
        ({"chosen": "Q"}, ARBITER, "no option Q"),
        ({"grade": 1, "chosen": None}, ARBITER, "not a grade"),
        ({"outcome": ["correct"]}, ARBITER, "not complete"),
        ({"answer_sha256": None}, ARBITER, "not complete"),
        ({}, "R-01", "written by another"),
        ({AFTER: "f" * 64}, ARBITER, "needs a reason"),
        ({"case_id": "case-99"}, ARBITER, "no case"),
    ],
)
def test_a_file_with_a_forged_decision_is_refused(
    path: Path, changes: dict[str, Any], actor: str, message: str
) -> None:
    own, foreign = copy(path, "own.doubleread"), copy(path, "foreign.doubleread")
    settle(own, B)
    forge(foreign, body_of(own, **changes), actor)
    before = path.read_bytes()
    with opened(path) as study:
        (file,) = merge(study, [foreign])
        assert isinstance(file.refused, StudyFileError)
        assert message in str(file.refused)
        assert "ask for the file again" in str(file.refused)
    assert path.read_bytes() == before
    # In the file itself it counts for nothing.
    with opened(foreign) as study:
        assert study.settlements() == {}
    assert verify(foreign).ok


def test_a_readers_own_file_knows_nothing_of_settled_scores(path: Path, tmp_path: Path) -> None:
    settle(path, B, "a reason that tells the key")
    own = tmp_path / "own.doubleread"
    with opened(path) as study:
        split(study, "R-01", own)
    with opened(own) as study:
        assert study.connection.rows("SELECT * FROM arbitrations") == []
        assert not list(study.events(kind=log.SCORE_SETTLED))
        with pytest.raises(StudyFileError, match="own file"):
            study.settle("R-01", CHOICE, B, before=None)
    assert b"tells the key" not in own.read_bytes()
    merged(path, own)
    with opened(path) as study:
        assert study.settlement_of(CHOICE).chosen == "B"


def test_it_is_recovered_with_the_log(path: Path, tmp_path: Path) -> None:
    settle(path, B)
    recover(path, tmp_path / "saved.doubleread", device=DEVICE)
    with opened(tmp_path / "saved.doubleread") as study:
        assert study.settlement_of(CHOICE).chosen == "B"


def test_the_log_of_a_reader_tells_no_key(path: Path) -> None:
    settle(path, B)
    settle(path, Ruling(), answer="case-3/two")
    with opened(path) as study:
        events: list[Event] = list(study.events(kind=log.SCORE_SETTLED))
        assert len(events) == 2
        said = " ".join(entry.what for entry in history(study, Wanted(kind=log.SCORE_SETTLED)))
    assert "correct" not in said
    assert "wrong" not in said
