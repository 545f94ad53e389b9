"""The tour's steps: what the newcomer is asked to do, and whether they did it. Nothing here knows of a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Step = Literal["welcome", "key", "mouse", "judge"]
STEPS: tuple[Step, ...] = ("welcome", "key", "mouse", "judge")

WORDS: dict[Step, str] = {
    "welcome": (
        "Welcome. Here is a case, and two answers to it; which model wrote which is hidden. This tour takes a minute: "
        "you make one mark by keyboard and one by mouse."
    ),
    "key": (
        "1 of 3, by keyboard. Read the case and both answers ({tab} leads from text to text) and move with the arrows "
        "into a sentence that the case does not bear out. Press {sentence} to select it, {mark} to mark it, then f "
        "(fabrication) and m (major)."
    ),
    "mouse": (
        "2 of 3, by mouse. Drag over a few words of an answer (or double-click one), then click what is wrong with "
        "them, and how grave it is. {undo} takes it back if nothing is wrong with them."
    ),
    "judge": (
        "3 of 3. Both marks are saved; {undo} takes back. Go to each answer and judge it with {first} to {last}, say "
        "which you prefer with {prefer} to {neither}; then {commit} commits and shows the key. Clicks do the same. "
        "{help} shows all keys."
    ),
}


@dataclass(frozen=True, slots=True)
class Tour:
    """Where in the tour somebody is; `step` is None before it begins and after it has ended."""

    step: Step | None = None
    by_key: bool = False
    by_mouse: bool = False

    @property
    def can_go_on(self) -> bool:
        """Whether the step asks for nothing but reading. The others go on when they are done."""
        return self.step in ("welcome", "judge")

    def begun(self) -> Tour:
        """Begin at the first step."""
        return Tour("welcome")

    def ended(self) -> Tour:
        """End, wherever it is."""
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
        """Take note of a mark. One by the other way counts for its own step."""
        noted = replace(self, by_mouse=True) if by_mouse else replace(self, by_key=True)
        done = (self.step == "key" and not by_mouse) or (self.step == "mouse" and by_mouse)
        return noted.next() if done else noted
