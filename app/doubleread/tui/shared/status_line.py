"""The line at the top: case, reader and save state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from doubleread.domain.display import display_line

SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says. `saved` says when the study file was written last, or that something is not saved yet."""

    study: str = ""
    position: int = 0
    total: int = 0
    specialty: str = ""
    reader: str = ""
    committed: bool = False
    saved: str = ""
    active_seconds: float = 0.0


def clock_text(seconds: float) -> str:
    """Return a duration as minutes and seconds, "02:14", with hours in front where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


class StatusLine(Widget):
    """One row. Where it is too narrow for all, what matters least goes first."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    status: reactive[Status] = reactive(Status())

    def render(self) -> Content:
        """Draw the line."""
        now = self.status
        case = f"case {now.position} of {now.total}" if now.total else ""
        state = "committed" if now.committed else "blind"
        left = [("doubleread", 1), (display_line(now.study), 2), (case, 9), (display_line(now.specialty), 4)]
        right = [
            (f"reader {display_line(now.reader)}", 3),
            (state, 7),
            (now.saved, 10),
            (f"reading {clock_text(now.active_seconds)}", 6),
        ]
        return Content(fitted(left, right, self.size.width))


def fitted(left: Sequence[tuple[str, int]], right: Sequence[tuple[str, int]], width: int) -> str:
    """Return one row with a part at each end. Words of the lowest weight are left out until the rest fits."""
    kept_left = [item for item in left if item[0]]
    kept_right = [item for item in right if item[0]]
    while True:
        first = SEPARATOR.join(word for word, _ in kept_left)
        second = SEPARATOR.join(word for word, _ in kept_right)
        room = width - cell_len(first) - cell_len(second)
        if room >= 2 or len(kept_left) + len(kept_right) <= 1:
            break
        weakest = min((*kept_left, *kept_right), key=lambda item: item[1])
        (kept_left if weakest in kept_left else kept_right).remove(weakest)
    return set_cell_size(first + " " * max(room, 0) + second, width)
