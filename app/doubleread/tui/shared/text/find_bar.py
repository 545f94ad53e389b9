"""A line below the texts of a screen to find words in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from doubleread.domain.formatting import whole
from doubleread.domain.spans import Span
from doubleread.domain.word_search import MOST, found_in
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import LaidOutOnce

_LEAST_INPUT = 18
"""Cells that the bar leaves for the words to find, the sign before them, and blanks."""


class NamedText(NamedTuple):
    """A text in which words are found, with its name in the counts."""

    name: str
    pane: TextPane


class FindView(Protocol):
    """A screen with texts."""

    @property
    def texts(self) -> Sequence[NamedText]:
        """The texts, in their order."""

    @property
    def text_number(self) -> int:
        """The index of the current text."""

    def show_text(self, number: int) -> None:
        """Make a text the current one and bring it into view. The keyboard stays where it is."""


class _Place(NamedTuple):
    """A place in the text with a number. Places are in the order in which they are visited."""

    number: int
    span: Span


class FindBar(LaidOutOnce, Horizontal):
    """Finds words in all texts of a screen: marks all places, and goes from one to the next across the texts.

    It begins at the place where the reader was when the bar was opened.
    """

    DEFAULT_CSS = """
    FindBar {
        display: none;
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

    def __init__(self, view: FindView) -> None:
        super().__init__()
        self._view = view
        self._origin = (0, 0)
        self._read: tuple[str, ...] = ()
        self._places: tuple[_Place, ...] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static("/", classes="name", markup=False)
        yield Input(placeholder="find words", compact=True)
        yield Static("", classes="count", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether places are marked."""
        return self.has_class("-open")

    @property
    def has_keyboard(self) -> bool:
        """Whether words to find are typed."""
        return self.is_open and self.query_one(Input).has_focus

    def open(self) -> None:
        """Ask for words. Those of the last time are selected, so that typing replaces them."""
        number = self._view.text_number
        self._origin = number, self._view.texts[number].pane.reading_offset
        self.add_class("-open")
        asked = self.query_one(Input)
        asked.focus()
        asked.select_all()
        self._find(asked.value)

    def end(self) -> None:
        """Remove the marks and hide."""
        self.remove_class("-open")
        for text in self._view.texts:
            text.pane.set_found((), 0)

    def action_close(self) -> None:
        """End the search, and return to the text at the last place."""
        self.end()
        self._view.texts[self._view.text_number].pane.focus(scroll_visible=False)

    def action_step(self, by: int) -> None:
        """Go to the next place, or the previous one; after the last comes the first."""
        if self._read != self._texts_now():
            # An answer has grown.
            self._find(self.query_one(Input).value)
        elif self._places:
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

    def _texts_now(self) -> tuple[str, ...]:
        return tuple(text.pane.text for text in self._view.texts)

    def _find(self, words: str) -> None:
        self._read = self._texts_now()
        shown = [text.pane.shown_text for text in self._view.texts]
        self._places = tuple(
            _Place(number, text.span(found.start, found.end))
            for number, text in enumerate(shown)
            for found in found_in(text.words, words)
        )
        ahead = (at for at, (number, span) in enumerate(self._places) if (number, span.start) >= self._origin)
        self._at = next(ahead, 0)
        self._show()

    def _show(self) -> None:
        here = self._places[self._at] if self._places else None
        for number, text in enumerate(self._view.texts):
            spans = [place.span for place in self._places if place.number == number]
            text.pane.set_found(spans, spans.index(here.span) if here is not None and here.number == number else -1)
        if here is not None:
            if here.number != self._view.text_number:
                self._view.show_text(here.number)
            self._view.texts[here.number].pane.go_to_found(here.span)
        self._say()

    def on_resize(self) -> None:
        """Say what there is room for."""
        self._say()

    def _say(self) -> None:
        """Say how many places there are, and the keys where the words asked for have room beside them."""
        if not self._places:
            said = "not found" if self.query_one(Input).value.strip() else ""
            keys: tuple[str, ...] = ("   esc ends",)
        else:
            said = f"{whole(self._at + 1)} of {whole(len(self._places))}{self._by_text()}"
            keys = ("   enter ↓ next   ↑ previous   esc ends", "   ↓ ↑   esc ends", "   ↓ ↑ esc")
        room = self.size.width - _LEAST_INPUT - len(said)
        keys_shown = next((words for words in keys if len(words) <= room), "")
        self.query_one(".count", Static).update(Content((said + keys_shown).strip()))

    def _by_text(self) -> str:
        """Return how many places each text has, if there are several texts."""
        texts = self._view.texts
        if len(texts) < 2:
            return ""
        counts = [sum(place.number == number for place in self._places) for number in range(len(texts))]
        named = zip(texts, counts, strict=True)
        return " · " + ", ".join(f"{text.name} {whole(count)}{'+' * (count == MOST)}" for text, count in named)
