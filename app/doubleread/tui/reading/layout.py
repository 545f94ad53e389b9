"""The reading screen's parts and their places: three texts, or one where there is less room, and the dock below."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.reading_pane import STATE_WORDS, ReadingPane
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.actions import ACTIONS, PANES, Pane, Situation
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.status_line import StatusLine
from doubleread.tui.shared.three_texts import TALL, DockView, ThreeTexts

DOCK_HEIGHT = 6


class ReadingLayout(ThreeTexts):
    """Where everything is. Knows nothing of readings."""

    DEFAULT_CSS = """
    ReadingLayout #annotations { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in ACTIONS if action.keys),
        Binding("enter", "enter", show=False),
    ]
    declared = ACTIONS

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield StatusLine()
        yield TourPanel()
        yield Chips(id="tabs", gap=2, tick=False)
        with Horizontal(id="panes"):
            for pane in PANES:
                yield ReadingPane(pane, self.settings)
        yield RevealPanel()
        with Vertical(id="dock"):
            yield AnnotationsList(id="annotations")
            yield SentenceBar()
            yield VerdictBar()
            yield QuestionBar()
            yield AnnotationPanel()
        yield Chips(id="keys", fit=True, gap=1)

    @property
    def in_sentences(self) -> bool:
        """Whether the reader judges sentence by sentence now; then that stands in the place of the annotations."""
        return False

    def situation(self) -> Situation:
        """Say what decides which actions work."""
        return Situation(pane=self.pane)

    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""
        self.arrange_panes()
        judging = self.dock_view == "judge"
        cramped = self.zoomed or (self.query_one(RevealPanel).display and self.size.height < TALL)
        self.query_one(AnnotationsList).display = judging and not cramped and not self.in_sentences
        self.query_one(SentenceBar).display = judging and self.in_sentences
        self.query_one(VerdictBar).display = judging
        self.query_one(QuestionBar).display = self.dock_view == "question"
        self.query_one(AnnotationPanel).display = self.dock_view == "annotation"
        spare = max(self.size.height - TALL, 0) // 6
        height = 2 if cramped and judging else min(DOCK_HEIGHT + spare, 10)
        if self.dock_view == "question":
            height = max(height, min(self.query_one(QuestionBar).rows, self.size.height // 3))
            self.query_one(QuestionBar).fit(height)
        elif judging:
            if self.in_sentences:
                height = max(height, 2 + self.query_one(SentenceBar).rows(self.size.width))
            height += self.query_one(VerdictBar).axes_rows(self.size.width)
        elif self.dock_view == "annotation":
            height = max(height, min(self.query_one(AnnotationPanel).rows(self.size.width), self.size.height // 2))
        self.query_one("#dock").styles.height = height + self.single
        self.show_tabs()
        self.show_keys()

    def state_of(self, pane: Pane) -> str:
        """Return how far an answer is."""
        return "" if pane == "case" else STATE_WORDS[self.reading_pane(pane).state]

    def key_chips(self) -> list[Chip]:
        """Return the line of keys. An annotation that can be linked to the case says how."""
        if self.dock_view != "annotation":
            return super().key_chips()
        chips = [Chip("back", "close", key="esc")]
        now = self.situation()
        if now.annotation == now.linkable:
            link = f"what it contradicts: select it in the case, then {self.key_of('passage')}"
            chips.append(Chip("link", link, heading=True))
        return chips

    def asked(self, view: DockView) -> Widget:
        """Return what takes the keyboard: the panel of an annotation, or a question."""
        return self.query_one(AnnotationPanel if view == "annotation" else QuestionBar)

    def action_show_annotations(self) -> None:
        """Go to the list of annotations."""
        if self.query_one(AnnotationsList).display:
            self.set_focus(self.query_one(AnnotationsList))
