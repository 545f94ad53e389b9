"""The adjudication screen: each difference between the readers is resolved, then the case is committed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from doubleread.config import Settings
from doubleread.domain.adjudication import Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.sessions.adjudication import Adjudicable, AdjudicationSession
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.difference_words import holders, listed_words
from doubleread.sessions.session_end import SessionEnd
from doubleread.tui.adjudication.committing import Committing
from doubleread.tui.adjudication.deciding import Deciding, DecisionHistory
from doubleread.tui.adjudication.difference_marks import Differences
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.shared.actions import PANES, Pane, Situation
from doubleread.tui.shared.case_navigation import CaseList, CaseNavigation
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.guides import ADJUDICATING
from doubleread.tui.shared.head_line import HeadLine, clock_text
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.question_bar import Question, QuestionBar
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text_margin import TextMargin
from doubleread.tui.shared.three_texts import TALL, WIDE, ThreeTexts

DOCK_HEIGHT = 12
AGREED = "the readers agree on everything here"


class AdjudicationScreen(ThreeTexts):
    """An adjudicator at a study, case after case. Its controllers do the work; the screen shows it."""

    DEFAULT_CSS = """
    AdjudicationScreen {
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
    guide = ADJUDICATING
    session: AdjudicationSession

    def __init__(
        self,
        session: AdjudicationSession,
        settings: Settings,
        *,
        wall: Callable[[], datetime] = datetime.now,
        on_closing_error: Callable[[DoublereadError], None] = lambda _: None,
        on_end: Callable[[SessionEnd], None] = lambda _: None,
    ) -> None:
        super().__init__(session, settings, wall, on_closing_error)
        self._on_end = on_end
        self._in_list = True
        self.marker = self.deciding = Deciding(session, self)
        self.navigation = CaseNavigation(session, self, self.saving, self._listed)
        self.committing = Committing(session, self, self.deciding, self.navigation)
        self.history = DecisionHistory(session, self, self.deciding)

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield from self.compose_texts()
        with Vertical(id="dock"):
            with Vertical(id="resolving"):
                yield LineList(id="differences")
                yield DifferencePanel()
            yield QuestionBar()
        yield self.key_line()

    def on_unmount(self) -> None:
        """Say how far the adjudicator came. The session is closed afterwards."""
        self._on_end(self.session.end(len(self.saving.unsaved)))

    def on_mount(self) -> None:
        """Begin at the first open case, in the list of its differences."""
        for pane in PANES:
            self.reading_pane(pane).has_notes = True
        for side in SIDES:
            self.reading_pane(side).verdict.set_class(True, "-shown")
        self.arrived()
        self.set_interval(1.0, self.show_status)
        if all(case.committed and not case.stale for case in self.session.case_list()):
            self.all_done()

    @property
    def difference_list(self) -> LineList:
        return self.query_one("#differences", LineList)

    def state_of(self, pane: Pane) -> str:
        """Return how many differences in a text are open."""
        count = self.deciding.open_in(pane)
        return f"{count} open" if count else ""

    def situation(self) -> Situation:
        difference = self.deciding.difference
        return Situation(
            pane=self.pane,
            ready=True,
            unsaved=bool(self.saving.unsaved),
            committed=self.session.committed and not self.session.stale,
            complete=not self.session.missing_for_commit(),
            guideline=bool(self.session.guideline.strip()),
            documents=self.has_documents,
            readers=len(difference.held) if difference is not None else 0,
            marked=difference is not None and difference.marked,
            joinable=difference is not None and difference.marked and len(holders(difference)) > 1,
        )

    def rest(self) -> None:
        """Give the keyboard back to the list or the text, whichever had it before a question."""
        self.set_focus(self.difference_list if self._in_list else self.text, scroll_visible=False)

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        self._in_list = not isinstance(self.focused, AnnotatedText)
        super().ask(questions, then, each, by_mouse=by_mouse)

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
        """Show the current case of the session, with its first open difference."""
        self.find_bar.end()
        self.show_case_text()
        for side in SIDES:
            pane = self.reading_pane(side)
            pane.clear()
            answer = BlindAnswer(side, "done", self.session.answers[side], self.session.answer_ids[side])
            pane.show_answer(answer, "", at_work=False)
        if self.dock_view != "judge":
            self.show_dock("judge")
        first = self.deciding.first
        if first is None and self.pane != "case":
            self.pane = "case"
            self.arrange_parts()
        self.deciding.go_to(first)

    def show(self) -> None:
        self.deciding.update()
        session, current = self.session, self.deciding.difference_id
        annotations = session.resolution().annotations
        drawn = Differences(
            session.differences,
            current,
            session.decision_of,
            annotations,
            self.deciding.side_of,
            session.case.whole,
        )
        for pane, notes in drawn.notes().items():
            self.reading_pane(pane).show_notes(notes)
        for pane, found in drawn.marks().items():
            self.text_of(pane).set_marks(found)
        lines = [
            (item.id, listed_words(item, session.side_of(item.id), session.decision_of(item.id), self._criterion(item)))
            for item in session.differences
        ]
        self.difference_list.show_lines(lines, current, nothing=AGREED)
        self._show_difference(annotations)
        for side in SIDES:
            state = self.state_of(side)
            self.reading_pane(side).border_subtitle = Content(f" {state} ") if state else ""
            self.reading_pane(side).verdict.show(self.deciding.verdict_chips(side))
        self.show_status()
        self.show_tabs()
        self.show_keys()

    def _criterion(self, difference: Difference) -> str:
        return self.deciding.question_of(difference) if difference.subject == "criterion" else ""

    def _show_difference(self, annotations: tuple[Annotation, ...]) -> None:
        panel = self.query_one(DifferencePanel)
        difference = self.deciding.difference
        if difference is None:
            commit = f" {self.key_of('adjudication.commit')} commits." if not self.session.committed else ""
            panel.show_none(f"Nothing to resolve: {AGREED}.{commit}", "\n".join(self.committing.summary()))
            return
        number = self.session.differences.index(difference) + 1
        decision = self.session.decision_of(difference.id)
        resolved = next((annotation for annotation in annotations if annotation.id == difference.id), None)
        question = self.deciding.question_of(difference)
        place = f"{number} of {len(self.session.differences)}"
        side = self.session.side_of(difference.id)
        panel.show(difference, side, place, decision, resolved if decision else None, self.key_of, question)

    def show_status(self) -> None:
        session = self.session
        progress = session.progress
        count = len(session.differences)
        resolved = f"{self.deciding.resolved} of {plural(count, 'difference')} resolved"
        state = "readings changed" if session.stale else "resolved" if session.committed else "blind"
        clock = clock_text(session.active_seconds)
        self.head.show(
            [
                ("doubleread", 1),
                (session.title, 2),
                (f"case {progress.position} of {progress.total}", 9),
                (resolved if count else "no differences", 8),
                (session.case.specialty, 3),
            ],
            [
                (f"adjudicator {session.adjudicator_id}", 4),
                (state, 6),
                (self.saving.words, 10, self.saving.short_words),
                (f"adjudicating {clock}", 5, clock),
            ],
        )

    def arrived(self) -> None:
        """Show the case that the session went to, from the list of its differences."""
        self.show_case()
        self.set_focus(self.difference_list)

    def all_done(self) -> None:
        words = "Everything that readers differ in is resolved. Thank you."
        self.inform("Done", f"{words}\n\n{self.key_of('library')} returns to the page of the study.")

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.deciding.choose(event.line_id)

    @on(TextMargin.Chosen)
    def _note_chosen(self, event: TextMargin.Chosen) -> None:
        event.stop()
        self.deciding.click(event.note_id)

    @on(Chips.Picked, "ReadingPane > .verdict")
    def _verdict_picked(self, event: Chips.Picked) -> None:
        event.stop()
        side, _, verdict = event.chip_id.partition(" ")
        self.deciding.give_verdict(next(one for one in SIDES if one == side), verdict)

    @on(Chips.Picked, "#resolve")
    def _decided(self, event: Chips.Picked) -> None:
        event.stop()
        how, _, reader = event.chip_id.partition(" ")
        if how == "take":
            self.deciding.take(int(reader))
        else:
            {"join": self.deciding.join, "own": self.deciding.own, "reject": self.deciding.reject}[how]()

    def action_pane(self, by: int) -> None:
        """Go to the next text, or the previous one; from the list, into the current text."""
        if self.text.has_focus:
            super().action_pane(by)
        else:
            self.action_show_pane(self.pane)

    def action_show_differences(self) -> None:
        """Go to the list of differences; from there to what the readers said, if it has to be scrolled."""
        panel = self.query_one(DifferencePanel).scrolled
        self.set_focus(panel if self.difference_list.has_focus and panel.max_scroll_y else self.difference_list)

    def _listed(self) -> CaseList:
        cases = self.session.case_list()
        states = [_state_words(case) for case in cases]
        longest = max(map(len, states), default=0)
        items = [
            (case.case_id, f"{number:>4}  {state.ljust(longest)}  {case.title}")
            for number, (case, state) in enumerate(zip(cases, states, strict=True), start=1)
        ]
        resolved = sum(case.committed and not case.stale for case in cases)
        return CaseList(f"Cases: {resolved} of {len(items)} resolved (✓)", items, self.session.case.id)


def _state_words(case: Adjudicable) -> str:
    if case.stale:
        return "! readings changed"
    if case.committed:
        return "✓ resolved"
    if not case.differences:
        return "  no differences"
    return f"  {case.open_differences} of {plural(case.differences, 'difference')} open"
