"""Every estimate's cases are those that it was counted from."""

from __future__ import annotations

import pytest

from doubleread.results.cases_behind import Behind, cases_behind
from doubleread.results.view import ResultsSession, results_view
from doubleread.store import StudyFile
from sessions.judged_study import answered_study, read


@pytest.fixture
def path(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as study:
        read(study, "R-01", 6)
        read(study, "R-02", 5)
    return tmp_path / "study.doubleread"


@pytest.fixture
def study(path):
    with StudyFile.open(path, device="d", read_only=True) as opened:
        yield opened


def numbers(view, **behind):
    return [case.number for case in cases_behind(view, Behind(**behind)).cases]


def test_the_two_by_two_table(study):
    view = results_view(study)
    for comparison in view.results.accuracy[1:]:
        table = comparison.paired.indeterminate_incorrect.table
        for name in ("both", "first_only", "second_only", "neither"):
            assert len(numbers(view, measure="pair", kind=comparison.kind, name=name)) == getattr(table, name)
        assert len(numbers(view, measure="pair", kind=comparison.kind)) == comparison.compared


def test_outcomes_and_shares(study):
    view = results_view(study)
    for place, arm in enumerate(view.results.arms):
        for kind, accuracy in (("choice", arm.by_kind["choice"]), ("diagnosis", arm.by_kind["diagnosis"])):
            for standing in (
                "correct",
                "incorrect",
                "unparsed",
                "refused",
                "truncated",
                "pending",
                "disputed",
                "unscored",
            ):
                found = numbers(view, measure="outcome", kind=kind, place=place, name=standing)
                assert len(found) == getattr(accuracy, standing)
            for measure, proportion in (
                ("counted", accuracy.indeterminate_incorrect),
                ("clear", accuracy.indeterminate_left_out),
            ):
                assert len(numbers(view, measure=measure, kind=kind, place=place)) == proportion.n


def test_annotations_preferences_and_readers(study):
    view = results_view(study)
    for place, arm in enumerate(view.results.arms):
        assert len(numbers(view, measure="annotations", place=place)) == arm.annotations.answers_with
        assert len(numbers(view, measure="answers", place=place, name="read")) == arm.annotations.answers
        assert len(numbers(view, measure="answers", place=place)) == arm.answered
    one, two = (arm.id for arm in view.results.arms)
    first = 0 if one == "one" else 1
    assert numbers(view, measure="category", place=first, name="fabrication") == [1, 2, 3, 4, 5, 6]
    assert numbers(view, measure="severity", place=first, name="minor") == []
    assert numbers(view, measure="omissions", place=first, name="minor") == [1, 2, 3, 4, 5, 6]
    assert numbers(view, measure="omissions", place=first, name="major") == []
    assert numbers(view, measure="verdict", place=first, name="incorrect") == [1, 2, 3, 4, 5, 6]
    assert numbers(view, measure="lead", name="second" if first == 0 else "first") == [1, 2, 3, 4, 5, 6]
    assert numbers(view, measure="lead", name="even") == []
    assert numbers(view, measure="several") == [1, 2, 3, 4, 5]
    assert two != one


def test_specialties_and_places(study):
    view = results_view(study)
    for group in view.results.accuracy_by_specialty:
        assert len(numbers(view, measure="specialty", name=group.name)) == group.cases
    for top, pair in view.results.diagnoses.top.items():
        assert len(numbers(view, measure="top", kind="diagnosis", place=0, name=top)) == pair.first.successes


def test_words_say_which_cases_they_are(study):
    view = results_view(study)
    assert view.names == ("arm 1", "arm 2")
    assert cases_behind(view, Behind("pair", "choice", name="neither")).title == "neither correct: 1 case"
    title = cases_behind(view, Behind("pair", "choice", name="second_only")).title
    assert title.startswith("arm 2 correct, arm 1 not: ")
    assert cases_behind(view, Behind("several")).title == "read by several readers: 5 cases"


def test_a_session_sees_what_others_write(path):
    session = ResultsSession(StudyFile.open(path, device="d", read_only=True))
    assert dict(session.still_reading) == {"R-02": 1}
    assert session.changed()
    assert not session.changed()
    with StudyFile.open(path, device="other") as study:
        read(study, "R-03", 1)
    assert session.changed()
    assert not session.changed()
    assert session.view().results.progress.committed == 12
    session.close()


def test_a_case_in_detail_names_no_model_while_readers_read(path):
    session = ResultsSession(StudyFile.open(path, device="d", read_only=True))
    shown = session.case("case-0")
    assert list(shown.names) == ["arm 1", "arm 2"]
    assert [reading.reader_id for reading in shown.answers[0].readings] == ["R-01", "R-02"]
    assert sum(len(answer.marked) for answer in shown.answers) == 4
    with StudyFile.open(path, device="other") as study:
        session_of_reader = read(study, "R-04", 1)
        session_of_reader.next_open()
    assert [reading.reader_id for reading in session.case("case-1").answers[0].readings] == ["R-01", "R-02"]
    session.close()
