"""The summary of a reader's work: shown after the last commit, and from the command palette at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doubleread.domain.display import display_line
from doubleread.sessions.session_end import ReadingSummary, summary_lines
from doubleread.tui.shared.actions import RoundState, Situation
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.guides import SUMMARY
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.labelled_lines import labelled_lines
from doubleread.tui.shared.screen_actions import SUMMARY_ACTIONS


class SummaryScreen(DeclaredScreen):
    """A page of counts. `closed_by` is what it was closed with: "next", "consensus", "back" or "leave".

    `consensus` says whether a consensus round is offered.
    """

    DEFAULT_CSS = """
    SummaryScreen {
        background: $surface;
        & > .next { height: auto; padding: 1 2 0 2; color: $accent; text-style: bold; }
        & > VerticalScroll { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
        & VerticalScroll > Static { height: auto; text-wrap: nowrap; }
        & > #keys { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    }
    """
    declared = SUMMARY_ACTIONS
    guide = SUMMARY
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in SUMMARY_ACTIONS if action.id != "quit"]

    def __init__(self, summary: ReadingSummary, title: str, remapped: Mapping[str, str], consensus: RoundState) -> None:
        super().__init__(remapped)
        self._summary = summary
        self._title = title
        self._consensus = consensus
        self.closed_by = "back"

    def situation(self) -> Situation:
        progress = self._summary.end.progress
        return Situation(ready=progress.committed < progress.total, consensus=self._consensus)

    def compose(self) -> ComposeResult:
        end = self._summary.end
        yield HeadLine()
        words = f"{end.sentence} {end.next_step}".rstrip()
        if self._consensus == "offered" and not self.situation().ready:
            words += f" {self.key_of('summary.consensus')} goes to the consensus round."
        yield Static(Content(display_line(words)), classes="next", markup=False)
        with VerticalScroll():
            yield Static(markup=False)
        yield self.key_line()

    def on_mount(self) -> None:
        reader_id = self._summary.end.person
        self.query_one(HeadLine).show([("doubleread", 1), (self._title, 2), ("summary", 9)], [(reader_id, 3)])
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        self.query_one("VerticalScroll > Static", Static).update(
            labelled_lines(summary_lines(self._summary), self.size.width - 6)
        )

    def action_close(self, by: str) -> None:
        """Close the page, and note by what."""
        self.closed_by = by
        self.dismiss(None)
