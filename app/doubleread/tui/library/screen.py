"""The study library, shown if no study is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.sessions.library import Library, StudyEntry
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import MessageDialog
from doubleread.tui.shared.screen_actions import LIBRARY_ACTIONS

DEMO = "demo"
LOCK = "🔒"
ALIGNED = 32
"""Longest title to which the others are aligned."""
WELCOME = "Each clinical case has two answers. Read them side by side and annotate hallucinations."
NO_STUDY = (
    "There is no study here yet. Press enter to try the demo: fictional cases and two small models that answer them."
)


def described(entry: StudyEntry, title_width: int = 0) -> str:
    """Return a study in one line, with its title padded to a width."""
    if entry.problem:
        return f"{entry.path.name}   cannot be opened: {entry.problem.partition(':')[0]}"
    if entry.locked:
        return f"{LOCK} {entry.title}   encrypted, needs its passphrase   {entry.path.name}"
    counts = f"{plural(entry.cases, 'case')}, {_answered(entry)}, {plural(entry.readers, 'reader')}"
    kept = ", encrypted" if entry.encrypted else ""
    return f"{entry.title.ljust(title_width)}   {counts}{kept}   {entry.path.name}"


def _answered(entry: StudyEntry) -> str:
    if not entry.answered:
        return "none with both answers"
    return f"{'all' if entry.answered == entry.cases else entry.answered} with both answers"


class LibraryScreen(DeclaredScreen):
    """The studies, most recently used first, then the files that cannot be opened, and the demo."""

    DEFAULT_CSS = """
    LibraryScreen {
        align: center middle;
        background: $surface;
        & > .box { width: 96; max-width: 96%; height: auto; max-height: 94%; padding: 1 2; border: round $border;
                   border-title-color: $primary; border-title-style: bold; }
        & Static { height: auto; }
        & .hint { color: $text-muted; margin-top: 1; }
        & OptionList { height: auto; max-height: 50vh; margin-top: 1; border: none; background: $surface; padding: 0; }
        & OptionList:focus { border: none; }
        & OptionList > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
        & Chips { margin-top: 1; }
    }
    """
    declared = LIBRARY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in LIBRARY_ACTIONS]

    @dataclass
    class Wanted(Message):
        """Somebody wants to read in a study, see its results or adjudicate it; `entry` is None for the demo."""

        what: Literal["reading", "results", "adjudication"]
        entry: StudyEntry | None

    def __init__(self, library: Library, remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)
        self._library = library
        self._entries: tuple[StudyEntry, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(" doubleread ")
            yield Static(WELCOME, markup=False)
            yield Static(classes="hint", markup=False)
            yield OptionList(markup=False)
            yield self.key_line()

    def on_mount(self) -> None:
        self.reload()

    def on_screen_resume(self) -> None:
        """List the studies again, because something may have changed."""
        self.reload()

    def reload(self) -> None:
        try:
            self._entries = tuple(sorted(self._library.studies(), key=lambda entry: bool(entry.problem)))
        except DoublereadError as error:
            self._entries = ()
            self.app.push_screen(MessageDialog.of(error))
        hint = "Choose a study with the arrow keys and enter, or with the mouse." if self._entries else NO_STUDY
        self.query_one(".hint", Static).update(hint)
        choices = self.query_one(OptionList)
        choices.clear_options()
        widths = [len(entry.title) for entry in self._entries if not (entry.problem or entry.locked)]
        title_width = max((width for width in widths if width <= ALIGNED), default=0)
        choices.add_options(Option(Content(display_line(described(entry, title_width)))) for entry in self._entries)
        if not any(entry.is_demo for entry in self._entries):
            choices.add_option(Option(Content("Open the demo: fictional cases, two small models"), id=DEMO))
        choices.highlighted = 0
        choices.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option_index)

    def action_open_study(self) -> None:
        if (highlighted := self.query_one(OptionList).highlighted) is not None:
            self._choose(highlighted)

    def action_show_results(self) -> None:
        if (entry := self._current("results")) is not None:
            self.post_message(self.Wanted("results", entry))

    def action_adjudicate(self) -> None:
        if (entry := self._current("readings")) is not None:
            self.post_message(self.Wanted("adjudication", entry))

    def _current(self, wanted: str) -> StudyEntry | None:
        """Return the current study. If there is none, or it cannot be opened, tell the person."""
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is None or highlighted >= len(self._entries):
            self.notify(f"There is no study here yet, so there are no {wanted}.", markup=False, timeout=3)
            return None
        if (entry := self._entries[highlighted]).problem:
            self._choose(highlighted)
            return None
        return entry

    def _choose(self, index: int) -> None:
        entry = self._entries[index] if index < len(self._entries) else None
        if entry is not None and entry.problem:
            self.app.push_screen(MessageDialog("Study not opened", f"{entry.path}\n\n{entry.problem}"))
        else:
            self.post_message(self.Wanted("reading", entry))
