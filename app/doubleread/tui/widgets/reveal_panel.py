"""What the commit uncovers: the key, the scores with their evidence, the explanation, the names."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.display import display_line, display_text
from doubleread.domain.score import Score
from doubleread.sessions.blind import Reveal
from doubleread.tui.actions import Pane
from doubleread.tui.widgets.chips import Chip, Chips


def score_line(side: Side, score: Score | None, name: str, confirmed: bool | None) -> str:
    """Say how one answer was scored."""
    if score is None:
        words = "not scored"
    elif score.chosen is None or score.outcome == "proposed":
        words = f"{score.outcome}: {score.reason}"
    else:
        words = f"{score.outcome}: chose option {score.chosen} ({score.reason})"
    if confirmed is not None:
        words += "; confirmed: names the diagnosis" if confirmed else "; confirmed: does not name the diagnosis"
    return f"{side}  {words}" + (f"   {name}" if name else "")


def key_line(reveal: Reveal) -> str:
    """Say what the key is, or that it is kept back."""
    return f"Key  {reveal.key_text}" if reveal.key_text else "Committed. This study keeps its key to itself."


class RevealPanel(VerticalScroll):
    """The key and the scores, above the findings. Shown after the commit only."""

    DEFAULT_CSS = """
    RevealPanel {
        height: auto;
        max-height: 8;
        padding: 0 1;
        background: $panel;
        & > .key { height: auto; text-style: bold; color: $accent; }
        & > .scores { height: auto; }
        & > .explanation { height: auto; color: $text-muted; max-width: 100; }
        & > Chips { display: none; }
        & > Chips.-shown { display: block; }
    }
    """

    class Confirmed(Message):
        """The reader says whether an answer names the key's diagnosis."""

        def __init__(self, side: Side, right: bool) -> None:
            super().__init__()
            self.side = side
            self.right = right

    def compose(self) -> ComposeResult:
        """Make the lines."""
        yield Static(classes="key", markup=False)
        yield Static(classes="scores", markup=False)
        for side in SIDES:
            yield Chips(id=f"confirm-{side}")
        yield Static(classes="explanation", markup=False)

    def show(self, reveal: Reveal, diagnoses: Mapping[str, bool], pane: Pane, keys: tuple[str, str]) -> None:
        """Show what was revealed. `keys` confirm and refuse a proposal for the answer at hand, in `pane`."""
        self.query_one(".key", Static).update(Content(display_line(key_line(reveal))))
        lines = [
            score_line(side, reveal.scores[side], reveal.names.get(side, ""), diagnoses.get(side))
            if side in reveal.scores
            else f"{side}  {reveal.names[side]}"
            for side in SIDES
            if side in reveal.scores or side in reveal.names
        ]
        self.query_one(".scores").display = bool(lines)
        self.query_one(".scores", Static).update(Content("\n".join(map(display_line, lines))))
        for side in SIDES:
            score = reveal.scores.get(side)
            chips = self.query_one(f"#confirm-{side}", Chips)
            proposed = score is not None and score.outcome == "proposed"
            chips.set_class(proposed, "-shown")
            if proposed and score is not None:
                chosen = diagnoses.get(side)
                yes, no = keys if side == pane else ("", "")
                chips.show(
                    [
                        Chip(f"{side}?", f"{side}: is this the key's diagnosis? ", heading=True),
                        Chip(f"{side} right", "yes, it names it", key=yes, chosen=chosen is True),
                        Chip(f"{side} wrong", "no, it does not", key=no, chosen=chosen is False),
                    ]
                )
        more = [text for text in (reveal.explanation, reveal.source and f"Source: {reveal.source}") if text]
        self.query_one(".explanation", Static).update(Content(display_text("\n".join(more))))

    def on_chips_picked(self, event: Chips.Picked) -> None:
        """Confirm by click."""
        event.stop()
        side: Side = "A" if event.chip_id.startswith("A") else "B"
        self.post_message(self.Confirmed(side, event.chip_id.endswith("right")))
