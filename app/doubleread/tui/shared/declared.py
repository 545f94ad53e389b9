"""A screen whose actions are declared: they feed its keys, the line of keys below it, and the command palette."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.screen import Screen

from doubleread.domain.labels import CREOLA
from doubleread.tui.shared.actions import Action, Situation, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.help import HelpPage
from doubleread.tui.shared.screen_actions import BY_ID


class DeclaredScreen(Screen[None]):
    """Bind the `declared` actions in BINDINGS; yield `key_line()` in `compose`. `remapped` are the user's own keys."""

    declared: ClassVar[tuple[Action, ...]] = ()

    def __init__(self, remapped: Mapping[str, str]) -> None:
        super().__init__()
        self.remapped = remapped

    def key_line(self) -> Chips:
        """Make the line of keys."""
        ranked = sorted((action for action in self.declared if action.rank), key=lambda action: action.rank)
        return Chips(
            [
                Chip(action.id, action.label, key=keys[0], tooltip=action.tooltip)
                for action in ranked
                if (keys := shown_keys(action, self.remapped))
            ],
            id="keys",
            fit=True,
            gap=1,
        )

    async def run_declared(self, action: Action) -> None:
        """Do an action of the registry, if it works now."""
        if action.when(Situation()):
            await self.run_action(action.call)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Act on a click upon the line of keys."""
        if event.chips.id == "keys":
            event.stop()
            await self.run_declared(BY_ID[event.chip_id])

    def action_help(self) -> None:
        """Show the help, with the labels that a study has where its protocol names no others."""
        self.app.push_screen(HelpPage(self.remapped, CREOLA))
