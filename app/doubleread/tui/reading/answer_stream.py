"""Following the answers of a case while models write them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from doubleread.domain.blinding import Side
from doubleread.errors import StudyBusyError
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.shared.saving import Saving

DRAIN_SECONDS = 0.04
STILL_SECONDS = 1.0
"""Seconds between two looks at a growing answer, for people who want reduced motion."""
RETRY_SECONDS = 0.5


class Timer(Protocol):
    """A timer that can be stopped."""

    def stop(self) -> None:
        """Do not call back."""


class AnswersView(Protocol):
    """What `AnswerStream` needs of a screen."""

    @property
    def still(self) -> bool:
        """Whether the person wants reduced motion."""

    def wake(self) -> None:
        """Have `AnswerStream.look_soon` called by the screen's own thread. May be called from any thread."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back after some seconds."""

    def show_answer(self, side: Side, answer: BlindAnswer) -> None:
        """Show an answer as far as it is written."""

    def show_states(self) -> None:
        """Show the states of the answers, and what can be done now."""

    def show(self) -> None:
        """Show everything that an action can change."""


class AnswerStream:
    """Both answers of the case. The engines only say that something changed; the text is in the session."""

    def __init__(self, session: ReadingSession, view: AnswersView, saving: Saving) -> None:
        self._session = session
        self._view = view
        self._saving = saving
        self._told = False
        self._drained = 0.0
        self._timer: Timer | None = None
        self.answers: dict[Side, BlindAnswer] = {}
        self._finished = True

    @property
    def ready(self) -> bool:
        """Whether both answers are finished, so that they can be judged."""
        return self._finished and self._session.reading is not None

    def clear(self) -> None:
        """Forget the answers, because another case is shown."""
        self._take({})

    def _take(self, answers: dict[Side, BlindAnswer]) -> None:
        self.answers = answers
        # Asked for at every key, a hundred times.
        self._finished = all(item.state == "done" for item in answers.values())

    def hear(self) -> None:
        """Note that something changed. May be called from any thread."""
        if not self._told:
            self._told = True
            self._view.wake()

    def look_soon(self) -> None:
        """Look at the answers, at most every `DRAIN_SECONDS`, or with reduced motion every `STILL_SECONDS`."""
        wait = self._drained + (STILL_SECONDS if self._view.still else DRAIN_SECONDS) - time.monotonic()
        if wait <= 0:
            self.drain()
        elif self._timer is None:
            self._timer = self._view.set_timer(wait, self.drain)

    def drain(self) -> None:
        """Show what has come since the last time."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._drained = time.monotonic()
        self._told = False
        was_ready = self.ready
        self.look()
        if self.ready and not was_ready:
            self._saving.note_saved()
            self._view.show()

    def look(self) -> None:
        """Look at the answers now or, while the file is locked, in a moment."""

        def read() -> None:
            try:
                self._read()
            except StudyBusyError:
                if self._timer is None:
                    self._timer = self._view.set_timer(RETRY_SECONDS, self.drain)

        self._saving.attempt(read)

    def _read(self) -> None:
        before = {side: answer.state for side, answer in self.answers.items()}
        self._take(self._session.answers())
        for side, answer in self.answers.items():
            self._view.show_answer(side, answer)
        if before != {side: answer.state for side, answer in self.answers.items()}:
            self._view.show_states()

    @property
    def can_make_again(self) -> bool:
        """Whether an answer failed and can be generated again."""
        return self._session.makes_answers and any(answer.state == "failed" for answer in self.answers.values())

    def make_again(self) -> None:
        """Generate the failed answers of this case again."""
        for side, answer in self.answers.items():
            if answer.state == "failed":
                self._saving.attempt(partial(self._session.make_again, side))
        self.drain()
