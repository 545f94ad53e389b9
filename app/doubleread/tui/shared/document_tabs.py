"""The documents of a case as tabs above its text."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from doubleread.domain.case_text import CaseText
from doubleread.domain.display import display_line
from doubleread.domain.spans import Span
from doubleread.domain.wording import shortened
from doubleread.tui.shared.text.text_pane import TextPane

TITLE_LENGTH = 24
EARLIER, LATER = "‹ ", " ›"
DIGIT_SECONDS = 1.0
"""How long a digit waits for the next one of the same number."""


class Tab(NamedTuple):
    """A tab and the cells that it takes, counted from the first tab."""

    words: str
    start: int
    end: int


def tabs_of(titles: list[str]) -> list[Tab]:
    """Return the tabs in a row."""
    tabs: list[Tab] = []
    for title in titles:
        words = f" {title} "
        start = tabs[-1].end if tabs else 0
        tabs.append(Tab(words, start, start + cell_len(words)))
    return tabs


def tabs_in_view(tabs: list[Tab], current: int, width: int) -> range:
    """Return the tabs to show in a width: as many as fit, the current one among them and about in the middle."""
    first = end = current
    while True:
        more = [
            (place, side)
            for place, side in ((first - 1, "earlier"), (end + 1, "later"))
            if 0 <= place < len(tabs) and _width_of(tabs, min(place, first), max(place, end)) <= width
        ]
        if not more:
            return range(first, end + 1)
        place, _ = min(more, key=lambda item: abs(item[0] - current))
        first, end = min(place, first), max(place, end)


def _width_of(tabs: list[Tab], first: int, end: int) -> int:
    hidden = (len(EARLIER) if first else 0) + (len(LATER) if end < len(tabs) - 1 else 0)
    return tabs[end].end - tabs[first].start + hidden


class DocumentTabs(Widget, can_focus=True):
    """A tab for the case itself and one for each document. Choosing one shows it where the reader left it.

    Hidden if the case has no documents. In a narrow pane, only the tabs around the current one are shown.
    """

    DEFAULT_CSS = """
    DocumentTabs {
        display: none;
        height: 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        & > .tabs--current { background: $surface; color: $primary; text-style: bold underline; }
        & > .tabs--more { color: $text-muted; }
        &:focus > .tabs--current { background: $primary; color: $background; text-style: bold; }
    }
    DocumentTabs.-shown { display: block; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--current", "tabs--more"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,tab,shift+tab", "leave", show=False),
        Binding("right,down", "step(1)", show=False),
        Binding("left,up", "step(-1)", show=False),
        Binding("home", "open(0)", show=False),
        Binding("end", "open(-1)", show=False),
        *(Binding(str(number), f"digit({number})", show=False) for number in range(10)),
    ]

    def __init__(self, text: TextPane) -> None:
        super().__init__()
        self._text = text
        self._whole = CaseText("", (), Span(0, 0))
        self._tabs: list[Tab] = []
        self._at = 0
        self._typed = ""
        self._typing: Timer | None = None
        self._left: dict[int, tuple[int, int]] = {}
        """First row and caret of each part that was left, as offsets of the text."""

    @property
    def has_documents(self) -> bool:
        """Whether the case has documents."""
        return bool(self._whole.documents)

    @property
    def current(self) -> int:
        """The number of the document that is read; 0 is the case itself."""
        return self._at

    @property
    def titles(self) -> list[tuple[str, str]]:
        """The number and the whole title of each tab."""
        first = "text and question" if self._whole.parts and len(self._whole.parts[0].span) else "question"
        return [(str(number), part.title or f"0  {first}") for number, part in enumerate(self._whole.parts)]

    def show_case(self, whole: CaseText) -> None:
        """Show the parts of a case, whose text was just shown from its start."""
        self._whole, self._at, self._left = whole, 0, {}
        self.set_class(self.has_documents, "-shown")
        titles = [display_line(" ".join(title.split())) for _, title in self.titles]
        self._tabs = tabs_of([shortened(title, TITLE_LENGTH) for title in titles])
        self.refresh()

    def on_mount(self) -> None:
        """Follow the text."""
        self.watch(self._text, "scroll_y", self._follow, init=False)

    def open_part(self, index: int) -> None:
        """Show a part where it was left, or from its start."""
        if not 0 <= index < len(self._whole.parts) or index == self._at:
            return
        self._left[self._at] = self._text.top_offset, self._text.reading_offset
        self._at = index
        part = self._whole.parts[index]
        self._text.show_from(*self._left.get(index, (part.start, part.span.start)))
        self.refresh()

    def action_open(self, number: int) -> None:
        """Show a document by its number; 0 is the question, -1 the last document."""
        self.open_part(number if number >= 0 else len(self._whole.parts) + number)

    def action_step(self, by: int) -> None:
        """Show the next document, or the previous one."""
        self.open_part(self._at + by)

    def action_digit(self, digit: int) -> None:
        """Show a document by its number, which can have several digits."""
        typed = f"{self._typed}{digit}"
        self._typed = typed if int(typed) < len(self._whole.parts) else str(digit)
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DIGIT_SECONDS, self._end_number)
        self.open_part(int(self._typed))

    def _end_number(self) -> None:
        self._typed = ""

    def action_leave(self) -> None:
        """Return to the text."""
        self._end_number()
        self._text.focus()

    def _follow(self) -> None:
        """Say which part the reader is in after scrolling."""
        index = self._whole.part_at(self._text.reading_offset) if self.has_documents else 0
        if index != self._at:
            self._at = index
            self.refresh()

    def _in_view(self) -> range:
        return tabs_in_view(self._tabs, self._at, self.size.width)

    def place_of(self, number: int) -> tuple[int, int] | None:
        """Return a cell of a tab, or None if it is not in view."""
        shown = self._in_view()
        if number not in shown:
            return None
        before = len(EARLIER) if shown.start else 0
        return before + self._tabs[number].start - self._tabs[shown.start].start + 1, 0

    def render(self) -> Content:
        if not self._tabs:
            return Content("")
        shown = self._in_view()
        more = self.get_visual_style("tabs--more")
        parts = [Content.styled(EARLIER, more)] if shown.start else []
        for number in shown:
            look = self.get_visual_style("tabs--current") if number == self._at else ""
            parts.append(Content.styled(self._tabs[number].words, look))
        if shown.stop < len(self._tabs):
            parts.append(Content.styled(LATER, more))
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Show the document that was clicked, or the next one beyond the edge, and return the keyboard to the text."""
        event.stop()
        shown = self._in_view()
        x = event.x - (len(EARLIER) if shown.start else 0) + self._tabs[shown.start].start
        if event.x < len(EARLIER) and shown.start:
            self.open_part(shown.start - 1)
        else:
            clicked = next((number for number in shown if x < self._tabs[number].end), shown.stop)
            self.open_part(clicked)
        self.action_leave()
