"""Reviewing scores without a screen and without an event loop, on a real study file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.sessions.score_review import ScoreReviewSession
from doubleread.store import StudyFile
from doubleread.tui.score_review.reviewing import ALL_REVIEWED, Reviewing
from tui.plain_view import Asking
from tui.studies import make_study

ADJUDICATOR = "R-09"
CHOICE = "c03/m-zebrafinch"


class Desk(Asking):
    """An adjudicator at the scores of a study: one choice without an option, and two diagnoses."""

    def __init__(self, study: StudyFile) -> None:
        super().__init__()
        self.session = ScoreReviewSession(study, ADJUDICATOR)
        self.reviewing = Reviewing(self.session, self, self.saving)
        self.reviewing.update()

    def arrived(self) -> None:
        self.reviewing.update()

    def all_done(self) -> None:
        self.tell("done")

    def go_to(self, kind: str) -> None:
        """Go to the first answer to a case of a kind."""
        while self.reviewing.shown is None or self.reviewing.shown.case.kind != kind:
            assert self.session.step(1)
            self.reviewing.update()

    @property
    def rulings(self) -> list[Ruling]:
        return [held.ruling for held in self.session.study.overrides.all().values()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with StudyFile.open(make_study(tmp_path / "s.doubleread"), device="d") as study:
        study.readers.register(ADJUDICATOR)
        study.answers.replace_scores(CHOICE, [Score("choice", "2", "unparsed", None, "several")])
        yield Desk(study)


def test_an_option_is_chosen_only_if_the_case_offers_it(desk: Desk) -> None:
    desk.go_to("choice")
    desk.reviewing.choose("Z")
    desk.reviewing.grade(5)
    assert desk.rulings == []
    desk.reviewing.pick("letter A")
    assert desk.rulings == [Ruling(chosen="A")]
    assert desk.saving.words.startswith("saved")


def test_a_diagnosis_is_graded_and_has_no_options(desk: Desk) -> None:
    desk.go_to("diagnosis")
    assert desk.reviewing.gradable
    desk.reviewing.choose("A")
    assert desk.rulings == []
    desk.reviewing.pick("grade 2")
    assert desk.rulings == [Ruling(grade=BondGrade.RELATED)]


def test_after_the_last_one_the_adjudicator_is_thanked(desk: Desk) -> None:
    for decide in (desk.reviewing.none, desk.reviewing.refused, lambda: desk.reviewing.pick("refused")):
        assert ALL_REVIEWED not in desk.told
        decide()
    assert desk.told == [ALL_REVIEWED]
    assert sorted(ruling.refused for ruling in desk.rulings) == [False, True, True]


def test_another_decision_has_a_reason_and_undo_restores_the_first(desk: Desk) -> None:
    desk.go_to("choice")
    desk.reviewing.none()
    while desk.reviewing.ruling is None:
        assert desk.session.step(-1) or desk.session.step(1)
        desk.reviewing.update()
    desk.reviewing.refused()
    (held,) = desk.session.study.overrides.all().values()
    assert (held.ruling, held.reason) == (Ruling(refused=True), "a slip")
    desk.reviewing.undo()
    assert desk.rulings == [Ruling()]
    desk.reviewing.undo()
    assert desk.rulings == []
    desk.reviewing.undo()
    assert desk.told == ["There is nothing to undo."]
