"""What can be done with a study, and in the library: tables to which every part of the program adds its rows.

A row opens a screen or a form. Its function imports what it needs when it is called, so that the first screen appears
quickly. Its key is free for other uses only on other screens: `tests/tui/test_actions.py` finds keys that mean two
things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from doubleread.tui.shared.actions import Action

if TYPE_CHECKING:
    from doubleread.sessions.study_overview import StudyOverview
    from doubleread.tui.app import DoublereadApp

StudyGroup = Literal["Read", "Answers", "Readers", "Adjudicate", "Results", "Study file"]
STUDY_GROUPS: tuple[StudyGroup, ...] = get_args(StudyGroup)


def _always(_: StudyOverview) -> str:
    return ""


def whole_study(study: StudyOverview) -> str:
    """Return why an action on a whole study does not work in a reader's own file, or an empty string."""
    if study.split_reader is None:
        return ""
    return f"this is the file of {study.split_reader} alone; do it in the study itself"


@dataclass(frozen=True, slots=True)
class StudyAction:
    """One thing to do with a study: a line of the menu on its page.

    `about` says what it does, without a full stop. `open` gets the app and the study's path, and shows a screen or a
    form. `unless` returns why the action does not work now, or an empty string.
    """

    id: str
    key: str
    label: str
    about: str
    group: StudyGroup
    open: Callable[[DoublereadApp, Path], None]
    unless: Callable[[StudyOverview], str] = _always

    @property
    def declared(self) -> Action:
        """The action for keys, command palette and help."""
        return Action(f"study.{self.id}", self.key, self.label, self.about, "Study", f"choose('{self.id}')")


@dataclass(frozen=True, slots=True)
class LibraryTool:
    """One thing to do in the library without a study, such as creating one. `rank` orders it in the key line."""

    id: str
    key: str
    label: str
    about: str
    open: Callable[[DoublereadApp], None]
    rank: int = 0

    @property
    def declared(self) -> Action:
        """The action for keys, key line, command palette and help."""
        return Action(
            f"library.{self.id}", self.key, self.label, self.about, "Studies", f"use('{self.id}')", rank=self.rank
        )


def _read(app: DoublereadApp, path: Path) -> None:
    app.open_study(path)


def _browse(app: DoublereadApp, path: Path) -> None:
    app.open_cases(path)


def _results(app: DoublereadApp, path: Path) -> None:
    app.open_results(path)


def _adjudicate(app: DoublereadApp, path: Path) -> None:
    app.ask_adjudicator(path)


def _review_scores(app: DoublereadApp, path: Path) -> None:
    app.ask_reviewer(path)


def _open_file(app: DoublereadApp) -> None:
    from doubleread.tui.library.opening import open_file_form

    app.open_form(open_file_form)


def _nothing_to_adjudicate(study: StudyOverview) -> str:
    if study.to_adjudicate or study.adjudicated:
        return whole_study(study)
    return whole_study(study) or "no case has been read by two readers yet"


# A table: the first line of a row has its words, the next one says what it does.
# fmt: off
STUDY_ACTIONS: tuple[StudyAction, ...] = (
    StudyAction("read", "o", "Read the cases",
                "Read each case and both answers side by side, blind, and annotate", "Read", _read),
    StudyAction("cases", "b", "Browse the cases",
                "Search and filter the cases, and read them without their answers", "Read", _browse),
    StudyAction("adjudicate", "a", "Adjudicate",
                "Resolve the differences between readers, as an adjudicator", "Adjudicate", _adjudicate,
                _nothing_to_adjudicate),
    StudyAction("review_scores", "s", "Review scores",
                "Decide what an answer says where the automatic score is doubtful", "Adjudicate", _review_scores,
                whole_study),
    StudyAction("results", "r", "Results",
                "See accuracy, hallucinations, preferences and agreement so far", "Results", _results, whole_study),
)
# fmt: on
"""The menu of a study's page, in this order within each group."""

LIBRARY_TOOLS: tuple[LibraryTool, ...] = (
    LibraryTool("open_file", "f", "open file", "Open a study file of any folder", _open_file, rank=15),
)
"""What can be done in the library without a study."""
