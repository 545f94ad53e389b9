"""What a model thought before its answer, folded to one line until the reader wants it. Comes with the reveal alone."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from doubleread.config import Settings
from doubleread.domain.blinding import Side
from doubleread.domain.wording import plural
from doubleread.tui.text.text_pane import TextPane
from doubleread.tui.widgets.chips import Chip, Chips


class ThinkingText(TextPane, can_focus=True):
    """The thinking itself: to be read and scrolled, with nothing to be marked in it."""


class ThinkingFold(Vertical):
    """A line with the number of words, and below it the thinking where it is unfolded."""

    DEFAULT_CSS = """
    ThinkingFold {
        display: none;
        height: 1;
        & > Chips { height: 1; padding: 0 2; }
        & > ThinkingText { display: none; height: 1fr; color: $text-muted; background: $panel; }
        &.-shown { display: block; }
        &.-open { height: 1fr; }
        &.-open > ThinkingText { display: block; }
    }
    """

    class Asked(Message):
        """Somebody clicked the line, to unfold the thinking or to fold it again."""

        def __init__(self, side: Side) -> None:
            super().__init__()
            self.side = side

    def __init__(self, side: Side, settings: Settings) -> None:
        super().__init__()
        self._side = side
        self._line_length = settings.line_length
        self._key = ""

    def compose(self) -> ComposeResult:
        """Make the line and the text."""
        yield Chips(tick=False, fit=True)
        yield ThinkingText()

    def on_mount(self) -> None:
        """Give the text the reader's own line length."""
        self.text.line_length = self._line_length

    @property
    def text(self) -> ThinkingText:
        """The text, which takes the keyboard while it is unfolded."""
        return self.query_one(ThinkingText)

    @property
    def unfolded(self) -> bool:
        """Whether the thinking can be read."""
        return self.has_class("-open")

    def show(self, thinking: str, key: str) -> None:
        """Offer this thinking; an empty one takes it away. `key` unfolds it."""
        self._key = key
        if thinking != self.text.text:
            self.text.set_text(thinking)
            self.set_class(False, "-open")
            self.set_class(bool(thinking), "-shown")
        if thinking:
            self._show_line()

    def toggle(self) -> bool:
        """Unfold the thinking, or fold it; return whether it is unfolded now."""
        self.toggle_class("-open")
        self._show_line()
        return self.unfolded

    def _show_line(self) -> None:
        words = plural(len(self.text.text.split()), "word")
        mark = "▾" if self.unfolded else "▸"
        self.query_one(Chips).show([Chip("thinking", f"{mark} thinking, {words}", key=self._key)])

    def on_chips_picked(self, event: Chips.Picked) -> None:
        """Ask for it by click."""
        event.stop()
        self.post_message(self.Asked(self._side))
