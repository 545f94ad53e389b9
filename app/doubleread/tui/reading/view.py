"""What the controllers of the reading screen need of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from doubleread.domain.blinding import Side
from doubleread.domain.reading import Judgement
from doubleread.sessions.blind import BlindAnswer
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.question_bar import Question
from doubleread.tui.shared.saving import Result, Saving, SavingView
from doubleread.tui.shared.text.text_view import TextView
from doubleread.tui.shared.three_texts import DockView


class ReadingView(SavingView, Protocol):
    """The reading screen, as its controllers know it."""

    @property
    def pane(self) -> Pane:
        """The current text."""

    @property
    def saving(self) -> Saving:
        """Stores actions."""

    @property
    def answers(self) -> Mapping[Side, BlindAnswer]:
        """Both answers, as far as they are written."""

    @property
    def ready(self) -> bool:
        """Whether both answers are finished, so that they can be judged."""

    @property
    def judgement(self) -> Judgement:
        """The reader's judgement so far."""

    @property
    def in_annotations(self) -> bool:
        """Whether the keyboard is in the list of annotations or in the panel of one."""

    def text_of(self, pane: Pane) -> TextView:
        """Return one of the three texts."""

    def go_to(self, pane: Pane, offset: int) -> None:
        """Show a place in a text and put the caret there."""

    def act(self, work: Callable[[str | None], Result], then: Callable[[Result], None] | None = None) -> None:
        """Store something; in a committed reading, ask for the reason first. `work` gets the reason."""

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        """Ask below the texts. `then` gets all answers and `by_mouse`; `each` gets every answer with its number."""

    def inform(self, title: str, words: str) -> None:
        """Show something that must be read."""

    def confirm(self, title: str, words: str, go_on: str, then: Callable[[bool | None], None]) -> None:
        """Ask whether to go on."""

    def show_dock(self, view: DockView) -> None:
        """Change what is shown below the texts."""

    def arrange_parts(self) -> None:
        """Give every part its place."""

    def show_marks(self) -> None:
        """Draw the marks of all texts."""

    def show_sentences(self) -> None:
        """Show the sentence bar."""
