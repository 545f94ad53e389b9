"""The study library, shown if no study is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from doubleread.domain.display import display_line
from doubleread.errors import DoublereadError
from doubleread.sessions.entry_words import ALIGNED, details, headline
from doubleread.sessions.library import Library, StudyEntry
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import MessageDialog
from doubleread.tui.shared.guides import LIBRARY
from doubleread.tui.shared.key_line import KeyLine
from doubleread.tui.study.actions import LIBRARY_SCREEN_ACTIONS, LIBRARY_TOOLS
from doubleread.typed_paths import meant_path

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program

WELCOME = "Each clinical case has two answers. Read them side by side and annotate hallucinations."
NO_STUDY = (
    "There is no study here yet. Press enter to try the demo: fictional cases and two small models that answer them."
)
NO_CHOICE = "This line opens the demo. Choose a study first."
DEMO = "Open the demo: fictional cases, two small models"
_TOOLS = {tool.id: tool for tool in LIBRARY_TOOLS}


class LibraryScreen(DeclaredScreen):
    """The studies, most recently used first, then the files that cannot be opened, and the demo.

    The list appears at once; what is known of each study is filled in by a thread. `wall` returns the time of day.
    """

    DEFAULT_CSS = """
    LibraryScreen {
        align: center middle;
        background: $surface;
        & > .box { width: 116; max-width: 100%; height: auto; max-height: 100%; padding: 0 2; border: round $border;
                   border-title-color: $primary; border-title-style: bold; }
        & Static { height: auto; }
        & .hint { color: $text-muted; }
        & OptionList { height: auto; margin-top: 1; border: none; background: $surface; padding: 0;
                       scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & OptionList:focus { border: none; background-tint: transparent; }
        & OptionList > .option-list--option { padding: 0 1; }
        & OptionList > .option-list--option-highlighted, & OptionList:focus > .option-list--option-highlighted {
            background: $primary; color: $background; text-style: none;
        }
        & KeyLine { margin-top: 1; background: $surface; }
    }
    """
    declared = LIBRARY_SCREEN_ACTIONS
    guide = LIBRARY
    is_home = True
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in LIBRARY_SCREEN_ACTIONS]

    class Examined(Message):
        """A study was examined."""

        def __init__(self, entry: StudyEntry) -> None:
            super().__init__()
            self.entry = entry

    class AllExamined(Message):
        """Every study was examined."""

    def __init__(
        self, library: Library, remapped: Mapping[str, str], *, wall: Callable[[], datetime] = datetime.now
    ) -> None:
        super().__init__(remapped)
        self._library = library
        self._wall = wall
        self._entries: list[StudyEntry] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(" doubleread ")
            yield Static(WELCOME, markup=False)
            yield Static(classes="hint", markup=False)
            yield OptionList(markup=False)
            yield self.key_line()

    def situation(self) -> Situation:
        return Situation(studies=bool(self._entries))

    def key_line(self) -> KeyLine:
        """Return the line of keys, in as many rows as it needs: people who begin here do not know the keys yet."""
        return KeyLine(fit=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_paste(self, event: events.Paste) -> None:
        """Open the file that was dropped on the terminal."""
        event.stop()
        path = meant_path(event.text)
        if path.is_file():
            self._application.open_file(path)
        else:
            self.tell("The pasted text is not the name of a file.", warn=True)

    def on_resize(self) -> None:
        """Leave room for the lines around the list: what does not fit is scrolled."""
        around = 6 + self.query_one(".hint").size.height + self.query_one("#keys").size.height
        self.query_one(OptionList).styles.max_height = max(self.size.height - around, 4)

    def on_screen_resume(self) -> None:
        """List the studies again, because something may have changed."""
        self.reload()

    def reload(self) -> None:
        """List the studies; what was known of them is shown until they are examined again."""
        known = {entry.path: entry for entry in self._entries if entry.examined and not entry.gone}
        try:
            found = list(self._library.studies())
        except DoublereadError as error:
            found = []
            self.show_error(error)
        current = self._highlighted()
        self._entries = [entry if entry.examined else known.get(entry.path, entry) for entry in found]
        self._list(current.path if current is not None else None)
        hint = "Choose a study with the arrow keys and enter, or with the mouse." if self._entries else NO_STUDY
        self.query_one(".hint", Static).update(hint)
        unexamined = [entry for entry in found if not entry.examined]
        if unexamined:
            self.run_worker(lambda: self._examine(unexamined), thread=True, exclusive=True)

    def _examine(self, entries: Sequence[StudyEntry]) -> None:
        """Examine one study after the other. Runs in a thread."""
        worker = get_current_worker()
        for entry in entries:
            if worker.is_cancelled:
                return
            self.post_message(self.Examined(self._library.examine(entry)))
        self.post_message(self.AllExamined())

    def on_library_screen_examined(self, event: Examined) -> None:
        event.stop()
        for place, entry in enumerate(self._entries):
            if entry.path == event.entry.path:
                self._entries[place] = event.entry
                self.query_one(OptionList).replace_option_prompt_at_index(place, self._drawn(event.entry))

    def on_library_screen_all_examined(self, event: AllExamined) -> None:
        event.stop()
        current = self._highlighted()
        self._list(current.path if current is not None else None)
        if current is None:  # the line below the studies, which opens the demo
            self.query_one(OptionList).action_last()

    def _list(self, current: Path | None) -> None:
        """Show the studies, those that cannot be opened last."""
        self._entries.sort(key=lambda entry: bool(entry.problem or entry.gone))
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(Option(self._drawn(entry)) for entry in self._entries)
        if not any(entry.is_demo for entry in self._entries):
            choices.add_option(Option(Content(DEMO)))
        choices.highlighted = next((n for n, entry in enumerate(self._entries) if entry.path == current), 0)
        self.show_keys()

    def _drawn(self, entry: StudyEntry) -> Content:
        widths = [len(other.title) for other in self._entries if not (other.problem or other.locked or other.gone)]
        title_width = max((width for width in widths if width <= ALIGNED), default=0)
        first, second = headline(entry, title_width), details(entry, self._wall())
        return Content.assemble((display_line(first), "bold"), f"\n  {display_line(second)}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._open(event.option_index)

    def action_open_study(self) -> None:
        """Open the study, or the demo."""
        if (highlighted := self.query_one(OptionList).highlighted) is not None:
            self._open(highlighted)

    def action_show_page(self) -> None:
        """Show the page of the study, also of a reader's own file and of the demo."""
        if (entry := self._current()) is not None:
            self._application.open_page(entry.path)

    def action_show_results(self) -> None:
        """Show the results of the study."""
        if (entry := self._current()) is not None:
            self._application.open_results(entry.path)

    def action_adjudicate(self) -> None:
        """Adjudicate the study."""
        if (entry := self._current()) is not None:
            self._application.ask_adjudicator(entry.path)

    def action_serve(self) -> None:
        """Show how readers read the study in their browsers."""
        if (entry := self._current()) is not None:
            from doubleread.tui.study.serving import show_serving

            show_serving(self._application, entry.path)

    def action_forget(self) -> None:
        """Remove a study from the list. The file stays."""
        entry = self._highlighted()
        if entry is None:
            self.tell(NO_CHOICE)
            return
        if not entry.kept:
            words = f"{entry.path} is in the library's folder or in the current one. To remove it, move the file."
            self.inform("Not removed", words)
            return
        self._library.forget(entry.path)
        self.tell(f"{entry.path.name} is no longer listed. The file was not touched.")
        self.reload()

    def action_demo(self) -> None:
        """Open the demo."""
        self._application.open_demo()

    def action_use(self, tool_id: str) -> None:
        """Do something that needs no study."""
        _TOOLS[tool_id].open(self._application)

    @property
    def _application(self) -> Program:
        return cast("Program", self.app)

    def _highlighted(self) -> StudyEntry | None:
        highlighted = self.query_one(OptionList).highlighted
        return self._entries[highlighted] if highlighted is not None and highlighted < len(self._entries) else None

    def _current(self) -> StudyEntry | None:
        """Return the current study. If there is none, or it cannot be opened, tell the person."""
        entry = self._highlighted()
        if entry is None:
            self.tell(NO_CHOICE)
            return None
        if entry.problem or entry.gone:
            self._open(self._entries.index(entry))
            return None
        return entry

    def _open(self, index: int) -> None:
        entry = self._entries[index] if index < len(self._entries) else None
        if entry is None:
            self._application.open_demo()
        elif entry.gone:
            remedy = f"move the file back, or remove it from the list ({self.key_of('library.forget')})"
            words = f"{entry.path}\n\nThere is no such file.\n\nWhat to do: {remedy}."
            self.app.push_screen(MessageDialog("The file is missing", words))
        elif entry.problem:
            self.app.push_screen(MessageDialog("Study not opened", f"{entry.path}\n\n{entry.problem}"))
        elif entry.is_demo:
            self._application.open_demo(entry.path)
        else:
            self._application.open_file(entry.path)
