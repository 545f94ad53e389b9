"""What the reading screen shows of a session, and how it is kept up to date."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from textual.message import Message
from textual.timer import Timer

from doubleread.config import Settings
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.reading import Judgement
from doubleread.domain.spans import Span
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal
from doubleread.sessions.library import OpenStudy
from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.reading.annotations_list import AnnotationsList, Listed
from doubleread.tui.reading.layout import ReadingLayout
from doubleread.tui.reading.other_windows import OtherWindows
from doubleread.tui.reading.reasoning_fold import ReasoningText
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.actions import Pane, Situation
from doubleread.tui.shared.dialogs import LineDialog
from doubleread.tui.shared.saving import Result
from doubleread.tui.shared.status_line import Status, StatusLine
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.unsaved import SLICE

DRAIN_SECONDS = 0.04
RETRY_SECONDS = 0.5
PASSAGE = "passage "
EVIDENCE = "evidence "


class AnswersGrew(Message):
    """Something about the answers changed; the text itself lies with the session."""

    def can_replace(self, message: Message) -> bool:
        """One of these is as good as many."""
        return isinstance(message, AnswersGrew)


def case_text(case: OpenCase) -> str:
    """Return the case as one text that begins with the vignette, so that offsets into it are the vignette's own."""
    options = "\n".join(f"{letter}  {option}" for letter, option in case.options.items())
    return "\n\n".join(part for part in (case.text, case.question, options) if part)


class ReadingView(ReadingLayout):
    """Shows case, answers, annotations and judgement.

    `wall` says what time it is. `on_closing_error` hears of an error while the study is closed.
    """

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
        self.windows = OtherWindows(self)
        self.focused_id: str | None = None
        self._linkable_id: str | None = None
        self.listed: list[Listed] = []
        self.answers: dict[Side, BlindAnswer] = {}
        self.reveal: Reveal | None = None
        self.show_key = True
        self._last_reason = ""
        self._told = False
        self._drained = 0.0
        self._drain_timer: Timer | None = None

    def begin(self) -> None:
        """Show the first case, then listen to the models."""
        self.query_one(RevealPanel).display = False
        self.show_case()
        if self.session.makes_answers:
            self.session.listen(self._hear)
            if self.session.reads_here:
                self.call_after_refresh(self.session.start)
        self.set_interval(1.0, self.windows.follow)
        self.set_interval(SLICE, self.saving.keep_saving)

    def on_unmount(self) -> None:
        """Close the study. What goes wrong is said by whoever shows the next screen, or when the program has ended."""
        try:
            self.session.close()
        except DoublereadError as error:
            self._on_closing_error(error)

    def action_take_over(self) -> None:
        """Read in this window; the other one then only shows."""
        self.windows.take_over()

    @property
    def saving_words(self) -> str:
        """What is said of saving, and of another window that reads, in the line at the top."""
        return self.windows.words if self.windows.words and not self.saving.unsaved else self.saving.words

    def touch(self) -> None:
        """Take note that the reader did something. The time is written down later where the file is locked now."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.saving.attempt(touched)

    def _hear(self) -> None:
        """Called from the engines' threads."""
        if not self._told:
            self._told = True
            self.post_message(AnswersGrew())

    def on_answers_grew(self) -> None:
        """Look at the answers, at most every `DRAIN_SECONDS`."""
        wait = self._drained + DRAIN_SECONDS - time.monotonic()
        if wait <= 0:
            self.drain()
        elif self._drain_timer is None:
            self._drain_timer = self.set_timer(wait, self.drain)

    def drain(self) -> None:
        """Show what has come since the last time."""
        if self._drain_timer is not None:
            self._drain_timer.stop()
            self._drain_timer = None
        self._drained = time.monotonic()
        self._told = False
        was_ready = self.ready
        self.read_answers_soon()
        if self.ready and not was_ready:
            self.saving.note_saved()
            self.show()

    def read_answers_soon(self) -> None:
        """Look at the answers now, or while the file is locked in a moment."""

        def look() -> None:
            try:
                self._read_answers()
            except StudyBusyError:
                if self._drain_timer is None:
                    self._drain_timer = self.set_timer(RETRY_SECONDS, self.drain)

        self.saving.attempt(look)

    def _read_answers(self) -> None:
        before = {side: answer.state for side, answer in self.answers.items()}
        self.answers = self.session.answers()
        for side, answer in self.answers.items():
            self.reading_pane(side).show_answer(answer, self.key_of("again"), at_work=self.session.makes_answers)
        if before != {side: answer.state for side, answer in self.answers.items()}:
            self.show_tabs()
            self.show_keys()

    @property
    def ready(self) -> bool:
        """Whether both answers are there, so that they can be judged."""
        return self.session.reading is not None and all(a.state == "done" for a in self.answers.values())

    def act(self, work: Callable[[str | None], Result], then: Callable[[Result], None] | None = None) -> None:
        """Do something that is stored; after the commit, ask for the reason first. `work` gets the reason."""

        def do(reason: str | None) -> None:
            self.saving.save(lambda: work(reason), then)

        def corrected(reason: str | None) -> None:
            if reason:
                self._last_reason = reason
                do(reason)

        if self.session.reading is not None and self.session.reading.committed:
            self.app.push_screen(reason_dialog(self._last_reason), corrected)
        else:
            do(None)

    @property
    def judgement(self) -> Judgement:
        """What the reader holds so far."""
        return self.session.reading.judgement if self.session.reading else Judgement()

    def situation(self) -> Situation:
        """Say what decides which actions work."""
        reading = self.session.reading
        side = None if self.pane == "case" else self.pane
        return Situation(
            pane=self.pane,
            ready=self.ready,
            committed=reading is not None and reading.committed,
            revealed=self.reveal is not None and self.show_key,
            complete=reading is not None and not self.session.missing_for_commit,
            annotation=self.item_at_hand.annotation.label if self.item_at_hand else "",
            linkable=self.linkable_item.annotation.label if self.linkable_item else "",
            annotations=bool(self.listed),
            selection=self.text.selection is not None,
            failed=self.session.makes_answers and any(answer.state == "failed" for answer in self.answers.values()),
            gradable=self.reveal is not None and self.reveal.gradable,
            in_reasoning=isinstance(self.focused, ReasoningText),
            reasoning=self.reveal is not None and side in self.reveal.reasoning,
            guideline=bool(self.session.guideline.strip()),
            axes=bool(self.session.axes),
            sentences=self.has_sentences,
            in_sentences=self.in_sentences,
            faulty_sentence=self.sentence_to_mark is not None,
            unsaved=bool(self.saving.unsaved),
            elsewhere=not self.session.reads_here,
        )

    @property
    def has_sentences(self) -> bool:
        """Whether sentences can be judged in this case."""
        return False

    @property
    def sentence_to_mark(self) -> Span | None:
        """The sentence of which an annotation is offered."""
        return None

    def further_marks(self, pane: Pane) -> Iterable[Mark]:  # noqa: ARG002
        """Return what is drawn in a text beside the annotations and what belongs to them."""
        return ()

    @property
    def _keyed_pane(self) -> Pane:
        """The answer beside whose verdicts the keys stand; the case where they judge sentences instead."""
        return "case" if self.in_sentences else self.pane

    @property
    def focused_item(self) -> Listed | None:
        """The annotation that was chosen last, wherever it is."""
        return next((item for item in self.listed if item.annotation.id == self.focused_id), None)

    @property
    def item_at_hand(self) -> Listed | None:
        """The annotation that keys act on: the chosen one, while the keyboard is in its own text, its panel or the
        list.

        What is chosen in one answer is safe from the keys pressed in the other.
        """
        item = self.focused_item
        if item is None or self.dock_view == "annotation" or isinstance(self.focused, AnnotationsList):
            return item
        return item if self.place_of(item.annotation) == self.pane else None

    def place_of(self, annotation: Annotation) -> Pane:
        """Return the text in which an annotation is marked."""
        if annotation.place == "case":
            return "case"
        reading = self.session.reading
        return reading.side_of(annotation.answer_id) if reading is not None else "A"

    @property
    def linkable_item(self) -> Listed | None:
        """The annotation in an answer that is at hand, or was last, though the cursor has met others in the
        case since.
        """
        return next((item for item in self.listed if item.annotation.id == self._linkable_id), None)

    def show_case(self) -> None:
        """Show the case that the session is at, from its start."""
        case = self.session.case
        self.focused_id = None
        self.answers = {}
        self.reveal = None
        self.show_key = True
        self.reading_pane("case").show_case(case.title, case_text(case), Span(0, len(case.text)))
        for side in SIDES:
            self.reading_pane(side).clear()
        self.read_answers_soon()
        if self.dock_view != "judge":
            self.show_dock("judge")
        self.show()

    def show(self) -> None:
        """Show everything that a judgement can change."""
        reading = self.session.reading
        self.saving.attempt(self._read_reveal)
        self.listed = []
        if reading is not None:
            self.listed = [Listed(reading.side_of(item.answer_id), item) for item in self.judgement.annotations]
        if self.focused_item is None:
            self.focused_id = None
        elif self.focused_item.annotation.place == "answer":
            self._linkable_id = self.focused_id
        self.show_marks()
        self.query_one(AnnotationsList).show(self.listed, self.focused_id)
        self.query_one(VerdictBar).show(self.judgement, self._keyed_pane, self.key_of, enabled=self.ready)
        self._show_axes()
        self._show_panel()
        self._show_reveal()
        self.show_status()
        self.show_keys()

    def _read_reveal(self) -> None:
        """Look at what the commit reveals. While the file is locked, what is shown stays."""
        committed = self.session.reading is not None and self.session.reading.committed
        try:
            self.reveal = self.session.reveal() if committed else None
        except StudyBusyError:
            self.set_timer(RETRY_SECONDS, self.show)

    def _show_axes(self) -> None:
        bar = self.query_one(VerdictBar)
        rows = bar.axes_rows(self.size.width)
        bar.show_axes(self.session.axes, self.judgement.ratings, self.key_of("compare"), enabled=self.ready)
        if bar.axes_rows(self.size.width) != rows:
            self.arrange_parts()

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
            saved=self.saving_words,
            active_seconds=self.session.active_seconds,
        )

    def pane_changed(self) -> None:
        """Choose the annotation at the cursor of the other text; show the keys of a verdict beside the answer
        at hand.
        """
        if self.item_at_hand is None and (here := self.annotations_at_caret(self.text.marks_here)):
            self.focused_id = here[0]
            self.show()
        self._show_reveal()
        self.query_one(VerdictBar).show(self.judgement, self._keyed_pane, self.key_of, enabled=self.ready)
        self.show_keys()

    def annotations_at_caret(self, marks: Iterable[str]) -> list[str]:
        """Return the ids of the annotations among the marks at a cursor."""
        known = {item.annotation.id for item in self.listed}
        return [mark for mark in marks if mark in known]

    def show_marks(self) -> None:
        """Draw the marks of all texts."""
        marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}
        reading = self.session.reading
        for item in self.listed:
            annotation, focused = item.annotation, item.annotation.id == self.focused_id
            if annotation.place == "case":
                marks["case"].append(Mark(annotation.id, annotation.span, "omission", item.annotation.label, focused))
            elif reading is not None:
                side = reading.side_of(annotation.answer_id)
                marks[side].append(
                    Mark(annotation.id, annotation.span, self._weight(annotation), item.annotation.label, focused)
                )
            if annotation.passage is not None:
                span = Span(annotation.passage.start, annotation.passage.end)
                marks["case"].append(Mark(PASSAGE + annotation.id, span, "passage", item.annotation.label))
        if self.reveal is not None:
            for side, score in self.reveal.scores.items():
                if score is not None and score.start is not None and score.end is not None and score.end > score.start:
                    marks[side].append(Mark(EVIDENCE + side, Span(score.start, score.end), "evidence", "≡"))
        for pane, found in marks.items():
            self.text_of(pane).set_marks([*self.further_marks(pane), *found])

    def _weight(self, annotation: Annotation) -> str:
        """Return how an annotation is drawn: as grave, or as less."""
        return "major" if annotation.severity == self.session.labels.gravest else "minor"

    def _show_panel(self) -> None:
        item = self.focused_item
        if item is not None:
            committed = self.session.reading is not None and self.session.reading.committed
            self.query_one(AnnotationPanel).show(
                item.annotation, item.annotation.label, self.session.labels, locked=committed
            )
        elif self.dock_view == "annotation":
            self.show_dock("judge")

    def _show_reveal(self) -> None:
        panel = self.query_one(RevealPanel)
        shown = self.reveal is not None and self.show_key
        if panel.display != shown:
            panel.display = shown
            self.arrange_parts()
        names = self.reveal.names if self.reveal is not None else {}
        reasoning = self.reveal.reasoning if self.reveal is not None else {}
        for side in SIDES:
            key = self.key_of("reasoning") if side == self.pane else ""
            self.reading_pane(side).reasoning.show(reasoning.get(side, ""), key)
            self.reading_pane(side).name_model(names.get(side, ""))
        if self.reveal is not None:
            panel.show(self.reveal, self.judgement, self.pane, self.key_of("grade"))


def reason_dialog(last: str) -> LineDialog:
    """Ask why a committed reading is changed."""
    words = "This reading is committed. A change is stored as a correction, with your reason."
    return LineDialog("Why this correction?", words, value=last, go_on="store the correction")
