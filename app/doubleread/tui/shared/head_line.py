"""The line at the top of the results: what is shown, and how old it is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from doubleread.domain.display import display_line
from doubleread.tui.shared.status_line import fitted

Words = tuple[tuple[str, int], ...]


class HeadLine(Widget):
    """One row with words at both ends. Where it is too narrow for all, what matters least goes first."""

    DEFAULT_CSS = """
    HeadLine { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    words: reactive[tuple[Words, Words]] = reactive(((), ()))

    def show(self, left: Sequence[tuple[str, int]], right: Sequence[tuple[str, int]]) -> None:
        """Show these words, each with its weight."""
        self.words = (tuple(left), tuple(right))

    def render(self) -> Content:
        """Draw the line."""
        left, right = ([(display_line(word), weight) for word, weight in side] for side in self.words)
        return Content(fitted(left, right, self.size.width))
