"""Guiding a newcomer through the tour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from doubleread import locations
from doubleread.tui.reading.tour import WORDS, Step, Tour
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
    "help": "help",
}
"""The actions whose keys the tour names."""


class TourView(Protocol):
    """What the tour needs of a screen."""

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a notice."""

    def key_of(self, action_id: str) -> str:
        """Return an action's first key as shown, or an empty string."""

    def show_tour(self, words: str, chips: Sequence[Chip]) -> None:
        """Show a step of the tour; without words, hide the tour."""


class TourGuide:
    """Shows the steps of the tour one after the other."""

    def __init__(self, view: TourView) -> None:
        self._view = view
        self._tour = Tour()

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
        self._show(self._tour.begun())
        path = locations.tour_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            self._view.tell(f"The tour may be shown again: {error}", warn=True)

    def go_on(self) -> None:
        """Go to the next step, if this one only has to be read."""
        if self.can_go_on:
            self._show(self._tour.next())

    def choose(self, choice: str) -> None:
        """Continue or end the tour, by click."""
        self._show(self._tour.next() if choice == "next" else self._tour.ended())

    def end(self) -> None:
        self._show(self._tour.ended())

    def note_mark(self, by_mouse: bool) -> None:
        """Note a mark, made by mouse or by keyboard."""
        if self.step is not None:
            self._show(self._tour.marked(by_mouse))

    def note_commit(self) -> None:
        """Note that a reading was committed, which is the last step."""
        if self.step == "judge":
            self.end()

    def _show(self, tour: Tour) -> None:
        self._tour = tour
        if tour.step is None:
            self._view.show_tour("", ())
            return
        skip = Chip("skip", "skip the tour", key="esc")
        chips = {
            "welcome": (Chip("next", "begin", key="enter"), skip),
            "judge": (Chip("next", "end the tour", key="enter"),),
        }.get(tour.step, (skip,))
        words = WORDS[tour.step].format(**{word: self._view.key_of(action) for word, action in _ACTIONS.items()})
        self._view.show_tour(words, chips)
