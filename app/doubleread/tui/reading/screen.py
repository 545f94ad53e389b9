"""The reading screen: a case, two answers, and what the reader says about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.reading import Judgement
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.spans import Span
from doubleread.domain.word_echo import WordEcho
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer, Reveal
from doubleread.sessions.library import OpenStudy
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_places import ReadingPlace
from doubleread.sessions.session_end import SessionEnd
from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.answer_stream import RETRY_SECONDS, AnswerStream
from doubleread.tui.reading.blinding_assessment import BlindingAssessmentDialog
from doubleread.tui.reading.committing import Committing
from doubleread.tui.reading.consensus import Consensus
from doubleread.tui.reading.consensus_bar import IN_BAR, ConsensusBar
from doubleread.tui.reading.criteria import Criteria, ReadingHistory
from doubleread.tui.reading.criterion_bar import CriterionBar, action_of
from doubleread.tui.reading.dock import ReadingDock
from doubleread.tui.reading.echoing import Echoing
from doubleread.tui.reading.marking import Marking
from doubleread.tui.reading.other_windows import OtherWindows
from doubleread.tui.reading.passages import PassageLink, Passages, PassagesDialog
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.summary import SummaryScreen
from doubleread.tui.reading.tour_guide import TourGuide
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.reading.verdict_bar import VerdictBar, verdict_chips
from doubleread.tui.reading.verdicts import Verdicts
from doubleread.tui.shared.actions import ACTIONS, PANES, Pane, Situation
from doubleread.tui.shared.case_navigation import CaseList, CaseNavigation
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import Why
from doubleread.tui.shared.guides import ASKED, BY_CRITERION, BY_SENTENCE, IN_ROUND, MARKING, RATING, Guide
from doubleread.tui.shared.head_line import HeadLine, clock_text, progress_bar
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.reading_pane import STATE_WORDS
from doubleread.tui.shared.reasoning_fold import ReasoningFold, ReasoningText
from doubleread.tui.shared.saving import Result
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.text.messages import CaretMoved, SelectionChanged
from doubleread.tui.shared.text_margin import TextMargin
from doubleread.tui.shared.three_texts import TALL, DockView, ThreeTexts
from doubleread.tui.training.guide import TrainingGuide

WHY = Why(
    "Why this correction?",
    "This reading is committed. A change is stored as a correction, with your reason.",
    "store the correction",
)
_SENTENCE_KEYS = ("sentences", "sentence_annotation", *(f"sentence_{label.name}" for label in SENTENCE_JUDGEMENTS))


_CRITERION_KEYS = (
    *("criteria", "previous_criterion", "next_criterion", "criterion_evidence", "criterion_text", "criterion_clear"),
    *(action_of(label.name) for label in CRITERION_JUDGEMENTS),
)


class AnswersGrew(Message):
    """The answers changed; their text is in the session."""

    def can_replace(self, message: Message) -> bool:
        """One of these is as good as many."""
        return isinstance(message, AnswersGrew)


class ReadingScreen(ThreeTexts):
    """A reader at a study, case after case. Its controllers do the work; the screen shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in ACTIONS if action.keys),
        Binding("enter", "enter", show=False),
    ]
    declared = ACTIONS
    guide = MARKING
    session: ReadingSession

    def __init__(
        self,
        opened: OpenStudy,
        settings: Settings,
        *,
        wall: Callable[[], datetime] = datetime.now,
        on_closing_error: Callable[[DoublereadError], None] = lambda _: None,
        on_end: Callable[[SessionEnd], None] = lambda _: None,
        after_training: Callable[[], object] = lambda: None,
        to_round: Callable[[], object] = lambda: None,
        goes_on: bool = False,
    ) -> None:
        super().__init__(opened.session, settings, wall, on_closing_error)
        self._on_end = on_end
        self._goes_on = goes_on
        session = opened.session
        self.is_demo = opened.is_demo
        self.tour = TourGuide(session, self, demo=opened.is_demo)
        self.stream = AnswerStream(session, self, self.saving)
        self.marker = self.marking = Marking(session, self, self.tour.note_mark)
        self.echoing = Echoing(session, self, self.marking)
        self.sentences = Sentences(session, self, self.marking)
        self.verdicts = Verdicts(session, self)
        self.criteria = Criteria(session, self)
        self.committing = Committing(session, self, self.sentences, self.criteria, self.verdicts, self._committed)
        self.navigation = CaseNavigation(session, self, self.saving, self._listed)
        self.history = ReadingHistory(session, self, self.criteria)
        self.training = TrainingGuide(session, self, self.push_above, after_training)
        self.consensus = Consensus(session, self, lambda: self.query_one(ConsensusBar), self.push_above, to_round)
        self.windows = OtherWindows(session, self, self.stream.look)
        self._place = session.opens_at
        self._arranged_view = self.dock_view
        self.reveal: Reveal | None = None
        self.passages: Passages = {}
        self.show_key = True

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield TourPanel()
        yield from self.compose_texts()
        yield RevealPanel()
        yield ReadingDock(id="dock")
        yield self.key_line()

    def on_mount(self) -> None:
        """Show the first case and listen to the models. In a demo, begin the tour if it is new."""
        self.query_one(RevealPanel).display = False
        for pane in PANES:
            self.reading_pane(pane).has_notes = True
        self.show_case()
        if self.session.makes_answers:
            self.session.listen(self.stream.hear)
            if self.session.reads_here:
                # The screen's own `call_after_refresh` would not wait for the first frame while the app starts.
                self.app.call_after_refresh(self._start_models)
        self.set_interval(1.0, self.windows.follow)
        self.set_focus(self.text, scroll_visible=False)
        self.call_after_refresh(self._return_to, self.session.opens_at)
        self._assess_at_the_end()
        self.windows.ask()
        self.training.introduce()
        self.consensus.introduce()
        if not self._goes_on:
            self.ask_background()
        if self.is_demo and self.tour.is_new:
            self.tour.begin()

    def _start_models(self) -> None:
        if self.is_attached:
            self.session.start()

    def on_unmount(self) -> None:
        """Say how far the reader came. The session is closed afterwards."""
        self.session.keep_place(self._place)
        self._on_end(self.session.end(len(self.saving.unsaved)))

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
        return self.session.reading.judgement if self.session.reading else Judgement()

    @property
    def committed(self) -> bool:
        return self.session.reading is not None and self.session.reading.committed

    @property
    def in_annotations(self) -> bool:
        """Whether the keyboard is in the list of annotations or in the panel of one."""
        return self.dock_view == "annotation" or isinstance(self.focused, AnnotationsList)

    def current_guide(self) -> Guide:
        """Return the words of the help for what the reader does now."""
        if self.dock_view != "judge":
            return RATING if self.dock_view == "annotation" else ASKED
        if self.consensus.active:
            return IN_ROUND
        return BY_SENTENCE if self.sentences.active else BY_CRITERION if self.criteria.active else MARKING

    def situation(self) -> Situation:
        current, linkable = self.marking.current, self.marking.linkable
        reveal = self.reveal
        return Situation(
            pane=self.pane,
            ready=self.ready,
            committed=self.committed,
            complete=self.session.reading is not None and not self.session.missing_for_commit,
            annotation=current.annotation.label if current else "",
            linkable=linkable.annotation.label if linkable else "",
            echoed=bool(self.echoing.places),
            annotations=bool(self.marking.listed),
            failed=self.stream.can_make_again,
            gradable=reveal is not None and reveal.gradable,
            in_reasoning=isinstance(self.focused, ReasoningText),
            reasoning=reveal is not None and self.sentences.side in reveal.reasoning,
            guideline=bool(self.session.guideline.strip()),
            passages=bool(self.passages),
            axes=bool(self.session.axes),
            answer_scales=bool(self.session.answer_scales),
            documents=self.has_documents,
            scales=tuple(scale.name for scale in self.session.scales),
            sentences=self.sentences.available,
            in_sentences=self.sentences.active,
            faulty_sentence=self.sentences.to_mark is not None,
            criteria=self.criteria.available,
            in_criteria=self.criteria.active,
            unsaved=bool(self.saving.unsaved),
            elsewhere=not self.session.reads_here,
            training=self.training.active,
            consensus=self.consensus.state,
            differing=bool(self.consensus.differences),
        )

    def act(self, work: Callable[[str | None], Result], then: Callable[[Result], None] | None = None) -> None:
        """Store something; in a committed reading, ask for the reason first. `work` gets the reason."""
        if self.committed:
            self.ask_reason(WHY, lambda reason: self.saving.save(lambda: work(reason), then))
        else:
            self.saving.save(lambda: work(None), then)

    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""
        self.arrange_panes()
        self._arrange_dock()
        if self.dock_view != self._arranged_view:
            self._arranged_view = self.dock_view
            self._show_verdicts()
        self.show_states()
        # Whether notes fit beside the texts is known once the panes have their size.
        self.call_after_refresh(self._arrange_dock)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Hide the list of annotations once the reader leaves it, if they are beside their words."""
        del event
        self._arrange_dock()

    @property
    def _noted_beside(self) -> bool:
        """Whether the annotations are beside their words, and the reader is not in their list."""
        panes = [self.reading_pane(pane) for pane in self.panes_in_view]
        beside = all(pane.margin.display or (pane.pane == "case" and not pane.margin.notes) for pane in panes)
        return beside and not isinstance(self.focused, AnnotationsList)

    def _arrange_dock(self) -> None:
        cramped = self.zoomed or (self.query_one(RevealPanel).display and self.size.height < TALL)
        dock = self.query_one(ReadingDock)
        height = dock.arrange_parts(
            self.dock_view,
            self.size,
            cramped=cramped,
            in_sentences=self.sentences.active,
            criteria=[criterion.text for criterion in self.criteria.listed] if self.criteria.active else (),
            annotations=0 if self._noted_beside else max(len(self.marking.listed), self.size.height >= TALL),
            consensus=self.consensus.active,
            case_width=0 if self.single else self.reading_pane("case").outer_size.width,
        )
        dock.styles.height = height + self.single
        for side in SIDES:
            self.reading_pane(side).verdict.set_class(dock.has_room_for_verdicts, "-shown")

    def show_states(self) -> None:
        """Show the states of the answers, and what can be done now."""
        self.show_tabs()
        self.show_keys()

    def state_of(self, pane: Pane) -> str:
        if pane == "case":
            return ""
        verdict = self.judgement.verdicts.get(pane)
        return STATE_WORDS[self.reading_pane(pane).state] or (f"· {verdict}" if verdict else "")

    def key_chips(self) -> list[Chip]:
        """Return the line of keys. An annotation that can be linked to the case says how."""
        if self.dock_view != "annotation":
            # Other bars have these keys themselves.
            elsewhere = {"commit"} if self.query_one(VerdictBar).display else set()
            elsewhere |= {"criteria"} if self.criteria.active else set()
            # Beside the tabs; after the commit, it comes first here as well.
            elsewhere |= {"next_case"} if self.single and not self.committed else set()
            elsewhere |= IN_BAR if self.query_one(ConsensusBar).display else set()
            return [chip for chip in super().key_chips() if chip.id not in elsewhere]
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
        """Show the current case of the session, from its start."""
        self.marking.clear()
        self.criteria.begin_case()
        self.stream.clear()
        self.reveal = None
        self.passages = {}
        # In a consensus round, the differences need the room.
        self.show_key = not self.consensus.active
        self.find_bar.end()
        self.show_case_text()
        self.echoing.begin_case()
        for side in SIDES:
            self.reading_pane(side).clear()
        self.stream.look()
        if self.dock_view != "judge":
            self.show_dock("judge")
        self.show()

    def show(self) -> None:
        for side in SIDES:
            self.text_of(side).by_sentence = self.sentences.shown
        self.saving.attempt(self._read_reveal)
        self.consensus.update()
        self.marking.update()
        self.echoing.update()
        self.show_marks()
        self.query_one(AnnotationsList).show(self.marking.listed, self.marking.focused_id, self.key_of("text.propose"))
        self._show_verdicts()
        self._show_axes()
        self._show_panel()
        self._show_reveal()
        self.show_status()
        self.show_keys()
        self.show_sentences()
        self.show_criteria()
        self._arrange_dock()

    def _read_reveal(self) -> None:
        """Read what the commit reveals. While the file is locked, what is shown stays."""
        try:
            self.reveal = self.session.reveal() if self.committed else None
            self.passages = self.session.passages()
        except StudyBusyError:
            self.set_timer(RETRY_SECONDS, self.show)

    def show_marks(self) -> None:
        for pane in PANES:
            self.reading_pane(pane).show_notes(self.marking.notes(pane))
        for pane, found in self.marking.marks(self.reveal).items():
            self.text_of(pane).set_marks(
                [*self.sentences.marks(pane), *self.criteria.marks(pane), *self.consensus.marks(pane), *found]
            )

    def show_answer(self, side: Side, answer: BlindAnswer) -> None:
        """Show an answer as far as it is written."""
        if self.reading_pane(side).show_answer(answer, self.key_of("again"), at_work=self.session.makes_answers):
            self.arrange_question()

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

    @property
    def echoed(self) -> tuple[Span, ...]:
        """The places of the case that have the words selected or annotated in an answer."""
        self.echoing.catch_up()
        return self.echoing.places

    def show_echo(self, found: WordEcho | None) -> None:
        """Mark the places of the case, and say what it has."""
        self.text_of("case").set_echoes(found.places if found is not None else ())
        self.show_echoed(found)
        self.show_keys()

    @property
    def in_criteria(self) -> bool:
        """Whether keys judge the criteria of a rubric."""
        return self.criteria.active

    def show_criteria(self) -> None:
        """Show the criterion bar, if the reader judges criteria now."""
        here = self.criteria.current(self.reveal) if self.criteria.active else None
        if here is None:
            return
        bar = self.query_one(CriterionBar)
        rows = bar.rows(self.size.width)
        bar.show(here, self.criteria.counted(), {name: self.key_of(name) for name in _CRITERION_KEYS})
        if rows != bar.rows(self.size.width):
            self.arrange_parts()

    def scroll_criterion(self) -> None:
        self.query_one(CriterionBar).turn_page()

    def _show_verdicts(self) -> None:
        # Where keys judge sentences or criteria, or answer a question, none of them gives a verdict.
        free = self.dock_view == "judge" and not self.sentences.active and not self.criteria.active
        keyed: Pane = self.pane if free else "case"
        for side in SIDES:
            chips = verdict_chips(
                side,
                self.judgement,
                self.session.answer_scales,
                self.key_of,
                keyed=side == keyed,
                rated=side == self.pane,
                enabled=self.ready,
            )
            self.reading_pane(side).verdict.show(chips)
        commit = self.action_called("commit")
        offered = commit.when(self.situation())
        chip = Chip(commit.id, commit.label, self.key_of(commit.id), tooltip=commit.tooltip) if offered else None
        self.query_one(VerdictBar).show(self.judgement, self.key_of, enabled=self.ready, commit=chip)

    def _show_axes(self) -> None:
        bar = self.query_one(VerdictBar)
        bar.show_axes(self.session.axes, self.judgement.ratings, self.key_of("compare"), enabled=self.ready)
        bar.show_scales(self.session.scales, self.judgement.levels, enabled=self.ready)

    def _show_panel(self) -> None:
        item = self.marking.focused_item
        if item is not None:
            panel = self.query_one(AnnotationPanel)
            panel.show(item.annotation, item.words, self.session.labels, locked=self.committed)
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
            self.reading_pane(side).name_arm(names.get(side, ""))
        if reveal is not None:
            answer_ids = self.session.reading.answer_ids if self.session.reading is not None else {}
            panel.show(reveal, self.judgement, answer_ids, self.pane, self.key_of("grade"))

    def show_status(self) -> None:
        session, progress = self.session, self.session.progress
        # In a consensus round, all readings are committed, and readers are done with a case or not.
        done = "done" if self.consensus.active else "committed"
        elsewhere = "" if self.saving.unsaved else self.windows.words
        clock = clock_text(session.active_seconds)
        self.head.show(
            [
                ("doubleread", 1),
                (session.title, 2),
                (session.training_words or self.consensus.words, 8),
                (f"case {progress.position} of {progress.total}", 9),
                (f"{progress.committed} {done}, {progress.open} open", 8),
                (progress_bar(progress.committed, progress.total), 3),
                (session.case.specialty, 4),
            ],
            [
                (session.reader_id, 6),
                ("committed" if self.reveal is not None else "blind", 7),
                (elsewhere, 10) if elsewhere else (self.saving.words, 10, self.saving.short_words),
                (f"reading {clock}", 5, clock),
            ],
        )

    async def action_do(self, action_id: str) -> None:
        """Do a declared action, unless the tour takes its place."""
        if not self.tour.takes(action_id):
            await super().action_do(action_id)

    def point_out(self, side: Side, span: Span, *, select: bool) -> None:
        """Go to words of an answer, and select them or only mark them."""
        self.action_show_pane(side)
        self.end_pointing()
        self.text.move_caret(span.start)
        if select:
            self.text.select(span)
        else:
            self.text.set_found([span], 0)

    def end_pointing(self) -> None:
        """Mark the words no more that were pointed out."""
        for side in SIDES:
            self.text_of(side).set_found([], 0)

    def take_back(self, actions: int) -> None:
        """Undo the last actions in this case."""
        for _ in range(actions):
            self.history.undo()

    def show_tour(self, words: str, chips: Sequence[Chip]) -> None:
        """Show a step of the tour; without words, hide the tour."""
        panel = self.query_one(TourPanel)
        panel.display = False
        if words:
            panel.show(words, chips)

    def pane_changed(self) -> None:
        """Show what can be done in the text that the reader went to."""
        self.sentences.leave_pane()
        self.marking.enter_pane()
        self.echoing.update()
        self._show_reveal()
        self._show_verdicts()
        self.show_keys()
        self.criteria.enter_pane()
        self.sentences.enter_pane()

    def leave_case(self) -> None:
        self._place = ReadingPlace(self.pane, self.text.caret, self.text.scroll_offset.y)
        self.marking.save_note(self.query_one(AnnotationPanel).take_note())

    def _return_to(self, place: ReadingPlace) -> None:
        """Go to where the reader was when they left the study."""
        if place != ReadingPlace() and self.pane == "case" and not self.text.caret:
            self.go_to(place.pane, min(place.caret, len(self.text_of(place.pane).text)))
            self.call_after_refresh(self.text.scroll_to, y=place.row, animate=False)

    def arrived(self) -> None:
        self.session.keep_place(ReadingPlace())
        self.show_case()
        self.action_show_pane("case")

    def push_above(self, screen: Screen[Any], then: Callable[[Any], None]) -> None:
        """Show a dialog above this screen."""
        self.app.push_screen(screen, then)

    def ask_background(self) -> None:
        """Ask the reader for their background, if the study wants to know and has not been told."""
        if self.session.asks_background and self.session.reads_here:
            # Few readers are asked, and only once.
            from doubleread.tui.shared.forms import FormScreen
            from doubleread.tui.training.background_form import own_background_form

            form = own_background_form(self.session.background, self.session.state_background)
            self.app.push_screen(FormScreen(form, self.settings.keys))

    def all_done(self) -> None:
        if not self.training.show_result():
            self.action_show_summary()

    def action_show_summary(self) -> None:
        """Show what the reader has done so far."""
        self.leave_case()
        summary = self.saving.fetch(self.session.summary)
        if summary is None:
            return
        page = SummaryScreen(summary, self.session.title, self.remapped, self.consensus.state)

        def closed(_: None) -> None:
            if page.closed_by == "leave":
                self.action_library()
            elif page.closed_by == "consensus":
                self.consensus.go()
            elif page.closed_by == "next" and not self.session.all_done:
                self.navigation.next_open()

        self.app.push_screen(page, closed)

    def _committed(self) -> None:
        # If the commit reveals the models, redacted words can be read now.
        self.stream.look()
        self.show_key = True
        if self.training.active:
            self.training.show_feedback()
            return
        self._assess_at_the_end(self._show_summary_at_the_end)

    def _show_summary_at_the_end(self) -> None:
        if self.session.all_done:
            self.action_show_summary()

    def _assess_at_the_end(self, then: Callable[[], None] = lambda: None) -> None:
        asked = self.committing.asked_at_the_end()
        if asked:
            said = self.committing.assess_at_the_end
            dialog = BlindingAssessmentDialog(self.session.asked_role, asked, said, self.settings)
            self.app.push_screen(dialog, lambda _: then())
        else:
            then()

    def wake(self) -> None:
        """Schedule a look at the answers. Called from the engines' threads."""
        self.post_message(AnswersGrew())

    def on_answers_grew(self) -> None:
        self.stream.look_soon()

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
        self.echoing.update_soon()

    @on(AnnotationsList.Chosen)
    def _annotation_chosen(self, event: AnnotationsList.Chosen) -> None:
        event.stop()
        self.marking.focus(event.line_id)

    @on(TextMargin.Chosen)
    def _note_chosen(self, event: TextMargin.Chosen) -> None:
        event.stop()
        self.marking.focus(event.note_id)

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

        self.ask_reason(WHY, open_note)

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

    @on(Chips.Picked, "#sentence")
    @on(Chips.Picked, "#sentence-more")
    async def _sentence_picked(self, event: Chips.Picked) -> None:
        event.stop()
        await self.run_declared(BY_ID[event.chip_id])

    @on(Chips.Picked, "CriterionBar > Chips, ConsensusBar > Chips")
    async def _criterion_picked(self, event: Chips.Picked) -> None:
        event.stop()
        await self.run_declared(BY_ID[event.chip_id])

    @on(Chips.Picked, "VerdictBar > Chips, ReadingPane > .verdict")
    async def _verdict_picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chip_id == "commit":
            await self.run_declared(BY_ID[event.chip_id])
        else:
            self.verdicts.pick(event.chips.id or "", event.chip_id)
            if self.dock_view == "question":
                self.query_one(QuestionBar).note_change()

    def _listed(self) -> CaseList:
        cases = self.session.case_list()
        items = [
            (case_id, f"{'✓' if committed else ' '} {number:>4}  {title}")
            for number, (case_id, title, committed) in enumerate(cases, start=1)
        ]
        committed = self.session.progress.committed
        return CaseList(f"Cases: {committed} of {len(items)} committed (✓)", items, self.session.place_id)

    def action_show_annotations(self) -> None:
        annotations = self.query_one(AnnotationsList)
        if self._noted_beside:
            annotations.display = True
        if annotations.display:
            self.set_focus(annotations)
            self._arrange_dock()

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

    def action_show_passages(self) -> None:
        """Show what the answers were given; a sentence of it can be linked to the annotation chosen last."""
        side = "A" if self.pane == "case" else self.pane
        linkable = self.marking.linkable
        label = linkable.annotation.label if linkable is not None else ""

        def chosen(link: PassageLink | None) -> None:
            if link is not None:
                self.marking.link_passage(link)

        self.app.push_screen(PassagesDialog(self.passages, side, label), chosen)

    def action_enter(self) -> None:
        self.tour.go_on()

    def action_back(self) -> None:
        """Leave the tour, then the sentences or criteria, then whatever else is open."""
        if self.dock_view == "judge" and self.tour.step is not None:
            self.tour.end()
        elif self.dock_view == "judge" and self.sentences.active and self.text.has_focus:
            self.sentences.toggle()
        elif self.dock_view == "judge" and self.criteria.active and self.text.has_focus:
            self.criteria.toggle()
        else:
            super().action_back()
