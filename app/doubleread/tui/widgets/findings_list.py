"""The list of findings, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line
from doubleread.domain.finding import Finding

NOTHING = "no findings yet: select words in an answer, then m; or drag with the mouse"


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding with the symbol that stands beside it in the text, and the side of the answer that it is laid to."""

    symbol: str
    side: Side
    finding: Finding


def described(item: Listed) -> str:
    """Say a finding in one line."""
    finding = item.finding
    category = f"{finding.category} by {item.side}" if finding.place == "case" else finding.category
    words = [item.symbol.ljust(3), f"{category}, {finding.severity}".ljust(20), f"“{finding.quote}”"]
    rated = [rating for rating in (finding.basis, finding.harm and f"harm {finding.harm}", finding.certainty) if rating]
    if rated:
        words.append(f"· {', '.join(rated)}")
    if finding.passage:
        words.append("· case passage")
    if finding.note:
        words.append(f"· {finding.note}")
    return display_line(" ".join(words))


class FindingsList(OptionList):
    """Findings in the order in which they were marked. Enter or a click goes to the place in the text."""

    DEFAULT_CSS = """
    FindingsList {
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

    class Chosen(Message):
        """The reader wants to go to a finding."""

        def __init__(self, finding_id: str) -> None:
            super().__init__()
            self.finding_id = finding_id

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._items: tuple[Listed, ...] = ()

    def show(self, items: Sequence[Listed], focused: str | None) -> None:
        """Show these findings, with one of them chosen."""
        if tuple(items) != self._items or not self.option_count:
            self._items = tuple(items)
            self.clear_options()
            if items:
                self.add_options(Option(Content(described(item)), id=item.finding.id) for item in items)
            else:
                self.add_option(Option(Content(NOTHING), disabled=True))
        index = next((index for index, item in enumerate(items) if item.finding.id == focused), None)
        self.set_class(index is not None, "-chosen")
        with self.prevent(OptionList.OptionHighlighted):
            self.highlighted = index
        if index is not None:
            self.scroll_to_highlight()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the finding."""
        event.stop()
        if event.option_id:
            self.post_message(self.Chosen(event.option_id))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Moving in the list by keys shows each finding in its text."""
        event.stop()
        if event.option_id and self.has_focus:
            self.post_message(self.Chosen(event.option_id))
