"""The steps of the tour: what a newcomer is shown and asked to do, and whether they did it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Step = Literal["welcome", "look", "key", "mouse", "judge", "done"]
STEPS: tuple[Step, ...] = ("welcome", "look", "key", "mouse", "judge", "done")
TO_READ: tuple[Step, ...] = ("welcome", "look", "judge", "done")
"""Steps that only have to be read. The others end when they are done."""

WORDS: dict[Step, str] = {
    "welcome": (
        "Welcome. Here are a case and two answers to it. You do not see which model wrote which. This tour takes two "
        "minutes. Your reading time is paused, and what you do in the tour is undone at its end."
    ),
    "look": (
        "1 of 4: a fabrication. Answer {side} claims “{quote}”. The case does not say that. Compare: {case} goes to "
        "the case, {answer} comes back."
    ),
    "key": (
        "2 of 4: by keyboard. {selected}Press {mark} to annotate, then f (fabrication) and m (major). It is saved at "
        "once."
    ),
    "mouse": (
        "3 of 4: by mouse. Drag over a few words of an answer (or double-click one), then click what is wrong with "
        "them, and how serious it is. If nothing is wrong with them, {undo} undoes the annotation."
    ),
    "judge": (
        "4 of 4: judge. Go to each answer and judge it with {first} to {last}. Choose the better one with {prefer} to "
        "{neither}, or click instead. Then {commit} commits the reading and shows the answer key. Try it: in the tour, "
        "it only goes to the next step."
    ),
    "done": (
        "That is all. What you did in the tour will now be undone, and your reading time starts. {help} shows all keys "
        "of a screen. To take the tour again, press {palette} and type tour."
    ),
}
WRITING = "1 of 4: a fabrication. The models are still writing. Continue when both answers are finished."
SEARCH = (
    "1 of 4: a fabrication. Read the case and both answers ({tab} moves between the texts). In an answer, move with "
    "the arrow keys into a sentence that the case does not support."
)
SELECTED = "The words are selected. "
TO_SELECT = "Press {sentence} to select the sentence. "


@dataclass(frozen=True, slots=True)
class Tour:
    """The progress of a tour; `step` is None before it begins and after it has ended."""

    step: Step | None = None
    by_key: bool = False
    by_mouse: bool = False

    @property
    def can_go_on(self) -> bool:
        """Whether the step only has to be read."""
        return self.step in TO_READ

    def begun(self) -> Tour:
        """Begin at the first step."""
        return Tour("welcome")

    def ended(self) -> Tour:
        return Tour()

    def next(self) -> Tour:
        """Go to the next step; after the last one the tour has ended."""
        if self.step is None:
            return self
        index = STEPS.index(self.step) + 1
        if index == len(STEPS):
            return self.ended()
        step = STEPS[index]
        if (step == "key" and self.by_key) or (step == "mouse" and self.by_mouse):
            return replace(self, step=step).next()
        return replace(self, step=step)

    def marked(self, by_mouse: bool) -> Tour:
        """Note a mark. One made the other way counts for its own step."""
        noted = replace(self, by_mouse=True) if by_mouse else replace(self, by_key=True)
        done = (self.step == "key" and not by_mouse) or (self.step == "mouse" and by_mouse)
        return noted.next() if done else noted
