"""A page over the window with a list, and a line to search it while one types."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line, display_text
from doubleread.tui.shared.chips import Chip, Chips

Result = TypeVar("Result")
Line = TypeVar("Line")


class SearchLine(Input):
    """The line to search a page. While it is empty, the key that opens the help closes the page."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "question_mark" and not self.value:
            event.stop()
            event.prevent_default()
            self.screen.dismiss(None)


class SearchPage(ModalScreen[Result], Generic[Result, Line]):
    """Lines of a kind, each drawn over one row or more. A subclass says what they are, and what choosing one does."""

    DEFAULT_CSS = """
    SearchPage {
        align: center middle;
        background: $surface;
        & > .box {
            width: 100%;
            max-width: 112;
            height: 100%;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 1;
            background: $surface;
        }
        & .about { height: auto; color: $foreground; }
        & Input { height: 1; border: none; padding: 0; background: $panel; }
        & Input:focus { border: none; }
        & OptionList { height: 1fr; border: none; background: $surface; padding: 0; scrollbar-size-vertical: 1; }
        & OptionList:focus { border: none; background-tint: transparent; }
        & OptionList > .option-list--option { padding: 0; }
        & OptionList > .option-list--option-disabled { color: $primary; text-style: bold; }
        & OptionList > .option-list--option-highlighted {
            background: $primary; color: $background; text-style: none;
        }
        & Chips { height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1", "close", show=False)]
    PLACEHOLDER: ClassVar[str] = "type a key or words to search"

    def __init__(self, title: str, about: str, chips: Sequence[Chip]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._chips = tuple(chips)
        self._shown: list[Line | None] = []

    @abstractmethod
    def found(self, typed: str) -> Iterator[tuple[str, Line]]:
        """Yield the lines for what is typed, each with the title of its section."""

    @abstractmethod
    def drawn(self, line: Line, width: int) -> Content:
        """Return a line as it is drawn."""

    @abstractmethod
    def take(self, line: Line) -> None:
        """Do what choosing a line does."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f" {display_line(self._title)} ")
            yield Static(Content(display_text(self._about)), classes="about", markup=False)
            yield SearchLine(placeholder=self.PLACEHOLDER, select_on_focus=False)
            yield OptionList(markup=False)
            yield Chips(self._chips, gap=2)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        self.show()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show()

    def show(self, *, stay: bool = False) -> None:
        """List what fits to what is typed; sections have headings while nothing is typed. `stay`: at the same line."""
        typed = self.query_one(Input).value
        listed = self.query_one(OptionList)
        before, top = listed.highlighted, listed.scroll_offset.y
        width = max(listed.size.width - 2, 40)
        self._shown, options, current = [], [], ""
        for section, line in self.found(typed):
            if not typed.strip() and section != current:
                current = section
                self._shown.append(None)
                options.append(Option(Content(display_line(section)), disabled=True))
            self._shown.append(line)
            options.append(Option(self.drawn(line, width)))
        if not options:
            self._shown.append(None)
            options.append(Option(Content("Nothing found; press backspace."), disabled=True))
        listed.clear_options()
        listed.add_options(options)
        first = next((place for place, line in enumerate(self._shown) if line is not None), None)
        stays = stay and before is not None and before < len(self._shown) and self._shown[before] is not None
        listed.highlighted = before if stays else first
        listed.scroll_to(y=top if stays else 0, animate=False)

    @property
    def highlighted(self) -> Line | None:
        """The line that enter chooses."""
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None else None

    def on_key(self, event: events.Key) -> None:
        """Let the arrows move in the list while somebody types."""
        listed = self.query_one(OptionList)
        moves = {"down": listed.action_cursor_down, "up": listed.action_cursor_up}
        moves |= {"pagedown": listed.action_page_down, "pageup": listed.action_page_up}
        if event.key in moves and not listed.has_focus:
            event.stop()
            moves[event.key]()

    def action_take(self) -> None:
        """Choose the highlighted line."""
        if (line := self.highlighted) is not None:
            self.take(line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_take()

    def action_close(self) -> None:
        self.dismiss(None)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Do what was clicked: the ids of the chips are names of actions."""
        event.stop()
        await self.run_action(event.chip_id)
