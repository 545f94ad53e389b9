"""What the reading screen shows of a session, and how it is kept up to date."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from textual.message import Message
from textual.timer import Timer

from doubleread.config import Settings
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.finding import Finding
from doubleread.domain.reading import Judgement
from doubleread.domain.spans import Span
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal
from doubleread.sessions.library import OpenStudy
from doubleread.tui.actions import Pane, Situation
from doubleread.tui.screens.dialogs import LineDialog
from doubleread.tui.screens.other_windows import OtherWindows
from doubleread.tui.screens.reading_layout import ReadingLayout
from doubleread.tui.screens.three_texts import Made
from doubleread.tui.text.marks import Mark
from doubleread.tui.unsaved import SLICE
from doubleread.tui.widgets.finding_panel import FindingPanel
from doubleread.tui.widgets.findings_list import FindingsList, Listed
from doubleread.tui.widgets.reveal_panel import RevealPanel
from doubleread.tui.widgets.status_line import Status, StatusLine
from doubleread.tui.widgets.thinking_fold import ThinkingText
from doubleread.tui.widgets.verdict_bar import VerdictBar

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
    """Shows case, answers, findings and judgement.

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
        self.set_interval(SLICE, self.keep_saving)

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
        return self.windows.words if self.windows.words and not self.unsaved else super().saving_words

    def touch(self) -> None:
        """Take note that the reader did something. The time is written down later where the file is locked now."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.attempt(touched)

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
            self.saved()
            self.show()

    def read_answers_soon(self) -> None:
        """Look at the answers now, or while the file is locked in a moment."""

        def look() -> None:
            try:
                self._read_answers()
            except StudyBusyError:
                if self._drain_timer is None:
                    self._drain_timer = self.set_timer(RETRY_SECONDS, self.drain)

        self.attempt(look)

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

    def act(self, work: Callable[[str | None], Made], then: Callable[[Made], None] | None = None) -> None:
        """Do something that is stored; after the commit, ask for the reason first. `work` gets the reason."""

        def do(reason: str | None) -> None:
            self.save(lambda: work(reason), then)

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
            finding=self.item_at_hand.finding.label if self.item_at_hand else "",
            linkable=self.linkable_item.finding.label if self.linkable_item else "",
            findings=bool(self.listed),
            selection=self.text.selection is not None,
            failed=self.session.makes_answers and any(answer.state == "failed" for answer in self.answers.values()),
            gradable=self.reveal is not None and self.reveal.gradable,
            in_thinking=isinstance(self.focused, ThinkingText),
            thinking=self.reveal is not None and side in self.reveal.thinking,
            guideline=bool(self.session.guideline.strip()),
            axes=bool(self.session.axes),
            sentences=self.has_sentences,
            in_sentences=self.in_sentences,
            faulty_sentence=self.sentence_to_mark is not None,
            unsaved=bool(self.unsaved),
            elsewhere=not self.session.reads_here,
        )

    @property
    def has_sentences(self) -> bool:
        """Whether sentences can be judged in this case."""
        return False

    @property
    def sentence_to_mark(self) -> Span | None:
        """The sentence of which a finding is offered."""
        return None

    def further_marks(self, pane: Pane) -> Iterable[Mark]:  # noqa: ARG002
        """Return what is drawn in a text beside the findings and what belongs to them."""
        return ()

    @property
    def _keyed_pane(self) -> Pane:
        """The answer beside whose verdicts the keys stand; the case where they judge sentences instead."""
        return "case" if self.in_sentences else self.pane

    @property
    def focused_item(self) -> Listed | None:
        """The finding that was chosen last, wherever it is."""
        return next((item for item in self.listed if item.finding.id == self.focused_id), None)

    @property
    def item_at_hand(self) -> Listed | None:
        """The finding that keys act on: the chosen one, while the keyboard is in its own text, its panel or the list.

        What is chosen in one answer is safe from the keys pressed in the other.
        """
        item = self.focused_item
        if item is None or self.dock_view == "finding" or isinstance(self.focused, FindingsList):
            return item
        return item if self.place_of(item.finding) == self.pane else None

    def place_of(self, finding: Finding) -> Pane:
        """Return the text in which a finding is marked."""
        if finding.place == "case":
            return "case"
        reading = self.session.reading
        return reading.side_of(finding.answer_id) if reading is not None else "A"

    @property
    def linkable_item(self) -> Listed | None:
        """The finding in an answer that is at hand, or was last, though the cursor has met others in the case since."""
        return next((item for item in self.listed if item.finding.id == self._linkable_id), None)

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
        self.attempt(self._read_reveal)
        self.listed = []
        if reading is not None:
            self.listed = [Listed(reading.side_of(item.answer_id), item) for item in self.judgement.findings]
        if self.focused_item is None:
            self.focused_id = None
        elif self.focused_item.finding.place == "answer":
            self._linkable_id = self.focused_id
        self.show_marks()
        self.query_one(FindingsList).show(self.listed, self.focused_id)
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
        """Choose the finding at the cursor of the other text; show the keys of a verdict beside the answer at hand."""
        if self.item_at_hand is None and (here := self.findings_at_caret(self.text.marks_here)):
            self.focused_id = here[0]
            self.show()
        self._show_reveal()
        self.query_one(VerdictBar).show(self.judgement, self._keyed_pane, self.key_of, enabled=self.ready)
        self.show_keys()

    def findings_at_caret(self, marks: Iterable[str]) -> list[str]:
        """Return the ids of the findings among the marks at a cursor."""
        known = {item.finding.id for item in self.listed}
        return [mark for mark in marks if mark in known]

    def show_marks(self) -> None:
        """Draw the marks of all texts."""
        marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}
        reading = self.session.reading
        for item in self.listed:
            finding, focused = item.finding, item.finding.id == self.focused_id
            if finding.place == "case":
                marks["case"].append(Mark(finding.id, finding.span, "omission", item.finding.label, focused))
            elif reading is not None:
                side = reading.side_of(finding.answer_id)
                marks[side].append(Mark(finding.id, finding.span, self._weight(finding), item.finding.label, focused))
            if finding.passage is not None:
                span = Span(finding.passage.start, finding.passage.end)
                marks["case"].append(Mark(PASSAGE + finding.id, span, "passage", item.finding.label))
        if self.reveal is not None:
            for side, score in self.reveal.scores.items():
                if score is not None and score.start is not None and score.end is not None and score.end > score.start:
                    marks[side].append(Mark(EVIDENCE + side, Span(score.start, score.end), "evidence", "≡"))
        for pane, found in marks.items():
            self.text_of(pane).set_marks([*self.further_marks(pane), *found])

    def _weight(self, finding: Finding) -> str:
        """Return how a finding is drawn: as grave, or as less."""
        return "major" if finding.severity == self.session.labels.gravest else "minor"

    def _show_panel(self) -> None:
        item = self.focused_item
        if item is not None:
            committed = self.session.reading is not None and self.session.reading.committed
            self.query_one(FindingPanel).show(item.finding, item.finding.label, self.session.labels, locked=committed)
        elif self.dock_view == "finding":
            self.show_dock("judge")

    def _show_reveal(self) -> None:
        panel = self.query_one(RevealPanel)
        shown = self.reveal is not None and self.show_key
        if panel.display != shown:
            panel.display = shown
            self.arrange_parts()
        names = self.reveal.names if self.reveal is not None else {}
        thinking = self.reveal.thinking if self.reveal is not None else {}
        for side in SIDES:
            key = self.key_of("thinking") if side == self.pane else ""
            self.reading_pane(side).thinking.show(thinking.get(side, ""), key)
            self.reading_pane(side).name_model(names.get(side, ""))
        if self.reveal is not None:
            panel.show(self.reveal, self.judgement, self.pane, self.key_of("grade"))


def reason_dialog(last: str) -> LineDialog:
    """Ask why a committed reading is changed."""
    words = "This reading is committed. A change is stored as a correction, with your reason."
    return LineDialog("Why this correction?", words, value=last, go_on="store the correction")
