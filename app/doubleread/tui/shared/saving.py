"""Saving what a person does, also while another program keeps the study file locked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from doubleread.errors import DoublereadError, InputRefusedError, StudyBusyError, StudyChangedError
from doubleread.tui.shared.screen_words import screen_words
from doubleread.tui.shared.unsaved import LOCKED, Unsaved

Result = TypeVar("Result")
_LOCKED = LOCKED[:1].upper() + LOCKED[1:]


class SavingView(Protocol):
    """What saving needs of a screen."""

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a notice."""

    def show_error(self, error: DoublereadError) -> None:
        """Show an error in a dialog."""

    def key_of(self, action_id: str) -> str:
        """Return an action's first key as shown, or an empty string."""

    def show(self) -> None:
        """Show everything that an action can change."""


class Saving:
    """Stores actions in the order in which they were taken, and tells the person how that went.

    `wall` returns the time of day.
    """

    def __init__(self, view: SavingView, wall: Callable[[], datetime] = datetime.now) -> None:
        self.unsaved = Unsaved()
        self._view = view
        self._wall = wall
        self._saved_at = ""
        self._waited = False
        self._told_unsaved = False

    @property
    def words(self) -> str:
        """What the status line says about saving."""
        waiting = self.unsaved.words(self._view.key_of("save_again"))
        return waiting or (f"saved {self._saved_at}" if self._saved_at else "")

    @property
    def short_words(self) -> str:
        """The same without the time; empty where that would leave something out."""
        return "saved" if self._saved_at and self.words.startswith("saved ") else ""

    def note_saved(self) -> None:
        """Record that the study file has everything up to now."""
        self._saved_at = self._wall().strftime("%H:%M:%S")

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do something that may be refused, and return whether it was done."""
        return self.fetch(lambda: (work(),)) is not None

    def fetch(self, work: Callable[[], Result]) -> Result | None:
        """Do something that may be refused. A refusal becomes a notice, any other error a dialog; both return None."""
        try:
            return self._fetch_unless_busy(work)
        except StudyBusyError:
            self._view.tell(f"{_LOCKED}. Try again in a moment.", title="Not done", warn=True)
        return None

    def _fetch_unless_busy(self, work: Callable[[], Result]) -> Result | None:
        """Do as `fetch` does, but raise StudyBusyError while the file is locked."""
        try:
            return work()
        except StudyBusyError:
            raise
        except (InputRefusedError, StudyChangedError) as error:
            words = ". ".join(part[:1].upper() + part[1:] for part in (error.happened, error.remedy) if part)
            self._view.tell(f"{screen_words(words)}.", title=error.title, warn=True)
        except DoublereadError as error:
            self._view.show_error(error)
        return None

    def save(self, work: Callable[[], Result], then: Callable[[Result], object] | None = None) -> None:
        """Store something now or, while the file is locked, as soon as it is free; then call `then`.

        The screen answers keys meanwhile, and the status line says what is waiting.
        """

        def action() -> Callable[[], None] | None:
            made = self._fetch_unless_busy(lambda: (work(),))
            if made is None:
                return None
            self.note_saved()
            return None if then is None else lambda: self._after_saving(then, made[0])

        self.unsaved.add(action)
        if not self.unsaved.working:
            self.save_waiting()

    def _after_saving(self, then: Callable[[Result], object], made: Result) -> None:
        self.attempt(lambda: then(made))

    def save_waiting(self) -> None:
        """Try to save what is waiting, and show the outcome."""
        if self.unsaved.work_off():
            if self._waited:
                self._view.tell("Everything is saved.")
            self._waited = self._told_unsaved = False
        elif self.unsaved:
            self._waited = True
            if self.unsaved.given_up and not self._told_unsaved:
                self._told_unsaved = True
                key = self._view.key_of("save_again")
                again = f" {key} tries again." if key else ""
                words = f"{_LOCKED}. Your changes are kept here as a draft.{again}"
                self._view.tell(words, title="Not saved", warn=True)
        self._view.show()

    def keep_saving(self) -> None:
        """Try again if something is waiting and it is time. Call this often."""
        if self.unsaved.due or (self.unsaved.given_up and not self._told_unsaved):
            self.save_waiting()

    def save_again(self) -> None:
        """Try to save what is waiting, because the person asked for it."""
        self.save_waiting()
        if self.unsaved:
            self._view.tell(f"{_LOCKED}.", title="Not saved", warn=True)

    def must_stay(self) -> bool:
        """Return whether something of this case is still waiting to be saved, and tell the person if so."""
        if not self.unsaved:
            return False
        words = f"{_LOCKED}. Stay on this case until your changes are saved."
        self._view.tell(words, title="Not saved", warn=True)
        return True
