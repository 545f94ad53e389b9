"""Dialogs: a message, a question, a line of text, a choice from a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line, display_text
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_words import screen_error

Result = TypeVar("Result")

SCROLLING: tuple[BindingType, ...] = (
    Binding("down,j", "scroll(1)", show=False),
    Binding("up,k", "scroll(-1)", show=False),
    Binding("pagedown,space", "scroll(10)", show=False),
    Binding("pageup", "scroll(-10)", show=False),
)
"""Keys of a dialog with words of any length."""


class Why(NamedTuple):
    """The question for the reason of a change. `usual` is what most people answer."""

    title: str
    words: str
    go_on: str
    usual: str = ""


class Dialog(ModalScreen[Result], Generic[Result]):
    """A box in the middle with a title, some lines, and what can be done."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 72;
            max-width: 94%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 1 2;
            background: $surface;
        }
        & .body { height: auto; scrollbar-size-vertical: 1; }
        & .body > Static { height: auto; }
        & Chips { margin-top: 1; }
        & Input { margin-top: 1; border: tall $border; background: $panel; }
        & OptionList:focus { border: none; }
        & OptionList { height: auto; max-height: 45vh; border: none; background: $surface; margin-top: 1; padding: 0;
                     text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_dialog", show=False),
        Binding("f1", "help", show=False),
    ]
    MOST: ClassVar[float] = 0.5
    """The part of the screen that the words may fill; they scroll."""
    ROWS_AROUND: ClassVar[int] = 6
    """Rows of the box, and of what is below the words."""

    def __init__(self, title: str, words: str, chips: Sequence[Chip]) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._chips = tuple(chips)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f" {display_line(self._title)} ")
            if self._words:
                with VerticalScroll(classes="body", can_focus=False):
                    yield Static(Content(display_text(self._words)), markup=False)
            yield from self.compose_middle()
            yield Chips(self._chips, gap=1, tick=False)

    def compose_middle(self) -> ComposeResult:
        yield from ()

    def on_resize(self) -> None:
        """Leave room for the line of keys, on low screens too."""
        height = self.size.height
        for body in self.query(".body"):
            body.styles.max_height = max(min(int(height * self.MOST), height - self.ROWS_AROUND), 1)

    def action_help(self) -> None:
        """Show the keys of this dialog."""
        from doubleread.tui.shared.help import HelpLine, HelpPage, chip_lines

        def take(line: HelpLine | None) -> None:
            if line is not None and line.run is not None:
                self.call_later(line.run)

        self.app.push_screen(HelpPage(self._title, self._words, chip_lines(self.query(Chips).results(Chips))), take)

    def action_scroll(self, rows: int) -> None:
        """Scroll the words."""
        self.query_one(".body").scroll_relative(y=rows, animate=False)

    def action_dismiss_dialog(self) -> None:
        self.dismiss(None)


class MessageDialog(Dialog[None]):
    """Shows a message until it is closed. It can be copied, to send it to somebody."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "dismiss_dialog", show=False),
        Binding("y,ctrl+c,super+c", "copy", show=False),
    ]

    def __init__(self, title: str, words: str) -> None:
        super().__init__(title, words, [Chip("close", "close", key="enter"), Chip("copy", "copy", key="y")])

    @staticmethod
    def of(error: DoublereadError) -> MessageDialog:
        """Return the dialog of an error: what happened and what to do."""
        told = screen_error(error)
        remedy = f"\n\nWhat to do: {told.remedy}." if told.remedy else ""
        return MessageDialog(told.title, f"{told.happened}{remedy}")

    def action_copy(self) -> None:
        """Copy the selected words, or title and message."""
        copied = self.get_selected_text() or f"{display_line(self._title)}\n\n{display_text(self._words)}"
        self.app.copy_to_clipboard(copied.encode("utf-8", "replace").decode("utf-8"))
        self.notify(f"Copied {plural(len(copied), 'character')}.", markup=False, timeout=2)

    def on_chips_picked(self, event: Chips.Picked) -> None:
        if event.chip_id == "copy":
            self.action_copy()
        else:
            self.dismiss(None)


class TextDialog(MessageDialog):
    """Shows a message of any length; the arrow keys scroll it."""

    DEFAULT_CSS = """
    TextDialog > .box { width: 96; }
    """
    MOST = 0.7
    BINDINGS: ClassVar[list[BindingType]] = [*SCROLLING]


class ConfirmDialog(Dialog[bool]):
    """Asks whether to go on: enter does, escape does not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "go_on", show=False)]

    def __init__(self, title: str, words: str, go_on: str, back: str = "back") -> None:
        super().__init__(title, words, [Chip("yes", go_on, key="enter"), Chip("no", back, key="esc")])

    def action_go_on(self) -> None:
        self.dismiss(True)

    def action_dismiss_dialog(self) -> None:
        self.dismiss(False)

    def on_chips_picked(self, event: Chips.Picked) -> None:
        self.dismiss(event.chip_id == "yes")


class LineDialog(Dialog[str | None]):
    """Asks for one line of text, with earlier lines to choose from. What is `secret` is not shown."""

    DEFAULT_CSS = """
    LineDialog OptionList { max-height: 30vh; }
    """
    ROWS_AROUND = 10

    def __init__(
        self,
        title: str,
        words: str,
        *,
        value: str = "",
        offered: Sequence[str] = (),
        go_on: str = "continue",
        secret: bool = False,
    ) -> None:
        super().__init__(title, words, [Chip("yes", go_on, key="enter"), Chip("no", "cancel", key="esc")])
        self._value = value
        self._offered = tuple(offered)
        self._secret = secret

    def compose_middle(self) -> ComposeResult:
        yield Input(display_line(self._value), password=self._secret)
        if self._offered:
            lines = [Option(Content(display_line(line))) for line in self._offered]
            yield OptionList(*lines, markup=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def _take(self, value: str) -> None:
        if value.strip():
            self.dismiss(value.strip())
        else:
            self.notify("Please type something first.", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(event.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._offered[event.option_index])

    def on_chips_picked(self, event: Chips.Picked) -> None:
        if event.chip_id == "yes":
            self._take(self.query_one(Input).value)
        else:
            self.dismiss(None)


class ListDialog(Dialog[str | None]):
    """Asks for one of many, given as (id, words). Of very many it shows some, and a line to search."""

    SHOWN = 200

    def __init__(
        self, title: str, items: Sequence[tuple[str, str]], *, current: str = "", go_on: str = "go there"
    ) -> None:
        super().__init__(title, "", [Chip("yes", go_on, key="enter"), Chip("no", "back", key="esc")])
        self._items = tuple(items)
        self._current = current
        self._shown: tuple[tuple[str, str], ...] = ()

    def compose_middle(self) -> ComposeResult:
        if len(self._items) > self.SHOWN:
            yield Input(placeholder="type a number or words to search")
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        self._show("")
        self.query(Input if len(self._items) > self.SHOWN else OptionList).first().focus()

    def _show(self, wanted: str) -> None:
        found = [item for item in self._items if wanted.casefold() in item[1].casefold()]
        place = next((index for index, (item_id, _) in enumerate(found) if item_id == self._current), 0)
        first = max(min(place - self.SHOWN // 2, len(found) - self.SHOWN), 0)
        self._shown = tuple(found[first : first + self.SHOWN])
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(Option(Content(display_line(words))) for _, words in self._shown)
        choices.highlighted = place - first if self._shown else None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value.strip())

    def on_key(self, event: events.Key) -> None:
        """Let the arrows move in the list while somebody types."""
        choices = self.query_one(OptionList)
        moves = {"down": choices.action_cursor_down, "up": choices.action_cursor_up}
        moves |= {"pagedown": choices.action_page_down, "pageup": choices.action_page_up}
        if not choices.has_focus and event.key in moves:
            event.stop()
            moves[event.key]()

    def _take(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._shown[highlighted][0])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index][0])

    def on_chips_picked(self, event: Chips.Picked) -> None:
        if event.chip_id == "yes":
            self._take()
        else:
            self.dismiss(None)
