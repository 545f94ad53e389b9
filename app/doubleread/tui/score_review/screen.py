"""The score review screen: one answer after the other, blind, each decided with one key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from doubleread.sessions.score_review import ScoreReviewSession, ScoreToReview
from doubleread.tui.score_review.reviewing import NONE, REFUSED, Reviewing
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.case_navigation import Navigation
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.guides import REVIEWING
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.read_only_pane import ReadOnlyPane
from doubleread.tui.shared.saving import Saving
from doubleread.tui.shared.screen_actions import SCORE_REVIEW_ACTIONS
from doubleread.tui.shared.text.find_bar import FindBar, NamedText
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.three_texts import WIDE

LISTED = 36
"""Number of rows from which the choices are listed with their definitions."""
NOTHING = "Nothing to review: no score is in doubt."
_CASE, _ANSWER = 0, 1


class ScoreReviewScreen(DeclaredScreen):
    """The case and an answer to it, the scorer's evidence, and what can be decided. Closes the session at the end.

    `wall` returns the time of day.
    """

    DEFAULT_CSS = """
    ScoreReviewScreen {
        background: $surface;
        & > #tabs { height: 1; }
        & > Horizontal { height: 1fr; }
        & > #empty { height: 1fr; padding: 2 4; display: none; }
        & > Vertical { height: auto; max-height: 50%; background: $panel; overflow-y: auto; }
        & > Vertical > Static { height: auto; padding: 0 1; max-width: 120; }
        & .key { text-style: bold; color: $accent; }
        & .reason { color: $text-muted; }
        & .reviewed { color: $success; }
        &.-empty > #empty { display: block; }
        &.-empty > Horizontal, &.-empty > Vertical, &.-empty > #tabs { display: none; }
    }
    """
    AUTO_FOCUS = ""  # the answer gets the focus, not the first text
    declared = SCORE_REVIEW_ACTIONS
    guide = REVIEWING
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
        self.saving = Saving(self, wall)
        self.reviewing = Reviewing(session, self, self.saving)
        self.navigation = Navigation(session, self, self.saving, "answer")
        self._settings = settings

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield Chips(id="tabs", gap=1, tick=False)
        with Horizontal():
            for place in (_CASE, _ANSWER):
                yield ReadOnlyPane(id=f"text-{place}")
        yield FindBar(self)
        yield Static(id="empty", markup=False)
        with Vertical():
            yield Static(classes="key", markup=False)
            yield Static(classes="reason", markup=False)
            yield Static(classes="reviewed", markup=False)
            yield Chips(id="choices")
        yield self.key_line()

    def pane(self, place: int) -> ReadOnlyPane:
        """Return the pane of the case, or of the answer."""
        return self.query_one(f"#text-{place}", ReadOnlyPane)

    def on_mount(self) -> None:
        """Show the first answer that is not reviewed."""
        for place in (_CASE, _ANSWER):
            self.pane(place).use(self._settings)
        self.show()
        self._arrange()
        if self.reviewing.shown is not None:
            self.pane(self.place).text.focus()
            if self.session.held_back:
                self.tell(self._held_back(), warn=True)

    def situation(self) -> Situation:
        return Situation(
            ready=self.reviewing.shown is not None,
            gradable=self.reviewing.gradable,
            documents=self.pane(_CASE).documents.has_documents,
        )

    def choices_shown(self) -> Iterable[Chips]:
        """Yield the decisions about the current answer."""
        yield self.query_one("#choices", Chips)

    def on_unmount(self) -> None:
        self.session.close()

    def show(self) -> None:
        self.reviewing.update()
        self.show_keys()
        shown = self.reviewing.shown
        self.set_class(shown is None, "-empty")
        self._show_head()
        if shown is None:
            words = NOTHING if not self.session.held_back else self._held_back()
            self.query_one("#empty", Static).update(Content(words))
            return
        title = shown.case.title or shown.case.id
        self.pane(_CASE).show_case(f"Case · {title}", shown.case.whole, [])
        marks = [] if shown.evidence is None else [Mark("evidence", shown.evidence, "evidence", "≡")]
        self.pane(_ANSWER).show("Answer", shown.text, marks)
        blank = len(shown.text) - len(shown.text.lstrip())
        first = blank if shown.evidence is None else shown.evidence.start
        # The first answer is shown before the panes have their size.
        self.call_after_refresh(self.pane(_ANSWER).text.scroll_to_offset, first)
        self._show_words(shown)
        self._show_choices()
        self._show_tabs()

    def _show_head(self) -> None:
        queue = self.session.queue
        item = self.session.item
        place = f"answer {item.number} of {len(queue.items)}" if item is not None else "no answer"
        self.query_one(HeadLine).show(
            [("doubleread", 1), (self.session.title, 2), ("reviewing scores", 5), (place, 9)],
            [
                (f"adjudicator {self.session.adjudicator_id}", 3),
                ("blind", 6),
                (self.saving.words, 7),
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

    def _show_choices(self) -> None:
        held = self.reviewing.ruling
        listed = self.size.height >= LISTED
        if self.reviewing.offered:
            chips = [
                Chip(f"letter {letter}", words, key=letter, chosen=held == Ruling(chosen=name))
                for letter, (name, words) in self.reviewing.offered.items()
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
        nothing = "none of them for certain" if self.reviewing.offered else "no diagnosis in it"
        chips.append(Chip("none", nothing, key=self.key_of("review.none"), chosen=held == NONE))
        chips.append(Chip("refused", "refuses to answer", key=self.key_of("review.refused"), chosen=held == REFUSED))
        self.query_one("#choices", Chips).show(chips, listed=listed)

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
        self.query_one("#tabs").styles.display = (
            "block" if self._single and self.reviewing.shown is not None else "none"
        )
        self._show_tabs()

    def _show_tabs(self) -> None:
        names = {_CASE: "Case", _ANSWER: "Answer"}
        chips = [Chip(str(place), name, chosen=place == self.place) for place, name in names.items()]
        self.query_one("#tabs", Chips).show(chips)

    def on_resize(self) -> None:
        self._arrange()
        if self.reviewing.shown is not None:
            self._show_choices()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = next((above for above in event.widget.ancestors if isinstance(above, ReadOnlyPane)), None)
        if pane is not None and pane.id:
            self.place = int(pane.id.removeprefix("text-"))
            self._arrange()

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
        self.reviewing.pick(event.chip_id)

    def leave_case(self) -> None:
        """Leave the answer. Nothing is typed here."""

    def arrived(self) -> None:
        self.show()
        if self.reviewing.shown is not None:
            self._go_to(_ANSWER)

    def all_done(self) -> None:
        self.tell("No other answer is open.")

    def action_choose(self, letter: str) -> None:
        self.reviewing.choose(letter)

    def action_show_documents(self) -> None:
        """Go to the list of the case's documents."""
        self.place = _CASE
        self._arrange()
        self.pane(_CASE).documents.focus()

    def action_find(self) -> None:
        """Find words in the case and in the answer."""
        self.query_one(FindBar).open()

    @property
    def texts(self) -> Sequence[NamedText]:
        """The texts in which words are found."""
        return [NamedText("case", self.pane(_CASE).text), NamedText("answer", self.pane(_ANSWER).text)]

    @property
    def text_number(self) -> int:
        """The index of the current text."""
        return self.place

    def show_text(self, number: int) -> None:
        """Make a text the current one."""
        self.place = number
        self._arrange()

    def action_text(self, by: int) -> None:
        if self.reviewing.shown is not None:
            self._go_to((self.place + by) % 2)
