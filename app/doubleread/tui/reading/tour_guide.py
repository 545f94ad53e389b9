"""Guiding a newcomer through the tour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from doubleread import locations
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.spans import Span
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.reading.demo_findings import fabrications
from doubleread.tui.reading.tour import SEARCH, SELECTED, TO_SELECT, WORDS, WRITING, Step, Tour
from doubleread.tui.shared.chips import Chip

_ACTIONS = {
    "tab": "next_pane",
    "sentence": "text.select-sentence",
    "mark": "text.propose",
    "first": "verdict_correct",
    "last": "verdict_unsure",
    "prefer": "prefer_a",
    "neither": "prefer_none",
    "undo": "undo",
    "commit": "commit",
    "case": "pane_case",
    "palette": "palette",
    "help": "help",
}
"""The actions whose keys the tour names."""
LEAVING = ("next_case", "previous_case", "next_open", "cases", "library")
"""Actions that end the tour, because they leave its case."""


class TourView(Protocol):
    """What the tour needs of a screen."""

    @property
    def answers(self) -> dict[Side, BlindAnswer]:
        """Both answers, as far as they are written."""

    @property
    def ready(self) -> bool:
        """Whether both answers are finished."""

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a notice."""

    def key_of(self, action_id: str) -> str:
        """Return an action's first key as shown, or an empty string."""

    def show_tour(self, words: str, chips: Sequence[Chip]) -> None:
        """Show a step of the tour; without words, hide the tour."""

    def point_out(self, side: Side, span: Span, *, select: bool) -> None:
        """Go to words of an answer, and select them or only mark them."""

    def end_pointing(self) -> None:
        """Mark the words no more that were pointed out."""

    def take_back(self, actions: int) -> None:
        """Undo the last actions in this case."""


class TourGuide:
    """Shows the steps of the tour one after the other. Meanwhile the reading time stands still.

    At the end, what was done in the tour is undone, so that it is no part of the reading. In a `demo`, whose findings
    are known, it shows a real fabrication.
    """

    def __init__(self, session: ReadingSession, view: TourView, *, demo: bool) -> None:
        self._session = session
        self._view = view
        self._demo = demo
        self._tour = Tour()
        self._before = 0
        self._shown: tuple[Side, Span] | None = None

    @property
    def step(self) -> Step | None:
        """The step that is shown; None before and after the tour."""
        return self._tour.step

    @property
    def can_go_on(self) -> bool:
        """Whether the step only has to be read."""
        return self._tour.can_go_on

    @property
    def is_new(self) -> bool:
        """Whether the tour was never begun on this machine."""
        return not locations.tour_file().exists()

    def begin(self) -> None:
        """Begin the tour. This is remembered at once, so that it never begins by itself again."""
        if self.step is not None:
            return
        self._session.stop_clock()
        self._before = self._session.undoable
        self._show(self._tour.begun())
        path = locations.tour_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            self._view.tell(f"The tour may be shown again: {error}", warn=True)

    def go_on(self) -> None:
        """Go to the next step, if this one only has to be read, and has something to read."""
        if self.step == "look" and self._shown is None and self._view.ready and self._fabrication() is not None:
            self._show(self._tour)
        elif self.can_go_on:
            self._show(self._tour.next())

    def choose(self, choice: str) -> None:
        """Continue or end the tour, by click."""
        if choice == "next":
            self.go_on()
        else:
            self.end()

    def end(self) -> None:
        """End the tour at any step."""
        if self.step is not None:
            self._show(self._tour.ended())

    def note_mark(self, by_mouse: bool) -> None:
        """Note a mark, made by mouse or by keyboard."""
        if self.step is not None:
            self._show(self._tour.marked(by_mouse))

    def takes(self, action_id: str) -> bool:
        """Return whether an action is one of the tour now, which is not done otherwise.

        A commit leads to the last step: a reading made in the tour is none. What leaves the case ends the tour first.
        """
        if self.step is None:
            return False
        if action_id == "commit":
            self._show(Tour("done"))
            return True
        if action_id in LEAVING:
            self.end()
        return False

    def _fabrication(self) -> tuple[Side, Span] | None:
        """Return a finding that an answer of the demo made up, if there is one."""
        if not self._demo:
            return None
        case = self._session.case
        told = f"{case.text} {case.question} {' '.join(case.options.values())}"
        for side in SIDES:
            answer = self._view.answers.get(side)
            for span in fabrications(answer.text, told) if answer is not None else ():
                return side, span
        return None

    def _show(self, tour: Tour) -> None:
        began = self._tour.step is not None
        self._tour = tour
        if tour.step is None:
            if began:
                self._finish()
            return
        skip = Chip("skip", "leave the tour", key="esc")
        go_on = Chip("next", "continue", key="enter")
        chips = {
            "welcome": (Chip("next", "begin", key="enter"), skip),
            "done": (Chip("next", "begin to read", key="enter"),),
        }.get(tour.step, (go_on, skip) if tour.can_go_on else (skip,))
        self._view.show_tour(self._words(tour.step), chips)

    def _words(self, step: Step) -> str:
        keys = {word: self._view.key_of(action) for word, action in _ACTIONS.items()}
        words = WORDS[step]
        if step == "look":
            self._shown = self._fabrication() if self._view.ready else None
            if self._shown is None:
                words = SEARCH if self._view.ready else WRITING
            else:
                side, span = self._shown
                self._view.point_out(side, span, select=False)
                keys |= {"side": side, "quote": span.of(self._view.answers[side].text)}
                keys["answer"] = self._view.key_of("pane_a" if side == "A" else "pane_b")
        elif step == "key":
            if self._shown is not None:
                self._view.point_out(*self._shown, select=True)
            keys["selected"] = SELECTED if self._shown is not None else TO_SELECT.format(**keys)
        return words.format(**keys)

    def _finish(self) -> None:
        """Hide the tour, undo what was done in it, and let the reading time run."""
        self._shown = None
        self._view.show_tour("", ())
        self._view.end_pointing()
        if (made := self._session.undoable - self._before) > 0:
            self._view.take_back(made)
            self._view.tell("What you did in the tour is undone.")
        self._session.start_clock()
