"""The passages that answers were given from a corpus: read sentence by sentence, and linked to an annotation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from doubleread.domain.annotation import Relation
from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line, display_text
from doubleread.domain.retrieval import RetrievedPassage
from doubleread.domain.spans import Span, sentences
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import Dialog

Passages = Mapping[Side, tuple[RetrievedPassage, ...]]


class PassageLink(NamedTuple):
    """Words of a passage that contradict or support an annotation."""

    passage: RetrievedPassage
    span: Span
    relation: Relation


class PassagesDialog(Dialog[PassageLink | None]):
    """Both answers' passages, one answer at a time. A sentence can be linked to the annotation labelled `linked`."""

    DEFAULT_CSS = """
    PassagesDialog {
        & > .box { width: 110; padding: 0 1; }
        & OptionList { max-height: 78vh; text-wrap: wrap; margin-top: 0; scrollbar-size-vertical: 1; }
        & Chips { margin-top: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other_side", show=False),
        Binding("l", "link('contradicts')", show=False),
        Binding("E", "link('supports')", show=False),
        Binding("P", "dismiss_dialog", show=False),
    ]

    def __init__(self, passages: Passages, side: Side, linked: str) -> None:
        self._passages = passages
        self._side = side
        self._linked = linked
        self._places: list[tuple[RetrievedPassage, Span] | None] = []
        chips = [Chip("close", "close", key="esc"), Chip("other", "other answer", key="tab")]
        if linked:
            chips += [
                Chip("contradicts", f"{linked} is contradicted by this", key="l"),
                Chip("supports", f"{linked} is supported by this", key="E"),
            ]
        super().__init__(self._heading, "", chips)

    @property
    def _heading(self) -> str:
        return f"Passages given to the model of answer {self._side}"

    def compose_middle(self) -> ComposeResult:
        yield OptionList(markup=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(OptionList).focus()

    def _show(self) -> None:
        self.query_one(".box").border_title = Content(f" {display_line(self._heading)} ")
        listed = self.query_one(OptionList)
        listed.clear_options()
        self._places = []
        for passage in self._passages[self._side]:
            self._add(
                Option(Content(display_line(f"[{passage.rank}] {passage.heading}")).stylize("bold"), disabled=True)
            )
            for span in sentences(passage.text):
                self._add(Option(Content(display_text(span.of(passage.text)))), (passage, span))
        if not self._places:
            self._add(Option(Content("no passages"), disabled=True))
        listed.highlighted = next((place for place, held in enumerate(self._places) if held is not None), None)

    def _add(self, option: Option, place: tuple[RetrievedPassage, Span] | None = None) -> None:
        self.query_one(OptionList).add_option(option)
        self._places.append(place)

    def action_other_side(self) -> None:
        """Show the other answer's passages."""
        self._side = "B" if self._side == "A" else "A"
        self._show()

    def action_link(self, relation: Relation) -> None:
        """Link the sentence to the annotation, and close."""
        place = self.query_one(OptionList).highlighted
        held = self._places[place] if place is not None else None
        if not self._linked:
            self.notify("Choose an annotation in an answer first.", markup=False, severity="warning")
        elif held is not None:
            self.dismiss(PassageLink(*held, relation))

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        match event.chip_id:
            case "other":
                self.action_other_side()
            case "contradicts" | "supports" as relation:
                self.action_link(relation)
            case _:
                self.dismiss(None)
