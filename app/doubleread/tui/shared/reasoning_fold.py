"""A model's reasoning before its answer, folded to one line until the reader opens it. Shown only after the reveal."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from doubleread.config import Settings
from doubleread.domain.blinding import Side
from doubleread.domain.wording import plural
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import LaidOutOnce


class ReasoningText(TextPane, can_focus=True):
    """The reasoning itself: to be read and scrolled, with nothing to be marked in it."""


class ReasoningFold(LaidOutOnce, Vertical):
    """A line with the number of words, and below it the reasoning if it is unfolded."""

    DEFAULT_CSS = """
    ReasoningFold {
        display: none;
        height: 1;
        & > Chips { height: 1; padding: 0 2; }
        & > ReasoningText { display: none; height: 1fr; color: $text-muted; background: $panel; }
        &.-shown { display: block; }
        &.-open { height: 1fr; }
        &.-open > ReasoningText { display: block; }
    }
    """

    @dataclass
    class Asked(Message):
        """Somebody clicked the line, to unfold the reasoning or to fold it again."""

        side: Side

    def __init__(self, side: Side, settings: Settings) -> None:
        super().__init__()
        self._side = side
        self._settings = settings
        self._key = ""

    def compose(self) -> ComposeResult:
        yield Chips(tick=False, fit=True)
        yield ReasoningText()

    def on_mount(self) -> None:
        """Show the text as the reader's settings say."""
        self.text.line_length = self._settings.line_length
        self.text.set_formatted(self._settings.formatted)

    @property
    def text(self) -> ReasoningText:
        """The text, which takes the keyboard while it is unfolded."""
        return self.query_one(ReasoningText)

    @property
    def unfolded(self) -> bool:
        """Whether the reasoning can be read."""
        return self.has_class("-open")

    def show(self, reasoning: str, key: str) -> None:
        """Offer this reasoning; an empty text hides the line. `key` unfolds it."""
        self._key = key
        if reasoning != self.text.text:
            self.text.set_text(reasoning)
            self.set_class(False, "-open")
            self.set_class(bool(reasoning), "-shown")
        if reasoning:
            self._show_line()

    def toggle(self) -> bool:
        """Unfold the reasoning, or fold it; return whether it is unfolded now."""
        self.toggle_class("-open")
        self._show_line()
        return self.unfolded

    def _show_line(self) -> None:
        words = plural(len(self.text.text.split()), "word")
        mark = "▾" if self.unfolded else "▸"
        self.query_one(Chips).show([Chip("reasoning", f"{mark} reasoning, {words}", key=self._key)])

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        self.post_message(self.Asked(self._side))
