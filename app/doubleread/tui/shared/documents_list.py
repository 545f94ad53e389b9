"""The list of a case's documents above its text."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import OptionList

from doubleread.domain.case_text import CaseText
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.text.text_pane import TextPane

_MOST_ROWS = 8


class DocumentsList(LineList):
    """A line for the case itself and one for each document. Choosing one shows it where the reader left it.

    It is hidden if the case has no documents.
    """

    DEFAULT_CSS = """
    DocumentsList { display: none; border-bottom: solid $border; }
    DocumentsList:focus { border-bottom: solid $primary; }
    DocumentsList.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,tab,shift+tab", "leave", show=False),
        *(Binding(str(number), f"open({number})", show=False) for number in range(10)),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._whole = CaseText("", (), Span(0, 0))
        self._at = 0
        self._left: dict[int, tuple[int, int]] = {}
        """First row and caret of each part that was left, as offsets of the text."""

    @property
    def _text(self) -> TextPane:
        assert self.parent is not None
        return self.parent.query_one(TextPane)

    @property
    def has_documents(self) -> bool:
        """Whether the case has documents."""
        return bool(self._whole.documents)

    def show_case(self, whole: CaseText) -> None:
        """List the parts of a case, whose text was just shown from its start."""
        self._whole, self._at, self._left = whole, 0, {}
        self.set_class(self.has_documents, "-shown")
        self._show()

    def on_mount(self) -> None:
        """Follow the text."""
        self.watch(self._text, "scroll_y", self._follow, init=False)

    def fit(self, height: int) -> None:
        """Take a part of the height of the pane."""
        self.styles.height = min(len(self._whole.parts), max(min(height // 5, _MOST_ROWS), 3)) + 1

    def open_part(self, index: int) -> None:
        """Show a part where it was left, or from its start."""
        if not 0 <= index < len(self._whole.parts) or index == self._at:
            return
        self._left[self._at] = self._text.top_offset, self._text.reading_offset
        self._at = index
        part = self._whole.parts[index]
        self._text.show_from(*self._left.get(index, (part.start, part.span.start)))
        self._show()

    def action_open(self, number: int) -> None:
        """Show a document by its number; 0 is the question."""
        self.open_part(number)

    def action_leave(self) -> None:
        """Return to the text."""
        self._text.focus()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Show what was chosen."""
        event.stop()
        self.open_part(int(event.line_id))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        """Return the keyboard to the text."""
        self.action_leave()

    def _follow(self) -> None:
        """Say which part the reader is in after scrolling."""
        index = self._whole.part_at(self._text.reading_offset) if self.has_documents else 0
        if index != self._at:
            self._at = index
            self._show()

    def _show(self) -> None:
        parts = self._whole.parts if self.has_documents else ()
        count = plural(len(self._whole.documents), "document")
        first = "text and question" if self._whole.parts and len(self._whole.parts[0].span) else "question"
        lines = [
            (str(number), part.title if number else f"0  {first}, then {count}") for number, part in enumerate(parts)
        ]
        self.show_lines(lines, str(self._at), nothing="")


def fit_documents(pane: Widget) -> None:
    """Give the list of documents of a pane its height."""
    for found in pane.query(DocumentsList):
        found.fit(pane.size.height)
