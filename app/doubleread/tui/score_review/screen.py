"""Reviewing scores: one answer after the other, blind, each with one key for what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from string import ascii_uppercase
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from doubleread.config import Settings
from doubleread.domain.bond import BondGrade
from doubleread.domain.display import display_line, display_text
from doubleread.domain.score_override import Ruling
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError, InputRefusedError, StudyChangedError
from doubleread.sessions.score_review import ScoreReviewSession, ScoreToReview
from doubleread.tui.results.case_view import LookedAtPane
from doubleread.tui.shared.actions import shown_keys
from doubleread.tui.shared.case_text import case_text
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import LineDialog, MessageDialog
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.screen_actions import BY_ID, SCORE_REVIEW_ACTIONS
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.three_texts import NOTICE_SECONDS, WARNING_SECONDS, WIDE

LISTED = 36
"""From so many rows on, choices stand one below the other, with what they mean."""
NOTHING = "Nothing to review: no score is in doubt."
_CASE, _ANSWER = 0, 1
_NONE = Ruling()
_REFUSED = Ruling(refused=True)


class ScoreReviewScreen(DeclaredScreen):
    """The case and an answer to it, the scorer's evidence, and what can be said of the answer.

    The session is closed with the screen. `wall` says what time it is.
    """

    DEFAULT_CSS = """
    ScoreReviewScreen {
        background: $surface;
        & > #tabs { height: 1; padding: 0 1; }
        & > Horizontal { height: 1fr; }
        & > #empty { height: 1fr; padding: 2 4; display: none; }
        & > Vertical { height: auto; max-height: 50%; padding: 0 1; background: $panel; overflow-y: auto; }
        & > Vertical > Static { height: auto; max-width: 120; }
        & .key { text-style: bold; color: $accent; }
        & .reason { color: $text-muted; }
        & .reviewed { color: $success; }
        & > #keys { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
        &.-empty > #empty { display: block; }
        &.-empty > Horizontal, &.-empty > Vertical, &.-empty > #tabs { display: none; }
    }
    """
    declared = SCORE_REVIEW_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in SCORE_REVIEW_ACTIONS if action.id != "quit"),
        *(
            Binding(f"{letter.lower()},{letter}", f"choose('{letter}')", f"option {letter}", show=False)
            for letter in ascii_uppercase
        ),
    ]

    def __init__(
        self, session: ScoreReviewSession, settings: Settings, *, wall: Callable[[], datetime] = datetime.now
    ) -> None:
        super().__init__(settings.keys)
        self.session = session
        self.place = _ANSWER
        self._settings = settings
        self._wall = wall
        self._saved = ""
        self._last_reason = ""
        self._shown: ScoreToReview | None = None

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield HeadLine()
        yield Chips(id="tabs", gap=2, tick=False)
        with Horizontal():
            for place in (_CASE, _ANSWER):
                yield LookedAtPane(id=f"text-{place}")
        yield Static(id="empty", markup=False)
        with Vertical():
            yield Static(classes="key", markup=False)
            yield Static(classes="reason", markup=False)
            yield Static(classes="reviewed", markup=False)
            yield Chips(id="choices", gap=1)
        yield self.key_line()

    def pane(self, place: int) -> LookedAtPane:
        """Return the pane of the case, or of the answer."""
        return self.query_one(f"#text-{place}", LookedAtPane)

    def on_mount(self) -> None:
        """Show the first answer that is not reviewed."""
        for place in (_CASE, _ANSWER):
            self.pane(place).text.line_length = self._settings.line_length
        self.show()
        self._arrange()
        if self._shown is not None:
            self.pane(self.place).text.focus()
            if self.session.held_back:
                self.notify(self._held_back(), markup=False, timeout=WARNING_SECONDS)

    def on_unmount(self) -> None:
        """Give the file back."""
        self.session.close()

    def show(self) -> None:
        """Show the answer at hand."""
        try:
            self._shown = self.session.shown()
        except DoublereadError as error:
            self._failed(error)
            return
        shown = self._shown
        self.set_class(shown is None, "-empty")
        self._show_head()
        if shown is None:
            words = NOTHING if not self.session.held_back else self._held_back()
            self.query_one("#empty", Static).update(Content(words))
            return
        title = shown.case.title or shown.case.id
        self.pane(_CASE).show(f"Case · {title}", case_text(shown.case), [])
        marks = [] if shown.evidence is None else [Mark("evidence", shown.evidence, "evidence", "≡")]
        self.pane(_ANSWER).show("Answer", shown.text, marks)
        if shown.evidence is not None:
            self.pane(_ANSWER).text.scroll_to_offset(shown.evidence.start)
        self._show_words(shown)
        self._show_choices(shown)
        self._show_tabs()

    def _show_head(self) -> None:
        queue = self.session.queue
        item = self.session.item
        place = f"answer {item.number} of {len(queue.items)}" if item is not None else "no answer"
        saved = f"saved {self._saved}" if self._saved else ""
        self.query_one(HeadLine).show(
            [("doubleread", 1), (self.session.title, 2), ("reviewing scores", 5), (place, 9)],
            [
                (f"adjudicator {self.session.adjudicator_id}", 3),
                ("blind", 6),
                (saved, 7),
                (f"{queue.left} to review", 8),
            ],
        )

    def _show_words(self, shown: ScoreToReview) -> None:
        key = self.query_one(".key", Static)
        also = f"   also: {', '.join(shown.accept)}" if shown.accept else ""
        key.display = bool(shown.key)
        key.update(Content(display_line(f"Key  {shown.key}{also}")))
        self.query_one(".reason", Static).update(Content(display_text(f"≡ The scorer: {shown.reason}")))
        reviewed = self.query_one(".reviewed", Static)
        held = shown.item.override
        reviewed.display = held is not None
        if held is not None:
            why = f" ({held.reason})" if held.reason else ""
            since = ". The automatic score has changed since: say again what counts" if shown.item.changed else ""
            reviewed.update(Content(display_line(f"✓ Reviewed by {held.adjudicator_id}: {held.said}{why}{since}")))

    def _show_choices(self, shown: ScoreToReview) -> None:
        held = shown.item.override.ruling if shown.item.override is not None else None
        listed = self.size.height >= LISTED
        if shown.case.kind == "choice":
            chips = [
                Chip(f"letter {letter}", option, key=letter, chosen=held == Ruling(chosen=letter))
                for letter, option in shown.case.options.items()
            ]
        else:
            chips = [
                Chip(
                    f"grade {int(grade)}",
                    grade.label,
                    key=str(int(grade)),
                    detail=grade.definition if listed else "",
                    chosen=held == Ruling(grade=grade),
                    tooltip=grade.definition,
                )
                for grade in BondGrade
            ]
        nothing = "none of them for certain" if shown.case.kind == "choice" else "no diagnosis in it"
        chips.append(Chip("none", nothing, key=self._key("review.none"), chosen=held == _NONE))
        chips.append(Chip("refused", "refuses to answer", key=self._key("review.refused"), chosen=held == _REFUSED))
        self.query_one("#choices", Chips).show(chips, listed=listed)

    def _key(self, action_id: str) -> str:
        return next(iter(shown_keys(BY_ID[action_id], self.remapped)), "")

    def _held_back(self) -> str:
        count = plural(self.session.held_back, "answer")
        are = verb(self.session.held_back, "is", "are")
        return f"{count} of cases that you have not read yet {are} listed here once you have committed those readings."

    @property
    def _single(self) -> bool:
        return self.size.width < WIDE

    def _arrange(self) -> None:
        for place in (_CASE, _ANSWER):
            pane = self.pane(place)
            pane.display = not self._single or place == self.place
            pane.set_class(self._single, "-bare")
        self.query_one("#tabs").styles.display = "block" if self._single and self._shown is not None else "none"
        self._show_tabs()

    def _show_tabs(self) -> None:
        names = {_CASE: "Case", _ANSWER: "Answer"}
        chips = [Chip(str(place), name, chosen=place == self.place) for place, name in names.items()]
        self.query_one("#tabs", Chips).show(chips)

    def on_resize(self) -> None:
        """Fit the window."""
        self._arrange()
        if self._shown is not None:
            self._show_choices(self._shown)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus."""
        pane = event.widget.parent
        if isinstance(pane, LookedAtPane) and pane.id:
            self.place = int(pane.id.removeprefix("text-"))
            self._show_tabs()

    def _go_to(self, place: int) -> None:
        self.place = place
        self._arrange()
        self.pane(place).text.focus()

    @on(Chips.Picked, "#tabs")
    def _tab_picked(self, event: Chips.Picked) -> None:
        event.stop()
        self._go_to(int(event.chip_id))

    @on(Chips.Picked, "#choices")
    def _choice_picked(self, event: Chips.Picked) -> None:
        event.stop()
        what, _, which = event.chip_id.partition(" ")
        if what == "letter":
            self.action_choose(which)
        elif what == "grade":
            self.action_grade(int(which))
        elif what == "none":
            self.action_none()
        else:
            self.action_refused()

    def action_choose(self, letter: str) -> None:
        """Say that the answer chooses an option; a letter that the case does not offer does nothing."""
        if self._shown is not None and letter in self._shown.case.options:
            self._review(Ruling(chosen=letter))

    def action_grade(self, grade: int) -> None:
        """Grade a diagnosis; for a choice nothing happens."""
        if self._shown is not None and self._shown.case.kind == "diagnosis":
            self._review(Ruling(grade=BondGrade(grade)))

    def action_none(self) -> None:
        """Say that the answer states nothing that could be counted."""
        self._review(_NONE)

    def action_refused(self) -> None:
        """Say that the answer declines to answer."""
        self._review(_REFUSED)

    def _review(self, ruling: Ruling) -> None:
        if self._shown is None:
            return

        def do(reason: str | None) -> None:
            if reason is None:
                return
            self._last_reason = reason or self._last_reason
            if self._attempt(lambda: self.session.override(ruling, reason)):
                self._saved_now()
                if not self.session.next_open():
                    self.notify("All of them are reviewed. Thank you.", markup=False, timeout=NOTICE_SECONDS)
            self._show_anew()

        if self.session.needs_reason(ruling):
            words = "This answer is reviewed. Another decision takes the place of that one, which stays in the log."
            self.app.push_screen(
                LineDialog("Why another decision?", words, value=self._last_reason, go_on="store it"), do
            )
        else:
            do("")

    def _saved_now(self) -> None:
        self._saved = self._wall().strftime("%H:%M:%S")

    def _show_anew(self) -> None:
        self.show()
        if self._shown is not None:
            self._go_to(_ANSWER)

    def action_undo(self) -> None:
        """Take back what was reviewed last."""
        undone: list[bool] = []
        if self._attempt(lambda: undone.append(self.session.undo())):
            if undone[0]:
                self._saved_now()
            else:
                self.notify("There is nothing to undo.", markup=False, timeout=NOTICE_SECONDS)
        self._show_anew()

    def action_step(self, by: int) -> None:
        """Go to the next answer, or the one before."""
        if self.session.step(by):
            self._show_anew()
        elif self._shown is not None:
            words = "This is the last answer." if by > 0 else "This is the first answer."
            self.notify(words, markup=False, timeout=NOTICE_SECONDS)

    def action_open(self) -> None:
        """Go to the next answer that is not reviewed."""
        if self.session.next_open():
            self._show_anew()
        elif self._shown is not None:
            self.notify("No other answer is open.", markup=False, timeout=NOTICE_SECONDS)

    def action_text(self, by: int) -> None:
        """Go to the other text."""
        if self._shown is not None:
            self._go_to((self.place + by) % 2)

    def action_leave(self) -> None:
        """Go to the list of studies."""
        self.app.call_later(self.app.run_action, "library")

    def _attempt(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except (InputRefusedError, StudyChangedError) as error:
            words = ". ".join(part[:1].upper() + part[1:] for part in (error.happened, error.remedy) if part)
            self.notify(f"{words}.", title=error.title, severity="warning", markup=False, timeout=WARNING_SECONDS)
        except DoublereadError as error:
            self._failed(error)
        else:
            return True
        return False

    def _failed(self, error: DoublereadError) -> None:
        if not isinstance(self.app.screen, MessageDialog):
            self.app.push_screen(MessageDialog.of(error))
