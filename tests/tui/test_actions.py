"""The registry of actions: every action can be called, no key means two things."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import product
from operator import attrgetter
from pathlib import Path

import pytest
from textual.actions import parse
from textual.binding import Binding

from doubleread.config import Settings
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.library import OpenStudy
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.score_review import ScoreReviewSession
from doubleread.store import StudyFile
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.new_study.cases_screen import CasesScreen
from doubleread.tui.new_study.screen import NewStudyScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.reading.summary import SummaryScreen
from doubleread.tui.results.case_list import CaseListScreen
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.results.screen import ResultsScreen
from doubleread.tui.run.screen import RunScreen
from doubleread.tui.score_review.screen import ScoreReviewScreen
from doubleread.tui.shared.actions import ACTIONS, Action, Pane, Situation, offered, shown_keys
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.forms import FormScreen
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS, ALL_ACTIONS, BY_ID
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS
from doubleread.tui.study.actions import LIBRARY_SCREEN_ACTIONS, LIBRARY_TOOLS, STUDY_ACTIONS, STUDY_SCREEN_ACTIONS
from doubleread.tui.study.case_browser import CaseBrowserScreen, CaseReaderScreen
from doubleread.tui.study.screen import StudyScreen
from tui.adjudicated import ADJUDICATOR, READERS, adjudicable_study

OTHERS: tuple[type[DeclaredScreen], ...] = (
    *(LibraryScreen, ResultsScreen, CaseListScreen, CaseViewScreen),
    *(AdjudicationScreen, ScoreReviewScreen, StudyScreen, FormScreen),
    *(CaseBrowserScreen, CaseReaderScreen, RunScreen, NewStudyScreen, CasesScreen),
    SummaryScreen,
)
WITHOUT_CONTROLLERS = tuple(screen for screen in OTHERS if screen not in (AdjudicationScreen, ScoreReviewScreen))


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ALL_ACTIONS)
    menus = {*STUDY_SCREEN_ACTIONS, *LIBRARY_SCREEN_ACTIONS}
    assert len({action.id for action in menus | set(ALL_ACTIONS)}) == len(menus | set(ALL_ACTIONS))
    declared = [action for screen in OTHERS for action in screen.declared]
    assert {*ALL_ACTIONS, *menus} == {*ACTIONS, *declared}


@pytest.fixture
def screens(tmp_path: Path) -> Iterator[list[DeclaredScreen]]:
    """The screens whose controllers act, without an event loop."""
    path, settings = adjudicable_study(tmp_path / "s.doubleread"), Settings()
    with contextlib.ExitStack() as stack:
        reading, adjudication, review = (stack.enter_context(StudyFile.open(path, device="d")) for _ in range(3))
        yield [
            ReadingScreen(OpenStudy(ReadingSession(reading, READERS[0])), settings),
            AdjudicationScreen(AdjudicationSession(adjudication, ADJUDICATOR), settings),
            ScoreReviewScreen(ScoreReviewSession(review, ADJUDICATOR), settings),
        ]


def test_every_declared_action_is_a_method_of_the_screen_or_of_its_controllers(screens: list[DeclaredScreen]) -> None:
    for screen in screens:
        for action in screen.declared:
            owner, name, _ = parse(action.call)
            if owner == "app":
                assert hasattr(DoublereadApp, f"action_{name}"), action.id
            elif owner:
                assert callable(getattr(attrgetter(owner)(screen), name)), action.id
            else:
                assert callable(getattr(screen, f"action_{name}")), action.id


@pytest.mark.parametrize("screen", WITHOUT_CONTROLLERS)
def test_the_screens_without_controllers_can_do_what_they_declare(screen: type[DeclaredScreen]) -> None:
    for action in screen.declared:
        name = action.call.partition("(")[0]
        assert name.startswith("app.") or hasattr(screen, f"action_{name}"), action.id


def test_every_screen_has_its_own_help() -> None:
    own = [screen.guide for screen in (ReadingScreen, *OTHERS) if screen is not FormScreen]
    assert len({guide.title for guide in own}) == len(own)


@pytest.mark.parametrize("screen", OTHERS)
def test_every_key_of_a_screen_means_one_thing(screen: type[DeclaredScreen]) -> None:
    taken: dict[str, Action] = {}
    for action in screen.declared:
        for key in action.keys.split(","):
            assert taken.setdefault(key, action) is action


@pytest.mark.parametrize(
    "action", [*ALL_ACTIONS, *(row.declared for row in (*STUDY_ACTIONS, *LIBRARY_TOOLS))], ids=lambda action: action.id
)
def test_every_action_is_explained(action: Action) -> None:
    assert action.tooltip
    assert not action.tooltip.endswith(".")


@pytest.mark.parametrize("actions", [ACTIONS, ADJUDICATION_ACTIONS], ids=["reading", "adjudication"])
def test_no_key_means_two_things_at_once(actions: tuple[Action, ...]) -> None:
    taken: dict[str, set[str]] = {}
    ours = [action.binding() for action in actions if action.keys]
    for made in Binding.make_bindings([*ours, *CARET_BINDINGS, *SELECTION_BINDINGS]):
        taken.setdefault(made.key, set()).add(made.id)
    shared = [ids for ids in taken.values() if len(ids) > 1]
    assert all(ids <= set(BY_ID) for ids in shared)
    panes: tuple[Pane, ...] = ("case", "A")
    for pane, mode, ready, committed in product(panes, ("", "in_sentences", "in_criteria"), *[(False, True)] * 2):
        now = Situation(
            pane=pane,
            ready=ready,
            committed=committed,
            complete=committed,
            linkable="A1",
            annotations=True,
            in_sentences=mode == "in_sentences",
            in_criteria=mode == "in_criteria",
        )
        for ids in shared:
            assert sum(BY_ID[name].when(now) for name in ids) <= 1, ids


def test_keys_are_shown_as_printed_on_a_keyboard() -> None:
    assert shown_keys(BY_ID["help"], {}) == ("?", "f1")
    assert shown_keys(BY_ID["end_earlier"], {}) == (",",)
    assert shown_keys(BY_ID["confirm"], {}) == ("+",)
    assert shown_keys(BY_ID["commit"], {"commit": "f10,ctrl+k"}) == ("f10", "ctrl+k")
    assert shown_keys(BY_ID["tour"], {}) == ()


def test_only_what_works_is_offered() -> None:
    early = {action.id for action in offered(Situation())}
    assert not early & {"commit", "prefer_a", "edit", "key", "again", "confirm"}
    late = [action.id for action in offered(Situation(pane="A", ready=True, committed=True, annotation="A1"))]
    assert late[:2] == ["help", "next_case"]
    assert "commit" not in late
    judged = offered(Situation(pane="A", ready=True, complete=True))
    assert [action.id for action in judged[:2]] == ["help", "commit"]


def test_an_action_says_which_annotation_it_is_about() -> None:
    now = Situation(pane="case", ready=True, annotation="o1", linkable="A2")
    assert [now.object_of(BY_ID[name]) for name in ("edit", "retract", "passage", "undo")] == ["o1", "o1", "A2", ""]
