"""What the plain mode does besides while its reader is in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doubleread.plain.arguments import Arguments, NotUnderstoodError
from doubleread.plain.talk import Talk
from doubleread.sessions.training import INTRODUCTION, TrainingSession


class Training:
    """Prints feedback after a commit and the result after the last one. Does nothing outside training.

    `arrived` introduces the case that the session went to, `go_on` opens the study's cases for a reader who has passed.
    """

    def __init__(self, talk: Talk, arrived: Callable[[], None], go_on: Callable[[], None]) -> None:
        self._talk = talk
        self._session = talk.session if isinstance(talk.session, TrainingSession) else None
        self._arrived = arrived
        self._go_on = go_on

    @property
    def active(self) -> bool:
        """Whether the reader is in training."""
        return self._session is not None

    def introduce(self) -> None:
        """Say what training is, to a reader who begins it."""
        session = self._session
        if session is not None and session.training_words == "training" and not session.progress.committed:
            self._say(INTRODUCTION.splitlines())

    def feedback(self, arguments: Arguments) -> None:
        """Compare the reader's judgement of this training case with the reference."""
        arguments.expect_none()
        if self._session is None:
            raise NotUnderstoodError("Feedback is given in training only.")
        if not self.say_feedback():
            self._talk.say("Feedback is given after the commit.")

    def say_feedback(self) -> bool:
        """Print the feedback on this case, and return whether there is some."""
        feedback = self._session.feedback() if self._session is not None else None
        if feedback is None:
            return False
        self._say([f"{feedback.title}.", *feedback.lines()])
        return True

    def say_result(self) -> bool:
        """Print the result of a finished round and ask how to go on. Return whether it is finished."""
        session = self._session
        result = session.round_result() if session is not None else None
        if session is None or result is None:
            return False
        self._say([f"{result.title}.", *result.lines()])
        go_on = "read the study's cases" if result.passed else "repeat these cases"
        if not self._talk.confirm("What now?", go_on, "stay"):
            return True
        if result.passed:
            self._go_on()
        elif self._talk.saved(session.next_round):
            self._arrived()
        return True

    def _say(self, lines: Sequence[str]) -> None:
        self._talk.say_lines([" ".join(line.split()) for line in lines if line.strip()])
