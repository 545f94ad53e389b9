"""The page of the user's settings. It shows whatever `config.Settings` declares."""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from doubleread.config import SHAPES, Settings, Shape, Value
from doubleread.domain.formatting import short
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import LineDialog, MessageDialog
from doubleread.tui.shared.guides import SETTINGS
from doubleread.tui.shared.help import HelpLine, HelpPage, chip_lines, word_lines

_DEFAULTS = Settings()


class SettingsProgram(Protocol):
    """What the page needs of the app."""

    @property
    def settings(self) -> Settings:
        """The user's settings."""

    def change_setting(self, name: str, value: Value) -> bool:
        """Use another value at once, and keep it. Return whether the setting takes it."""


def value_words(shape: Shape, value: Value) -> str:
    """Return a value as the page shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shape.choices.get(value, value) if isinstance(value, str) else short(value)


def stepped(shape: Shape, value: Value, by: int) -> Value:
    """Return the next value of a setting, or the previous one; at the end of a range, the value itself."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        choices = tuple(shape.choices)
        return choices[(choices.index(value) + by) % len(choices)]
    after = min(max(value + by * shape.step, shape.least), shape.most)
    return value if shape.positive and after <= 0 else type(value)(after)


class SettingsPage(ModalScreen[None]):
    """Each setting with its value and its default; a key or a click changes it."""

    DEFAULT_CSS = """
    SettingsPage {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 100%; max-width: 96; height: auto; max-height: 100%; padding: 0 1;
            border: round $primary; border-title-color: $primary; border-title-style: bold; background: $surface;
        }
        & .about { height: auto; margin-bottom: 1; }
        & OptionList { height: auto; max-height: 100%; border: none; background: $surface; padding: 0;
                       scrollbar-size-vertical: 1; }
        & OptionList:focus { border: none; background-tint: transparent; }
        & OptionList > .option-list--option { padding: 0; }
        & OptionList > .option-list--option-highlighted, & OptionList:focus > .option-list--option-highlighted {
            background: $primary; color: $background; text-style: none;
        }
        & Chips { height: auto; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f9", "close", show=False),
        Binding("left,minus", "step(-1)", show=False),
        Binding("right,plus,space", "step(1)", show=False),
        Binding("delete,backspace", "restore", show=False),
        Binding("k", "keys", show=False),
        Binding("question_mark,f1", "help", show=False),
    ]
    AROUND: ClassVar[int] = 8
    """Rows around the list."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f" {SETTINGS.title} ")
            yield Static(Content(SETTINGS.about), classes="about", markup=False)
            yield OptionList(markup=False)
            yield Chips(
                [
                    Chip("step(1)", "change", key="← →"),
                    Chip("take", "next or type", key="enter"),
                    Chip("restore", "default", key="del"),
                    Chip("keys", "keys", key="k"),
                    Chip("help", "help", key="?"),
                    Chip("close", "close", key="esc"),
                ],
                gap=2,
            )

    @property
    def _program(self) -> SettingsProgram:
        return cast("SettingsProgram", self.app)

    def on_mount(self) -> None:
        """Show the settings, the first one highlighted."""
        listed = self.query_one(OptionList)
        listed.add_options(Option(self._drawn(name), id=name) for name in SHAPES)
        listed.highlighted = 0
        listed.focus()

    def on_resize(self) -> None:
        """Leave room for the lines around the list: what does not fit is scrolled."""
        self.query_one(OptionList).styles.max_height = max(self.size.height - self.AROUND, 3)

    def _drawn(self, name: str) -> Content:
        shape, value, default = SHAPES[name], getattr(self._program.settings, name), getattr(_DEFAULTS, name)
        shown = value_words(shape, value)
        label = f"{shape.label:<18}"
        changed = f"  default {value_words(shape, default)}" if value != default else ""
        blank = " " * max(18 - cell_len(shown), 1)
        return Content.assemble((f"{label}{shown}", "bold"), f"{blank}{changed}\n  {shape.about}")

    @property
    def _current(self) -> str:
        highlighted = self.query_one(OptionList).highlighted
        return tuple(SHAPES)[highlighted or 0]

    def _change(self, name: str, value: Value) -> None:
        if self._program.change_setting(name, value):
            self.query_one(OptionList).replace_option_prompt(name, self._drawn(name))

    def action_step(self, by: int) -> None:
        """Take the next or the previous value."""
        value = getattr(self._program.settings, self._current)
        if (after := stepped(SHAPES[self._current], value, by)) != value:
            self._change(self._current, after)

    def action_take(self) -> None:
        """Take the next value; ask for a number."""
        name = self._current
        shape, value = SHAPES[name], getattr(self._program.settings, name)
        if isinstance(value, bool | str):
            self.action_step(1)
            return

        def take(typed: str | None) -> None:
            if typed is None:
                return
            try:
                self._change(name, type(value)(typed.replace(",", ".")))
            except ValueError:
                self.app.push_screen(MessageDialog("Not changed", f"“{typed}” is not a number that is allowed here."))

        self.app.push_screen(LineDialog(shape.label, f"{shape.about}.", value=short(value), go_on="change"), take)

    def action_restore(self) -> None:
        """Restore the default."""
        if getattr(self._program.settings, self._current) != (default := getattr(_DEFAULTS, self._current)):
            self._change(self._current, default)

    async def action_keys(self) -> None:
        """Go to the keys page."""
        await self.run_action("app.keys")

    def action_help(self) -> None:
        """Show the help of this page."""

        def take(line: HelpLine | None) -> None:
            if line is not None and line.run is not None:
                self.call_later(line.run)

        lines = (*chip_lines(self.query(Chips).results(Chips)), *word_lines(SETTINGS.words))
        self.app.push_screen(HelpPage(SETTINGS.title, SETTINGS.about, lines), take)

    def action_close(self) -> None:
        self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_take()

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Do what was clicked: the ids of the chips are actions."""
        event.stop()
        await self.run_action(event.chip_id)
