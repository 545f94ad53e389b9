"""What controllers need of a screen that shows a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.dialogs import Why
from doubleread.tui.shared.question_bar import Question
from doubleread.tui.shared.saving import Saving, SavingView
from doubleread.tui.shared.text.text_view import TextView


class NavigationView(SavingView, Protocol):
    """A screen that goes from case to case."""

    def leave_case(self) -> None:
        """Save what is still being typed."""

    def arrived(self) -> None:
        """Show the case that the session went to."""

    def all_done(self) -> None:
        """Say that no case is open."""


class ListingView(NavigationView, Protocol):
    """A screen that can ask for one of many."""

    def choose(
        self, title: str, items: Sequence[tuple[str, str]], current: str, then: Callable[[str | None], None]
    ) -> None:
        """Ask for one of many, given as (id, words)."""


class CaseView(ListingView, Protocol):
    """A screen with a case and two answers."""

    @property
    def pane(self) -> Pane:
        """The current text."""

    @property
    def saving(self) -> Saving:
        """Stores actions."""

    def text_of(self, pane: Pane) -> TextView:
        """Return one of the three texts."""

    def go_to(self, pane: Pane, offset: int | None) -> None:
        """Show a text and put the caret at an offset, if there is one."""

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        """Ask below the texts. `then` gets all answers and `by_mouse`; `each` gets every answer with its number."""

    def ask_reason(self, why: Why, then: Callable[[str], None]) -> None:
        """Ask for a reason. Without a reason, `then` is not called."""

    def inform(self, title: str, words: str) -> None:
        """Show something that must be read."""

    def confirm(
        self, title: str, words: str, go_on: str, then: Callable[[bool | None], None], *, back: str = "back"
    ) -> None:
        """Ask whether to go on. `back` is the label of the other choice."""
