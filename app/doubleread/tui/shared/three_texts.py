"""A case and two answers, side by side or one at a time, above a dock with the current questions."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.domain.display import display_line
from doubleread.domain.labels import LabelSet
from doubleread.domain.spans import Span
from doubleread.domain.word_echo import WordEcho
from doubleread.domain.wording import plural, shortened
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.sessions.blind import OpenCase
from doubleread.tui.shared.actions import PANES, Action, Pane
from doubleread.tui.shared.case_navigation import CaseSession
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import ListDialog
from doubleread.tui.shared.document_tabs import DocumentTabs
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.help import GuidelinePage, Run
from doubleread.tui.shared.jumping import Jumping
from doubleread.tui.shared.question_bar import Question, QuestionBar
from doubleread.tui.shared.question_strip import QuestionStrip
from doubleread.tui.shared.reading_pane import PANE_NAMES, ReadingPane, ReadingText
from doubleread.tui.shared.saving import Saving
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.find_bar import FindBar, NamedText
from doubleread.tui.shared.text.messages import Copied, MarkClicked, ProposalRefused, SpanProposed, TextResized
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import Beside
from doubleread.tui.shared.unsaved import SLICE

DockView = Literal["judge", "question", "annotation"]
WIDE = 110
TALL = 32
LEAST_CASE = 46
"""The least width of the case beside the answers."""
ROWS_A_STRIP, MOST_STRIP, MOST_FREE = 12, 3, 8
"""The question has a row of the strip for so many rows of the window, up to the second number, or up to the third if
these rows are empty otherwise."""
_LEAST_ECHO = 20
"""Cells beside the tabs in which it is said what the case has of the selected words."""
TAB_ACTIONS: dict[Pane, str] = {"case": "pane_case", "A": "pane_a", "B": "pane_b"}


class WorkSession(CaseSession, Protocol):
    """A session in which somebody works at cases."""

    @property
    def case(self) -> OpenCase:
        """The current case."""

    @property
    def labels(self) -> LabelSet:
        """The labels of annotations."""

    @property
    def guideline(self) -> str:
        """The study's guideline in Markdown."""

    def touch(self) -> None:
        """Record that the person did something."""

    def pause_after(self, seconds: float) -> None:
        """Count only the first seconds of a pause, from now on so many."""

    def leave(self) -> None:
        """Save the time, and stop counting until `touch`."""

    def close(self) -> None:
        """Save the time and close the study."""


class Marker(Protocol):
    """The controller that is told what a person selects and clicks in the texts."""

    def propose(self, pane: Pane, span: Span) -> None:
        """Ask what to say about the selected words."""

    def click(self, mark_id: str) -> None:
        """Go to the mark that was clicked."""


class ThreeTexts(DeclaredScreen):
    """The panes, their tabs if only one fits, and the key line. Knows nothing of judgements.

    A screen yields `compose_texts()`, `#dock` with a question bar in it, and `key_line()`; it declares its actions,
    binds them, and sets `marker`. The session is closed with the screen; `on_closing_error` gets an error from that.
    `wall` returns the time of day.
    """

    DEFAULT_CSS = """
    ThreeTexts {
        background: $surface;
        & #tabs { height: 1; }
        & #panes { height: 1fr; }
        & #dock { height: 6; }
        & #dock.-ruled { border-top: solid $border; }
    }
    """
    AUTO_FOCUS = ""  # each screen says what has the focus first
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]
    session: WorkSession
    marker: Marker

    def __init__(
        self,
        session: WorkSession,
        settings: Settings,
        wall: Callable[[], datetime],
        on_closing_error: Callable[[DoublereadError], None],
    ) -> None:
        super().__init__(settings.keys)
        self.session = session
        self.settings = settings
        self.pane: Pane = "case"
        self.zoomed = False
        self.dock_view: DockView = "judge"
        self.saving = Saving(self, wall)
        self._panes: dict[Pane, ReadingPane] = {}
        self._on_closing_error = on_closing_error
        self.jumping = Jumping(self)
        self._echoed: WordEcho | None = None
        self._after_questions: Callable[[tuple[str, ...], bool], None] | None = None

    @abstractmethod
    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""

    @abstractmethod
    def show(self) -> None:
        """Show everything that an action can change."""

    @abstractmethod
    def show_status(self) -> None:
        """Show the line at the top."""

    @abstractmethod
    def state_of(self, pane: Pane) -> str:
        """Return what the tab of a text says after its name."""

    def leave_case(self) -> None:
        """Save what is still being typed."""

    def compose_texts(self) -> ComposeResult:
        yield Chips(id="tabs", gap=1, tick=False)
        self._panes = {pane: ReadingPane(pane, self.settings) for pane in PANES}
        with Beside(id="panes"):
            yield from self._panes.values()
        yield FindBar(self)
        yield QuestionStrip()

    def on_mount(self) -> None:
        """Save what could not be saved at once, as soon as that is possible."""
        for change in ("scroll_y", "virtual_size"):
            self.watch(self.text_of("case"), change, self.arrange_question, init=False)
        self.set_interval(SLICE, self.saving.keep_saving)

    def on_unmount(self) -> None:
        """Close the study. The next screen shows an error from that, or the program prints it when it has ended."""
        try:
            self.session.close()
        except DoublereadError as error:
            self._on_closing_error(error)

    def touch(self) -> None:
        """Record that the person did something. While the file is locked, the time is stored later."""

        def touched() -> None:
            with contextlib.suppress(StudyBusyError):
                self.session.touch()

        self.saving.attempt(touched)

    @property
    def labels(self) -> LabelSet:
        return self.session.labels

    @property
    def head(self) -> HeadLine:
        return self.query_one(HeadLine)

    def reading_pane(self, pane: Pane) -> ReadingPane:
        return self._panes[pane]

    def pane_of(self, text: TextPane) -> Pane:
        """Return the name of the pane that a text is in."""
        return next(pane for pane in PANES if self.text_of(pane) is text)

    def text_of(self, pane: Pane) -> ReadingText:
        return self.reading_pane(pane).annotated

    @property
    def text(self) -> ReadingText:
        """The text that the person is in, or was in last."""
        return self.text_of(self.pane)

    @property
    def single(self) -> bool:
        """Whether one text is shown at a time."""
        return self.zoomed or self.size.width < WIDE

    @property
    def panes_in_view(self) -> Sequence[Pane]:
        """The texts that are shown."""
        return [self.pane] if self.single else PANES

    def rest_in_text(self) -> None:
        """Give the keyboard to the current text."""
        self.set_focus(self.text, scroll_visible=False)

    def arrange_panes(self) -> None:
        for pane in PANES:
            widget = self.reading_pane(pane)
            widget.display = not self.single or pane == self.pane
            widget.set_class(self.single, "-bare")
        self.reading_pane("case").styles.width = self._case_width or "1fr"
        self.call_after_refresh(self.arrange_question)
        self.query_one("#tabs").display = self.single
        self.query_one("#dock").set_class(self.single, "-ruled")

    @property
    def _case_width(self) -> int:
        """The width of a case that is narrower than the answers, to leave them room for notes; 0 if it is not."""
        answer = self.reading_pane("A")
        if self.single or not answer.has_notes or self.size.width // len(PANES) >= answer.width_with_notes:
            return 0
        left = self.size.width - 2 * answer.width_with_notes
        return left if left >= LEAST_CASE else 0

    def show_case_text(self) -> None:
        """Show the current case of the session from its start, and keep its question in reach."""
        case = self.session.case
        self.reading_pane("case").show_case(case)
        self.query_one(QuestionStrip).ask(case.question, case.options)
        self.call_after_refresh(self.arrange_question)

    def arrange_question(self) -> None:
        """Show the question below the texts while it is out of view in the case, in as many rows as there is room for.

        Where it would be in view without that, it is not shown: so it never hides what makes it appear.
        """
        strip = self.query_one(QuestionStrip)
        has_room = self.dock_view == "judge" or self.size.height >= TALL
        wanted = has_room and not self.reading_pane("case").shows_question(strip.rows)
        free = min(self.reading_pane(pane).free_rows for pane in self.panes_in_view) + strip.rows
        strip.show(max(min(self.size.height // ROWS_A_STRIP, MOST_STRIP), min(free, MOST_FREE)) if wanted else 0)

    @on(TextResized, "#text-case")
    def _case_resized(self) -> None:
        self.arrange_question()

    def action_show_question(self) -> None:
        """Go to the question in the case."""
        self.go_to("case", self.reading_pane("case").asked.start)

    def show_tabs(self) -> None:
        """Show the three texts as tabs, each with its state, if only one fits."""
        if not self.single:
            return
        chips = [
            Chip(
                pane,
                f"{PANE_NAMES[pane]} {self.state_of(pane)}".rstrip(),
                key=self.key_of(TAB_ACTIONS[pane]),
                chosen=pane == self.pane,
            )
            for pane in PANES
        ]
        tabs = self.query_one("#tabs", Chips)
        room = self.size.width - 6 - tabs.width_of(chips)
        echo: list[Chip] = []
        if self._echoed is not None and room > _LEAST_ECHO:
            said = shortened(self._echoed.said(lambda words: cell_len(display_line(words)) <= room), room)
            echo.append(Chip("echo", said, heading=True))
            room -= cell_len(display_line(said)) + 3
        # The line of keys has no room for it where there are tabs, and a mouse has no other way.
        key = self.key_of("next_case") if self.dock_view == "judge" else ""
        step = Chip("next_case", self.action_called("next_case").label, key)
        if cell_len(step.key + step.label) <= room:
            chips.append(step)
        tabs.show([*chips, *echo])

    def show_echoed(self, found: WordEcho | None) -> None:
        """Say at the case, and beside the tabs, whether the case has the words selected in an answer."""
        self._echoed = found
        case = self.reading_pane("case")
        room = case.size.width - 6
        words = found.said(lambda said: cell_len(display_line(said)) <= room) if found is not None else ""
        case.border_subtitle = Content(f" {display_line(words)} ") if words else ""
        self.show_tabs()

    def key_chips(self) -> list[Chip]:
        """Return the chips of the key line; for a list, a question or the words to find, only how to leave it."""
        if self.dock_view != "judge":
            return [Chip("back", "back", key="esc")]
        if self.find_bar.has_keyboard:
            return [Chip("back", "end the search", key="esc")]
        if self.jumping.active:
            return [Chip("jump", f"{self.jumping.words}  ", heading=True), Chip("back", "cancel", key="esc")]
        if isinstance(self.focused, DocumentTabs):
            return [
                Chip("open", "← → or a number opens a document", heading=True),
                Chip("all_documents", "all", key=self.key_of("documents")),
                Chip("back", "to the text", key="enter"),
            ]
        return super().key_chips()

    def rest(self) -> None:
        """Give the keyboard to where it belongs while nothing is asked."""
        self.set_focus(self.text, scroll_visible=False)

    def show_dock(self, view: DockView) -> None:
        """Change what is shown below the texts. The keyboard goes with it."""
        self.dock_view = view
        self.arrange_parts()
        if view == "judge":
            self.rest()
        else:
            self.set_focus(self.asked(view))

    def asked(self, view: DockView) -> Widget:
        """Return what takes the keyboard in a view of the dock that asks something."""
        del view
        return self.query_one(QuestionBar)

    def go_to(self, pane: Pane, offset: int | None) -> None:
        """Show a text and put the caret at an offset, if there is one."""
        if self.pane != pane:
            self.pane = pane
            self.arrange_parts()
            self.pane_changed()
        if isinstance(self.focused, AnnotatedText):
            self.set_focus(self.text, scroll_visible=False)
        if offset is not None:
            self.text.move_caret(offset)

    def action_show_pane(self, pane: Pane) -> None:
        self.pane = pane
        self.arrange_parts()
        self.set_focus(self.text, scroll_visible=False)
        self.pane_changed()

    def action_pane(self, by: int) -> None:
        """Go to the next text, or the previous one."""
        self.action_show_pane(PANES[(PANES.index(self.pane) + by) % len(PANES)])

    def action_show_documents(self) -> None:
        """Go to the tabs of the case's documents; from there, choose from a list of all."""
        tabs = self.reading_pane("case").documents
        if tabs.has_focus:
            self.choose("Documents", tabs.titles, str(tabs.current), self._open_document)
        else:
            self.action_show_pane("case")
            self.set_focus(tabs)

    def _open_document(self, number: str | None) -> None:
        if number is not None:
            self.reading_pane("case").documents.action_open(int(number))

    def action_find(self) -> None:
        """Find words in the three texts."""
        self.find_bar.open()

    @property
    def find_bar(self) -> FindBar:
        """What finds words in the three texts."""
        return self.query_one(FindBar)

    @property
    def texts(self) -> Sequence[NamedText]:
        """The texts in which words are found, with their short names."""
        return [NamedText(pane, self.text_of(pane)) for pane in PANES]

    @property
    def text_number(self) -> int:
        """The index of the current text."""
        return PANES.index(self.pane)

    def show_text(self, number: int) -> None:
        """Make a text the current one."""
        self.go_to(PANES[number], None)

    @property
    def has_documents(self) -> bool:
        """Whether the current case has documents."""
        return self.reading_pane("case").documents.has_documents

    def action_zoom(self) -> None:
        """Give one text the whole window, or give it back."""
        self.zoomed = not self.zoomed
        self.arrange_parts()
        self.set_focus(self.text, scroll_visible=False)

    def action_back(self) -> None:
        """Leave the question, the zoom or the list, one at a time."""
        if self.jumping.active:
            self.jumping.cancel()
        elif self.find_bar.is_open:
            self.find_bar.action_close()
        elif self.dock_view != "judge":
            self.show_dock("judge")
        elif isinstance(self.focused, AnnotatedText) and self.zoomed:
            self.action_zoom()
        elif not self.text.has_focus:
            self.set_focus(self.text, scroll_visible=False)
        else:
            self.tell(f"{self.key_of('library')} leaves this study, {self.key_of('quit')} quits.")

    def pane_changed(self) -> None:
        """Show what can be done in the text that the person went to."""
        self.show_keys()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus: the pane that has it is the current one. Leaving an open question ends it."""
        if event.widget is not self.focused:
            # A question that followed at once has taken the keyboard.
            return
        pane = next((parent for parent in event.widget.ancestors if isinstance(parent, ReadingPane)), None)
        if pane is not None:
            if self.dock_view != "judge":
                self.dock_view = "judge"
                self.arrange_parts()
            if pane.pane != self.pane:
                self.pane = pane.pane
                self.show_tabs()
                self.pane_changed()
            else:
                self.show_keys()
        elif self.find_bar.has_keyboard:
            self.show_keys()

    def on_resize(self) -> None:
        self.arrange_parts()
        if self.single and not self.text.has_focus and isinstance(self.focused, AnnotatedText):
            self.set_focus(self.text, scroll_visible=False)

    @on(Chips.Picked, "#tabs")
    async def _tab_picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chip_id == "next_case":
            await self.run_declared(self.action_called(event.chip_id))
        else:
            self.action_show_pane(next(pane for pane in PANES if pane == event.chip_id))

    async def pick_key(self, chip_id: str) -> None:
        """Do what was clicked in the key line."""
        if chip_id == "back":
            self.action_back()
        elif chip_id == "all_documents":
            self.action_show_documents()
        else:
            await super().pick_key(chip_id)

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        """Ask below the texts. `then` gets all answers and `by_mouse`; `each` gets every answer with its number.

        `by_mouse` says whether the words in question were selected with the mouse.
        """
        self._after_questions = then
        self.query_one(QuestionBar).ask(questions, by_mouse=by_mouse, each=each)
        self.show_dock("question")
        # The question may take rows from the text: the words in question stay in view.
        self.call_after_refresh(lambda: self.text.scroll_to_offset(self.text.caret, context=0))

    @on(QuestionBar.Answered)
    def _answered(self, event: QuestionBar.Answered) -> None:
        event.stop()
        self.show_dock("judge")
        then, self._after_questions = self._after_questions, None
        if then is not None:
            then(event.answers, event.by_mouse)

    @on(QuestionBar.Dismissed)
    def _dismissed(self, event: QuestionBar.Dismissed) -> None:
        event.stop()
        self._after_questions = None
        self.show_dock("judge")

    def choose(
        self, title: str, items: Sequence[tuple[str, str]], current: str, then: Callable[[str | None], None]
    ) -> None:
        """Ask for one of many, given as (id, words)."""
        self.app.push_screen(ListDialog(title, items, current=current), then)

    @on(SpanProposed)
    def _proposed(self, event: SpanProposed) -> None:
        event.stop()
        self.marker.propose(self.pane_of(event.widget), event.span)

    @on(ProposalRefused)
    def _refused(self, event: ProposalRefused) -> None:
        event.stop()
        reason = event.reason
        if self.pane_of(event.widget) == "case":
            reason = "Only the words of the case and its documents can be annotated, not the question or the options."
        self.tell(reason, warn=True)

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        event.stop()
        self._tell_copied(event.characters)

    def _tell_copied(self, characters: int) -> None:
        self.tell(f"Copied {plural(characters, 'character')}.")

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        event.stop()
        self.marker.click(event.mark_id)

    def action_mark(self) -> None:
        """Mark the selection of the current text, or the word at the caret."""
        self.text.propose()

    def action_in_text(self, name: Literal["select_sentence", "widen", "toggle_extending", "copy"]) -> None:
        """Do one of the text's own actions when it is called from elsewhere."""
        if name == "copy" and self.text.selection is None:
            self._copy_elsewhere()
            return
        getattr(self.text, f"action_{name}")()
        self.set_focus(self.text, scroll_visible=False)

    def _copy_elsewhere(self) -> None:
        selected = self.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
            self._tell_copied(len(selected))
        else:
            self.tell("Nothing is selected.")

    def take_settings(self, settings: Settings, before: Settings) -> None:
        """Use other settings at once, also for the time of a pause that counts."""
        super().take_settings(settings, before)
        self.settings = settings
        self.session.pause_after(settings.idle_seconds)
        self.show()

    def choices_shown(self) -> Iterable[Chips]:
        """Yield what is asked below the texts."""
        return () if self.dock_view == "judge" else self.asked(self.dock_view).query(Chips).results(Chips)

    def working_actions(self) -> list[Action]:
        """Return the actions whose keys work now: none while something is asked below the texts."""
        return super().working_actions() if self.dock_view == "judge" else []

    def run_in_text(self, action: str) -> Run | None:
        """Return what does an action of the current text."""

        async def run() -> None:
            self.set_focus(self.text, scroll_visible=False)
            await self.text.run_action(action)

        return run if self.dock_view == "judge" else None

    def action_guideline(self) -> None:
        self.app.push_screen(GuidelinePage(self.session.guideline))

    def action_library(self) -> None:
        """Return to the list of studies, once everything is saved."""
        self.leave_case()
        if not self.saving.must_stay():
            super().action_library()
