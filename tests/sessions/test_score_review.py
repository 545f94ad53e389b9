"""The queue of scores to be reviewed, a person at it, and the effect on the results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.bond import BondGrade
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_detail, case_details
from doubleread.read_model.history import Wanted, history
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.results.study_methods import study_methods
from doubleread.results.view import results_view
from doubleread.runs.rescoring import score_again
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.score_review import SURE, UPHELD, ScoreReviewSession, doubt, score_review_queue
from doubleread.statistics import Undefined
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from outline_rows import row_of
from sessions.judged_study import answered_study, read, side_of
from sessions.making import ARMS, make_study

ADJUDICATOR = "R-09"
INDETERMINATE = {"case-3/one", "case-3/two"}
DIAGNOSES = {f"case-{number}/{arm}" for number in (4, 5) for arm in ("one", "two")}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyFile]:
    with answered_study(tmp_path / "study.doubleread") as opened:
        opened.readers.register(ADJUDICATOR)
        opened.readers.describe(ADJUDICATOR, "adjudicator", "internist")
        yield opened


def go_to(session: ScoreReviewSession, answer_id: str) -> None:
    while session.step(-1):
        pass
    while session.item is not None and session.item.answer_id != answer_id:
        assert session.step(1), f"{answer_id} is not in the queue"


def review(session: ScoreReviewSession, answer_id: str, ruling: Ruling, reason: str = "") -> None:
    go_to(session, answer_id)
    session.override(ruling, reason)


def grade(number: int) -> Ruling:
    return Ruling(grade=BondGrade(number))


@pytest.mark.parametrize(
    ("outcome", "reason", "kind", "why"),
    [
        ("correct", "stated answer", "choice", ""),
        ("incorrect", "opening", "choice", ""),
        ("correct", "stated answer; letter and text disagree", "choice", "letter and text disagree"),
        ("incorrect", "stated answer; changed its answer", "choice", "changed its answer"),
        ("unparsed", "several", "choice", "unparsed: leaves more than one option open"),
        ("refused", "refused", "choice", "refused: declines to answer"),
        ("truncated", "truncated", "choice", "truncated: ends, or is still reasoning, before it chooses"),
        ("proposed", 'names "Myocardial infarction" word for word', "diagnosis", "a match with the key is proposed"),
        ("unparsed", "no accepted name found", "diagnosis", "no certain match with the key"),
        ("incorrect", "opening", "inference", ""),
        ("correct", "stated answer; changed its answer", "inference", "changed its answer"),
        ("unparsed", "several", "inference", "unparsed: leaves more than one option open"),
        ("measured", "", "coding", ""),
        ("unparsed", "names no code", "coding", ""),
        ("refused", "refused", "summary", ""),
    ],
)
def test_what_is_doubtful_about_a_score(outcome: Any, reason: str, kind: str, why: str) -> None:
    assert doubt(Score(kind, "2", outcome, "B", reason), kind) == why


def test_the_queue_has_what_is_doubtful_in_an_order_that_tells_no_model(study: StudyFile) -> None:
    queue = score_review_queue(study)
    assert {item.answer_id for item in queue.items} == INDETERMINATE | DIAGNOSES
    assert [item.number for item in queue.items] == [1, 2, 3, 4, 5, 6]
    assert [item.answer_id for item in score_review_queue(study).items] == [item.answer_id for item in queue.items]
    study.secret = b"t" * 32
    assert [item.answer_id for item in score_review_queue(study).items] != [item.answer_id for item in queue.items]


def test_an_answer_without_a_word_asks_for_nobody(tmp_path: Path) -> None:
    with make_study(tmp_path / "s.doubleread", 1) as study:
        for arm in ARMS:
            text = " \n" if arm.id == "one" else "?"
            answer = Answer(arm.id, "case-0", arm.id, text, "", "", "stop", {})
            study.answers.record(answer, [Score("choice", "2", "unparsed", None, "empty")])
        assert [item.answer_id for item in score_review_queue(study).items] == ["two"]


def test_nothing_that_is_shown_names_a_model_or_tells_the_key_of_a_choice(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    go_to(session, "case-3/one")
    shown = session.shown()
    assert (shown.key, shown.accept) == ("", ())
    assert shown.reason.startswith("took option B")
    assert shown.evidence.of(shown.text) == "="
    study.answers.replace_scores(
        "case-3/one", [Score("choice", "2", "correct", "B", "opening; changed its answer", 0, 1)]
    )
    shown = session.shown()
    assert "correct" not in f"{shown.reason} {shown.item.why}"
    for place in range(6):
        assert not [arm for arm in ARMS if arm.name in repr(session.shown()) or arm.model_sha256 in repr(shown)]
        assert session.step(1) == (place < 5) or place < 5
    go_to(session, "case-4/one")
    assert (session.shown().key, session.shown().accept) == ("Myocardial infarction", ("heart attack",))


def test_who_is_not_registered_reviews_nothing(study: StudyFile) -> None:
    with pytest.raises(InputRefusedError, match="R-77 is not registered"):
        ScoreReviewSession(study, "R-77")


def test_a_readers_own_file_has_no_queue(study: StudyFile, tmp_path: Path) -> None:
    split(study, "R-01", tmp_path / "own.doubleread")
    with StudyFile.open(tmp_path / "own.doubleread", device="d") as own:
        with pytest.raises(StudyFileError, match="own file"):
            ScoreReviewSession(own, "R-01")
        with pytest.raises(StudyFileError, match="own file"):
            score_review_queue(own)


def test_a_reviewer_who_still_reads_sees_no_key_before_the_commit(study: StudyFile) -> None:
    read(study, "R-01", 4)
    session = ScoreReviewSession(study, "R-01")
    assert {item.answer_id for item in session.queue.items} == INDETERMINATE
    assert session.held_back == 4
    read(study, "R-01", 2)
    assert ScoreReviewSession(study, "R-01").held_back == 0
    # One who never reads is held back from nothing; one who was assigned cases is.
    assert ScoreReviewSession(study, ADJUDICATOR).held_back == 0
    study.readers.assign({ADJUDICATOR: ["case-4", "case-0"]}, {"plan": "all", "seed": 1})
    assert ScoreReviewSession(study, ADJUDICATOR).held_back == 2


def test_reviewing_goes_on_undoes_and_is_still_there_after_a_restart(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    assert not session.undo()
    review(session, "case-3/one", Ruling(chosen="B"))
    assert session.item.reviewed
    assert session.queue.left == 5
    assert session.next_open()
    review(session, "case-4/one", grade(4))
    with pytest.raises(InputRefusedError, match="needs a reason"):
        session.override(grade(5))
    assert session.needs_reason(grade(5))
    session.override(grade(5), "a synonym")
    assert study.overrides.of("case-4/one").outcome == "correct"
    assert session.undo()
    assert (study.overrides.of("case-4/one").grade, session.item.answer_id) == (BondGrade.VERY_CLOSE, "case-4/one")
    assert session.undo()
    assert study.overrides.of("case-4/one") is None
    go_to(session, "case-5/one")
    assert session.undo()
    assert session.item.answer_id == "case-3/one"
    assert not session.undo()
    assert study.overrides.all() == {}
    session.override(Ruling(chosen="A"))
    assert study.overrides.of("case-3/one").outcome == "incorrect"
    again = ScoreReviewSession(study, ADJUDICATOR)
    assert (again.queue.left, again.item.reviewed) == (5, False)
    assert verify(study.path).ok


def test_undo_does_not_undo_what_another_has_reviewed_since(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    review(session, "case-3/one", Ruling(chosen="B"))
    study.readers.register("R-08")
    study.overrides.decide("R-08", "case-3/one", Ruling(), "no", before=study.overrides.of("case-3/one"))
    with pytest.raises(StudyChangedError):
        session.undo()
    assert study.overrides.of("case-3/one").adjudicator_id == "R-08"
    assert session.shown().item.override.adjudicator_id == "R-08"


def test_all_reviewed_leaves_nothing_open(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    for answer_id in sorted(INDETERMINATE):
        review(session, answer_id, Ruling(refused=True))
    for answer_id in sorted(DIAGNOSES):
        review(session, answer_id, grade(0))
    assert (session.next_open(), session.queue.left) == (False, 0)


def test_scoring_again_keeps_what_is_reviewed_and_says_where_the_score_has_changed(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    review(session, "case-3/one", Ruling(chosen="B"))
    study.answers.replace_scores("case-3/one", [Score("choice", "1", "truncated", None, "truncated")])
    assert session.shown().item.changed
    assert not session.item.reviewed
    done = score_again(study)
    (change,) = done.under_overrides
    (now,) = study.answers.scores_of("case-3/one")
    assert (change.case_id, change.arm) == ("case-3", "Alpha-7B")
    # The outcome is the one that was reviewed; the option that was taken is another.
    assert (change.before, change.after, now.chosen) == ("unparsed", "unparsed", None)
    held = study.overrides.of("case-3/one")
    assert (held.outcome, held.chosen) == ("correct", "B")
    study.answers.replace_scores("case-3/one", [Score("choice", "3", "correct", "B", "opening")])
    session.shown()
    assert (session.item.why, session.item.changed) == (SURE, True)
    session.override(Ruling(chosen="B"))
    assert (study.overrides.of("case-3/one").reason, session.item.changed) == (UPHELD, False)


def test_overrides_count_and_the_automatic_proportion_is_shown_beside_them(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    review(session, "case-3/one", Ruling(chosen="B"))
    review(session, "case-3/two", Ruling())
    one, two = (arm.by_kind["choice"] for arm in results(study).arms)
    assert (one.correct, one.incorrect, one.unparsed, one.reviewed) == (3, 1, 0, 1)
    assert (one.indeterminate_incorrect.successes, one.indeterminate_incorrect.n) == (3, 4)
    assert (one.automatic.successes, one.automatic.n) == (2, 4)
    assert (two.unparsed, two.truncated, two.reviewed) == (1, 0, 1)
    assert (two.automatic.successes, two.automatic.n) == (1, 4)
    assert results(study).arms[0].outcomes["unparsed"] == 1
    assert results(study).accuracy[1].paired.indeterminate_incorrect.table.first == 3
    record = json.loads(json.dumps(results_record(results(study)), allow_nan=False))
    assert row_of(record, "accuracy", "choice", "reviewed")["first"] == {"count": 1, "of": 4}
    assert row_of(record, "accuracy", "choice", "automatic")["first"]["successes"] == 2


def test_a_reviewed_diagnosis_counts_without_a_reader_and_over_readers(study: StudyFile) -> None:
    session = ScoreReviewSession(study, ADJUDICATOR)
    review(session, "case-4/one", grade(5))
    review(session, "case-4/two", grade(3))
    found = results(study)
    assert (found.arms[0].by_kind["diagnosis"].correct, found.arms[0].by_kind["diagnosis"].pending) == (1, 1)
    assert (found.arms[1].by_kind["diagnosis"].incorrect, found.arms[1].by_kind["diagnosis"].unparsed) == (1, 1)
    assert found.accuracy[2].compared == 1
    assert found.arms[0].by_kind["diagnosis"].automatic == Undefined(
        "no reader has confirmed or rejected a proposed diagnosis yet"
    )
    # R-01 says that model one names the diagnosis of both cases, R-02 that it does not.
    read(study, "R-01", 6)
    read(study, "R-02", 6)
    one = results(study).arms[0].by_kind["diagnosis"]
    assert (one.correct, one.disputed) == (1, 1)
    review(session, "case-5/one", grade(0))
    one = results(study).arms[0].by_kind["diagnosis"]
    assert (one.correct, one.incorrect, one.disputed, one.reviewed) == (1, 1, 0, 2)


def test_an_automatic_score_is_as_it_was(study: StudyFile) -> None:
    one = results(study).arms[0]
    assert (one.by_kind["choice"].unparsed, one.by_kind["choice"].reviewed) == (1, 0)
    assert one.by_kind["choice"].automatic == one.by_kind["choice"].indeterminate_incorrect
    assert one.by_kind["diagnosis"].pending == 2


def test_places_follow_what_is_reviewed(study: StudyFile) -> None:
    def top(places: int) -> tuple[int, int]:
        table = results(study).diagnoses.top[str(places)].table
        return table.first, table.second

    study.answers.replace_scores("case-5/two", [Score("diagnosis", "2", "unparsed", "MI", "named third", 0, 2, 0.9, 3)])
    assert (top(1), top(3)) == ((2, 1), (2, 2))
    session = ScoreReviewSession(study, ADJUDICATOR)
    # A refuted proposal names it nowhere; a name further down stays where it is, whatever the answer's diagnosis is.
    review(session, "case-4/one", grade(2))
    review(session, "case-5/two", grade(4))
    assert (top(1), top(3)) == ((1, 1), (1, 2))
    review(session, "case-5/two", grade(5), "it is in the list")
    assert (top(1), top(3)) == ((1, 1), (1, 2))
    answers = {case.id: case.answers for case in results_view(study).cases}
    assert answers["case-4"]["one"].rank is None
    assert answers["case-4"]["one"].override is not None
    study.answers.replace_scores("case-5/two", [Score("diagnosis", "2", "unparsed", None, "no accepted name found")])
    assert top(1) == (1, 2)


def read_and_grade(study: StudyFile, reader_id: str, grades: dict[str, int]) -> None:
    """Commit all cases, and grade the answers of those that are diagnoses."""
    session = ReadingSession(study, reader_id)
    for _ in range(6):
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        for arm in ("one", "two"):
            if (number := grades.get(f"{session.case.id}/{arm}")) is not None:
                session.grade_diagnosis(side_of(session, arm), BondGrade(number))
        session.next_open()
    session.leave()


GRADES = {"case-4/one": 5, "case-4/two": 4, "case-5/one": 2, "case-5/two": 0}


def test_grades_of_readers_are_counted_and_compared_with_proposals(study: StudyFile) -> None:
    read_and_grade(study, "R-01", GRADES)
    found = results(study)
    one, two = found.diagnoses.grades
    assert (one.counts, one.graded, one.differ) == ({"5": 1, "4": 0, "3": 0, "2": 1, "0": 0}, 2, 0)
    assert two.counts == {"5": 0, "4": 1, "3": 0, "2": 0, "0": 1}
    assert (found.arms[0].by_kind["diagnosis"].correct, found.arms[0].by_kind["diagnosis"].incorrect) == (1, 1)
    precision = found.diagnoses.proposals[0].precision
    assert (precision.successes, precision.n) == (1, 2)
    assert 0 < precision.low < 0.5 < precision.high < 1
    # Of model two one is proposed and graded 4, one passed over and graded 0: closer by grade than as right or wrong.
    assert found.diagnoses.proposals[1].kappa.value == 0.0
    assert found.diagnoses.grades[1].proposals.value == pytest.approx(0.8, abs=0.02)


def test_where_reader_and_adjudicator_differ_the_reviewed_grade_counts_and_both_are_shown(study: StudyFile) -> None:
    read_and_grade(study, "R-01", GRADES)
    read_and_grade(study, "R-02", {**GRADES, "case-4/one": 4})
    assert results(study).diagnoses.grades[0].differ == 1
    assert results(study).arms[0].by_kind["diagnosis"].disputed == 1
    session = ScoreReviewSession(study, ADJUDICATOR)
    review(session, "case-4/one", grade(5))
    found = results(study)
    assert found.arms[0].by_kind["diagnosis"].correct == 1
    assert (found.diagnoses.grades[0].differ, found.diagnoses.grades[0].counts["5"]) == (0, 1)
    against = found.diagnoses.readers
    assert (against.pairs, against.same.successes, against.same.n) == (2, 1, 2)
    shown = case_detail(study, "case-4", blinding_of(study))
    answer = next(answer for answer in shown.answers if answer.id == "case-4/one")
    assert [reading.grade for reading in answer.readings] == [BondGrade.EXACT, BondGrade.VERY_CLOSE]
    assert answer.override.grade is BondGrade.EXACT
    detail = next(detail for detail in case_details(study, blinding_of(study)) if detail.case.id == "case-4")
    assert answer in detail.answers
    assert study_methods(study, found).readings.corrections == 0


def test_a_grade_comes_after_the_commit_is_undone_and_old_words_keep_working(study: StudyFile) -> None:
    session = ReadingSession(study, "R-01")
    with pytest.raises(InputRefusedError, match="key is still hidden"):
        session.grade_diagnosis("A", BondGrade.EXACT)
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    session.commit()
    with pytest.raises(InputRefusedError, match="only a free-text diagnosis"):
        session.grade_diagnosis("A", BondGrade.EXACT)
    assert not session.reveal().gradable
    session.goto("case-4")
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    assert session.commit().gradable
    session.confirm_diagnosis("A", True)
    held = session.reading.judgement
    assert (held.diagnoses, held.grades) == ({"A": True}, {})
    session.grade_diagnosis("A", BondGrade.CLOSELY_RELATED)
    session.confirm_diagnosis("B", False)
    held = session.reading.judgement
    assert (held.diagnoses, held.grades) == ({"A": False, "B": False}, {"A": BondGrade.CLOSELY_RELATED})
    # A word of an earlier version that says otherwise leaves no grade.
    session.confirm_diagnosis("A", True)
    assert session.reading.judgement.grades == {}
    session.undo()
    assert session.reading.judgement.grades == {"A": BondGrade.CLOSELY_RELATED}
    (row,) = study.connection.rows("SELECT grades, grades_by_answer FROM readings WHERE case_id = 'case-4'")
    assert json.loads(row["grades"]) == {"A": 3}
    assert json.loads(row["grades_by_answer"]) == {session.reading.answer_ids["A"]: 3}
    session.leave()
    said = [entry.what for entry in history(study, Wanted(kind="reading.judged"))]
    assert "judged A grade 3 (closely related)" in said
    assert "judged B does not name the diagnosis" in said
    study.rebuild_projections()
    assert verify(study.path).ok


def test_an_adjudicator_who_does_not_read_keeps_no_model_unnamed(study: StudyFile) -> None:
    read(study, "R-01", 6)
    found = results(study)
    assert found.blindness.named
    assert [reader.reader_id for reader in found.progress.readers] == ["R-01"]
    study.readers.assign({ADJUDICATOR: ["case-4"]}, {"plan": "all", "seed": 1})
    assert not results(study).blindness.named
