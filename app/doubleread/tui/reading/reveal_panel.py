"""What the commit reveals: the key, the scores with their evidence, the explanation, the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.bond import BondGrade
from doubleread.domain.display import display_line, display_text
from doubleread.domain.reading import Judgement
from doubleread.sessions.blind import Reveal
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.chips import Chip, Chips


class RevealPanel(VerticalScroll):
    """The key and the scores, above the annotations. Shown after the commit only."""

    DEFAULT_CSS = """
    RevealPanel {
        height: auto;
        max-height: 8;
        background: $panel;
        & > .key { height: auto; padding: 0 1; text-style: bold; color: $accent; }
        & > .scores { height: auto; padding: 0 1; }
        & > .explanation { height: auto; padding: 0 1; color: $text-muted; max-width: 100; }
        & > Chips { display: none; }
        & > Chips.-shown { display: block; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(int(grade)), f"grade({int(grade)})", grade.label, show=False) for grade in BondGrade
    ]

    @dataclass
    class Graded(Message):
        """The reader graded how close an answer is to the key's diagnosis."""

        side: Side
        grade: BondGrade

    _pane: Pane = "case"
    _gradable = False

    def compose(self) -> ComposeResult:
        yield Static(classes="key", markup=False)
        yield Static(classes="scores", markup=False)
        for side in SIDES:
            yield Chips(id=f"grade-{side}")
        yield Static(classes="explanation", markup=False)

    def show(self, reveal: Reveal, held: Judgement, answer_ids: Mapping[Side, str], pane: Pane, key: str) -> None:
        """Show what was revealed, and the reader's grades or score. `key` grades the current answer, in `pane`."""
        from doubleread.sessions.reveal_words import explanation_lines, key_line, revealed_answers

        self._pane, self._gradable = pane, reveal.gradable
        self.query_one(".key", Static).update(Content(display_text(key_line(reveal))))
        lines = [answer.line for answer in revealed_answers(reveal, held, answer_ids)]
        self.query_one(".scores").display = bool(lines)
        self.query_one(".scores", Static).update(Content("\n".join(map(display_line, lines))))
        for side in SIDES:
            chips = self.query_one(f"#grade-{side}", Chips)
            chips.set_class(reveal.gradable, "-shown")
            if reveal.gradable:
                head = Chip(f"{side}?", f"{side} {key if side == pane else ' '}", heading=True)
                chips.show([head, *(self._chip(side, grade, held) for grade in BondGrade)])
        more = "\n".join(explanation_lines(reveal))
        self.query_one(".explanation", Static).update(Content(display_text(more)))

    def _chip(self, side: Side, grade: BondGrade, held: Judgement) -> Chip:
        # A diagnosis that was confirmed without a grade counts as exact.
        given = held.grades.get(side, BondGrade.EXACT if held.diagnoses.get(side) else None)
        name = f"{side} {int(grade)}"
        return Chip(name, grade.label, key=str(int(grade)), chosen=given is grade, tooltip=grade.definition)

    def action_grade(self, grade: int) -> None:
        """Grade the current answer by key, while the panel has the focus."""
        if self._gradable and self._pane != "case":
            self.post_message(self.Graded(self._pane, BondGrade(grade)))

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        side: Side = "A" if event.chip_id.startswith("A") else "B"
        self.post_message(self.Graded(side, BondGrade(int(event.chip_id.removeprefix(f"{side} ")))))
