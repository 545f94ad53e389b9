"""The words selected in an answer, marked in the case as well, so that a glance tells whether the case has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual.timer import Timer

from doubleread.domain.blinding import Side
from doubleread.domain.spans import Span
from doubleread.domain.word_echo import WordEcho, word_echo
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.reading.marking import Marking
from doubleread.tui.reading.view import ReadingView

SETTLED_SECONDS = 0.1
"""How long a selection rests before its words are looked for, so that keys that extend it are not slowed."""


class EchoView(ReadingView, Protocol):
    """The reading screen, as it shows where the case has the selected words."""

    def show_echo(self, found: WordEcho | None) -> None:
        """Mark the places of the case, and say what it has."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back after some seconds."""


class Echoing:
    """Follows what is selected in the answers, and the annotation that was chosen last.

    In the case, what was selected in the answer that the reader came from still counts.
    """

    def __init__(self, session: ReadingSession, view: EchoView, marking: Marking) -> None:
        self._session = session
        self._view = view
        self._marking = marking
        self._side: Side = "A"
        self._asked = ""
        self._shown: WordEcho | None = None
        self._waiting: Timer | None = None

    @property
    def places(self) -> tuple[Span, ...]:
        """The places of the case that have the words, those with most of them first."""
        return self._shown.places if self._shown is not None else ()

    def begin_case(self) -> None:
        """Forget the places of another case."""
        self._stop_waiting()
        self._side = "A"
        self._asked = ""
        self._shown = None
        self._view.show_echo(None)

    def update_soon(self) -> None:
        """Look for the words that are selected once the selection has come to rest."""
        self._stop_waiting()
        self._waiting = self._view.set_timer(SETTLED_SECONDS, self.update)

    def catch_up(self) -> None:
        """Look for the words now if that was to happen soon."""
        if self._waiting is not None:
            self.update()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def update(self) -> None:
        """Look for the words that are selected or annotated now."""
        self._stop_waiting()
        pane = self._view.pane
        if pane != "case":
            self._side = pane
        words = self._words()
        if words == self._asked:
            return
        self._asked = words
        self._shown = word_echo(words, self._session.case.whole)
        self._view.show_echo(self._shown)

    def _words(self) -> str:
        text = self._view.text_of(self._side)
        if text.selection is not None:
            return text.selection.of(text.text)
        item = self._marking.focused_item
        return item.annotation.quote if item is not None and item.annotation.in_answer else ""
