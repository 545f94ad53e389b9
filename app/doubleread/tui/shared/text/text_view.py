"""What controllers need of a text."""

from __future__ import annotations

from typing import Literal, Protocol

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.caret import Direction, Edge


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

    def quoted(self, span: Span) -> str:
        """Return what is shown of a span, in one line."""

    def select(self, span: Span | None) -> None:
        """Select a span, or nothing."""

    def propose(self) -> bool:
        """Propose the selection to be marked."""

    def nudge(self, edge: Edge, by: Literal["character", "word"], direction: Direction) -> Span | None:
        """Return the span of the focused mark with one boundary moved."""

    def go_to_sentence(self, span: Span) -> None:
        """Put the caret at the start of a sentence."""
