"""Undo and redo on a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from doubleread.sessions.reading_words import NOTHING_TO_REDO
from doubleread.tui.shared.case_view import NavigationView
from doubleread.tui.shared.saving import Saving


class UndoableSession(Protocol):
    """A session whose actions can be undone. Both methods return whether there was anything to do."""

    def undo(self) -> bool:
        """Undo the last action."""

    def redo(self) -> bool:
        """Redo the last action that was undone."""


class History:
    """Undoes and redoes the actions of a session, and tells the person when there is nothing to do."""

    def __init__(self, session: UndoableSession, view: NavigationView, saving: Saving, nothing_to_undo: str) -> None:
        self._session = session
        self._view = view
        self._saving = saving
        self._nothing_to_undo = nothing_to_undo

    def undo(self) -> bool:
        """Undo the last action, and return whether there was one."""
        return self._step(self._session.undo, self._nothing_to_undo)

    def redo(self) -> bool:
        """Redo the last action that was undone, and return whether there was one."""
        return self._step(self._session.redo, NOTHING_TO_REDO)

    def _step(self, step: Callable[[], bool], nothing: str) -> bool:
        self._view.leave_case()
        if self._saving.must_stay():
            return False
        done = self._saving.fetch(step)
        if done:
            self._saving.note_saved()
        elif done is False:
            self._view.tell(nothing)
        self._view.show()
        return bool(done)
