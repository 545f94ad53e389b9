"""The widgets of a form's fields."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line
from doubleread.errors import DoublereadError
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    Field,
    FormChoice,
    NumberField,
    PathField,
    SwitchField,
    TextField,
)
from doubleread.tui.shared.screen_words import screen_words
from doubleread.typed_paths import from_home

MOST_LISTED = 500
"""How many names of a folder are listed; typing the beginning of a name finds the others."""
FOLDER = os.sep
ABOVE = ".."
"""The line of a list that leads to the folder above."""


class Changed(Message):
    """The raw value of a field has changed."""


class Done(Message):
    """Somebody pressed enter in a field: go to the next one."""


class Picks(OptionList):
    """Things to choose from, one or several, each with a mark; the space bar or a click chooses."""

    DEFAULT_CSS = """
    Picks { height: auto; max-height: 9; border: none; padding: 0; background: $panel; scrollbar-size-vertical: 1;
            text-wrap: nowrap; text-overflow: ellipsis; }
    Picks:focus { border: none; background-tint: transparent; }
    Picks > .option-list--option { padding: 0; }
    Picks > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: none; }
    Picks:focus > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", show=False),
        Binding("enter", "done", show=False),
    ]

    class Pointed(Message):
        """Another line is highlighted, or has another width."""

    def __init__(self, choices: Sequence[FormChoice], chosen: Sequence[str], *, several: bool) -> None:
        super().__init__(markup=False, compact=True)
        self._choices = tuple(choices)
        self._several = several
        self.chosen = {choice.id for choice in choices if choice.id in chosen}
        width = max((len(choice.label) for choice in choices), default=0)
        self._width = min(width, 32)
        self.add_options(Option(self._drawn(choice)) for choice in choices)
        first = next((index for index, choice in enumerate(choices) if choice.id in self.chosen), 0)
        self.highlighted = first if choices else None

    def _drawn(self, choice: FormChoice) -> Content:
        yes, no = ("[x]", "[ ]") if self._several else ("(•)", "( )")
        label = display_line(choice.label)
        about = f"  {display_line(choice.about)}" if choice.about else ""
        return Content(
            f"{yes if choice.id in self.chosen else no} {label.ljust(self._width) if about else label}{about}"
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Choose what the arrow keys move to, if one thing is to be chosen."""
        event.stop()
        if not self._several and self.has_focus:
            self._take(event.option_index)
        self.post_message(self.Pointed())

    def on_resize(self) -> None:
        self.post_message(self.Pointed())

    @property
    def cut_off(self) -> str:
        """What is said of the highlighted line, if it is too long for the list."""
        if self.highlighted is None:
            return ""
        choice = self._choices[self.highlighted]
        return choice.about if self._drawn(choice).cell_length > self.scrollable_content_region.width else ""

    def _take(self, index: int) -> None:
        chosen = self._choices[index].id
        after = self.chosen ^ {chosen} if self._several else {chosen}
        if after == self.chosen:
            return
        self.chosen = after
        for number, choice in enumerate(self._choices):
            self.replace_option_prompt_at_index(number, self._drawn(choice))
        self.post_message(Changed())

    def action_done(self) -> None:
        self.post_message(Done())


class Tick(Static, can_focus=True):
    """Yes or no; the space bar or a click changes it."""

    DEFAULT_CSS = """
    Tick { height: 1; background: $panel; }
    Tick:focus { background: $primary; color: $background; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", show=False),
        Binding("enter", "done", show=False),
    ]

    def __init__(self, on: bool) -> None:
        super().__init__(markup=False)
        self.on = on

    def render(self) -> Content:
        return Content(f"[{'x' if self.on else ' '}] {'yes' if self.on else 'no'}")

    def action_turn(self) -> None:
        self.on = not self.on
        self.refresh()
        self.post_message(Changed())

    def on_click(self) -> None:
        self.action_turn()

    def action_done(self) -> None:
        self.post_message(Done())


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder's names that begin with what is typed. `problem` says why there are none."""

    folder: Path
    names: tuple[str, ...]
    more: int = 0
    problem: str = ""


def listed(typed: str, asked: PathField) -> Listed:
    """Return what the folder of a half-typed path has to choose from: folders first, then files that fit.

    Hidden names are listed if the typed name begins with a dot.
    """
    folder, begun = split_path(typed)
    try:
        with os.scandir(folder) as found:
            entries = [(not entry.is_dir(), entry.name) for entry in found]
    except (OSError, ValueError) as error:
        return Listed(folder, (), problem=str(getattr(error, "strerror", None) or error))
    fits = sorted(
        (is_file, name)
        for is_file, name in entries
        if name.casefold().startswith(begun.casefold())
        and (begun.startswith(".") or not name.startswith("."))
        and (not is_file or (asked.kind in ("file", "new file") and _suffix_fits(name, asked)))
        and display_line(name) == name
    )
    names = tuple(name if is_file else name + FOLDER for is_file, name in fits[:MOST_LISTED])
    return Listed(folder, names, max(len(fits) - MOST_LISTED, 0))


def split_path(typed: str) -> tuple[Path, str]:
    """Return the folder of a half-typed path, and the beginning of a name in it."""
    head, begun = os.path.split(typed)
    return from_home(head or "."), begun


def _suffix_fits(name: str, asked: PathField) -> bool:
    lower = name.casefold()
    return (not asked.suffixes or lower.endswith(asked.suffixes)) and not lower.endswith(asked.without)


class FolderList(OptionList):
    """What is in the folder of a half-typed path. Enter or a click takes a name."""

    DEFAULT_CSS = """
    FolderList { height: auto; max-height: 7; border: none; padding: 0; background: $surface;
                 scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FolderList:focus { border: none; background-tint: transparent; }
    FolderList > .option-list--option { padding: 0; }
    FolderList > .option-list--option-highlighted { background: $surface; color: $foreground; text-style: none; }
    FolderList:focus > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
    FolderList > .option-list--option-disabled { color: $text-muted; }
    """

    @dataclass
    class Taken(Message):
        """Somebody chose a name."""

        name: str

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)

    def show(self, found: Listed, typed: str) -> None:
        """List what was found."""
        self.clear_options()
        if typed:
            self.add_option(Option(Content(f"{ABOVE}{FOLDER}"), id=ABOVE))
        for name in found.names:
            self.add_option(Option(Content(name), id=name))
        if found.more:
            self.add_option(Option(Content(f"and {found.more} more: type the beginning of the name"), disabled=True))
        if found.problem or not found.names:
            words = found.problem or "nothing here that fits"
            self.add_option(Option(Content(display_line(words)), disabled=True))
        if self.has_focus:
            self.begin()

    def begin(self) -> None:
        """Go to the first name, past the line that leads to the folder above."""
        above = bool(self.option_count) and self.get_option_at_index(0).id == ABOVE
        self.highlighted = int(above and self.option_count > 1 and not self.get_option_at_index(1).disabled)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id:
            self.post_message(self.Taken(event.option_id))


class PathEntry(Vertical):
    """A path to type, and below it, while somebody is in the field, what its folder has to choose from."""

    DEFAULT_CSS = """
    PathEntry { height: auto; }
    PathEntry > FolderList { display: none; }
    """

    def __init__(self, asked: PathField) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        value = self._asked.value
        text = "" if value is None else str(value) + (FOLDER if self._lists_inside(value) else "")
        yield Input(text, compact=True, select_on_focus=False)
        yield FolderList()

    def _lists_inside(self, value: Path) -> bool:
        return self._asked.kind in ("file", "new file") and value.is_dir()

    def on_mount(self) -> None:
        self._look()

    def on_descendant_focus(self) -> None:
        self._show_names()

    def on_descendant_blur(self) -> None:
        # Styles alone are not updated for a list whose names have just changed.
        self.call_later(self._show_names)

    def _show_names(self) -> None:
        if self.is_mounted:
            self.query_one(FolderList).styles.display = "block" if self.has_focus_within else "none"

    @property
    def typed(self) -> str:
        return self.query_one(Input).value

    def _look(self) -> None:
        typed = self.typed

        def look() -> None:
            found = listed(typed, self._asked)
            self.app.call_from_thread(show, found)

        def show(found: Listed) -> None:
            if self.is_mounted and typed == self.typed:
                self.query_one(FolderList).show(found, typed)

        # A folder on a slow disk must not hold up what is typed next. It may come too late for an app that has ended.
        self.run_worker(look, thread=True, exclusive=True, exit_on_error=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()
        self.post_message(Changed())

    def on_key(self, event: events.Key) -> None:
        """Let the down arrow lead from the line into the list, and the up arrow back out of it."""
        names = self.query_one(FolderList)
        if event.key == "down" and not names.has_focus and names.option_count:
            event.stop()
            names.begin()
            names.focus()
        elif event.key == "up" and names.has_focus and not names.highlighted:
            event.stop()
            event.prevent_default()
            self.query_one(Input).focus()

    @on(FolderList.Taken)
    def _taken(self, event: FolderList.Taken) -> None:
        event.stop()
        line = self.query_one(Input)
        if event.name == ABOVE:
            above = split_path(line.value)[0]
            name = f"{above.resolve().parent if above.name in ('', '..') else above.parent}"
            line.value = "" if name == "." else name.rstrip(FOLDER) + FOLDER
        else:
            line.value = os.path.join(os.path.split(line.value)[0], event.name)
        line.cursor_position = len(line.value)
        if event.name == ABOVE or event.name.endswith(FOLDER):
            if self._asked.kind in ("folder", "new folder"):
                line.focus()
        else:
            line.focus()
            self.post_message(Done())


class FieldView(Vertical):
    """A field: its label and help, the widget, and below it what is wrong with its value.

    The screen sets the class `-here` for the field that somebody is in. Textual does not always update what depends on
    `:focus-within`.
    """

    DEFAULT_CSS = """
    FieldView { height: auto; margin-bottom: 1; }
    FieldView > .label { height: auto; }
    FieldView > .problem { height: auto; color: $error; display: none; }
    FieldView.-wrong > .problem { display: block; }
    FieldView > .cut-off { height: auto; color: $text-muted; display: none; }
    FieldView Input { background: $panel; padding: 0 1; }
    FieldView Input:focus { background: $panel; text-style: none; border-left: none; }
    FieldView.-here FolderList { display: block; }
    FieldView.-here > .label { color: $primary; text-style: bold; }
    """

    def __init__(self, asked: Field) -> None:
        super().__init__(id=f"field-{asked.name}")
        self.asked = asked

    def compose(self) -> ComposeResult:
        asked = self.asked
        always = isinstance(asked, SwitchField | ChoiceField | ChoicesField)
        optional = "" if asked.required or always else " (optional)"
        yield Static(
            Content.assemble(
                f"{display_line(asked.label)}{optional}", ("  " + display_line(asked.help), "$text-muted not bold")
            ),
            classes="label",
            markup=False,
        )
        yield self._entry()
        yield Static("", classes="cut-off", markup=False)
        yield Static("", classes="problem", markup=False)

    def _entry(self) -> Widget:
        asked = self.asked
        match asked:
            case ChoiceField():
                first = asked.value or (asked.choices[0].id if asked.choices else "")
                return Picks(asked.choices, (first,), several=False)
            case ChoicesField():
                return Picks(asked.choices, asked.value, several=True)
            case SwitchField():
                return Tick(asked.value)
            case PathField():
                return PathEntry(asked)
            case NumberField():
                value = "" if asked.value is None else str(asked.value)
                return Input(value, compact=True, restrict=r"-?[0-9]*" if asked.whole else r"-?[0-9]*[.,]?[0-9]*")
            case TextField():
                suggester = SuggestFromList(asked.offered, case_sensitive=False) if asked.offered else None
                value = asked.value if asked.secret else display_line(asked.value)
                return Input(value, compact=True, password=asked.secret, suggester=suggester)
        raise TypeError(f"no widget for {type(asked).__name__}")

    @property
    def raw(self) -> Any:
        """What is typed or chosen."""
        match self.asked:
            case ChoiceField():
                return next(iter(self.query_one(Picks).chosen), "")
            case ChoicesField():
                return frozenset(self.query_one(Picks).chosen)
            case SwitchField():
                return self.query_one(Tick).on
        return self.query_one(Input).value

    @property
    def line(self) -> Widget:
        """The widget that takes the keyboard."""
        match self.asked:
            case ChoiceField() | ChoicesField():
                return self.query_one(Picks)
            case SwitchField():
                return self.query_one(Tick)
        return self.query_one(Input)

    @on(Picks.Pointed)
    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _show_cut_off(self) -> None:
        """Show below a list what its highlighted line has no room for."""
        words = next((picks.cut_off for picks in self.query(Picks) if picks.has_focus), "")
        shown = self.query_one(".cut-off", Static)
        shown.update(Content(display_line(words)))
        shown.display = bool(words)

    def show_problem(self, error: DoublereadError | None) -> None:
        """Show what is wrong with the value and what to do, or nothing."""
        self.set_class(error is not None, "-wrong")
        if error is not None:
            words = screen_words(f"{error.happened}; {error.remedy}" if error.remedy else error.happened)
            self.query_one(".problem", Static).update(Content(display_line(f"✗ {words}")))

    @property
    def wrong(self) -> bool:
        """Whether a problem is shown."""
        return self.has_class("-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(Done())
