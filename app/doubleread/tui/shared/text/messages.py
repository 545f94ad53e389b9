"""What an annotated text tells the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from doubleread.domain.spans import Span

if TYPE_CHECKING:
    from doubleread.tui.shared.text.annotated_text import AnnotatedText


class AnnotatedTextMessage(Message):
    """A message of one annotated text; `widget` (and `control`, for `@on` selectors) is the one that sent it."""

    def __init__(self, widget: AnnotatedText) -> None:
        super().__init__()
        self.widget = widget

    @property
    def control(self) -> AnnotatedText:
        """The annotated text that sent the message."""
        return self.widget


class SpanProposed(AnnotatedTextMessage):
    """The reader wants to mark `span`: whole characters, never empty, no blanks at its ends, inside `markable`."""

    def __init__(self, widget: AnnotatedText, span: Span) -> None:
        super().__init__(widget)
        self.span = span


class ProposalRefused(AnnotatedTextMessage):
    """The reader tried to mark something that cannot be marked; `reason` is a sentence to show."""

    def __init__(self, widget: AnnotatedText, reason: str) -> None:
        super().__init__(widget)
        self.reason = reason


class CaretMoved(AnnotatedTextMessage):
    """The caret stands at `offset`; `marks_here` are the ids of the marks that hold it, the shortest first."""

    def __init__(self, widget: AnnotatedText, offset: int, marks_here: tuple[str, ...]) -> None:
        super().__init__(widget)
        self.offset = offset
        self.marks_here = marks_here


class SelectionChanged(AnnotatedTextMessage):
    """Something else is selected than before; `span` is None where nothing is."""

    def __init__(self, widget: AnnotatedText, span: Span | None) -> None:
        super().__init__(widget)
        self.span = span


class MarkClicked(AnnotatedTextMessage):
    """The reader clicked upon a mark; where several lie upon each other the shortest, or the one after the focused."""

    def __init__(self, widget: AnnotatedText, mark_id: str) -> None:
        super().__init__(widget)
        self.mark_id = mark_id
