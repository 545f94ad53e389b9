"""What the controllers of the reading screen need of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from doubleread.domain.blinding import Side
from doubleread.domain.reading import Judgement
from doubleread.domain.spans import Span
from doubleread.sessions.blind import BlindAnswer
from doubleread.tui.shared.case_view import CaseView
from doubleread.tui.shared.saving import Result
from doubleread.tui.shared.three_texts import DockView


class ReadingView(CaseView, Protocol):
    """The reading screen, as its controllers know it."""

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

    def act(self, work: Callable[[str | None], Result], then: Callable[[Result], None] | None = None) -> None:
        """Store something; in a committed reading, ask for the reason first. `work` gets the reason."""

    def show_dock(self, view: DockView) -> None:
        """Change what is shown below the texts."""

    def arrange_parts(self) -> None:
        """Give every part its place."""

    def show_status(self) -> None:
        """Show the head line and the status line."""

    def show_marks(self) -> None:
        """Draw the marks of all texts."""

    def show_sentences(self) -> None:
        """Show the sentence bar."""

    @property
    def echoed(self) -> tuple[Span, ...]:
        """The places of the case that have the words selected or annotated in an answer, the best ones first."""

    @property
    def in_criteria(self) -> bool:
        """Whether keys judge the criteria of a rubric."""

    def show_criteria(self) -> None:
        """Show the criterion bar."""

    def scroll_criterion(self) -> None:
        """Scroll the text of the criterion by a page."""
