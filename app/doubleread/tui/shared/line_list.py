"""A list of lines with a current one, below the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line


class LineList(OptionList):
    """One row for each line, given as (id, words). Moving by keys, enter, or a click chooses one."""

    DEFAULT_CSS = """
    LineList {
        height: 3;
        border: none;
        padding: 0 1;
        & > .option-list--option { padding: 0; }
        background: $surface;
        scrollbar-size-vertical: 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        & > .option-list--option-highlighted { background: $surface; color: $foreground; text-style: none; }
        & > .option-list--option-disabled { color: $text-muted; }
        &.-chosen > .option-list--option-highlighted { background: $panel; text-style: bold; }
        &:focus { border: none; background-tint: transparent; }
        &:focus > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "screen.back", show=False)]

    @dataclass
    class Chosen(Message):
        """Somebody wants to go to a line."""

        line_id: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_lines(self, lines: Sequence[tuple[str, str]], current: str | None, *, nothing: str) -> None:
        """Show these lines, of which `current` is the current one, or `nothing` if there are none."""
        if tuple(lines) != self._shown or not self.option_count:
            self._shown = tuple(lines)
            self.clear_options()
            if lines:
                self.add_options(Option(Content(display_line(words)), id=line_id) for line_id, words in lines)
            else:
                self.add_option(Option(Content(nothing), disabled=True))
        index = next((index for index, (line_id, _) in enumerate(lines) if line_id == current), None)
        self.set_class(index is not None, "-chosen")
        with self.prevent(OptionList.OptionHighlighted):
            self.highlighted = index
        if index is not None:
            self.scroll_to_highlight()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id:
            self.post_message(self.Chosen(event.option_id))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Go to each line that the keys move to."""
        event.stop()
        if event.option_id and self.has_focus:
            self.post_message(self.Chosen(event.option_id))
