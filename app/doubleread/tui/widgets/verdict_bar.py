"""What the reader holds of both answers: a verdict on each, and which is preferred."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from doubleread.domain.blinding import SIDES
from doubleread.domain.labels import VERDICTS
from doubleread.domain.reading import Judgement
from doubleread.tui.actions import Pane
from doubleread.tui.widgets.chips import Chip, Chips

KeyOf = Callable[[str], str]
"""From an action's id to its first key, as shown."""

PREFERENCE_ACTIONS = {"A": "prefer_a", "B": "prefer_b", "tie": "prefer_tie", "both bad": "prefer_none"}


class VerdictBar(Vertical):
    """Two rows of chips. The keys for a verdict stand beside the answer that they act on."""

    DEFAULT_CSS = """
    VerdictBar { height: auto; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        """Make the rows."""
        yield Chips(id="verdicts")
        yield Chips(id="preference", gap=1)

    def show(self, judgement: Judgement, pane: Pane, key_of: KeyOf, *, enabled: bool) -> None:
        """Show a judgement. `pane` is where the reader is."""
        verdicts: list[Chip] = []
        for side in SIDES:
            verdicts.append(Chip(f"side {side}", f"{side} " if side == "A" else f" {side} ", heading=True))
            verdicts += [
                Chip(
                    f"{side} {label.name}",
                    label.name,
                    key=key_of(f"verdict_{label.name}") if side == pane and enabled else "",
                    chosen=judgement.verdicts.get(side) == label.name,
                    enabled=enabled,
                    tooltip=label.definition,
                )
                for label in VERDICTS
            ]
        preference = [Chip("preferred", "preferred ", heading=True)]
        preference += [
            Chip(
                action,
                name,
                key=key_of(action) if enabled else "",
                chosen=judgement.preference == name,
                enabled=enabled,
            )
            for name, action in PREFERENCE_ACTIONS.items()
        ]
        preference.append(Chip("or", "  ", heading=True))
        preference.append(
            Chip(
                "outside",
                "outside my field",
                key=key_of("outside") if enabled else "",
                chosen=judgement.outside_field,
                enabled=enabled,
                tooltip="Commit without a verdict",
            )
        )
        self.query_one("#verdicts", Chips).show(verdicts)
        self.query_one("#preference", Chips).show(preference)
