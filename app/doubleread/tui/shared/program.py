"""The program as its screens see it: where one leads to another.

A screen or a form that only knows this protocol can be named in a table of actions without importing the app, which
imports all screens.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from doubleread.config import Settings

if TYPE_CHECKING:
    from textual.screen import Screen

    from doubleread.tui.run.background import BackgroundRuns


class Program(Protocol):
    """What `DoublereadApp` offers. Each `open_` method shows a screen, or the error if there is nothing to show."""

    @property
    def settings(self) -> Settings:
        """The user's settings."""

    @property
    def runs(self) -> BackgroundRuns:
        """The runs that go on while nobody looks at them."""

    def push_screen(self, screen: Screen[Any], callback: Callable[[Any], Any] | None = None) -> Any:
        """Show a screen above the current one. `callback` gets what it is dismissed with."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call a function once the messages that wait are handled."""

    def open_form(self, make: Callable[[], Any]) -> None:
        """Show the `Form` that a function makes."""

    def open_file(self, path: Path) -> None:
        """Open a study's page, or the reading if it is a reader's own file."""

    def open_page(self, path: Path) -> None:
        """Show the page of a study."""

    def open_study(self, path: Path) -> None:
        """Open a study for reading, after asking for the reader."""

    def open_cases(self, path: Path) -> None:
        """Show the list of a study's cases."""

    def open_results(self, path: Path) -> None:
        """Show a study's results."""

    def open_demo(self, path: Path | None = None) -> None:
        """Open the demo for reading."""

    def ask_adjudicator(self, path: Path) -> None:
        """Open the adjudication of a study, after asking who adjudicates."""

    def ask_reviewer(self, path: Path) -> None:
        """Open the score review of a study, after asking who reviews."""
