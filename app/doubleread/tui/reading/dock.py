"""What is shown below the texts of the reading screen: annotations, sentences, criteria, verdicts, a question."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.criterion_bar import CriterionBar
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
        yield CriterionBar()
        yield VerdictBar()
        yield QuestionBar()
        yield AnnotationPanel()

    def arrange_parts(
        self, view: DockView, window: Size, *, cramped: bool, in_sentences: bool, criteria: Sequence[str]
    ) -> int:
        """Show the parts of a view, and return the rows they need.

        In sentences and in criteria, the annotations give way to them. `criteria` are the texts of the criteria while
        keys judge them; in a small window they take the place of the verdicts as well.
        """
        judging = view == "judge"
        questions, panel = self.query_one(QuestionBar), self.query_one(AnnotationPanel)
        sentences, verdicts = self.query_one(SentenceBar), self.query_one(VerdictBar)
        self.query_one(AnnotationsList).display = judging and not cramped and not in_sentences and not criteria
        sentences.display = judging and in_sentences
        bar = self.query_one(CriterionBar)
        bar.display = judging and bool(criteria)
        verdicts.display = judging and not (criteria and window.height < TALL)
        questions.display = view == "question"
        panel.display = view == "annotation"
        height = 2 if cramped and judging else min(DOCK_HEIGHT + max(window.height - TALL, 0) // 6, 10)
        if view == "question":
            height = max(height, min(questions.rows, window.height // 3))
            questions.fit(height)
        elif view == "annotation":
            height = max(height, min(panel.rows(window.width), window.height // 2))
        elif criteria:
            bar.arrange_text(criteria, window.width - 2, window.height)
            height = bar.rows(window.width)
            height += 2 + verdicts.further_rows(window.width) if verdicts.display else 0
        else:
            if in_sentences:
                height = max(height, 2 + sentences.rows(window.width))
            height += verdicts.further_rows(window.width)
        return height
