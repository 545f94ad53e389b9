"""The command palette: every action that works now, and the themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from doubleread.config import SHAPES, Value
from doubleread.tui.shared.actions import shown_keys
from doubleread.tui.shared.declared import DeclaredScreen

Run = Callable[[], Any]
THEME_WORDS = {theme: f"Theme: {words}" for theme, words in SHAPES["theme"].choices.items()}


class Changeable(Protocol):
    """What the palette needs of the app."""

    def change_setting(self, name: str, value: Value) -> bool:
        """Use another value at once, and keep it."""


class Commands(Provider):
    """Offers what can be done on the screen beneath the palette."""

    def _commands(self) -> Iterator[tuple[str, str, Run]]:
        screen = self.screen
        if isinstance(screen, DeclaredScreen):
            now = screen.situation()
            for action in screen.offered():
                if action.id == "palette":
                    continue
                keys = " ".join(shown_keys(action, screen.remapped))
                name = f"{action.label[:1].upper()}{action.label[1:]} {now.object_of(action)}".rstrip()
                help_words = f"{action.tooltip} ({keys})" if keys else action.tooltip
                yield name, help_words, partial(screen.run_declared, action)
        else:
            yield "Quit", "Quit", self.app.exit
        app = cast("Changeable", self.app)
        for theme, words in THEME_WORDS.items():
            yield words, "Change the theme", partial(app.change_setting, "theme", theme)
        yield "Change keys", "Choose your own keys for actions", partial(self.app.run_action, "app.keys")

    async def discover(self) -> Hits:
        for name, help_words, run in self._commands():
            yield DiscoveryHit(Content(name), run, text=name, help=help_words)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, help_words, run in self._commands():
            score = max(matcher.match(name), matcher.match(help_words) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=help_words)
