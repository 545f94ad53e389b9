"""The reading screen: a case, two answers, and what the reader says about them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.reading import Judgement
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.spans import Span
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer, Reveal
from doubleread.sessions.library import OpenStudy
from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.answer_stream import RETRY_SECONDS, AnswerStream
from doubleread.tui.reading.blinding_assessment import BlindingAssessmentDialog
from doubleread.tui.reading.committing import Committing
from doubleread.tui.reading.dock import ReadingDock
from doubleread.tui.reading.marking import Marking
from doubleread.tui.reading.other_windows import OtherWindows
from doubleread.tui.reading.reading_pane import STATE_WORDS, ReadingPane
from doubleread.tui.reading.reasoning_fold import ReasoningFold, ReasoningText
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.tour_guide import TourGuide
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.reading.verdicts import Verdicts
from doubleread.tui.shared.actions import ACTIONS, PANES, Pane, Situation
from doubleread.tui.shared.case_navigation import CaseNavigation
from doubleread.tui.shared.case_text import case_text
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import LineDialog, ListDialog
from doubleread.tui.shared.help import GuidelinePage, HelpPage
from doubleread.tui.shared.history import History
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.saving import Result
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.status_line import Status, StatusLine
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.messages import CaretMoved, MarkClicked, ProposalRefused, SelectionChanged, SpanProposed
from doubleread.tui.shared.three_texts import TALL, DockView, ThreeTexts
from doubleread.tui.unsaved import SLICE

_SENTENCE_KEYS = ("sentences", "sentence_annotation", *(f"sentence_{label.name}" for label in SENTENCE_JUDGEMENTS))


class AnswersGrew(Message):
    """The answers changed; their text is in the session."""

    def can_replace(self, message: Message) -> bool:
        """One of these is as good as many."""
        return isinstance(message, AnswersGrew)


class ReadingScreen(ThreeTexts):
    """A reader at a study, case after case. Its controllers do the work; the screen shows it and passes keys on.

    The session is closed with the screen; `on_closing_error` gets an error from that. `wall` returns the time of day.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in ACTIONS if action.keys),
        Binding("enter", "enter", show=False),
    ]
    declared = ACTIONS

    def __init__(
        self,
        opened: OpenStudy,
        settings: Settings,
        *,
        wall: Callable[[], datetime] = datetime.now,
        on_closing_error: Callable[[DoublereadError], None] = lambda _: None,
    ) -> None:
        super().__init__(settings, wall=wall)
        self._on_closing_error = on_closing_error
        self.is_demo = opened.is_demo
        self.session = opened.session
        self.tour = TourGuide(self)
        self.stream = AnswerStream(self.session, self, self.saving)
        self.marking = Marking(self.session, self, self.tour.note_mark)
        self.sentences = Sentences(self.session, self, self.marking)
        self.verdicts = Verdicts(self.session, self)
        self.committing = Committing(self.session, self, self.sentences, self._committed)
        self.navigation = CaseNavigation(self.session, self, self.saving)
        self.history = History(self.session, self, self.saving, "There is nothing to undo in this case.")
        self.windows = OtherWindows(self)
        self.reveal: Reveal | None = None
        self.show_key = True
        self._last_reason = ""

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield StatusLine()
        yield TourPanel()
        yield Chips(id="tabs", gap=2, tick=False)
        with Horizontal(id="panes"):
            for pane in PANES:
                yield ReadingPane(pane, self.settings)
        yield RevealPanel()
        yield ReadingDock(id="dock")
        yield Chips(id="keys", fit=True, gap=1)

    def on_mount(self) -> None:
        """Show the first case and listen to the models. In a demo, begin the tour if it is new."""
        self.query_one(RevealPanel).display = False
        self.show_case()
        if self.session.makes_answers:
            self.session.listen(self.stream.hear)
            if self.session.reads_here:
                self.call_after_refresh(self.session.start)
        self.set_interval(1.0, self.windows.follow)
        self.set_interval(SLICE, self.saving.keep_saving)
        self.set_focus(self.text, scroll_visible=False)
        self._assess_at_the_end()
        self.windows.ask()
        if self.is_demo and self.tour.is_new:
            self.tour.begin()

    def on_unmount(self) -> None:
        """Close the study. The next screen shows an error from that, or the program prints it when it has ended."""
        try:
            self.session.close()
        except DoublereadError as error:
            self._on_closing_error(error)

    def touch(self) -> None:
        """Record that the reader did something. While the file is locked, the time is stored later."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.saving.attempt(touched)

    @property
    def answers(self) -> dict[Side, BlindAnswer]:
        """Both answers, as far as they are written."""
        return self.stream.answers

    @property
    def ready(self) -> bool:
        """Whether both answers are finished, so that they can be judged."""
        return self.stream.ready

    @property
    def judgement(self) -> Judgement:
        """The reader's judgement so far."""
        return self.session.reading.judgement if self.session.reading else Judgement()

    @property
    def committed(self) -> bool:
        """Whether this reading is committed."""
        return self.session.reading is not None and self.session.reading.committed

    @property
    def in_annotations(self) -> bool:
        """Whether the keyboard is in the list of annotations or in the panel of one."""
        return self.dock_view == "annotation" or isinstance(self.focused, AnnotationsList)

    def situation(self) -> Situation:
        """Return what decides which actions work."""
        current, linkable = self.marking.current, self.marking.linkable
        reveal = self.reveal
        return Situation(
            pane=self.pane,
            ready=self.ready,
            committed=self.committed,
            revealed=reveal is not None and self.show_key,
            complete=self.session.reading is not None and not self.session.missing_for_commit,
            annotation=current.annotation.label if current else "",
            linkable=linkable.annotation.label if linkable else "",
            annotations=bool(self.marking.listed),
            selection=self.text.selection is not None,
            failed=self.stream.can_make_again,
            gradable=reveal is not None and reveal.gradable,
            in_reasoning=isinstance(self.focused, ReasoningText),
            reasoning=reveal is not None and self.sentences.side in reveal.reasoning,
            guideline=bool(self.session.guideline.strip()),
            axes=bool(self.session.axes),
            sentences=self.sentences.available,
            in_sentences=self.sentences.active,
            faulty_sentence=self.sentences.to_mark is not None,
            unsaved=bool(self.saving.unsaved),
            elsewhere=not self.session.reads_here,
        )

    def act(self, work: Callable[[str | None], Result], then: Callable[[Result], None] | None = None) -> None:
        """Store something; in a committed reading, ask for the reason first. `work` gets the reason."""
        if self.committed:
            self._ask_reason(lambda reason: self.saving.save(lambda: work(reason), then))
        else:
            self.saving.save(lambda: work(None), then)

    def _ask_reason(self, then: Callable[[str], None]) -> None:
        def take(reason: str | None) -> None:
            if reason:
                self._last_reason = reason
                then(reason)

        words = "This reading is committed. A change is stored as a correction, with your reason."
        dialog = LineDialog("Why this correction?", words, value=self._last_reason, go_on="store the correction")
        self.app.push_screen(dialog, take)

    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""
        self.arrange_panes()
        cramped = self.zoomed or (self.query_one(RevealPanel).display and self.size.height < TALL)
        dock = self.query_one(ReadingDock)
        height = dock.arrange_parts(self.dock_view, self.size, cramped=cramped, in_sentences=self.sentences.active)
        dock.styles.height = height + self.single
        self.show_states()

    def show_states(self) -> None:
        """Show the states of the answers, and what can be done now."""
        self.show_tabs()
        self.show_keys()

    def state_of(self, pane: Pane) -> str:
        """Return how far an answer is written."""
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

    def show_case(self) -> None:
        """Show the case that the session is at, from its start."""
        case = self.session.case
        self.marking.clear()
        self.stream.clear()
        self.reveal = None
        self.show_key = True
        self.reading_pane("case").show_case(case.title, case_text(case), Span(0, len(case.text)))
        for side in SIDES:
            self.reading_pane(side).clear()
        self.stream.look()
        if self.dock_view != "judge":
            self.show_dock("judge")
        self.show()

    def show(self) -> None:
        """Show everything that an action can change."""
        for side in SIDES:
            self.text_of(side).by_sentence = self.sentences.shown
        self.saving.attempt(self._read_reveal)
        self.marking.update()
        self.show_marks()
        self.query_one(AnnotationsList).show(self.marking.listed, self.marking.focused_id)
        self._show_verdicts()
        self._show_axes()
        self._show_panel()
        self._show_reveal()
        self.show_status()
        self.show_keys()
        self.show_sentences()

    def _read_reveal(self) -> None:
        """Read what the commit reveals. While the file is locked, what is shown stays."""
        try:
            self.reveal = self.session.reveal() if self.committed else None
        except StudyBusyError:
            self.set_timer(RETRY_SECONDS, self.show)

    def show_marks(self) -> None:
        """Draw the marks of all texts."""
        for pane, found in self.marking.marks(self.reveal).items():
            self.text_of(pane).set_marks([*self.sentences.marks(pane), *found])

    def show_answer(self, side: Side, answer: BlindAnswer) -> None:
        """Show an answer as far as it is written."""
        self.reading_pane(side).show_answer(answer, self.key_of("again"), at_work=self.session.makes_answers)

    def show_sentences(self) -> None:
        """Show the sentence bar, if the reader judges sentences now."""
        side = self.sentences.side
        if side is None or not self.sentences.active:
            return
        bar = self.query_one(SentenceBar)
        rows = bar.rows(self.size.width)
        keys = {name: self.key_of(name) for name in _SENTENCE_KEYS}
        bar.show(side, self.sentences.at_caret(), self.sentences.counted(), keys)
        if rows != bar.rows(self.size.width):
            self.arrange_parts()

    def _show_verdicts(self) -> None:
        # Where keys judge sentences, none of them gives a verdict.
        keyed: Pane = "case" if self.sentences.active else self.pane
        self.query_one(VerdictBar).show(self.judgement, keyed, self.key_of, enabled=self.ready)

    def _show_axes(self) -> None:
        bar = self.query_one(VerdictBar)
        rows = bar.axes_rows(self.size.width)
        bar.show_axes(self.session.axes, self.judgement.ratings, self.key_of("compare"), enabled=self.ready)
        if bar.axes_rows(self.size.width) != rows:
            self.arrange_parts()

    def _show_panel(self) -> None:
        item = self.marking.focused_item
        if item is not None:
            panel = self.query_one(AnnotationPanel)
            panel.show(item.annotation, item.annotation.label, self.session.labels, locked=self.committed)
        elif self.dock_view == "annotation":
            self.show_dock("judge")

    def _show_reveal(self) -> None:
        panel, reveal = self.query_one(RevealPanel), self.reveal
        shown = reveal is not None and self.show_key
        if panel.display != shown:
            panel.display = shown
            self.arrange_parts()
        names = reveal.names if reveal is not None else {}
        reasoning = reveal.reasoning if reveal is not None else {}
        for side in SIDES:
            key = self.key_of("reasoning") if side == self.pane else ""
            self.reading_pane(side).reasoning.show(reasoning.get(side, ""), key)
            self.reading_pane(side).name_model(names.get(side, ""))
        if reveal is not None:
            panel.show(reveal, self.judgement, self.pane, self.key_of("grade"))

    def show_status(self) -> None:
        """Show the line at the top."""
        progress = self.session.progress
        self.query_one(StatusLine).status = Status(
            study=self.session.title,
            position=progress.position,
            total=progress.total,
            specialty=self.session.case.specialty,
            reader=self.session.reader_id,
            committed=self.reveal is not None,
            saved=self.windows.words if self.windows.words and not self.saving.unsaved else self.saving.words,
            active_seconds=self.session.active_seconds,
        )

    def show_tour(self, words: str, chips: Sequence[Chip]) -> None:
        """Show a step of the tour; without words, hide the tour."""
        panel = self.query_one(TourPanel)
        panel.display = False
        if words:
            panel.show(words, chips)

    def go_to(self, pane: Pane, offset: int) -> None:
        """Show a place in a text and put the caret there."""
        if self.pane != pane:
            self.pane = pane
            self.arrange_parts()
            self.pane_changed()
        if isinstance(self.focused, AnnotatedText):
            self.set_focus(self.text, scroll_visible=False)
        self.text.move_caret(offset)

    def pane_changed(self) -> None:
        """Show what can be done in the text that the reader went to."""
        self.sentences.leave_pane()
        self.marking.enter_pane()
        self._show_reveal()
        self._show_verdicts()
        self.show_keys()
        self.sentences.enter_pane()

    def leave_case(self) -> None:
        """Save what is still being typed."""
        self.marking.save_note(self.query_one(AnnotationPanel).take_note())

    def arrived(self) -> None:
        """Show the case that the session went to."""
        self.show_case()
        self.action_show_pane("case")

    def all_done(self) -> None:
        """Say that every case is committed."""
        self.tell("All cases are committed. Thank you.", title="Done")

    def _committed(self) -> None:
        # If the commit reveals the models, redacted words can be read now.
        self.stream.look()
        self.show_key = True
        self.tour.note_commit()
        self._assess_at_the_end()

    def _assess_at_the_end(self) -> None:
        asked = self.committing.asked_at_the_end()
        if asked:
            said = self.committing.assess_at_the_end
            self.app.push_screen(BlindingAssessmentDialog(self.session.asked_role, asked, said))

    def wake(self) -> None:
        """Have the answers looked at soon. Called from the engines' threads."""
        self.post_message(AnswersGrew())

    def on_answers_grew(self) -> None:
        """Look at the answers soon."""
        self.stream.look_soon()

    @on(SpanProposed)
    def _proposed(self, event: SpanProposed) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        if pane is not None:
            self.marking.propose(pane.pane, event.span)

    @on(ProposalRefused)
    def _refused(self, event: ProposalRefused) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        self.marking.refuse(pane.pane if pane is not None else None, event.reason)

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        event.stop()
        self.marking.click(event.mark_id)

    @on(CaretMoved)
    def _caret_moved(self, event: CaretMoved) -> None:
        event.stop()
        if event.widget is self.text:
            self.sentences.move_caret(event.offset)
        if event.widget.has_focus:
            self.marking.move_caret(event.marks_here)

    @on(SelectionChanged)
    def _selection_changed(self, event: SelectionChanged) -> None:
        event.stop()
        self.show_keys()

    @on(AnnotationsList.Chosen)
    def _annotation_chosen(self, event: AnnotationsList.Chosen) -> None:
        event.stop()
        self.marking.focus(event.line_id)

    @on(AnnotationPanel.Rated)
    def _annotation_rated(self, event: AnnotationPanel.Rated) -> None:
        event.stop()
        self.marking.rate(event.annotation_id, event.field, event.value)

    @on(AnnotationPanel.Closed)
    def _annotation_closed(self, event: AnnotationPanel.Closed) -> None:
        event.stop()
        self.leave_case()
        self.show_dock("judge")

    @on(AnnotationPanel.NoteWanted)
    def _note_wanted(self, event: AnnotationPanel.NoteWanted) -> None:
        event.stop()

        def open_note(reason: str) -> None:
            self.marking.note_reason = reason
            self.query_one(AnnotationPanel).note()

        self._ask_reason(open_note)

    @on(AnnotationPanel.NoteGrew)
    def _note_grew(self, event: AnnotationPanel.NoteGrew) -> None:
        event.stop()
        self.leave_case()

    @on(RevealPanel.Graded)
    def _graded(self, event: RevealPanel.Graded) -> None:
        event.stop()
        self.verdicts.grade(event.side, event.grade)

    @on(ReasoningFold.Asked)
    def _reasoning_asked(self, event: ReasoningFold.Asked) -> None:
        event.stop()
        self.action_show_pane(event.side)
        self.action_toggle_reasoning()

    @on(TourPanel.Chosen)
    def _tour_chosen(self, event: TourPanel.Chosen) -> None:
        event.stop()
        self.tour.choose(event.choice)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Act on a click upon the verdict bar, the sentence bar, the tabs or the line of keys."""
        row = event.chips.id or ""
        if row in ("sentence", "sentence-more"):
            event.stop()
            await self.run_declared(BY_ID[event.chip_id])
        elif self.verdicts.pick(row, event.chip_id):
            event.stop()
        else:
            await self.pick(event)

    def action_omission(self) -> None:
        """Say that the selected words of the case are left out."""
        self.text_of("case").propose()

    def action_annotation(self, by: int) -> None:
        """Go to the next annotation, or the previous one."""
        self.marking.step(by)

    def action_edit(self) -> None:
        """Open the panel of the current annotation."""
        self.marking.edit()

    def action_nudge(self, edge: Literal["start", "end"], by: Literal["character", "word"], direction: int) -> None:
        """Move one boundary of the current annotation."""
        self.marking.nudge(edge, by, direction)

    def action_retract(self) -> None:
        """Retract the current annotation."""
        self.marking.retract()

    def action_passage(self) -> None:
        """Link the current annotation to the selected words of the case, or remove the link."""
        self.marking.link_selection()

    def action_sentences(self) -> None:
        """Start or stop judging sentence by sentence."""
        self.sentences.toggle()

    def action_judge_sentence(self, judgement: str) -> None:
        """Judge the sentence at the caret."""
        self.sentences.judge(judgement)

    def action_sentence_annotation(self) -> None:
        """Make an annotation of the faulty sentence."""
        self.sentences.annotate()

    def action_verdict(self, verdict: str) -> None:
        """Give a verdict on the current answer."""
        self.verdicts.give(verdict)

    def action_prefer(self, preference: str) -> None:
        """Say which answer is preferred."""
        self.verdicts.prefer(preference)

    def action_outside(self) -> None:
        """Say that the case lies outside the reader's field, or that it does not."""
        self.verdicts.toggle_outside_field()

    def action_compare(self) -> None:
        """Compare the answers by the axes of the protocol."""
        self.verdicts.compare()

    def action_confirm(self, right: bool) -> None:
        """Say whether the current answer names the key's diagnosis."""
        self.verdicts.confirm_diagnosis(right)

    def action_grade(self) -> None:
        """Grade how close the current answer comes to the key's diagnosis."""
        self.verdicts.ask_grade()

    def action_undo(self) -> None:
        """Undo the last action."""
        self.leave_case()
        self.history.undo()

    def action_redo(self) -> None:
        """Redo the last action that was undone."""
        self.history.redo()

    def action_commit(self) -> None:
        """Ask, then commit the reading."""
        self.leave_case()
        self.committing.commit()

    def action_step(self, by: int) -> None:
        """Go to the next case, or the previous one."""
        self.navigation.step(by)

    def action_next_open(self) -> None:
        """Go to the next case that is not committed."""
        self.navigation.next_open()

    def action_cases(self) -> None:
        """Choose a case from the list."""
        cases = self.saving.fetch(self.session.case_list)
        if cases is None:
            return
        items = [
            (case_id, f"{'✓' if committed else ' '} {number:>4}  {title}")
            for number, (case_id, title, committed) in enumerate(cases, start=1)
        ]
        title = f"Cases: {self.session.progress.committed} of {len(items)} committed (✓)"
        self.app.push_screen(ListDialog(title, items, current=self.session.place_id), self.navigation.go_to)

    def action_again(self) -> None:
        """Generate the failed answers of this case again."""
        self.stream.make_again()

    def action_take_over(self) -> None:
        """Read in this window; the other one then only shows."""
        self.windows.take_over()

    def action_show_annotations(self) -> None:
        """Go to the list of annotations."""
        if self.query_one(AnnotationsList).display:
            self.set_focus(self.query_one(AnnotationsList))

    def action_toggle_key(self) -> None:
        """Show the key and the scores; if they are too long for their place, scroll them; then hide them."""
        panel = self.query_one(RevealPanel)
        if self.show_key and panel.max_scroll_y and not panel.has_focus:
            self.set_focus(panel)
            return
        self.show_key = not self.show_key
        self.show()
        self.set_focus(self.text, scroll_visible=False)

    def action_toggle_reasoning(self) -> None:
        """Show or hide the reasoning before the current answer."""
        if self.pane != "case":
            unfolded = self.reading_pane(self.pane).reasoning.toggle()
            self.set_focus(self.reading_pane(self.pane).reasoning.text if unfolded else self.text, scroll_visible=False)

    def action_help(self) -> None:
        """Show the help."""
        self.app.push_screen(HelpPage(self.settings.keys, self.session.labels))

    def action_guideline(self) -> None:
        """Show the guideline."""
        self.app.push_screen(GuidelinePage(self.session.guideline))

    def action_library(self) -> None:
        """Go back to the list of studies."""
        self.leave_case()
        if not self.saving.must_stay():
            self.app.call_later(self.app.run_action, "library")

    def action_tour(self) -> None:
        """Begin the tour."""
        self.tour.begin()

    def action_enter(self) -> None:
        """Go on in the tour."""
        self.tour.go_on()

    def action_back(self) -> None:
        """Leave the tour, then the sentences, then whatever else is open."""
        if self.dock_view == "judge" and self.tour.step is not None:
            self.tour.end()
        elif self.dock_view == "judge" and self.sentences.active and self.text.has_focus:
            self.sentences.toggle()
        else:
            super().action_back()
