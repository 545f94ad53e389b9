"""The steps of the tour: what a newcomer is asked to do, and whether they did it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Step = Literal["welcome", "key", "mouse", "judge"]
STEPS: tuple[Step, ...] = ("welcome", "key", "mouse", "judge")

WORDS: dict[Step, str] = {
    "welcome": (
        "Welcome. Here are a case and two answers to it. You do not see which model wrote which. This tour takes a "
        "minute: you make one annotation by keyboard and one by mouse."
    ),
    "key": (
        "1 of 3, by keyboard. Read the case and both answers ({tab} moves between the texts). In an answer, move with "
        "the arrows into a sentence that the case does not support. Press {sentence} to select it, {mark} to annotate "
        "it, then f (fabrication) and m (major)."
    ),
    "mouse": (
        "2 of 3, by mouse. Drag over a few words of an answer (or double-click one), then click what is wrong with "
        "them, and how serious it is. If nothing is wrong with them, {undo} undoes the annotation."
    ),
    "judge": (
        "3 of 3. Both annotations are saved; {undo} undoes. Go to each answer and judge it with {first} to {last}. "
        "Choose the better one with {prefer} to {neither}. Then {commit} commits and shows the answer key. You can "
        "click instead. {help} shows all keys."
    ),
}


@dataclass(frozen=True, slots=True)
class Tour:
    """The progress of a tour; `step` is None before it begins and after it has ended."""

    step: Step | None = None
    by_key: bool = False
    by_mouse: bool = False

    @property
    def can_go_on(self) -> bool:
        """Whether the step only has to be read. The others end when they are done."""
        return self.step in ("welcome", "judge")

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
