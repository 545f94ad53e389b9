"""A line below a text to find words in it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from doubleread.domain.formatting import whole
from doubleread.domain.spans import Span
from doubleread.domain.word_search import MOST, found_in
from doubleread.tui.shared.text.text_pane import TextPane

_LEAST_INPUT = 18
"""Cells that the bar leaves for the words to find, the sign before them, and blanks."""


class FindBar(Horizontal):
    """Finds words in the text of the same pane: marks all places, and goes from one to the next."""

    DEFAULT_CSS = """
    FindBar {
        display: none;
        dock: bottom;
        height: 1;
        background: $panel;
        & > Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
        & > Input:focus { border: none; }
        & > Static { width: auto; height: 1; padding: 0 1; color: $text-muted; }
        & > .name { color: $accent; text-style: bold; }
        &.-open { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("escape", "close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._places: tuple[Span, ...] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static("/", classes="name", markup=False)
        yield Input(placeholder="find words", compact=True)
        yield Static("", classes="count", markup=False)

    @property
    def _text(self) -> TextPane:
        assert self.parent is not None
        return self.parent.query_one(TextPane)

    @property
    def is_open(self) -> bool:
        """Whether words are being looked for."""
        return self.has_class("-open")

    def open(self) -> None:
        """Ask for words. Those of the last time are selected, so that typing replaces them."""
        self.add_class("-open")
        asked = self.query_one(Input)
        asked.focus()
        asked.select_all()
        self._find(asked.value)

    def action_close(self) -> None:
        """Remove the marks, and return to the text at the last place."""
        self.remove_class("-open")
        self._text.set_found((), 0)
        self._text.focus()

    def action_step(self, by: int) -> None:
        """Go to the next place, or the previous one; after the last comes the first."""
        if self._places:
            self._at = (self._at + by) % len(self._places)
            self._show()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self._find(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_step(1)

    def _find(self, words: str) -> None:
        text = self._text
        self._places = found_in(text.text, words)
        here = text.reading_offset
        self._at = next((number for number, span in enumerate(self._places) if span.start >= here), 0)
        self._show()

    def _show(self) -> None:
        text = self._text
        text.set_found(self._places, self._at)
        if self._places:
            text.go_to_found(self._places[self._at])
        self._say()

    def on_resize(self) -> None:
        """Say what there is room for."""
        self._say()

    def _say(self) -> None:
        """Say how many places there are, and the keys where the words asked for have room beside them."""
        count = len(self._places)
        more = "+" if count == MOST else ""
        if count:
            said = f"{whole(self._at + 1)} of {whole(count)}{more}"
            keys: tuple[str, ...] = ("   enter ↓ next   ↑ previous   esc ends", "   ↓ ↑   esc ends", "   ↓ ↑ esc")
        else:
            said = "not found" if self.query_one(Input).value.strip() else ""
            keys = ("   esc ends",)
        assert isinstance(self.parent, Widget)
        room = self.parent.size.width - _LEAST_INPUT - len(said)
        self.query_one(".count", Static).update(
            Content((said + next((words for words in keys if len(words) <= room), "")).strip())
        )
