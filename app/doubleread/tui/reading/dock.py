"""What is shown below the texts of the reading screen: annotations, sentences, verdicts, a question."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.three_texts import TALL, DockView

DOCK_HEIGHT = 6


class ReadingDock(Vertical):
    """Shows what belongs to a view of the dock."""

    DEFAULT_CSS = """
    ReadingDock #annotations { height: 1fr; }
    """

    def compose(self) -> ComposeResult:
        yield AnnotationsList(id="annotations")
        yield SentenceBar()
        yield VerdictBar()
        yield QuestionBar()
        yield AnnotationPanel()

    def arrange_parts(self, view: DockView, window: Size, *, cramped: bool, in_sentences: bool) -> int:
        """Show the parts of a view, and return the rows they need. In sentences, the annotations give way to them."""
        judging = view == "judge"
        questions, panel = self.query_one(QuestionBar), self.query_one(AnnotationPanel)
        sentences, verdicts = self.query_one(SentenceBar), self.query_one(VerdictBar)
        self.query_one(AnnotationsList).display = judging and not cramped and not in_sentences
        sentences.display = judging and in_sentences
        verdicts.display = judging
        questions.display = view == "question"
        panel.display = view == "annotation"
        height = 2 if cramped and judging else min(DOCK_HEIGHT + max(window.height - TALL, 0) // 6, 10)
        if view == "question":
            height = max(height, min(questions.rows, window.height // 3))
            questions.fit(height)
        elif view == "annotation":
            height = max(height, min(panel.rows(window.width), window.height // 2))
        else:
            if in_sentences:
                height = max(height, 2 + sentences.rows(window.width))
            height += verdicts.further_rows(window.width)
        return height
