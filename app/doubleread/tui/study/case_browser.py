"""The cases of a study: searched, filtered, and read without their answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from doubleread.config import Settings
from doubleread.domain.case import Case
from doubleread.domain.case_text import case_text
from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.read_model.case_search import CASE_STATES, CaseBrowser, CaseFilter, ListedCase
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.chips import Chip
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import ListDialog
from doubleread.tui.shared.guides import CASES, ONE_CASE
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.plots.lines import Line, Part, as_stop, fit
from doubleread.tui.shared.read_only_pane import ReadOnlyPane
from doubleread.tui.shared.screen_actions import CASE_BROWSER_ACTIONS, CASE_READER_ACTIONS
from doubleread.tui.shared.spot_lines import DrawnLines, SpotLines
from doubleread.tui.shared.text.find_bar import FindBar, NamedText

_KIND = 11
_TAGS = 22
_READERS = 20
_ALL = "all"
ANSWERED, ADJUDICATED = "✓", "="
STATE_WORDS: Mapping[str, str] = {
    "answered": "with both answers",
    "unanswered": "an answer is missing",
    "read": "read by somebody",
    "unread": "read by nobody yet",
    "adjudicated": "adjudicated",
}


def case_line(case: ListedCase, width: int) -> Line:
    """Return a case in one line: number, title, kind, then tags if there is room, and its state."""
    tags = _TAGS if width >= 100 else 0
    title = max(width - 6 - _KIND - tags - 4 - _READERS, 10)
    parts = [Part(f"{case.number:>4}  ", "muted"), Part(fit(case.title or case.id, title - 1) + " ")]
    parts.append(Part(fit(case.kind, _KIND), "muted"))
    if tags:
        parts.append(Part(fit(", ".join(case.tags), tags - 1) + " ", "muted"))
    answered, adjudicated = (ANSWERED if case.answered else " "), (ADJUDICATED if case.adjudicated else " ")
    parts.append(Part(f"{answered} {adjudicated} "))
    parts.append(Part(fit(", ".join(case.readers), _READERS)))
    return as_stop(tuple(parts), case.id)


class CaseBrowserScreen(DeclaredScreen):
    """The list of the cases in `browser`, which this screen closes. A thread searches, so that typing never waits."""

    DEFAULT_CSS = """
    CaseBrowserScreen {
        background: $surface;
        & > Horizontal { height: 1; padding: 0 1; margin-top: 1; }
        & > Horizontal > Static { width: auto; color: $accent; text-style: bold; }
        & > Horizontal > Input { width: 1fr; background: $panel; }
        & > .filters { height: 1; padding: 0 1; color: $text-muted; }
        & > SpotLines { height: 1fr; padding: 0 1; margin-top: 1; }
    }
    """
    AUTO_FOCUS = "SpotLines"
    declared = CASE_BROWSER_ACTIONS
    guide = CASES
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in CASE_BROWSER_ACTIONS if action.id != "quit"]

    class Found(Message):
        """The cases that are wanted, or why they cannot be found."""

        def __init__(self, wanted: CaseFilter, cases: Sequence[ListedCase] | DoublereadError) -> None:
            super().__init__()
            self.wanted = wanted
            self.cases = cases

    class Read(Message):
        """How many cases the search has read."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, browser: CaseBrowser, settings: Settings) -> None:
        super().__init__(settings.keys)
        self.browser = browser
        self.wanted = CaseFilter()
        self.shown: tuple[ListedCase, ...] = ()
        self._total: int | None = None
        self._settings = settings

    def compose(self) -> ComposeResult:
        yield HeadLine()
        with Horizontal():
            yield Static(f"{self.key_of('browse.search')} ", markup=False)
            yield Input(placeholder="words in the cases", compact=True)
        yield Static("", classes="filters", markup=False)
        yield SpotLines()
        yield self.key_line()

    def on_mount(self) -> None:
        self.query_one(HeadLine).show([("doubleread", 1), (self.browser.title, 9), ("cases", 5)], [])
        self._want(self.wanted)

    def on_unmount(self) -> None:
        """Close the study, once a search that goes on has ended."""
        threading.Thread(target=self.browser.close, daemon=True).start()

    def key_chips(self) -> list[Chip]:
        """Return the chips of the key line; while words are typed, only how to get to the list."""
        if isinstance(self.focused, Input):
            return [Chip("browse.back", "to the list", key="enter")]
        return super().key_chips()

    def on_descendant_focus(self) -> None:
        """Show the keys that work now."""
        self.show_keys()

    def _want(self, wanted: CaseFilter) -> None:
        self.wanted = wanted
        self._show_filters("looking …" if self._total is None else f"{plural(len(self.shown), 'case')} …")
        self.run_worker(lambda: self._find(wanted), thread=True, exclusive=True)

    def _find(self, wanted: CaseFilter) -> None:
        """Find the cases. Runs in a thread."""
        worker = get_current_worker()

        def report(count: int) -> None:
            self.post_message(self.Read(count))

        try:
            found: Sequence[ListedCase] | DoublereadError = self.browser.find(wanted, report)
        except DoublereadError as error:
            found = error
        if not worker.is_cancelled:
            self.post_message(self.Found(wanted, found))

    def on_case_browser_screen_read(self, event: Read) -> None:
        event.stop()
        self._show_filters(f"reading the cases: {event.count} of {self._total} …")

    def on_case_browser_screen_found(self, event: Found) -> None:
        event.stop()
        if isinstance(event.cases, DoublereadError):
            self.show_error(event.cases)
        elif event.wanted == self.wanted:
            self.shown = tuple(event.cases)
            self._total = len(self.browser.cases)
            self._draw()

    def _draw(self) -> None:
        page = self.query_one(SpotLines)
        if self._total is None:
            return
        self._show_filters(f"{len(self.shown)} of {plural(self._total, 'case')}")
        if page.line_width:
            cases, width = self.shown, page.line_width
            lines = DrawnLines([case.id for case in cases], lambda row: case_line(cases[row], width))
            page.show(lines or [(Part("No case fits. Press c to show all cases.", "muted"),)])

    def _show_filters(self, count: str) -> None:
        wanted = self.wanted
        words = [f"tag: {wanted.tag or _ALL}", f"kind: {wanted.kind or _ALL}", f"state: {self._state_words()}"]
        self.query_one(".filters", Static).update(Content(display_line("   ".join((count, *words)))))

    def _state_words(self) -> str:
        if self.wanted.read_by:
            by = "not read by" if self.wanted.state == "unread" else "read by"
            return f"{by} {self.wanted.read_by}"
        return STATE_WORDS[self.wanted.state] if self.wanted.state is not None else _ALL

    def on_spot_lines_resized(self) -> None:
        """Draw the list for the new width."""
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._want(replace(self.wanted, text=event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(SpotLines).focus()

    def action_search(self) -> None:
        """Type words to find."""
        self.query_one(Input).focus()

    def action_choose_tag(self) -> None:
        """Choose a tag."""
        self._choose("Tag", [(tag, tag) for tag in self.browser.tags], self.wanted.tag, self._take_tag)

    def _take_tag(self, tag: str) -> None:
        self._want(replace(self.wanted, tag=tag))

    def action_choose_kind(self) -> None:
        """Choose a kind."""
        self._choose("Kind", [(kind, kind) for kind in self.browser.kinds], self.wanted.kind, self._take_kind)

    def _take_kind(self, kind: str) -> None:
        self._want(replace(self.wanted, kind=kind))

    def action_choose_state(self) -> None:
        """Choose a state."""
        readers = self.browser.readers
        items = [
            *((state, STATE_WORDS[state]) for state in CASE_STATES),
            *((f"read {reader}", f"read by {reader}") for reader in readers),
            *((f"unread {reader}", f"not read by {reader}") for reader in readers),
        ]
        current = f"{self.wanted.state or ''} {self.wanted.read_by}".strip()
        self._choose("State", items, current, self._take_state)

    def _take_state(self, chosen: str) -> None:
        name, _, reader = chosen.partition(" ")
        state = next((state for state in CASE_STATES if state == name), None)
        self._want(replace(self.wanted, state=state, read_by=reader))

    def _choose(self, title: str, items: Sequence[tuple[str, str]], current: str, take: Callable[[str], None]) -> None:
        def taken(chosen: str | None) -> None:
            if chosen is not None:
                take(chosen)

        every = ("", _ALL)
        self.app.push_screen(ListDialog(title, [every, *items], current=current, go_on="show these"), taken)

    def action_clear(self) -> None:
        """Show all cases."""
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self._want(CaseFilter())

    def action_open_spot(self) -> None:
        """Read the current case."""
        self.query_one(SpotLines).action_open_spot()

    def on_spot_lines_opened(self, event: SpotLines.Opened) -> None:
        """Read a case."""
        event.stop()
        if (case := self.read(str(event.spot))) is not None:
            self.app.push_screen(CaseReaderScreen(case, self))

    def read(self, case_id: str) -> Case | None:
        """Return a case; if it cannot be read, show the error."""
        try:
            return self.browser.case(case_id)
        except DoublereadError as error:
            self.show_error(error)
            return None

    @property
    def settings(self) -> Settings:
        """The user's settings."""
        return self._settings

    def action_back(self) -> None:
        """Leave the words, or the list."""
        if isinstance(self.focused, Input):
            self.query_one(SpotLines).focus()
        else:
            self.dismiss()


class CaseReaderScreen(DeclaredScreen):
    """One case of the list, without answers and key."""

    DEFAULT_CSS = """
    CaseReaderScreen {
        background: $surface;
        & > ReadOnlyPane { height: 1fr; }
    }
    """
    AUTO_FOCUS = "ReadOnlyText"
    declared = CASE_READER_ACTIONS
    guide = ONE_CASE
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in CASE_READER_ACTIONS if action.id != "quit"]

    def __init__(self, case: Case, browser: CaseBrowserScreen) -> None:
        super().__init__(browser.settings.keys)
        self.case = case
        self._browser = browser

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield ReadOnlyPane(id="case")
        yield FindBar(self)
        yield self.key_line()

    def situation(self) -> Situation:
        return Situation(documents=bool(self.case.documents))

    def on_mount(self) -> None:
        self.query_one(ReadOnlyPane).use(self._browser.settings)
        self.show(self.case)

    def show(self, case: Case) -> None:
        """Show a case."""
        self.case = case
        pane = self.query_one(ReadOnlyPane)
        whole = case_text(case.text, case.question, case.options, case.documents, case.turns)
        pane.show_case(case.title or case.id, whole, ())
        shown = self._browser.shown
        number = next((number for number, listed in enumerate(shown, start=1) if listed.id == case.id), 0)
        self.query_one(HeadLine).show(
            [("doubleread", 1), (self._browser.browser.title, 4), (case.title or case.id, 9), (case.kind, 6)],
            [(", ".join(case.tags), 2), (f"{number} of {len(shown)} in the list", 8)],
        )
        self.show_keys()

    def action_case(self, by: int) -> None:
        """Go to the next case of the list, or the previous one."""
        ids = [listed.id for listed in self._browser.shown]
        place = ids.index(self.case.id) + by if self.case.id in ids else -1
        if not 0 <= place < len(ids):
            self.tell(f"This is the {'last' if by > 0 else 'first'} case of the list.")
        elif (case := self._browser.read(ids[place])) is not None:
            self.show(case)

    def action_show_documents(self) -> None:
        """Go to the list of the case's documents."""
        self.query_one(ReadOnlyPane).documents.focus()

    def action_find(self) -> None:
        """Find words in the case."""
        self.query_one(FindBar).open()

    @property
    def texts(self) -> Sequence[NamedText]:
        """The text in which words are found."""
        return [NamedText("case", self.query_one(ReadOnlyPane).text)]

    @property
    def text_number(self) -> int:
        """There is one text."""
        return 0

    def show_text(self, number: int) -> None:
        """The text is always in view."""

    def action_back(self) -> None:
        """Go back to the list."""
        self.dismiss()
