"""The line at the top of a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from doubleread.domain.display import display_line
from doubleread.tui.shared.textual_adapter import LaidOutOnce

SEPARATOR = " · "


class Weighed(NamedTuple):
    """Words and their weight: if the line is too narrow, the words of the lowest weight are left out.

    Before any words as heavy as those with a `short` form are left out, all that have one are shortened.
    """

    words: str
    weight: int
    short: str = ""


Words = tuple[str, int] | tuple[str, int, str]


def clock_text(seconds: float) -> str:
    """Return a duration as minutes and seconds, "02:14", with hours if there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


BAR_CELLS = 12
DONE, LEFT = "━", "┄"
"""The cells of the progress bar. Blocks would look like redacted words."""


def progress_bar(done: int, total: int) -> str:
    """Return a bar of `BAR_CELLS` cells; it is full only if everything is done, and empty only if nothing is."""
    filled = min(max(done * BAR_CELLS // max(total, 1), done > 0), BAR_CELLS)
    return DONE * filled + LEFT * (BAR_CELLS - filled)


def fitted(left: Sequence[Weighed], right: Sequence[Weighed], width: int) -> str:
    """Return one row with a part at each end. Words of the lowest weight are left out until the rest fits."""
    kept_left = [item for item in left if item.words]
    kept_right = [item for item in right if item.words]
    first_shortened = min((item.weight for item in (*kept_left, *kept_right) if item.short), default=0)
    while True:
        first = SEPARATOR.join(item.words for item in kept_left)
        second = SEPARATOR.join(item.words for item in kept_right)
        room = width - cell_len(first) - cell_len(second)
        if room >= 2 or len(kept_left) + len(kept_right) <= 1:
            break
        weakest = min((*kept_left, *kept_right), key=_weight)
        longest = min((item for item in (*kept_left, *kept_right) if item.short), key=_weight, default=None)
        if longest is not None and weakest.weight >= first_shortened:
            part = kept_left if longest in kept_left else kept_right
            part[part.index(longest)] = Weighed(longest.short, longest.weight)
        else:
            (kept_left if weakest in kept_left else kept_right).remove(weakest)
    return set_cell_size(first + " " * max(room, 0) + second, width)


def _weight(item: Weighed) -> int:
    return item.weight


class HeadLine(LaidOutOnce, Widget):
    """One row with words at both ends."""

    DEFAULT_CSS = """
    HeadLine { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    words: reactive[tuple[tuple[Weighed, ...], tuple[Weighed, ...]]] = reactive(((), ()))

    def show(self, left: Sequence[Words], right: Sequence[Words]) -> None:
        self.words = (tuple(Weighed(*item) for item in left), tuple(Weighed(*item) for item in right))

    def render(self) -> Content:
        left, right = ([item._replace(words=display_line(item.words)) for item in side] for side in self.words)
        return Content(fitted(left, right, self.size.width))
