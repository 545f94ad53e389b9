"""A small app around two annotated texts, that keeps every message they send."""

from functools import partial

import pytest
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import Static

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.annotated_text import AnnotatedText


class TextApp(App):
    CSS = """
    Static { height: 1; }
    AnnotatedText { border: round $primary; width: 1fr; }
    """
    BINDINGS = [("enter", "commit", "Commit"), ("escape", "leave", "Leave")]

    def __init__(self, text, *, formatted=False, **options):
        super().__init__()
        self.pane = AnnotatedText(text, id="a", **options)
        self.pane.set_formatted(formatted)
        self.heard, self.reached = [], []

    def compose(self):
        yield Static("title")
        with Horizontal():
            yield self.pane
            yield AnnotatedText("Another pane.", id="b")

    def on_mount(self):
        self.pane.focus()

    def said(self, kind):
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def proposed(self):
        return [
            (message.span, message.span.of(message.widget.text)) for message in self.said(AnnotatedText.SpanProposed)
        ]

    def on_span_proposed(self, message):
        self.heard.append(message)

    def on_proposal_refused(self, message):
        self.heard.append(message)

    def on_caret_moved(self, message):
        self.heard.append(message)

    def on_selection_changed(self, message):
        self.heard.append(message)

    def on_mark_clicked(self, message):
        self.heard.append(message)

    def action_commit(self):
        self.reached.append("commit")

    def action_leave(self):
        self.reached.append("leave")

    def pointer(self, offset):
        """Return where in the widget an offset of the text is drawn."""
        x, y = self.pane.cell_of(offset)
        left, top = self.pane.content_offset
        return x + left, y + top

    async def drag(self, pilot, start, end):
        """Drag from the character at `start` to the one at `end`, both included."""
        await pilot.mouse_down(self.pane, self.pointer(start))
        await pilot.hover(self.pane, self.pointer(end))
        await pilot.mouse_up(self.pane, self.pointer(end))
        await pilot.pause()

    def rows(self):
        """Return what is drawn, row by row, without the blanks at the right."""
        return [self.pane.render_line(y).text.rstrip() for y in range(self.pane.size.height)]

    def looks(self, offset):
        """Return the style in which the character at an offset is drawn."""
        x, y = self.pane.cell_of(offset)
        column = 0
        for segment in self.pane.render_line(y):
            if column <= x < column + segment.cell_length:
                return segment.style
            column += segment.cell_length
        raise AssertionError(f"nothing is drawn at {x}, {y}")


def pytest_generate_tests(metafunc):
    """In a module with IN_BOTH_LAYOUTS, each test of an app is one of the same texts formatted, too."""
    if "text_app" in metafunc.fixturenames and getattr(metafunc.module, "IN_BOTH_LAYOUTS", False):
        metafunc.parametrize("text_app", [False, True], ids=["as written", "formatted"], indirect=True)


@pytest.fixture
def text_app(request):
    return partial(TextApp, formatted=getattr(request, "param", False))


@pytest.fixture
def span_of():
    def find(text, part, start=0):
        offset = text.index(part, start)
        return Span(offset, offset + len(part))

    return find
