"""A reading session against the real study file."""

from __future__ import annotations

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.blinding import randomised_sides
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from sessions.making import ARMS, DEVICE, Engines, make_study

TEXTS = {"one": "Pneumonia (B). A heart murmur was heard.", "two": "The answer is A. Sarcoidosis, since no fever."}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", protocol=Protocol(reveal_names=True)) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def session(study, clock):
    return ReadingSession(study, "R-01", clock=clock)


def fill(study: StudyFile) -> None:
    for case_id in study.case_ids():
        for arm in ARMS:
            answer = Answer(
                f"{case_id}/{arm.id}",
                case_id,
                arm.id,
                TEXTS[arm.id],
                "2026-03-01T12:00:00.000Z",
                "2026-03-01T12:00:01.000Z",
                "stop",
            )
            study.answers.record(answer, [Score("choice", "1", "correct", "B", "letter")])


def judged(session: ReadingSession) -> ReadingSession:
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    return session


def rows(study: StudyFile, sql: str) -> list[dict]:
    return [dict(row) for row in study.connection.rows(sql)]


def test_sides_are_randomised_by_the_studys_secret(study, session):
    order = randomised_sides(study.secret, "R-01", "case-0")
    texts = {side: answer.text for side, answer in session.answers().items()}
    assert texts == {"A": TEXTS[ARMS[order[0]].id], "B": TEXTS[ARMS[order[1]].id]}


def test_nothing_that_is_shown_before_the_commit_tells_the_key_or_the_models(session):
    shown = repr((session.case, session.answers(), session.case_list(), session.title, session.guideline))
    for secret in ("Alpha", "Beta", "1" * 64, "/models", "explanation", "Fever and cough.", "correct"):
        assert secret not in shown
    assert session.reveal() is None


def test_the_list_of_cases_says_what_is_committed(session):
    judged(session)
    session.commit()
    titles = {case_id: (title, committed) for case_id, title, committed in session.case_list()}
    assert next(iter(titles)) == "case-0"
    assert all(title for title, _ in titles.values())
    assert [case_id for case_id, (_, committed) in titles.items() if committed] == ["case-0"]


def test_a_annotation_is_in_the_file_when_the_call_returns(study, session):
    text = session.answers()["A"].text
    annotation = session.mark("A", "answer", Span(0, 9), "fabrication", "major", note="=none of it")
    (row,) = rows(study, "SELECT * FROM annotations")
    assert (row["quote"], row["note"], row["side"]) == (text[:9], "=none of it", "A")
    assert row["id"] == annotation.id


def test_what_is_revealed_is_the_main_score_whatever_a_second_way_says(study, session):
    for arm in ARMS:
        second = Score("letter-likelihood", "1", "incorrect", "A", "likelihood", confidence=0.9)
        study.answers.replace_scores(f"{session.case.id}/{arm.id}", [second])
    judged(session)
    assert {(score.scorer, score.outcome) for score in session.commit().scores.values()} == {("choice", "correct")}


def test_a_committed_reading_reveals_and_takes_corrections_with_a_reason(study, session):
    judged(session)
    revealed = session.commit()
    assert revealed.key_text == "B  Pneumonia"
    assert set(revealed.names.values()) == {"Alpha-7B", "Beta-7B"}
    assert {score.outcome for score in revealed.scores.values()} == {"correct"}
    with pytest.raises(InputRefusedError):
        session.mark("A", "answer", Span(0, 4), "fabrication", "minor")
    session.mark("A", "answer", Span(0, 4), "fabrication", "minor", reason="overlooked")
    assert session.reading.corrections == ("overlooked",)
    assert session.undo()
    assert session.reading.judgement.annotations == ()
    assert not session.undo()
    assert session.redo()


def test_names_stay_back_where_the_protocol_says_so(tmp_path):
    with make_study(tmp_path / "blind.doubleread") as study:
        fill(study)
        assert judged(ReadingSession(study, "R-01")).commit().names == {}


def test_a_commit_needs_verdicts_and_a_preference_unless_outside_the_field(session):
    with pytest.raises(InputRefusedError, match="verdict on A, verdict on B, preference"):
        session.commit()
    session.judge(outside_field=True)
    session.commit()
    assert session.progress.committed == 1


def test_undo_and_redo_outlive_a_restart(study, session, clock):
    session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    session.mark("B", "answer", Span(0, 4), "negation", "minor")
    session.undo()
    again = ReadingSession(study, "R-01", clock=clock)
    assert len(again.reading.judgement.annotations) == 1
    assert again.redo()
    assert again.undo()
    assert again.undo()
    assert again.reading.judgement.annotations == ()
    assert not again.undo()


def test_moving_twice_is_undone_at_once(session):
    annotation = session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    session.move(annotation.id, Span(0, 6))
    session.move(annotation.id, Span(0, 9))
    assert session.annotation(annotation.id).span == Span(0, 9)
    session.undo()
    assert session.annotation(annotation.id).span == Span(0, 4)


def test_an_omission_and_a_passage_are_in_the_case(session):
    text = session.case.text
    omission = session.mark("B", "case", Span(2, 7), "omission", "minor")
    assert omission.quote == text[2:7]
    annotation = session.mark("A", "answer", Span(0, 4), "negation", "major")
    session.link(annotation.id, Span(0, 7))
    assert session.annotation(annotation.id).passage.quote == text[:7]
    session.unlink(annotation.id)
    assert session.annotation(annotation.id).passage is None


def test_a_refused_annotation_leaves_everything_as_it_was(study, session):
    session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    for span, category in ((Span(0, 4), "fabrication"), (Span(0, 4000), "negation"), (Span(0, 4), "omission")):
        with pytest.raises(InputRefusedError):
            session.mark("A", "answer", span, category, "major")
    assert len(rows(study, "SELECT id FROM annotations")) == 1


def test_a_retracted_annotation_is_gone_from_the_reading_and_kept_in_the_file(study, session):
    annotation = session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    session.retract(annotation.id)
    with pytest.raises(StudyChangedError):
        session.annotation(annotation.id)
    assert rows(study, "SELECT retracted_at FROM annotations")[0]["retracted_at"]


def test_going_on_finds_the_next_case_that_is_open(session):
    judged(session).commit()
    assert session.next_open()
    assert session.case.id == "case-1"
    assert session.step(1)
    assert not session.step(1)
    judged(session).commit()
    assert session.next_open()
    assert session.case.id == "case-1"
    judged(session).commit()
    assert not session.next_open()
    assert session.progress.committed == 3


def test_a_reader_comes_back_to_the_first_open_case(study, session):
    judged(session).commit()
    assert ReadingSession(study, "R-01").case.id == "case-1"
    assert ReadingSession(study, "R-02").case.id == "case-0"


def test_a_confirmed_diagnosis_is_stored_by_answer(study, session):
    with pytest.raises(InputRefusedError):
        session.confirm_diagnosis("A", True)
    judged(session).commit()
    session.confirm_diagnosis("A", True)
    answer_id = session.reading.answer_ids["A"]
    assert (
        rows(study, "SELECT diagnoses_by_answer FROM readings")[0]["diagnoses_by_answer"] == f'{{"{answer_id}":true}}'
    )


def test_time_counts_while_somebody_is_there(study, session, clock):
    for seconds in (10, 20, 500, 5):
        clock.now += seconds
        session.touch()
    clock.now += 3
    assert session.active_seconds == pytest.approx(10 + 20 + 60 + 5 + 3)
    session.leave()
    assert session.active_seconds == pytest.approx(98)
    assert rows(study, "SELECT active_seconds FROM readings")[0]["active_seconds"] == pytest.approx(98)


def test_time_on_one_case_is_not_laid_to_the_next(study, session, clock):
    clock.now += 30
    session.step(1)
    clock.now += 4
    session.leave()
    seconds = [row["active_seconds"] for row in rows(study, "SELECT active_seconds FROM readings ORDER BY case_id")]
    assert seconds == pytest.approx([30, 4])


def test_two_windows_of_one_reader_share_a_reading(study, session):
    other = ReadingSession(StudyFile.open(study.path, device=DEVICE), "R-01")
    session.step(1)
    other.step(1)
    assert session.reading.id == other.reading.id
    session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    other.mark("A", "answer", Span(0, 6), "fabrication", "major")
    assert len(other.reading.judgement.annotations) == 2
    other.close()


def test_a_case_that_another_window_opens_in_the_same_moment_is_taken_over(tmp_path):
    with make_study(tmp_path / "live.doubleread") as study:
        first = ReadingSession(study, "R-01")
        second = ReadingSession(study, "R-01")
        fill(study)
        first.answers()
        second.answers()
        assert first.reading.id == second.reading.id


def test_answers_stream_in_and_the_reading_opens_with_the_second(tmp_path):
    engines = Engines()
    with make_study(tmp_path / "live.doubleread") as study:
        run = GenerationRun(study, engines.factories)
        session = ReadingSession(study, "R-01", run=run)
        engines.load()
        engines.one.write("Pneu")
        assert sorted(answer.text for answer in session.answers().values()) == ["", "Pneu"]
        assert {answer.state for answer in session.answers().values()} == {"writing"}
        with pytest.raises(InputRefusedError):
            session.judge(preference="A")
        engines.one.finish(TEXTS["one"].removeprefix("Pneu"))
        session.answers()
        assert session.reading is None
        engines.two.finish(TEXTS["two"])
        assert {answer.state for answer in session.answers().values()} == {"done"}
        assert session.reading is not None
        assert rows(study, "SELECT count(*) AS n FROM events WHERE kind = 'reading.opened'") == [{"n": 1}]


def test_trouble_reaches_the_reader_without_names(tmp_path):
    engines = Engines()
    with make_study(tmp_path / "live.doubleread") as study:
        run = GenerationRun(study, engines.factories)
        session = ReadingSession(study, "R-01", run=run)
        engines.load()
        engines.one.die("Alpha-7B: by signal SIGKILL")
        (failed,) = [answer for answer in session.answers().values() if answer.state == "failed"]
        assert failed.trouble.happened == "this model: by signal SIGKILL"
        session.make_again(failed.side)
        assert engines.one.starts == 1
        engines.one.load()
        assert session.answers()[failed.side].state == "writing"


def test_a_missing_answer_without_models_says_so(tmp_path):
    with make_study(tmp_path / "prepared.doubleread") as study:
        answers = ReadingSession(study, "R-01").answers()
        assert {answer.state for answer in answers.values()} == {"failed"}
        assert answers["A"].trouble.title == "No answer"


def test_the_file_holds_after_all_of_it(study, session):
    session.mark("A", "answer", Span(0, 4), "fabrication", "major")
    judged(session).commit()
    session.leave()
    assert verify(study.path).ok
    assert [event.kind for event in study.events(kind="reading.committed")] == ["reading.committed"]
