"""Reviewing scores: what the current answer says, decided by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from doubleread.domain.bond import BondGrade
from doubleread.domain.case import choosable
from doubleread.domain.score_override import Ruling
from doubleread.sessions.score_review import ScoreReviewSession, ScoreToReview
from doubleread.tui.shared.case_view import NavigationView
from doubleread.tui.shared.dialogs import Why
from doubleread.tui.shared.saving import Saving

NONE = Ruling()
REFUSED = Ruling(refused=True)
ALL_REVIEWED = "All answers are reviewed. Thank you."
WHY = Why(
    "Why another decision?",
    "This answer is reviewed. Your decision replaces that one, which stays in the log.",
    "store it",
)


class ScoreReviewView(NavigationView, Protocol):
    """The score review screen, as its controller knows it."""

    def ask_reason(self, why: Why, then: Callable[[str], None]) -> None:
        """Ask for a reason. Without a reason, `then` is not called."""


class Reviewing:
    """The current answer and the decision about it. A decision that replaces another one needs a reason."""

    def __init__(self, session: ScoreReviewSession, view: ScoreReviewView, saving: Saving) -> None:
        self._session = session
        self._view = view
        self._saving = saving
        self.shown: ScoreToReview | None = None
        """What is shown; None if nothing is to be reviewed."""

    def update(self) -> None:
        """Read the current answer. While the file cannot be read, what is shown stays."""
        read = self._saving.fetch(lambda: (self._session.shown(),))
        if read is not None:
            self.shown = read[0]

    @property
    def gradable(self) -> bool:
        """Whether the case asks for a diagnosis, so that the answer is graded."""
        return self.shown is not None and self.shown.case.kind == "diagnosis"

    @property
    def ruling(self) -> Ruling | None:
        """The decision in force."""
        held = self.shown.item.override if self.shown is not None else None
        return held.ruling if held is not None else None

    @property
    def offered(self) -> dict[str, tuple[str, str]]:
        """What the answer can choose, by the letter of its key: what a score calls it, and its words."""
        case = self.shown.case if self.shown is not None else None
        options = choosable(case.kind, case.options) if case is not None else {}
        return {name[0].upper(): (name, words) for name, words in options.items()}

    def choose(self, letter: str) -> None:
        """Decide that the answer chooses an option or a label. A letter that the case does not offer does nothing."""
        if letter in self.offered:
            self._decide(Ruling(chosen=self.offered[letter][0]))

    def grade(self, grade: int) -> None:
        """Grade the answer's diagnosis. For other kinds of cases, nothing happens."""
        if self.gradable:
            self._decide(Ruling(grade=BondGrade(grade)))

    def none(self) -> None:
        """Decide that the answer states nothing that could be counted."""
        self._decide(NONE)

    def refused(self) -> None:
        self._decide(REFUSED)

    def pick(self, chip_id: str) -> None:
        """Take the choice that was clicked."""
        what, _, which = chip_id.partition(" ")
        if what == "letter":
            self.choose(which)
        elif what == "grade":
            self.grade(int(which))
        else:
            self._decide(NONE if what == "none" else REFUSED)

    def _decide(self, ruling: Ruling) -> None:
        if self.shown is None:
            return

        def store(reason: str) -> None:
            if self._saving.attempt(lambda: self._session.override(ruling, reason)):
                self._saving.note_saved()
                if not self._session.next_open():
                    self._view.tell(ALL_REVIEWED)
            self._view.arrived()

        if self._session.needs_reason(ruling):
            self._view.ask_reason(WHY, store)
        else:
            store("")

    def undo(self) -> None:
        """Undo the last decision and go to its answer."""
        undone = self._saving.fetch(self._session.undo)
        if undone:
            self._saving.note_saved()
        elif undone is False:
            self._view.tell("There is nothing to undo.")
        self._view.arrived()
