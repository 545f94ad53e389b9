"""What the reading screen does besides while its reader is in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from textual.binding import BindingType
from textual.screen import Screen

from doubleread.domain.wording import plural
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.training import INTRODUCTION, Feedback, RoundResult, TrainingSession
from doubleread.tui.shared.dialogs import SCROLLING, ConfirmDialog, TextDialog
from doubleread.tui.shared.saving import Saving


class TrainingView(Protocol):
    """What training needs of the reading screen."""

    saving: Saving

    def key_of(self, action_id: str) -> str:
        """Return an action's first key as shown, or an empty string."""

    def arrived(self) -> None:
        """Show the case that the session went to."""


class _ScrolledDialog(ConfirmDialog):
    """Shows lines of any number, which the arrow keys scroll. Enter goes on, escape stays."""

    DEFAULT_CSS = """
    _ScrolledDialog > .box { width: 96; }
    """
    MOST = 0.7
    BINDINGS: ClassVar[list[BindingType]] = [*SCROLLING]


class FeedbackDialog(_ScrolledDialog):
    """Shows a judgement beside the reference."""

    def __init__(self, feedback: Feedback, go_on: str, key: str) -> None:
        again = f"look at the case ({key} shows this again)" if key else "look at the case"
        super().__init__(feedback.title, "\n".join(feedback.lines()), go_on, again)


class RoundDialog(_ScrolledDialog):
    """Shows the result of a round."""

    def __init__(self, result: RoundResult) -> None:
        go_on = "read the study's cases" if result.passed else "repeat these cases"
        super().__init__(result.title, "\n".join(result.lines()), go_on, "stay")


class TrainingGuide:
    """Shows feedback after a commit and the result after the last one. Does nothing outside training.

    `push` shows a screen. `go_on` opens the study's cases for the reader who has passed.
    """

    def __init__(
        self,
        session: ReadingSession,
        view: TrainingView,
        push: Callable[[Screen[Any], Callable[[Any], None]], object],
        go_on: Callable[[], object],
    ) -> None:
        self._session = session if isinstance(session, TrainingSession) else None
        self._view = view
        self._push = push
        self._go_on = go_on

    @property
    def active(self) -> bool:
        """Whether the reader is in training."""
        return self._session is not None

    def introduce(self) -> None:
        """Say what training is, to a reader who begins it."""
        session = self._session
        if session is not None and session.training_words == "training" and not session.progress.committed:
            title = f"Training: {plural(session.progress.total, 'case')}"
            self._push(TextDialog(title, INTRODUCTION), lambda _: None)

    def show_feedback(self) -> None:
        """Show the feedback on the current case; then go on where the reader wants to."""
        session = self._session
        feedback = self._view.saving.fetch(session.feedback) if session is not None else None
        if session is None or feedback is None:
            return

        def take(meant: bool | None) -> None:
            if meant and not self.show_result() and self._view.saving.fetch(session.next_open):
                self._view.arrived()

        go_on = "see the result" if session.all_done else "next case"
        self._push(FeedbackDialog(feedback, go_on, self._view.key_of("feedback")), take)

    def show_result(self) -> bool:
        """Show the result of the round if all its cases are committed, and return whether they are."""
        session = self._session
        result = self._view.saving.fetch(session.round_result) if session is not None else None
        if session is None or result is None:
            return False

        def take(meant: bool | None) -> None:
            if not meant:
                return
            if result.passed:
                self._go_on()
            elif self._view.saving.attempt(session.next_round):
                self._view.arrived()

        self._push(RoundDialog(result), take)
        return True
