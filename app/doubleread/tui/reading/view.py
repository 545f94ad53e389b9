"""What the controllers of the reading screen need of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from doubleread.domain.blinding import Side
from doubleread.domain.reading import Judgement
from doubleread.domain.spans import Span
from doubleread.sessions.blind import BlindAnswer
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.question_bar import Question
from doubleread.tui.shared.saving import Result, Saving, SavingView
from doubleread.tui.shared.text.caret import Direction, Edge
from doubleread.tui.shared.three_texts import DockView


class TextView(Protocol):
    """A text with a caret and a selection."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def caret(self) -> int:
        """The offset of the caret."""

    @property
    def selection(self) -> Span | None:
        """What is selected."""

    @property
    def marks_here(self) -> tuple[str, ...]:
        """The ids of the marks at the caret."""

    @property
    def by_mouse(self) -> bool:
        """Whether the text was last used with the mouse."""

    @property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences that can be judged."""

    def select(self, span: Span | None) -> None:
        """Select a span, or nothing."""

    def propose(self) -> bool:
        """Propose the selection to be marked."""

    def nudge(self, edge: Edge, by: Literal["character", "word"], direction: Direction) -> Span | None:
        """Return the span of the mark at hand with one boundary moved."""

    def go_to_sentence(self, span: Span) -> None:
        """Put the caret at the start of a sentence."""


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
