"""A pane with a text that is read and scrolled, not annotated."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from doubleread.config import Settings
from doubleread.domain.case_text import CaseText
from doubleread.domain.display import display_line
from doubleread.markup.inline import Dialect
from doubleread.tui.shared.document_tabs import DocumentTabs
from doubleread.tui.shared.reasoning_fold import ReasoningFold
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text.text_pane import TextPane


class ReadOnlyText(TextPane, can_focus=True):
    """A text that can be scrolled but not annotated."""

    SHOWS_CARET = False


class ReadOnlyPane(Vertical):
    """A frame with a title and a text, and with a `fold` before it for the model's reasoning."""

    DEFAULT_CSS = """
    ReadOnlyPane {
        width: 1fr;
        height: 1fr;
        border: round $border;
        border-title-color: $text-muted;
        & > ReadOnlyText { height: 1fr; }
        &:focus-within { border: round $primary; border-title-color: $primary; border-title-style: bold; }
        &.-bare { border: none; }
        &.-bare:focus-within { border: none; }
    }
    """

    def __init__(self, *, id: str, fold: ReasoningFold | None = None) -> None:
        super().__init__(id=id)
        self._fold = fold

    def compose(self) -> ComposeResult:
        if self._fold is not None:
            yield self._fold
        text = ReadOnlyText()
        yield DocumentTabs(text)
        yield text

    @property
    def documents(self) -> DocumentTabs:
        """The tabs of the case's documents."""
        return self.query_one(DocumentTabs)

    @property
    def reasoning(self) -> ReasoningFold:
        """The model's reasoning before this answer."""
        return self.query_one(ReasoningFold)

    @property
    def text(self) -> ReadOnlyText:
        """The text."""
        return self.query_one(ReadOnlyText)

    def use(self, settings: Settings) -> None:
        """Show texts as the settings say."""
        self.text.line_length = settings.line_length
        self.text.set_formatted(settings.formatted)

    def show(self, title: str, text: str, marks: Sequence[Mark], dialect: Dialect = "answer") -> None:
        """Show a text with marks."""
        self.border_title = Content(f" {display_line(title)} ")
        self.text.set_formatted(self.text.formatted, dialect)
        self.text.set_text(text)
        self.text.set_marks(marks)

    def show_case(self, title: str, whole: CaseText, marks: Sequence[Mark]) -> None:
        """Show a case with marks, and its documents as tabs."""
        self.show(title, whole.text, marks, "case")
        self.documents.show_case(whole)
