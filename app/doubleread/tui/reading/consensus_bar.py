"""The current difference of a consensus round: what this reader said, and what others said, who have no names."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doubleread.domain.adjudication import Difference
from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line
from doubleread.sessions.difference_words import held_parts, place_words, reader_words
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.text.wrapping import wrap
from doubleread.tui.shared.textual_adapter import LaidOutOnce

MOST_ROWS = 4
"""How many rows of what readers said are shown without scrolling."""
IN_BAR = frozenset({"agree", "next_difference", "consensus_done"})
"""The actions whose keys the bar has."""


class ConsensusBar(LaidOutOnce, Vertical):
    """Shows one difference. `Chips.Picked` comes from `#consensus` with the id of an action."""

    DEFAULT_CSS = """
    ConsensusBar {
        height: auto;
        & > .about { height: 1; padding: 0 1; color: $primary; text-style: bold; }
        & > .about { text-wrap: nowrap; text-overflow: ellipsis; }
        & > VerticalScroll { height: auto; max-height: 4; padding: 0 1; scrollbar-size-vertical: 1; }
        & > VerticalScroll > Static { height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._held = [Content()]

    def compose(self) -> ComposeResult:
        yield Static(classes="about", markup=False)
        with VerticalScroll(can_focus=False):
            yield Static(classes="held", markup=False)
        yield Chips(id="consensus")

    def rows(self, width: int) -> int:
        """Return the number of rows in a given width."""
        return 2 + min(sum(len(wrap(line.plain, width - 2).rows) for line in self._held), MOST_ROWS)

    def show(self, about: str, difference: Difference | None, chips: list[Chip]) -> None:
        """Show a difference, or that there is none left."""
        held = () if difference is None else difference.held
        self.query_one(".about", Static).update(Content(display_line(about)), layout=False)
        lines = [_line(difference, number) for number in range(len(held))] if difference is not None else []
        nothing = "No other reading differs from yours here. You are done with this case."
        self._held = lines or [Content(nothing)]
        self.query_one(".held", Static).update(Content("\n").join(self._held))
        self.query_one("#consensus", Chips).show(chips)


def about_words(difference: Difference, side: Side | None, place: str, question: str) -> str:
    """Return what a difference is about. `place` says which it is of how many."""
    return f"{place} · {place_words(difference, side)}" + (f": {question}" if question else "")


def chips_of(difference: Difference | None, done: bool, key_of: Callable[[str], str]) -> list[Chip]:
    """Return what can be done about a difference."""
    chips = []
    if difference is not None:
        if not done:
            chips.append(
                Chip("agree", "agree with reader 1" if len(difference.held) == 2 else "agree", key_of("agree"))
            )
        chips.append(Chip("next_difference", "next difference", key_of("next_difference")))
    if not done:
        chips.append(Chip("consensus_done", "done with this case", key_of("consensus_done")))
    return chips


def _line(difference: Difference, number: int) -> Content:
    parts = [Content.styled(f"{reader_words(number):<9}", "bold" if number == 0 else "$text-muted")]
    for index, (words, differs) in enumerate(held_parts(difference, difference.held[number])):
        parts.append(Content(" · " if index else ""))
        parts.append(Content.styled(display_line(words), "bold" if differs else ""))
    return Content("").join(parts)
