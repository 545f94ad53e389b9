"""The adjudication screen: each difference between the readers is resolved, then the case is committed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from doubleread.config import Settings
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.library import OpenAdjudication
from doubleread.tui.adjudication.deciding import Deciding
from doubleread.tui.adjudication.difference_marks import texts_marked
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.adjudication.difference_words import holders, listed_words
from doubleread.tui.adjudication.judgement_summary import summary
from doubleread.tui.reading.reading_pane import ReadingPane
from doubleread.tui.shared.actions import PANES, Pane, Situation
from doubleread.tui.shared.case_navigation import CaseNavigation
from doubleread.tui.shared.case_text import case_text
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import LineDialog, ListDialog
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.help import ADJUDICATING, GuidelinePage, HelpPage
from doubleread.tui.shared.history import History
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.question_bar import Question, QuestionBar
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS
from doubleread.tui.shared.status_line import clock_text
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.messages import MarkClicked, ProposalRefused, SelectionChanged, SpanProposed
from doubleread.tui.shared.three_texts import TALL, WIDE, ThreeTexts
from doubleread.tui.unsaved import SLICE

DOCK_HEIGHT = 12
AGREED = "the readers agree on everything here"
_ALL_DONE = "Everything that readers differ in is resolved. Thank you."


class AdjudicationScreen(ThreeTexts):
    """An adjudicator at a study, case after case. Its controllers do the work; the screen shows it and passes keys on.

    The study is closed with the screen; `on_closing_error` gets an error from that. `wall` returns the time of day.
    """

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
        self._last_reason = ""
        self._in_list = True
        self.session = opened.session
        self.deciding = Deciding(self.session, self)
        self.navigation = CaseNavigation(self.session, self, self.saving)
        nothing = "There is no decision to take back in this case."
        self.history = History(self.session, self, self.saving, nothing)

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

    def on_mount(self) -> None:
        """Begin at the first open case, in the list of its differences."""
        self.arrived()
        self.set_interval(1.0, self.show_status)
        self.set_interval(SLICE, self.saving.keep_saving)
        if all(case.committed and not case.stale for case in self.session.case_list()):
            self.all_done()

    def on_unmount(self) -> None:
        """Close the study. The next screen shows an error from that, or the program prints it when it has ended."""
        try:
            self._opened.close()
        except DoublereadError as error:
            self._on_closing_error(error)

    def touch(self) -> None:
        """Record that the adjudicator did something. While the file is locked, the time is stored later."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.saving.attempt(touched)

    @property
    def difference_list(self) -> LineList:
        """The list of differences."""
        return self.query_one("#differences", LineList)

    def state_of(self, pane: Pane) -> str:
        """Return how many differences in a text are open."""
        count = self.deciding.open_in(pane)
        return f"{count} open" if count else ""

    def situation(self) -> Situation:
        """Return what decides which actions work."""
        difference = self.deciding.difference
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
        """Ask below the texts."""
        self._in_list = not isinstance(self.focused, AnnotatedText)
        super().ask(questions, then, each, by_mouse=by_mouse)

    def ask_reason(self, then: Callable[[str], None]) -> None:
        """Ask why a resolved case is opened again."""

        def take(reason: str | None) -> None:
            if reason:
                self._last_reason = reason
                then(reason)

        words = "This case is resolved. It is opened again, with your reason, and counts as before until you commit."
        dialog = LineDialog("Why this change?", words, value=self._last_reason, go_on="open it again")
        self.app.push_screen(dialog, take)

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
        """Show the case that the session is at, with its first open difference."""
        case = self.session.case
        self.reading_pane("case").show_case(case.title, case_text(case), Span(0, len(case.text)))
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

    def go_to(self, pane: Pane, offset: int | None) -> None:
        """Show a text, and put the caret at an offset if there is one."""
        if pane != self.pane:
            in_text = self.text.has_focus
            self.pane = pane
            self.arrange_parts()
            if in_text:
                self.set_focus(self.text, scroll_visible=False)
        if offset is not None:
            self.text.move_caret(offset)

    def show(self) -> None:
        """Show everything that a decision can change."""
        self.deciding.update()
        session, current = self.session, self.deciding.difference_id
        standing = session.standing().annotations
        marks = texts_marked(session.differences, current, session.decision_of, standing, self.deciding.side_of)
        for pane, found in marks.items():
            self.text_of(pane).set_marks(found)
        lines = [
            (item.id, listed_words(item, session.side_of(item.id), session.decision_of(item.id)))
            for item in session.differences
        ]
        self.difference_list.show_lines(lines, current, nothing=AGREED)
        self._show_difference(standing)
        for side in SIDES:
            state = self.state_of(side)
            self.reading_pane(side).border_subtitle = Content(f" {state} ") if state else ""
        self.show_status()
        self.show_tabs()
        self.show_keys()

    def _show_difference(self, standing: tuple[Annotation, ...]) -> None:
        panel = self.query_one(DifferencePanel)
        difference = self.deciding.difference
        if difference is None:
            commit = f" {self.key_of('adjudication.commit')} commits." if not self.session.committed else ""
            panel.show_none(f"Nothing to resolve: {AGREED}.{commit}", "\n".join(self._summary()))
            return
        number = self.session.differences.index(difference) + 1
        decision = self.session.decision_of(difference.id)
        resolved = next((annotation for annotation in standing if annotation.id == difference.id), None)
        question = next((axis.question for axis in self.session.axes if axis.name == difference.axis), "")
        place = f"{number} of {len(self.session.differences)}"
        side = self.session.side_of(difference.id)
        panel.show(difference, side, place, decision, resolved if decision else None, self.key_of, question)

    def _summary(self) -> list[str]:
        return summary(self.session.standing(), self.deciding.side_of, self.session.labels)

    def show_status(self) -> None:
        """Show the line at the top."""
        session = self.session
        progress = session.progress
        count = len(session.differences)
        resolved = f"{self.deciding.resolved} of {plural(count, 'difference')} resolved"
        state = "readings changed" if session.stale else "resolved" if session.committed else "blind"
        self.query_one(HeadLine).show(
            [
                ("doubleread", 1),
                (session.title, 2),
                (f"case {progress.position} of {progress.total}", 9),
                (resolved if count else "no differences", 8),
                (session.case.specialty, 3),
            ],
            [
                (f"adjudicator {self._opened.adjudicator_id}", 4),
                (state, 6),
                (self.saving.words, 10),
                (f"adjudicating {clock_text(session.active_seconds)}", 5),
            ],
        )

    def arrived(self) -> None:
        """Show the case that the session went to, from the list of its differences."""
        self.show_case()
        self.set_focus(self.difference_list)

    def all_done(self) -> None:
        """Say that every case is resolved."""
        self.inform("Done", _ALL_DONE)

    @on(SpanProposed)
    def _proposed(self, event: SpanProposed) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        if pane is not None:
            self.deciding.propose(pane.pane, event.span)

    @on(ProposalRefused)
    def _refused(self, event: ProposalRefused) -> None:
        event.stop()
        self.tell(event.reason, warn=True)

    @on(SelectionChanged)
    def _selection_changed(self, event: SelectionChanged) -> None:
        event.stop()
        self.show_keys()

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        event.stop()
        self.deciding.click(event.mark_id)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.deciding.choose(event.line_id)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Decide by click."""
        if event.chips.id != "resolve":
            await self.pick(event)
            return
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

    def action_difference(self, by: int) -> None:
        """Go to the next difference, or the previous one."""
        self.deciding.step(by)

    def action_take(self, reader: int) -> None:
        """Take what a reader said."""
        self.deciding.take(reader)

    def action_reject(self) -> None:
        """Resolve the current difference by no annotation."""
        self.deciding.reject()

    def action_join(self) -> None:
        """Resolve the current difference by all the words that readers marked."""
        self.deciding.join()

    def action_own(self) -> None:
        """Resolve the current difference by an annotation or a value of the adjudicator's own."""
        self.deciding.own()

    def action_undo(self) -> None:
        """Undo the last decision."""
        self._go_back_or_forth(self.history.undo)

    def action_redo(self) -> None:
        """Redo the last decision that was undone."""
        self._go_back_or_forth(self.history.redo)

    def _go_back_or_forth(self, step: Callable[[], bool]) -> None:
        before = self.deciding.decisions()
        if step():
            self.deciding.go_to_changed(before)

    def action_commit(self) -> None:
        """Ask, then commit what was decided."""
        missing = self.session.missing_for_commit()
        if self.saving.must_stay():
            return
        if missing:
            words = "\n".join(f"  {item}" for item in missing)
            self.inform("Not complete yet", f"Still to be resolved:\n{words}")
            return
        count = len(self.session.differences)
        resolved = f"{plural(count, 'difference')} resolved" if count else "The readers agree on everything"
        words = "\n".join([*self._summary(), f"\n{resolved}. Their own readings stay as they are."])
        self.confirm("Resolve this case?", words, "commit", self._commit)

    def _commit(self, confirmed: bool | None) -> None:
        if confirmed:
            self.saving.save(self.session.commit, lambda _: self.navigation.next_open())
        else:
            self.show()

    def action_reopen(self) -> None:
        """Open a resolved case again, with a reason."""
        self.deciding.reopen()

    def action_step(self, by: int) -> None:
        """Go to the next case, or the previous one."""
        self.navigation.step(by)

    def action_next_open(self) -> None:
        """Go to the next case that is not resolved."""
        self.navigation.next_open()

    def action_cases(self) -> None:
        """Choose a case from the list."""
        cases = self.saving.fetch(self.session.case_list)
        if cases is None:
            return
        items = []
        for number, case in enumerate(cases, start=1):
            mark = "!" if case.stale else "✓" if case.committed else " "
            still = f"{case.open_differences} of {plural(case.differences, 'difference')} open"
            still = still if case.differences else "no differences"
            state = "readings changed" if case.stale else "resolved" if case.committed else still
            items.append((case.case_id, f"{mark} {number:>4}  {case.title or case.case_id}  · {state}"))
        resolved = sum(case.committed and not case.stale for case in cases)
        title = f"Cases: {resolved} of {len(items)} resolved (✓)"
        self.app.push_screen(ListDialog(title, items, current=self.session.case.id), self.navigation.go_to)

    def action_help(self) -> None:
        """Show the help."""
        self.app.push_screen(HelpPage(self.settings.keys, self.session.labels, ADJUDICATING))

    def action_guideline(self) -> None:
        """Show the guideline."""
        self.app.push_screen(GuidelinePage(self.session.guideline))

    def action_library(self) -> None:
        """Go back to the list of studies."""
        if not self.saving.must_stay():
            self.app.call_later(self.app.run_action, "library")
