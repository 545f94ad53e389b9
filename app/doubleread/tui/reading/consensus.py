"""What the reading screen does besides in a consensus round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from doubleread.domain.adjudication import Difference
from doubleread.domain.wording import plural, verb
from doubleread.sessions.consensus import INTRODUCTION, ConsensusSession
from doubleread.sessions.difference_words import rated_words, reader_words, value_words
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.reading.consensus_bar import ConsensusBar, about_words, chips_of
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.actions import Pane, RoundState
from doubleread.tui.shared.dialogs import TextDialog, Why
from doubleread.tui.shared.question_bar import Choice, Question
from doubleread.tui.shared.text.marks import Mark

_WHY = Why(
    "Why do you agree?",
    "Your reading is revised and says what the other reader said. Your reason is stored with it.",
    "revise my reading",
    "convinced by the other reader",
)
_LOOKS = ("reader-1", "reader-2")


class Consensus:
    """The differences of the current case, which one is shown, and what the reader does about them.

    Outside a round it only offers to go there, if the study has one: `to_round` opens it. `push` shows a screen.
    """

    def __init__(
        self,
        session: ReadingSession,
        view: ReadingView,
        bar: Callable[[], ConsensusBar],
        push: Callable[[Screen[Any], Callable[[Any], None]], object],
        to_round: Callable[[], object],
    ) -> None:
        self._any = session
        self._session = session if isinstance(session, ConsensusSession) else None
        self._view = view
        self._bar = bar
        self._push = push
        self._to_round = to_round
        self._current = ""
        self.differences: tuple[Difference, ...] = ()

    @property
    def active(self) -> bool:
        """Whether this is a consensus round."""
        return self._session is not None

    @property
    def state(self) -> RoundState:
        """Whether a round is offered, and in a round whether the reader is done with this case."""
        if self._session is None:
            return "offered" if self._any.has_consensus_round else ""
        return "done" if self._session.outcome else "open"

    @property
    def words(self) -> str:
        """Words for the header."""
        return "consensus round" if self.active else ""

    @property
    def current(self) -> Difference | None:
        """The difference that is shown."""
        here = (item for item in self.differences if item.id == self._current)
        return next(here, self.differences[0] if self.differences else None)

    def introduce(self) -> None:
        """Say what the round is, to a reader who begins it."""
        if self._session is not None and not self._session.progress.committed:
            title = f"Consensus round: {plural(self._session.progress.total, 'case')}"
            self._push(TextDialog(title, INTRODUCTION), lambda _: None)

    def go(self) -> None:
        """Go to the round, if there are differences."""
        if self._view.saving.attempt(self._any.expect_consensus_round):
            self._to_round()

    def update(self) -> None:
        """Show the differences that the session has now."""
        session = self._session
        if session is None:
            return
        self._view.saving.attempt(session.look)
        at = next((place for place, item in enumerate(self.differences) if item.id == self._current), 0)
        self.differences = session.differences
        if self.differences and self._current not in {item.id for item in self.differences}:
            # What was agreed on has left the list: the next one is in its place.
            self._current = self.differences[min(at, len(self.differences) - 1)].id
        here = self.current
        about = f"Your reading is {session.outcome}" if session.outcome else "No difference left"
        if here is not None:
            number = self.differences.index(here) + 1
            place = f"Difference {number} of {len(self.differences)}"
            done = f" · {session.outcome}" if session.outcome else ""
            about = about_words(here, session.side_of(here), place, session.question_of(here)) + done
        self._bar().show(about, here, chips_of(here, bool(session.outcome), self._view.key_of))

    def marks(self, pane: Pane) -> list[Mark]:
        """Return the marks of what other readers marked. Those of the current difference have the reader's number."""
        session = self._session
        if session is None:
            return []
        marks = []
        for difference in self.differences:
            here = difference is self.current
            for number, held in enumerate(difference.held[1:], start=1):
                annotation = held.annotation
                if annotation is None:
                    continue
                span = session.case.whole.span_of(annotation)
                where: Pane = (session.side_of(difference) or "case") if annotation.in_answer else "case"
                if span is None or where != pane:
                    continue
                look = _LOOKS[number - 1] if number <= len(_LOOKS) else "neutral"
                kind, symbol = (look, str(number)) if here else ("open", "◦")
                marks.append(Mark(f"other {difference.id} {number}", span, kind, symbol))
        return marks

    def step(self, by: int) -> None:
        """Go to the next difference or the previous one, and to its words."""
        if not self.differences:
            self._view.tell("No difference is left in this case.")
            return
        here = self.current
        at = self.differences.index(here) if here is not None else 0
        self._current = self.differences[(at + by) % len(self.differences)].id
        self._go_there()
        self._view.show()

    def _go_there(self) -> None:
        here, session = self.current, self._session
        if here is None or session is None:
            return
        side = session.side_of(here)
        if here.marked and here.annotations:
            first = here.annotations[0]
            span = session.case.whole.span_of(first)
            pane: Pane = (side or "case") if first.in_answer else "case"
            self._view.go_to(pane, span.start if span is not None else None)
        elif side is not None:
            self._view.go_to(side, None)

    def agree(self) -> None:
        """Revise the reading: say what another reader said of the current difference. If there are several, ask who."""
        here = self.current
        if here is None or self._session is None:
            return
        others = self._session.to_agree_with(here)
        if len(others) == 1:
            self._agree_with(here, others[0])
        elif others:
            choices = tuple(
                Choice(str(number), str(number), f"{reader_words(number)}: {_said(here, number)}") for number in others
            )
            self._view.ask(
                [Question("Which reader do you agree with?", choices)],
                lambda answers, _: self._agree_with(here, int(answers[0])),
            )
        else:
            self._view.tell("The other readers did not judge this. Change your own judgement, or keep it.", warn=True)

    def _agree_with(self, difference: Difference, number: int) -> None:
        session = self._session
        if session is None:
            return
        self._view.ask_reason(
            _WHY, lambda reason: self._view.saving.save(lambda: session.take(difference.id, number, reason))
        )

    def done(self) -> None:
        """Be done with this case, after confirmation, and go to the next one."""
        session = self._session
        if session is None or session.reading is None or self._view.saving.must_stay():
            return
        left = len(self.differences)
        outcome = "revised" if session.reading.revised else "kept"
        words = f"You have {outcome} your reading. {plural(left, 'difference')} {verb(left, 'is', 'are')} left."

        def take(meant: bool | None) -> None:
            if meant and self._view.saving.attempt(session.close_case):
                self._view.show()
                if session.all_done:
                    self._view.all_done()
                elif self._view.saving.fetch(session.next_open):
                    self._view.arrived()

        self._view.confirm("Done with this case?", words, "done", take)


def _said(difference: Difference, number: int) -> str:
    held = difference.held[number]
    return value_words(difference, held.value) if held.value is not None else rated_words(held.annotation)
