"""Other windows on the same study and reader: which one reads, and what the others do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from doubleread.errors import StudyBusyError
from doubleread.sessions.reading import PROTOCOL_CHANGED, ReadingSession
from doubleread.sessions.reading_words import reads_here_now
from doubleread.store.sqlite.patience import waiting_at_most
from doubleread.tui.reading.view import ReadingView


class OtherWindows:
    """Follows what other windows do, for a reading screen. `look` reads the answers again."""

    def __init__(self, session: ReadingSession, view: ReadingView, look: Callable[[], None]) -> None:
        self._session = session
        self._view = view
        self._look = look
        self._protocol = self._session.newest_protocol

    @property
    def words(self) -> str:
        """That another window reads, and how to read here; empty if this one reads."""
        if self._session.reads_here:
            return ""
        key = self._view.key_of("take_over")
        return f"open in another window since {self._session.other_since}" + (f", {key} reads here" if key else "")

    def ask(self) -> None:
        """If another window reads for this reader, tell the reader and ask what to do."""
        if self._session.reads_here:
            return
        words = (
            f"{self._session.reader_id} is open in another window since {self._session.other_since}."
            " Only one window reads and counts the time; the other one is read-only."
        )

        def take(here: bool | None) -> None:
            if here:
                self.take_over()

        self._view.confirm("Open in another window", words, "read here", take, back="only look")

    def take_over(self) -> None:
        """Read in this window; the other one becomes read-only."""
        if self._view.saving.attempt(self._session.take_over):
            self._show(read_here=False)

    def follow(self) -> None:
        """Show what other windows and programs have done, and the clock. Never waits for the file."""
        read_here, before = self._session.reads_here, self._view.judgement

        def look() -> None:
            with contextlib.suppress(StudyBusyError), waiting_at_most(0.0):
                if self._session.follow():
                    self._show(read_here=read_here)
                    if read_here and self._session.reads_here and self._view.judgement != before:
                        self._view.tell("Another window has changed this reading. It is shown here.")

        self._view.saving.attempt(look)
        if self._session.newest_protocol != self._protocol:
            self._protocol = self._session.newest_protocol
            self._view.tell(PROTOCOL_CHANGED, title="Protocol changed", warn=True)
        self._view.show_status()

    def _show(self, *, read_here: bool) -> None:
        self._look()
        self._view.show()
        if self._session.reads_here and not read_here:
            if self._session.makes_answers:
                self._session.start()
            self._view.tell(reads_here_now(self._session.reader_id))
        elif read_here and not self._session.reads_here:
            words = self.words
            self._view.tell(
                f"{self._session.reader_id} is {words}. This window is read-only.", title="Taken over", warn=True
            )
