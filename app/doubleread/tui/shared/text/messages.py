"""What an annotated text tells the screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.text_pane import TextPane


@dataclass
class AnnotatedTextMessage(Message):
    """A message of one annotated text; `widget` (and `control`, for `@on` selectors) is the one that sent it."""

    widget: TextPane

    @property
    def control(self) -> TextPane:
        return self.widget


@dataclass
class SpanProposed(AnnotatedTextMessage):
    """The reader wants to mark `span`: whole characters, never empty, no blanks at its ends, inside `markable`."""

    span: Span


@dataclass
class ProposalRefused(AnnotatedTextMessage):
    """The reader tried to mark something that cannot be marked; `reason` is a sentence to show."""

    reason: str


@dataclass
class TextResized(AnnotatedTextMessage):
    """The text has another size on the screen, such as the first one after it was hidden."""


@dataclass
class CaretMoved(AnnotatedTextMessage):
    """The caret is at `offset`; `marks_here` are the ids of the marks there, the shortest first."""

    offset: int
    marks_here: tuple[str, ...]


@dataclass
class SelectionChanged(AnnotatedTextMessage):
    """The selection has changed; `span` is None if nothing is selected."""

    span: Span | None


@dataclass
class MarkClicked(AnnotatedTextMessage):
    """The reader clicked a mark: of several, the shortest, or the one after the focused one."""

    mark_id: str


@dataclass
class Copied(AnnotatedTextMessage):
    """So many characters of the text were copied."""

    characters: int
