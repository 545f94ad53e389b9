"""A reader who follows an assignment, with cases that come a second time."""

from __future__ import annotations

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.axes import Axis
from doubleread.domain.labels import HEGSELMANN
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.results import results
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from sessions.making import ARMS, make_study

CASES = 8
HIDDEN = Protocol(reveal_key=False, axes=(Axis("tone", "Which answer is kinder?"),))


def fill(study: StudyFile) -> None:
    at = "2026-03-01T12:00:00.000Z"
    for case_id in study.case_ids():
        for arm in ARMS:
            study.answers.record(Answer(f"{case_id}/{arm.id}", case_id, arm.id, f"From {arm.id}.", at, at, "stop"))


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "trial.doubleread", CASES, protocol=HIDDEN) as opened:
        fill(opened)
        opened.readers.register("R-01")
        yield opened


def judge(session: ReadingSession) -> None:
    session.rate("tone", "tie")
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    session.commit()


def test_a_session_follows_the_assignment(study):
    study.readers.assign({"R-01": ["case-3", "case-1"]}, {"plan": "all", "seed": 1})
    session = ReadingSession(study, "R-01")
    assert (session.case.id, session.progress.total) == ("case-3", 2)
    assert [place for place, _, _ in session.case_list()] == ["case-3", "case-1"]
    with pytest.raises(KeyError):
        session.goto("case-0")
    assert session.case.id == "case-3"
    assert session.step(1)
    assert session.case.id == "case-1"
    assert not session.step(1)
    # Who was assigned nothing reads everything in the study's order.
    assert ReadingSession(study, "R-02").progress.total == CASES


def test_a_repeat_is_unmarked_and_randomised_again(study):
    cases = study.case_ids()
    study.readers.assign({"R-01": cases + cases}, {"plan": "all", "seed": 1})
    session = ReadingSession(study, "R-01")
    sides = {}
    for place in range(2 * CASES):
        assert session.progress.position == place + 1
        answers = session.answers()
        sides[session.case.id, place >= CASES] = answers["A"].text
        assert session.reading is not None
        assert session.reading.judgement.annotations == ()
        session.mark("A", "answer", Span(0, 4), "fabrication", "minor")
        judge(session)
        session.next_open()
    assert not session.next_open()
    again = [sides[case, False] == sides[case, True] for case in cases]
    assert set(again) == {True, False}
    # The list tells neither by id nor by title which case comes again.
    assert {title for _, title, _ in session.case_list()} == {"case"}
    assert all(committed for _, _, committed in session.case_list())
    # What stands on a side is what stood there, also in a new session.
    later = ReadingSession(study, "R-01")
    for place, (place_id, _, _) in enumerate(later.case_list()):
        later.goto(place_id)
        assert later.answers()["A"].text == sides[later.case.id, place >= CASES]
    # A second reading is for the reader against themselves, and in no result.
    found = results(study)
    (reader,) = found.progress.readers
    assert (reader.opened, reader.committed, dict(found.still_reading)) == (CASES, CASES, {})
    assert found.progress.read_by == {"1": CASES}


def test_a_repeat_read_in_a_file_of_ones_own_shows_the_same_sides_at_home(study, tmp_path):
    from doubleread.store.branches.merge import merge

    cases = study.case_ids()
    study.readers.assign({"R-01": cases + cases}, {"plan": "all", "seed": 1})
    split(study, "R-01", tmp_path / "own.doubleread")
    seen = {}
    with StudyFile.open(tmp_path / "own.doubleread", device="theirs") as own:
        session = ReadingSession(own, "R-01")
        for place_id, _, _ in session.case_list():
            session.goto(place_id)
            seen[place_id] = {side: answer.text for side, answer in session.answers().items()}
    (merged,) = merge(study, [tmp_path / "own.doubleread"])
    assert merged.refused is None
    session = ReadingSession(study, "R-01")
    for place_id, texts in seen.items():
        session.goto(place_id)
        assert {side: answer.text for side, answer in session.answers().items()} == texts


def test_a_case_goes_on_under_the_protocol_under_which_it_was_opened(study):
    session = ReadingSession(study, "R-01")
    study.change_protocol(Protocol(label_set=HEGSELMANN.name), "more kinds")
    session = ReadingSession(study, "R-01")
    assert (session.labels.name, [axis.name for axis in session.axes]) == ("creola-1", ["tone"])
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    with pytest.raises(InputRefusedError, match="comparison by tone"):
        session.commit()
    judge(session)
    assert session.reveal().key_text == ""
    session.next_open()
    assert (session.labels.name, session.axes, session.reveals_key) == ("hegselmann-1", (), True)


def test_a_key_that_is_kept_back_is_in_no_object_of_the_screen(study):
    session = ReadingSession(study, "R-01")
    judge(session)
    assert "Pneumonia" not in repr(session.reveal())
    with pytest.raises(InputRefusedError, match="does not show its key"):
        session.confirm_diagnosis("A", True)
