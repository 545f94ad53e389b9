"""The panel of the tour, above the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from doubleread.domain.display import display_text
from doubleread.tui.shared.chips import Chip, Chips


class TourPanel(Vertical):
    """Shows what to try next. It shrinks the texts and never covers them."""

    DEFAULT_CSS = """
    TourPanel {
        display: none;
        height: auto;
        background: $panel;
        & > Static { height: auto; padding: 0 1; color: $foreground; }
    }
    """

    @dataclass
    class Chosen(Message):
        """The reader continues or ends the tour."""

        choice: str

    def compose(self) -> ComposeResult:
        yield Static(markup=False)
        yield Chips(tick=False)

    def show(self, words: str, chips: Sequence[Chip]) -> None:
        self.query_one(Static).update(Content(display_text(words)))
        self.query_one(Chips).show(chips)
        self.display = True

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        self.post_message(self.Chosen(event.chip_id))
