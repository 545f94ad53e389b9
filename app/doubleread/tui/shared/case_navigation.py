"""Going from case to case, or in score review from answer to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from doubleread.tui.shared.case_view import ListingView, NavigationView
from doubleread.tui.shared.saving import Saving


class SteppedSession(Protocol):
    """A session that goes from case to case. Both methods return whether there was one to go to."""

    def step(self, by: int) -> bool:
        """Go by a number of cases."""

    def next_open(self) -> bool:
        """Go to the next open case."""

    @property
    def all_done(self) -> bool:
        """Whether no case is open."""


class CaseSession(SteppedSession, Protocol):
    """A session whose cases can be chosen from a list."""

    def goto(self, case_id: str) -> None:
        """Go to a case."""


class CaseList(NamedTuple):
    """All cases as (id, words), and the id of the current one."""

    title: str
    items: list[tuple[str, str]]
    current: str


class Navigation:
    """Leaves a case only once everything in it is saved, then shows the next one. `noun` is what is gone through."""

    def __init__(self, session: SteppedSession, view: NavigationView, saving: Saving, noun: str = "case") -> None:
        self._session = session
        self._view = view
        self._saving = saving
        self._noun = noun

    def _may_leave(self) -> bool:
        self._view.leave_case()
        return not self._saving.must_stay()

    def step(self, by: int) -> None:
        """Go to the next case, or the previous one."""
        moved = self._saving.fetch(lambda: self._session.step(by)) if self._may_leave() else None
        if moved:
            self._view.arrived()
        elif moved is False and by > 0 and self._session.all_done:
            self._view.all_done()
        elif moved is False:
            self._view.tell(f"This is the {'last' if by > 0 else 'first'} {self._noun}.")

    def next_open(self) -> None:
        """Go to the next open case, or say that there is none."""
        moved = self._saving.fetch(self._session.next_open) if self._may_leave() else None
        if moved:
            self._view.arrived()
        elif moved is False:
            self._view.all_done()


class CaseNavigation(Navigation):
    """Also lets the person choose from a list."""

    def __init__(self, session: CaseSession, view: ListingView, saving: Saving, listed: Callable[[], CaseList]) -> None:
        super().__init__(session, view, saving)
        self._choose = view.choose
        self._goto = session.goto
        self._listed = listed

    def choose(self) -> None:
        """Ask for a case and go there."""
        listed = self._saving.fetch(self._listed)
        if listed is not None:
            self._choose(*listed, self.go_to)

    def go_to(self, case_id: str | None) -> None:
        """Go to the case that was chosen; None stays."""
        if case_id is not None and self._may_leave() and self._saving.attempt(lambda: self._goto(case_id)):
            self._view.arrived()
