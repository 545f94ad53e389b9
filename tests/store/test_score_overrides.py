"""Reviewed scores in the file: what counts, what is refused, and what comes of copies that were reviewed apart."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.domain.events import AFTER, Event
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.read_model.history import Wanted, history
from doubleread.store import StudyFile
from doubleread.store.branches.current_readings import overrides_superseded
from doubleread.store.branches.merge import MergedFile, merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry
from doubleread.store.log.override_log import REVIEWED_AGAIN
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from doubleread.store.sqlite.schema import COLUMNS
from doubleread.store.sqlite.state import study_state
from sessions.judged_study import answered_study
from sessions.making import DEVICE
from store.forging import log_of

ADJUDICATOR = "R-09"
CHOICE = "case-3/one"
"""An answer to a choice whose key is B; its score is unparsed."""
DIAGNOSIS = "case-4/one"
"""An answer to a diagnosis; its score is a proposal."""
A, B = Ruling(chosen="A"), Ruling(chosen="B")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trial.doubleread"
    with answered_study(path) as study:
        study.readers.register(ADJUDICATOR)
        study.readers.register("R-01")
    return path


def opened(path: Path, device: str = DEVICE) -> StudyFile:
    return StudyFile.open(path, device=device)


def copy(path: Path, name: str) -> Path:
    return Path(shutil.copy(path, path.with_name(name)))


def review(path: Path, ruling: Ruling | None, reason: str = "", *, device: str = DEVICE, answer: str = CHOICE) -> None:
    with opened(path, device) as study:
        study.overrides.decide(ADJUDICATOR, answer, ruling, reason, before=study.overrides.of(answer))


def merged(path: Path, *others: Path) -> list[MergedFile]:
    with opened(path) as study:
        files = merge(study, others)
    report = verify(path)
    assert report.ok, report.as_record()
    return files


def forge(path: Path, body: dict[str, Any], actor: str = ADJUDICATOR) -> None:
    """Write a decision past the checks, as another program could."""
    with opened(path, "forger") as study:
        item = entry(actor, "score.overridden", body)
        study.connection.write(lambda db: log_of(study).record(db, item), lambda _: None)


def body_of(path: Path, **changes: Any) -> dict[str, Any]:
    """The body of the one decision in a file, changed."""
    with opened(path) as study:
        (event,) = study.events(kind="score.overridden")
    return {**event.body, **changes}


def test_a_decision_has_its_row_beside_the_score_that_stays(path: Path) -> None:
    with opened(path) as study:
        scores = study.answers.scores_of(CHOICE)
        held = study.overrides.decide(ADJUDICATOR, CHOICE, B, before=None)
        assert held is not None
        assert (held.outcome, held.chosen, held.scored_outcome, held.scorer) == ("correct", "B", "unparsed", "choice")
        study.overrides.decide(ADJUDICATOR, DIAGNOSIS, Ruling(grade=BondGrade.VERY_CLOSE), before=None)
        assert study.answers.scores_of(CHOICE) == scores
        rows = study.connection.rows("SELECT * FROM score_overrides ORDER BY answer_id")
        assert [(row["answer_id"], row["case_id"], row["adjudicator_id"]) for row in rows] == [
            (CHOICE, "case-3", ADJUDICATOR),
            (DIAGNOSIS, "case-4", ADJUDICATOR),
        ]
        assert rows[1]["grade"] == 4
        assert study.overrides.of(DIAGNOSIS).outcome == "incorrect"
    report = verify(path)
    assert report.ok
    assert any("2 reviewed scores" in check.seen for check in report.checks)


def test_another_decision_needs_a_reason_and_the_first_stays_in_the_log(path: Path) -> None:
    with opened(path) as study:
        first = study.overrides.decide(ADJUDICATOR, CHOICE, A, before=None)
        with pytest.raises(InputRefusedError, match="needs a reason"):
            study.overrides.decide(ADJUDICATOR, CHOICE, B, before=first)
        with pytest.raises(InputRefusedError, match="this is already the decision"):
            study.overrides.decide(ADJUDICATOR, CHOICE, A, "again", before=first)
        second = study.overrides.decide("R-01", CHOICE, B, "the last line says so", before=first)
        assert (second.adjudicator_id, second.outcome, second.reason) == ("R-01", "correct", "the last line says so")
        one, two = study.events(kind="score.overridden")
        assert two.body[AFTER] == one.hash
        assert [(entry.what, entry.reason) for entry in history(study, Wanted(kind="score.overridden"))] == [
            ("reviewed an answer's score: option A", ""),
            ("reviewed an answer's score: option B", "the last line says so"),
        ]
        assert len(study.connection.rows("SELECT * FROM score_overrides")) == 1


def test_a_decision_can_be_withdrawn_and_made_again(path: Path) -> None:
    with opened(path) as study:
        held = study.overrides.decide(ADJUDICATOR, CHOICE, A, before=None)
        assert study.overrides.decide(ADJUDICATOR, CHOICE, None, "slip", before=held) is None
        assert study.overrides.all() == {}
        with pytest.raises(InputRefusedError, match="this is already the decision"):
            study.overrides.decide(ADJUDICATOR, CHOICE, None, "slip", before=None)
        assert study.overrides.decide(ADJUDICATOR, CHOICE, B, before=None).reason == REVIEWED_AGAIN
    assert verify(path).ok


def test_a_decision_may_be_upheld_only_after_the_score_has_changed(path: Path) -> None:
    with opened(path) as study:
        held = study.overrides.decide(ADJUDICATOR, CHOICE, B, before=None)
        study.answers.replace_scores(CHOICE, [Score("choice", "9", "incorrect", "A", "opening")])
        assert study.overrides.of(CHOICE) == held
        again = study.overrides.decide(ADJUDICATOR, CHOICE, B, "still B", before=held)
        assert (again.version, again.scored_outcome, again.scored_chosen) == ("9", "incorrect", "A")


@pytest.mark.parametrize(
    ("adjudicator", "answer", "ruling", "message"),
    [
        ("R-77", CHOICE, B, "not registered"),
        (ADJUDICATOR, "nowhere", B, "no answer"),
        (ADJUDICATOR, CHOICE, Ruling(chosen="E"), "no option E"),
        (ADJUDICATOR, CHOICE, Ruling(grade=BondGrade.EXACT), "only a diagnosis"),
        (ADJUDICATOR, DIAGNOSIS, B, "no option B"),
    ],
)
def test_what_must_not_be_reviewed_is_refused(
    path: Path, adjudicator: str, answer: str, ruling: Ruling, message: str
) -> None:
    with opened(path) as study:
        with pytest.raises(InputRefusedError, match=message):
            study.overrides.decide(adjudicator, answer, ruling, before=None)
        assert not list(study.events(kind="score.overridden"))


def test_an_answer_without_a_score_has_nothing_to_review(path: Path) -> None:
    with opened(path) as study:
        study.connection.write(
            lambda db: db.execute("DELETE FROM scores WHERE answer_id = ?", [CHOICE]), lambda _: None
        )
        with pytest.raises(InputRefusedError, match="no score yet"):
            study.overrides.decide(ADJUDICATOR, CHOICE, B, before=None)


def test_two_at_once_do_not_review_over_each_others_heads(path: Path) -> None:
    with opened(path) as study, opened(path) as other:
        study.overrides.decide(ADJUDICATOR, CHOICE, A, before=None)
        with pytest.raises(StudyChangedError):
            other.overrides.decide("R-01", CHOICE, B, before=None)


def reviewed_rows(study: StudyFile) -> list[tuple[Any, ...]]:
    listed = ", ".join(COLUMNS["score_overrides"])
    return [tuple(row) for row in study.connection.rows(f"SELECT {listed} FROM score_overrides ORDER BY id")]


def test_it_is_made_again_from_the_log(path: Path) -> None:
    review(path, A)
    review(path, B, "slip")
    review(path, Ruling(grade=BondGrade.EXACT), answer=DIAGNOSIS)
    review(path, None, "no", answer=DIAGNOSIS)
    with opened(path) as study:
        before = reviewed_rows(study)
        study.connection.write(lambda db: db.execute("UPDATE score_overrides SET reason = 'x'"), lambda _: None)
    assert [check.name for check in verify(path).checks if not check.ok] == ["projections"]
    with opened(path) as study:
        study.rebuild_projections()
        assert reviewed_rows(study) == before
    assert verify(path).ok


def test_verify_finds_a_row_that_is_missing_and_one_too_many(path: Path) -> None:
    review(path, A)
    with opened(path) as study:
        study.connection.write(lambda db: db.execute("UPDATE score_overrides SET id = 'x'"), lambda _: None)
    (check,) = [check for check in verify(path).checks if not check.ok]
    assert len(check.faults) == 2


def apart(path: Path) -> tuple[Path, Path, Path]:
    """Three copies: one reviews twice, one once, one another answer."""
    files = copy(path, "one.doubleread"), copy(path, "two.doubleread"), copy(path, "three.doubleread")
    review(files[0], A, device="laptop")
    review(files[0], Ruling(refused=True), "on second thoughts", device="laptop")
    review(files[1], B, device="desk")
    review(files[2], Ruling(grade=BondGrade.EXACT), device="ward", answer=DIAGNOSIS)
    return files


def test_copies_that_reviewed_apart_come_together_in_any_order(path: Path) -> None:
    files = apart(path)
    states = set()
    for number, order in enumerate(itertools.permutations(files)):
        target = copy(path, f"merged-{number}.doubleread")
        merged(target, *order)
        merged(target, *order)
        with opened(target) as study:
            held = study.overrides.all()
            assert held[CHOICE].outcome == "refused"
            assert held[DIAGNOSIS].outcome == "correct"
            states.add(study_state(study.connection))
            with study.connection.snapshot() as db:
                (aside,) = overrides_superseded(db)
            assert (aside.reader_id, aside.case_id, aside.events) == (ADJUDICATOR, "case-3", 1)
            assert "reviewed in two copies" in aside.reason
            study.rebuild_projections()
            states.add(study_state(study.connection))
    assert len(states) == 1


def test_a_tie_is_broken_in_the_same_way_everywhere(path: Path) -> None:
    one, two = copy(path, "one.doubleread"), copy(path, "two.doubleread")
    review(one, A, device="laptop")
    review(two, B, device="desk")
    merged(one, two)
    merged(two, one)
    with opened(one) as left, opened(two) as right:
        assert left.overrides.all() == right.overrides.all()
        held = left.overrides.of(CHOICE)
        # A later review follows the decision in force, and then counts itself.
        other = A if held.chosen == "B" else B
        left.overrides.decide(ADJUDICATOR, CHOICE, other, "both copies seen", before=held)
    merged(two, one)
    with opened(two) as right:
        assert right.overrides.of(CHOICE).ruling == other


def test_an_answer_that_is_another_one_here_keeps_its_decision_aside(path: Path) -> None:
    review(path, B)
    body = body_of(path)
    target = copy(path, "target.doubleread")
    forge(target, {**body, "answer_id": "elsewhere"})
    forge(target, {**body, "answer_sha256": "f" * 64, AFTER: "0" * 64, "reason": "other text"})
    report = verify(target)
    assert report.ok
    assert any("decisions on 2 scores superseded" in check.seen for check in report.checks)
    with opened(target) as study:
        assert study.overrides.of(CHOICE).chosen == "B"
        study.overrides.decide(ADJUDICATOR, CHOICE, A, "slip", before=study.overrides.of(CHOICE))
        assert study.overrides.of(CHOICE).chosen == "A"
    assert verify(target).ok


@pytest.mark.parametrize(
    ("changes", "actor", "message"),
    [
        ({"outcome": "incorrect"}, ADJUDICATOR, "by the key, it would be correct"),
        ({"chosen": "Q"}, ADJUDICATOR, "no option Q"),
        ({"grade": 1, "chosen": None}, ADJUDICATOR, "not a grade"),
        ({"outcome": ["correct"]}, ADJUDICATOR, "not complete"),
        ({"answer_sha256": None}, ADJUDICATOR, "not complete"),
        ({}, "R-01", "a different person"),
        ({AFTER: "f" * 64}, ADJUDICATOR, "needs a reason"),
        ({"case_id": "case-99"}, ADJUDICATOR, "no case"),
    ],
)
def test_a_file_with_a_forged_decision_is_refused(
    path: Path, changes: dict[str, Any], actor: str, message: str
) -> None:
    own, foreign = copy(path, "own.doubleread"), copy(path, "foreign.doubleread")
    review(own, B)
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
        assert study.overrides.all() == {}
    assert verify(foreign).ok


def test_a_readers_own_file_knows_nothing_of_reviewed_scores(path: Path, tmp_path: Path) -> None:
    review(path, B, "a reason that tells the key")
    own = tmp_path / "own.doubleread"
    with opened(path) as study:
        split(study, "R-01", own)
    with opened(own) as study:
        assert study.connection.rows("SELECT * FROM score_overrides") == []
        assert not list(study.events(kind="score.overridden"))
        with pytest.raises(StudyFileError, match="own file"):
            study.overrides.decide("R-01", CHOICE, B, before=None)
    assert b"tells the key" not in own.read_bytes()
    merged(path, own)
    with opened(path) as study:
        assert study.overrides.of(CHOICE).chosen == "B"


def test_it_is_recovered_with_the_log(path: Path, tmp_path: Path) -> None:
    review(path, B)
    recover(path, tmp_path / "saved.doubleread", device=DEVICE)
    with opened(tmp_path / "saved.doubleread") as study:
        assert study.overrides.of(CHOICE).chosen == "B"


def test_the_log_of_a_reader_tells_no_key(path: Path) -> None:
    review(path, B)
    review(path, Ruling(), answer="case-3/two")
    with opened(path) as study:
        events: list[Event] = list(study.events(kind="score.overridden"))
        assert len(events) == 2
        said = " ".join(entry.what for entry in history(study, Wanted(kind="score.overridden")))
    assert "correct" not in said
    assert "incorrect" not in said
