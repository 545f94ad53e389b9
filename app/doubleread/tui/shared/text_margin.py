"""Notes at the right of a text, each at the row of its span."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from doubleread.domain.display import display_line
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import LazyComponents

LEAST_WIDTH, MOST_WIDTH = 23, 44
"""At least as wide as "A1 fabrication · major" with the blank before it."""
MOST_ROWS = 4
"""Rows of a note."""


@dataclass(frozen=True, slots=True)
class MarginNote:
    """A note on the span that begins at an offset of the text. Its label is emphasised."""

    id: str
    offset: int
    label: str
    words: str
    focused: bool = False


class _Row(NamedTuple):
    note: MarginNote
    text: str
    first: bool


def rows_beside(wanted: Sequence[tuple[int, int]], end: int) -> list[int]:
    """Return the first row of each note, given as (wanted row, height) in the order of the text.

    None overlaps: a note moves down below the one before it, and up if it would end after row `end`.
    """
    first: list[int] = []
    free = 0
    for row, height in wanted:
        first.append(max(row, free))
        free = first[-1] + height
    for index in reversed(range(len(first))):
        first[index] = max(min(first[index], end - wanted[index][1]), 0)
        end = first[index]
    free = 0
    for index, (_, height) in enumerate(wanted):
        first[index] = max(first[index], free)
        free = first[index] + height
    return first


class TextMargin(LazyComponents, Widget, can_focus=False):
    """Shows notes beside a text that it scrolls with. A click on a note posts `Chosen`."""

    DEFAULT_CSS = """
    TextMargin {
        display: none;
        height: 1fr;
        background: $surface;
        & > .margin--label { color: $text-accent; text-style: bold; }
        & > .margin--words { color: $text-muted; }
        & > .margin--focused { color: $background; background: $primary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"margin--label", "margin--words", "margin--focused"}

    @dataclass
    class Chosen(Message):
        """Somebody clicked a note."""

        note_id: str

    def __init__(self, text: TextPane) -> None:
        super().__init__()
        self._text = text
        self._notes: tuple[MarginNote, ...] = ()
        self._rows: dict[int, _Row] | None = None

    def on_mount(self) -> None:
        """Follow the text."""
        self.watch(self._text, "scroll_y", self._scrolled, init=False)
        self.watch(self._text, "virtual_size", self._place_again, init=False)

    def show(self, notes: Sequence[MarginNote]) -> None:
        """Show these notes."""
        new = tuple(sorted(notes, key=lambda note: note.offset))
        if new != self._notes:
            self._notes = new
            self._place_again()

    @property
    def notes(self) -> tuple[MarginNote, ...]:
        """The notes, in the order of the text."""
        return self._notes

    def fit(self, width: int) -> None:
        """Take a width, or no room if it is too narrow for notes."""
        self.display = width >= LEAST_WIDTH
        self.styles.width = width

    def _scrolled(self) -> None:
        self.refresh()

    def on_resize(self) -> None:
        self._place_again()

    def _place_again(self) -> None:
        self._rows = None
        self.refresh()

    @property
    def rows(self) -> dict[int, _Row]:
        """What is in each row of the text's rows, in as many as there are notes for."""
        if self._rows is None:
            lines = [self._lines(note) for note in self._notes]
            wanted = [
                (self._text.row_of(note.offset), len(texts)) for note, texts in zip(self._notes, lines, strict=True)
            ]
            end = max(self._text.virtual_size.height, self.size.height)
            self._rows = {
                first + number: _Row(note, text, number == 0)
                for first, note, texts in zip(rows_beside(wanted, end), self._notes, lines, strict=True)
                for number, text in enumerate(texts)
            }
        return self._rows

    def _lines(self, note: MarginNote) -> list[str]:
        words = display_line(f"{note.label} {note.words}")
        return textwrap.wrap(words, max(self.size.width - 1, 1), max_lines=MOST_ROWS, placeholder=" …") or [""]

    def render_line(self, y: int) -> Strip:
        row = self.rows.get(y + self._text.scroll_offset.y)
        blank = self.rich_style
        if row is None:
            return Strip.blank(self.size.width, blank)
        look = "focused" if row.note.focused else "words"
        words = self._look(look)
        segments = [Segment("▸" if row.note.focused and row.first else " ", blank)]
        if row.first and not row.note.focused:
            # The blank after the label has its style: some viewers of pictures drop blanks at the start of words.
            label = row.text[: len(row.note.label) + 1]
            segments += [Segment(label, self._look("label")), Segment(row.text[len(label) :], words)]
        else:
            segments.append(Segment(row.text, words))
        return Strip(segments).adjust_cell_length(self.size.width, blank)

    def _look(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"margin--{name}", partial=True)

    def on_click(self, event: events.Click) -> None:
        """Go to the annotation of the note that was clicked."""
        row = self.rows.get(event.y + self._text.scroll_offset.y)
        if row is not None:
            event.stop()
            self.post_message(self.Chosen(row.note.id))
