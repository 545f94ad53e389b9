"""The line at the foot of a screen: its keys, and for a while what the program tells the person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from doubleread.domain.display import display_line
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce, Words

NOTICE_SECONDS = 4.0
WARNING_SECONDS = 10.0
WARNING = "!"


@dataclass(frozen=True, slots=True)
class Told:
    """A message to the person, and the time of day at which it was shown."""

    words: str
    warn: bool
    at: datetime

    @property
    def line(self) -> str:
        """The message in one line; a warning is marked without colour, too."""
        words = display_line(self.words)
        return f"{WARNING} {words}" if self.warn else words


class KeyLine(LaidOutOnce, Container):
    """Chips `#keys`, and at their right the last message.

    A message too long for that is shown above them, in up to three rows.
    """

    DEFAULT_CSS = """
    KeyLine {
        layout: horizontal;
        height: auto;
        background: $panel;
        & > #keys { width: 1fr; color: $text-muted; }
        & > .told { display: none; dock: right; width: auto; max-height: 3; padding: 0 1; color: $foreground; }
        & > .told.-shown { display: block; }
        & > .told.-warning { color: $text-warning; text-style: bold; }
        &.-above { layout: vertical; }
        &.-above > #keys { width: 1fr; }
        &.-above > .told { dock: none; width: 1fr; height: auto; }
    }
    """

    def __init__(self, *, fit: bool = True) -> None:
        super().__init__()
        self._fit = fit
        self._told: Told | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Words(classes="told", markup=False)
        yield Chips(id="keys", fit=self._fit, tick=False)

    @property
    def chips(self) -> Chips:
        return self.query_one("#keys", Chips)

    @property
    def told(self) -> Told | None:
        """The message that is shown now."""
        return self._told

    def show(self, chips: Iterable[Chip]) -> None:
        """Show these keys."""
        self.chips.show(chips)

    def tell(self, told: Told) -> None:
        """Show a message for some seconds, in place of the one before it."""
        if self._timer is not None:
            self._timer.stop()
        self._show(told)
        self._timer = self.set_timer(WARNING_SECONDS if told.warn else NOTICE_SECONDS, self.end_message)

    def end_message(self) -> None:
        """Show no message any more."""
        self._show(None)

    def _show(self, told: Told | None) -> None:
        self._told = told
        shown = self.query_one(".told", Static)
        shown.set_class(told is not None, "-shown")
        shown.set_class(told is not None and told.warn, "-warning")
        if told is not None:
            shown.update(Content(told.line))
        self._arrange()

    def _arrange(self) -> None:
        """Put a message beside the keys if these keep half of the row, or else above them: all can still be clicked.

        Keys in several rows always keep the whole width.
        """
        room = self.size.width - cell_len(self._told.line) - 2 if self._told is not None else self.size.width
        self.set_class(not self._fit or room < max(self.chips.pinned_width, self.size.width // 2), "-above")

    def on_resize(self, event: events.Resize) -> None:
        del event
        self._arrange()
