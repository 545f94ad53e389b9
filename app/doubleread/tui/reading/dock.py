"""What is shown below the texts of the reading screen: annotations, sentences, criteria, verdicts, a question."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.consensus_bar import ConsensusBar
from doubleread.tui.reading.criterion_bar import CriterionBar
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.textual_adapter import LaidOutOnce
from doubleread.tui.shared.three_texts import TALL, DockView

LEAST_ASKED = 6
"""The number of rows for a question or the ratings of an annotation, at least."""
LEAST_LISTED, LISTED_PART = 3, 8
"""The list of annotations takes up to this number of rows, or up to one row of the window in so many."""


class ReadingDock(LaidOutOnce, Vertical):
    """Shows what belongs to a view of the dock."""

    DEFAULT_CSS = """
    ReadingDock #annotations { height: 1fr; }
    """

    has_room_for_verdicts = True
    """Whether the verdicts and what is judged of both answers can be shown."""

    def compose(self) -> ComposeResult:
        yield AnnotationsList(id="annotations")
        yield ConsensusBar()
        yield SentenceBar()
        yield CriterionBar()
        yield VerdictBar()
        yield QuestionBar()
        yield AnnotationPanel()

    def arrange_parts(
        self,
        view: DockView,
        window: Size,
        *,
        cramped: bool,
        in_sentences: bool,
        criteria: Sequence[str],
        annotations: int,
        case_width: int,
        consensus: bool,
    ) -> int:
        """Show the parts of a view, and return the rows they need.

        In sentences and in criteria, the annotations give way to them. `criteria` are the texts of the criteria while
        keys judge them; in a small window they take the place of the preference as well. `annotations` is the number of
        rows that the list of annotations would fill; in a `consensus` round, differences take its place. The preference
        is in the middle of what is right of `case_width`.
        """
        judging = view == "judge"
        questions, panel = self.query_one(QuestionBar), self.query_one(AnnotationPanel)
        sentences, verdicts = self.query_one(SentenceBar), self.query_one(VerdictBar)
        self.query_one(AnnotationsList).display = (
            judging and annotations > 0 and not cramped and not in_sentences and not criteria and not consensus
        )
        round_ = self.query_one(ConsensusBar)
        round_.display = judging and consensus and not in_sentences and not criteria
        sentences.display = judging and in_sentences
        bar = self.query_one(CriterionBar)
        bar.display = judging and bool(criteria)
        self.has_room_for_verdicts = not (criteria and window.height < TALL)
        verdicts.display = judging and self.has_room_for_verdicts
        verdicts.put_right_of(case_width)
        questions.display = view == "question"
        panel.display = view == "annotation"
        below = verdicts.rows(window.width) if verdicts.display else 0
        if view == "question":
            height = max(LEAST_ASKED, min(questions.rows, window.height // 3))
            questions.fit(height)
            return height
        if view == "annotation":
            return max(LEAST_ASKED, min(panel.rows(window.width), window.height // 2))
        if criteria:
            bar.arrange_text(criteria, window.width - 2, window.height)
            return bar.rows(window.width) + below
        if in_sentences:
            return sentences.rows(window.width) + below
        if consensus:
            return round_.rows(window.width) + below
        listed = min(annotations, max(window.height // LISTED_PART, LEAST_LISTED))
        return below if cramped else listed + below
