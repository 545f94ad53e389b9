"""What the adjudication screen shows of a session: three texts, the differences, and the one at hand in full."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from doubleread.config import Settings
from doubleread.domain.adjudication import Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.library import OpenAdjudication
from doubleread.tui.adjudication.difference_marks import texts_marked
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.adjudication.difference_words import holders, listed_words
from doubleread.tui.adjudication.judgement_summary import summary
from doubleread.tui.reading.reading_pane import ReadingPane
from doubleread.tui.shared.actions import PANES, Pane, Situation
from doubleread.tui.shared.case_text import case_text
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS
from doubleread.tui.shared.status_line import clock_text
from doubleread.tui.shared.three_texts import TALL, WIDE, ThreeTexts

DOCK_HEIGHT = 12
AGREED = "the readers agree on everything here"


class AdjudicationView(ThreeTexts):
    """Shows case, answers, differences and what was decided.

    `on_closing_error` hears of an error while the study is closed.
    """

    DEFAULT_CSS = """
    AdjudicationView {
        & #resolving { layout: horizontal; height: 1fr; }
        & #resolving > LineList { width: 2fr; height: 1fr; }
        & #resolving > DifferencePanel { width: 3fr; height: 1fr; border-left: solid $border; }
        & #resolving.-stacked { layout: vertical; }
        & #resolving.-stacked > LineList { width: 1fr; height: 3; }
        & #resolving.-stacked > DifferencePanel { width: 1fr; border-left: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ADJUDICATION_ACTIONS if action.id != "quit"]
    declared = ADJUDICATION_ACTIONS

    def __init__(
        self,
        opened: OpenAdjudication,
        settings: Settings,
        *,
        wall: Callable[[], datetime] = datetime.now,
        on_closing_error: Callable[[DoublereadError], None] = lambda _: None,
    ) -> None:
        super().__init__(settings, wall=wall)
        self._on_closing_error = on_closing_error
        self._opened = opened
        self.session = opened.session
        self.difference_id: str | None = None

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield HeadLine()
        yield Chips(id="tabs", gap=2, tick=False)
        with Horizontal(id="panes"):
            for pane in PANES:
                yield ReadingPane(pane, self.settings)
        with Vertical(id="dock"):
            with Vertical(id="resolving"):
                yield LineList(id="differences")
                yield DifferencePanel()
            yield QuestionBar()
        yield Chips(id="keys", fit=True, gap=1)

    def on_unmount(self) -> None:
        """Close the study. What goes wrong is said by whoever shows the next screen, or when the program has ended."""
        try:
            self._opened.close()
        except DoublereadError as error:
            self._on_closing_error(error)

    def touch(self) -> None:
        """Take note that the adjudicator did something. The time is written down later where the file is locked now."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.saving.attempt(touched)

    @property
    def list(self) -> LineList:
        """The list of differences."""
        return self.query_one("#differences", LineList)

    @property
    def difference(self) -> Difference | None:
        """The difference at hand."""
        return next((item for item in self.session.differences if item.id == self.difference_id), None)

    @property
    def resolved(self) -> int:
        """How many differences of this case are resolved."""
        return sum(self.session.decision_of(item.id) is not None for item in self.session.differences)

    def side_of(self, answer_id: str) -> Side:
        """Return where an answer stands."""
        return "A" if self.session.answer_ids["A"] == answer_id else "B"

    def pane_of_difference(self, difference: Difference) -> Pane | None:
        """Return the text in which a difference lies; None for what lies in none."""
        if difference.subject == "omission":
            return "case"
        return self.side_of(difference.answer_id) if difference.answer_id is not None else None

    def state_of(self, pane: Pane) -> str:
        """Return how many differences in a text are open."""
        count = sum(
            self.pane_of_difference(item) == pane and self.session.decision_of(item.id) is None
            for item in self.session.differences
        )
        return f"{count} open" if count else ""

    def situation(self) -> Situation:
        """Say what decides which actions work."""
        difference = self.difference
        return Situation(
            pane=self.pane,
            ready=True,
            unsaved=bool(self.saving.unsaved),
            committed=self.session.committed and not self.session.stale,
            complete=not self.session.missing_for_commit(),
            selection=self.text.selection is not None,
            guideline=bool(self.session.guideline.strip()),
            readers=len(difference.held) if difference is not None else 0,
            marked=difference is not None and difference.marked,
            joinable=difference is not None and difference.marked and len(holders(difference)) > 1,
        )

    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""
        self.arrange_panes()
        asking = self.dock_view == "question"
        resolving = self.query_one("#resolving")
        resolving.display = not asking
        resolving.set_class(self.size.width < WIDE, "-stacked")
        bar = self.query_one(QuestionBar)
        bar.display = asking
        height = min(DOCK_HEIGHT + max(self.size.height - TALL, 0) // 6, (self.size.height - 3) // 2)
        if asking:
            height = max(height, min(bar.rows, self.size.height // 2))
            bar.fit(height)
        self.query_one("#dock").styles.height = height + self.single
        self.show_tabs()
        self.show_keys()

    def show_case(self) -> None:
        """Show the case that the session is at, with its first open difference at hand."""
        case = self.session.case
        self.reading_pane("case").show_case(case.title, case_text(case), Span(0, len(case.text)))
        for side in SIDES:
            pane = self.reading_pane(side)
            pane.clear()
            answer = BlindAnswer(side, "done", self.session.answers[side], self.session.answer_ids[side])
            pane.show_answer(answer, "", at_work=False)
        if self.dock_view != "judge":
            self.show_dock("judge")
        if self._first() is None and self.pane != "case":
            self.pane = "case"
            self.arrange_parts()
        self.go_to(self._first())

    def _first(self) -> Difference | None:
        """Return the first difference that is open, or else the first."""
        differences = self.session.differences
        undecided = (item for item in differences if self.session.decision_of(item.id) is None)
        return next(undecided, next(iter(differences), None))

    def go_to(self, difference: Difference | None) -> None:
        """Take a difference in hand and show its place."""
        self.difference_id = difference.id if difference is not None else None
        if difference is not None:
            pane = self.pane_of_difference(difference)
            if pane is not None and pane != self.pane:
                in_text = self.text.has_focus
                self.pane = pane
                self.arrange_parts()
                if in_text:
                    self.set_focus(self.text, scroll_visible=False)
            if pane is not None and difference.marked:
                self.text_of(pane).move_caret(difference.start)
        self.show()

    def show(self) -> None:
        """Show everything that a decision can change."""
        differences = self.session.differences
        if self.difference is None and (first := self._first()) is not None:
            # The one at hand is gone: a reading was corrected meanwhile.
            self.difference_id = first.id
        standing = self.session.standing().annotations
        marks = texts_marked(differences, self.difference_id, self.session.decision_of, standing, self.side_of)
        for pane, found in marks.items():
            self.text_of(pane).set_marks(found)
        lines = [
            (item.id, listed_words(item, self.session.side_of(item.id), self.session.decision_of(item.id)))
            for item in differences
        ]
        self.list.show_lines(lines, self.difference_id, nothing=AGREED)
        self._show_difference(standing)
        for side in SIDES:
            state = self.state_of(side)
            self.reading_pane(side).border_subtitle = Content(f" {state} ") if state else ""
        self.show_status()
        self.show_tabs()
        self.show_keys()

    def _show_difference(self, standing: tuple[Annotation, ...]) -> None:
        panel = self.query_one(DifferencePanel)
        difference = self.difference
        if difference is None:
            commit = f" {self.key_of('adjudication.commit')} commits." if not self.session.committed else ""
            held = "\n".join(summary(self.session.standing(), self.side_of, self.session.labels))
            panel.show_none(f"Nothing to resolve: {AGREED}.{commit}", held)
            return
        number = self.session.differences.index(difference) + 1
        decision = self.session.decision_of(difference.id)
        resolved = next((annotation for annotation in standing if annotation.id == difference.id), None)
        question = next((axis.question for axis in self.session.axes if axis.name == difference.axis), "")
        place = f"{number} of {len(self.session.differences)}"
        side = self.session.side_of(difference.id)
        panel.show(difference, side, place, decision, resolved if decision else None, self.key_of, question)

    def show_status(self) -> None:
        """Show the line at the top."""
        session = self.session
        progress = session.progress
        count = len(session.differences)
        state = "readings changed" if session.stale else "resolved" if session.committed else "blind"
        self.query_one(HeadLine).show(
            [
                ("doubleread", 1),
                (session.title, 2),
                (f"case {progress.position} of {progress.total}", 9),
                (f"{self.resolved} of {plural(count, 'difference')} resolved" if count else "no differences", 8),
                (session.case.specialty, 3),
            ],
            [
                (f"adjudicator {self._opened.adjudicator_id}", 4),
                (state, 6),
                (self.saving.words, 10),
                (f"adjudicating {clock_text(session.active_seconds)}", 5),
            ],
        )
