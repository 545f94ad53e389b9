"""What is shown in a window that is too small for a screen."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

LEAST_SIZE = Size(60, 18)
"""The smallest window in which every screen with texts shows all of its parts."""


class TooSmall(Widget, can_focus=False):
    """Covers the screen, and says which size it needs. Nothing is lost: the screen goes on below it."""

    DEFAULT_CSS = """
    TooSmall {
        layer: too-small;
        display: none;
        width: 100%;
        height: 100%;
        padding: 1 2;
        background: $surface;
        color: $foreground;
    }
    """

    def __init__(self, least: Size) -> None:
        super().__init__()
        self._least = least

    def render(self) -> Content:
        width, height = self.app.size
        return Content(
            f"This window is {width} x {height}. doubleread needs at least {self._least.width} x {self._least.height}"
            " (columns x rows). Enlarge it, or make the text smaller. Nothing is lost."
        )
