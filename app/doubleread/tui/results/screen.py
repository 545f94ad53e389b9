"""The results of a study, live: estimates, each one key away from the cases behind it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from doubleread.config import Settings
from doubleread.errors import DoublereadError
from doubleread.read_model.case_details import CaseDetail
from doubleread.results.cases_behind import Behind, cases_behind
from doubleread.results.view import ResultsSession, ResultsView
from doubleread.tui.results.case_list import CaseListScreen
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.results.page import results_page
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import MessageDialog
from doubleread.tui.shared.guides import RESULTS
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.screen_actions import RESULTS_ACTIONS
from doubleread.tui.shared.spot_lines import SpotLines

LOOK_SECONDS = 1.0
"""Seconds between two checks of the file."""
REST = 3
"""Counting a large study takes a while; the pause before the next count is this many times as long."""


class ResultsScreen(DeclaredScreen):
    """Results of a study that is open in `session`, which this screen closes.

    A thread checks whether the file has changed, counts, and reads cases, so that no key has to wait. `wall` returns
    the time of day.
    """

    DEFAULT_CSS = """
    ResultsScreen {
        background: $surface;
        & > SpotLines { height: 1fr; padding: 0 1; }
    }
    """
    declared = RESULTS_ACTIONS
    guide = RESULTS
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in RESULTS_ACTIONS if action.id != "quit"]

    class Counted(Message):
        """The study was counted."""

        def __init__(self, view: ResultsView) -> None:
            super().__init__()
            self.view = view

    class CaseRead(Message):
        """A case was read from the file."""

        def __init__(self, case: CaseDetail) -> None:
            super().__init__()
            self.case = case

    class Failed(Message):
        """The file could not be read."""

        def __init__(self, error: DoublereadError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self, session: ResultsSession, settings: Settings, *, wall: Callable[[], datetime] = datetime.now
    ) -> None:
        super().__init__(settings.keys)
        self._session = session
        self._settings = settings
        self._wall = wall
        self._ended = threading.Event()
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._sections: list[int] = []
        self.view: ResultsView | None = None

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield HeadLine()
        yield SpotLines()
        yield self.key_line()

    def on_mount(self) -> None:
        """Begin to count."""
        self._head("counting …")
        self.query_one(SpotLines).focus()
        self.run_worker(self._count, thread=True, group="count")
        self.run_worker(self._read_cases, thread=True, group="cases")

    def on_unmount(self) -> None:
        """End the threads."""
        self._ended.set()
        self._wanted.put("")

    def _count(self) -> None:
        """Count whenever the file has changed. Runs in a thread."""
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                if self._session.changed():
                    first = self.view is None  # later the earlier results are shown until all are counted again
                    for view in self._session.views() if first else [self._session.view()]:
                        self.post_message(self.Counted(view))
                        if self._ended.is_set():
                            return
                self._ended.wait(max(LOOK_SECONDS, REST * (time.monotonic() - began)))
        except DoublereadError as error:
            self.post_message(self.Failed(error))

    def _read_cases(self) -> None:
        """Read the cases that are asked for, the last one first, and close the study at the end. Runs in a thread."""
        while case_id := self._wanted.get():
            try:
                self.post_message(self.CaseRead(self._session.case(case_id)))
            except DoublereadError as error:
                self.post_message(self.Failed(error))
        self._session.close()

    def on_results_screen_counted(self, event: Counted) -> None:
        """Show the new results, with the same current spot; the list above, if there is one, too."""
        self.view = event.view
        self._show()
        for screen in self.app.screen_stack:
            if isinstance(screen, CaseListScreen) and isinstance(screen.behind, Behind):
                screen.show(self.view, cases_behind(self.view, screen.behind))

    def on_results_screen_failed(self, event: Failed) -> None:
        """Show what went wrong."""
        self.app.push_screen(MessageDialog.of(event.error))

    def _head(self, state: str) -> None:
        title = self.view.results.title if self.view else self._session.path.stem
        names = "" if self.view is None or self.view.results.blindness.named else "arms not named"
        self.query_one(HeadLine).show([("doubleread", 1), (title, 3), ("results", 9)], [(names, 5), (state, 7)])

    def _show(self) -> None:
        page = self.query_one(SpotLines)
        if self.view is not None and page.line_width:
            lines, self._sections = results_page(self.view, page.line_width)
            page.show(lines)
            self._head(f"as of {self._wall().strftime('%H:%M:%S')}")

    def on_spot_lines_resized(self) -> None:
        """Draw the results for the new width."""
        self._show()

    def action_section(self, by: int) -> None:
        """Go to the next section, or the previous one."""
        page = self.query_one(SpotLines)
        now = page.current_row
        rows = [row for row in self._sections if (row > now if by > 0 else row < self._section_of(now))]
        if rows:
            page.go_to_row(min(rows) if by > 0 else max(rows))

    def _section_of(self, row: int) -> int:
        return max((start for start in self._sections if start <= row), default=0)

    def action_open_spot(self) -> None:
        """List the cases behind the current estimate."""
        self.query_one(SpotLines).action_open_spot()

    def on_spot_lines_opened(self, event: SpotLines.Opened) -> None:
        """List the cases behind an estimate."""
        if self.view is not None and isinstance(event.spot, Behind):
            listed = cases_behind(self.view, event.spot)
            self.app.push_screen(
                CaseListScreen(self.view, event.spot, listed, self._settings.keys, read=self._wanted.put)
            )

    def on_results_screen_case_read(self, event: CaseRead) -> None:
        """Show a case that was asked for."""
        top = self.app.screen
        if isinstance(top, CaseViewScreen):
            top.show(event.case)
        elif isinstance(top, CaseListScreen):
            self.app.push_screen(CaseViewScreen(event.case, top.case_ids, self._settings, read=self._wanted.put))

    def action_back(self) -> None:
        """Return to the list of studies."""
        self.action_library()

    def action_library(self) -> None:
        """Return to the list of studies."""
        self.app.call_later(self.app.run_action, "library")
