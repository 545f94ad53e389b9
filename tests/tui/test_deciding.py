"""Resolving differences without a screen and without an event loop, on a real study file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.difference_words import place_words
from doubleread.store import StudyFile
from doubleread.tui.adjudication.deciding import Deciding, DecisionHistory
from tui.adjudicated import ADJUDICATOR, ALONE, adjudicable_study
from tui.plain_view import Asking, PlainText


class View(Asking):
    """What deciding knows of the adjudication screen."""

    def __init__(self, session: AdjudicationSession) -> None:
        super().__init__()
        self.texts = {"case": PlainText(session.case.text)}
        self.texts |= {side: PlainText(text) for side, text in session.answers.items()}

    def text_of(self, pane: str) -> PlainText:
        return self.texts[pane]

    def go_to(self, pane: str, offset: int | None) -> None:
        self.pane = pane
        self.texts[pane].caret = offset or 0


class Desk:
    """An adjudicator at a study."""

    def __init__(self, study: StudyFile) -> None:
        self.session = AdjudicationSession(study, ADJUDICATOR, clock=lambda: 0.0)
        self.view = View(self.session)
        self.deciding = Deciding(self.session, self.view)
        self.view.on_show = self.deciding.update
        self.history = DecisionHistory(self.session, self.view, self.deciding)
        self.deciding.go_to(self.deciding.first)

    def go_to(self, subject: str) -> str:
        """Go to the first difference of a kind, and return its id."""
        found = next(item for item in self.session.differences if item.subject == subject)
        self.deciding.choose(found.id)
        return found.id

    def decision(self, difference_id: str):
        decision = self.session.decision_of(difference_id)
        assert decision is not None
        return decision


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = adjudicable_study(tmp_path / "s.doubleread")
    with StudyFile.open(path, device="d") as study:
        yield Desk(study)


def test_a_decision_leads_to_the_next_open_difference(desk: Desk) -> None:
    first, second = (item.id for item in desk.session.differences[:2])
    assert desk.deciding.difference_id == first
    desk.deciding.take(0)
    assert desk.decision(first).how == "take"
    assert desk.deciding.difference_id == second
    assert desk.deciding.resolved == 1


def test_undo_goes_back_to_what_changed(desk: Desk) -> None:
    first = desk.deciding.difference_id
    desk.deciding.reject()
    assert desk.deciding.difference_id != first
    assert desk.history.undo()
    assert (desk.deciding.difference_id, desk.deciding.resolved) == (first, 0)
    difference = desk.deciding.difference
    assert difference is not None
    words = place_words(difference, desk.session.side_of(difference.id))
    words = f"{words[:1].upper()}{words[1:]}: rejected: no annotation."
    assert desk.view.told[-1] == f"Undone: {words}"
    assert desk.history.redo()
    assert desk.view.told[-1] == f"Redone: {words}"


def test_steps_go_around(desk: Desk) -> None:
    desk.deciding.step(-1)
    assert desk.deciding.difference_id == desk.session.differences[-1].id
    desk.deciding.step(1)
    assert desk.deciding.difference_id == desk.session.differences[0].id


def test_joined_words_are_rated_again_if_readers_rate_differently(desk: Desk) -> None:
    difference_id = desk.go_to("annotation")
    desk.deciding.join()
    desk.view.reply("own", "causality", "minor")
    assert desk.decision(difference_id).how == "join"
    annotation = desk.session.resolution().annotation(difference_id)
    assert (annotation.category, annotation.severity) == ("causality", "minor")


def test_own_words_resolve_only_the_text_they_are_in(desk: Desk) -> None:
    difference_id = desk.go_to("annotation")
    desk.deciding.propose("case", Span(0, 4))
    assert desk.view.told[-1].startswith("The current difference is another one: annotation in answer")
    assert not desk.view.asked
    pane = desk.view.pane
    text = desk.view.texts[pane]
    desk.deciding.propose(pane, text.span(ALONE))
    desk.view.reply("fabrication", "minor")
    assert desk.session.resolution().annotation(difference_id).quote == ALONE


def test_an_own_value_is_asked_for(desk: Desk) -> None:
    difference_id = desk.go_to("preference")
    desk.deciding.own()
    desk.view.reply("both bad")
    assert desk.session.resolution().preference == "both bad"
    assert desk.session.decision_of(difference_id) is not None


def test_a_resolved_case_is_opened_again_with_a_reason(desk: Desk) -> None:
    while desk.session.missing_for_commit():
        desk.deciding.take(0)
    assert desk.view.told[-1].startswith("Every difference of this case is resolved.")
    desk.session.commit()
    desk.deciding.reopen()
    assert not desk.session.committed
    assert desk.view.told[-1] == "This case is open again."


def test_the_tabs_count_what_is_open_in_each_text(desk: Desk) -> None:
    before = {pane: desk.deciding.open_in(pane) for pane in ("case", "A", "B")}
    desk.go_to("omission")
    desk.deciding.take(1)
    assert desk.deciding.open_in("case") == before["case"] - 1
