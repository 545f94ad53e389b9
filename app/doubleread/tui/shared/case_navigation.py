"""Going from case to case."""

from __future__ import annotations

from typing import Protocol

from doubleread.tui.shared.saving import Saving


class CaseSession(Protocol):
    """A session that goes from case to case. `step` and `next_open` return whether there was one to go to."""

    def step(self, by: int) -> bool:
        """Go by a number of cases."""

    def next_open(self) -> bool:
        """Go to the next open case."""

    def goto(self, case_id: str) -> None:
        """Go to a case."""


class NavigationView(Protocol):
    """What navigation needs of a screen."""

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a notice."""

    def leave_case(self) -> None:
        """Save what is still being typed."""

    def arrived(self) -> None:
        """Show the case that the session went to."""

    def all_done(self) -> None:
        """Say that no case is open."""


class CaseNavigation:
    """Leaves a case only once everything in it is saved, then shows the next one."""

    def __init__(self, session: CaseSession, view: NavigationView, saving: Saving) -> None:
        self._session = session
        self._view = view
        self._saving = saving

    def _may_leave(self) -> bool:
        self._view.leave_case()
        return not self._saving.must_stay()

    def step(self, by: int) -> None:
        """Go to the next case, or the previous one."""
        moved = self._saving.fetch(lambda: self._session.step(by)) if self._may_leave() else None
        if moved:
            self._view.arrived()
        elif moved is False:
            self._view.tell("This is the last case." if by > 0 else "This is the first case.")

    def next_open(self) -> None:
        """Go to the next open case, or say that there is none."""
        moved = self._saving.fetch(self._session.next_open) if self._may_leave() else None
        if moved:
            self._view.arrived()
        elif moved is False:
            self._view.all_done()

    def go_to(self, case_id: str | None) -> None:
        """Go to the case that was chosen; None stays."""
        if case_id is not None and self._may_leave() and self._saving.attempt(lambda: self._session.goto(case_id)):
            self._view.arrived()
