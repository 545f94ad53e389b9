"""A case and two answers, side by side or one at a time, above a dock with the current questions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Literal

from textual import events, on
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.errors import DoublereadError
from doubleread.tui.reading.reading_pane import PANE_NAMES, ReadingPane, ReadingText
from doubleread.tui.shared.actions import PANES, Action, Pane, Situation, offered, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, MessageDialog
from doubleread.tui.shared.question_bar import Question, QuestionBar
from doubleread.tui.shared.saving import Saving
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.text.annotated_text import AnnotatedText

DockView = Literal["judge", "question", "annotation"]
WIDE = 110
TALL = 32
NOTICE_SECONDS = 3.0
WARNING_SECONDS = 5.0
TAB_ACTIONS: dict[Pane, str] = {"case": "pane_case", "A": "pane_a", "B": "pane_b"}


class ThreeTexts(Screen[None]):
    """The panes, their tabs where there is room for one alone, and the line of keys. Knows nothing of judgements.

    A screen yields `#tabs`, `#panes` with a pane for each text, `#dock` with a question bar in it, and `#keys`; it
    declares its actions and binds them. `wall` says what time it is.
    """

    DEFAULT_CSS = """
    ThreeTexts {
        background: $surface;
        & #tabs { height: 1; padding: 0 1; }
        & #panes { height: 1fr; }
        & #dock { height: 6; }
        & #dock.-ruled { border-top: solid $border; }
        & #keys { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]
    declared: ClassVar[tuple[Action, ...]] = ()

    def __init__(self, settings: Settings, *, wall: Callable[[], datetime] = datetime.now) -> None:
        super().__init__()
        self.settings = settings
        self.pane: Pane = "case"
        self.zoomed = False
        self.dock_view: DockView = "judge"
        self.saving = Saving(self, wall)
        self._after_questions: Callable[[tuple[str, ...], bool], None] | None = None

    @abstractmethod
    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""

    @abstractmethod
    def situation(self) -> Situation:
        """Say what decides which actions work."""

    @abstractmethod
    def touch(self) -> None:
        """Take note that the person at work did something."""

    @abstractmethod
    def show(self) -> None:
        """Show everything that an action can change."""

    @abstractmethod
    def show_status(self) -> None:
        """Show the line at the top."""

    def leave_case(self) -> None:
        """Save what is still being typed."""

    def reading_pane(self, pane: Pane) -> ReadingPane:
        """Return one of the three panes."""
        return self.query_one(f"#pane-{pane}", ReadingPane)

    def pane_of(self, text: AnnotatedText) -> ReadingPane | None:
        """Return the pane that a text is the text of."""
        return text.parent if isinstance(text.parent, ReadingPane) else None

    def text_of(self, pane: Pane) -> ReadingText:
        """Return the text in a pane."""
        return self.reading_pane(pane).annotated

    @property
    def text(self) -> ReadingText:
        """The text that the person at work is in, or was in last."""
        return self.text_of(self.pane)

    @property
    def single(self) -> bool:
        """Whether there is one text at a time."""
        return self.zoomed or self.size.width < WIDE

    def key_of(self, action_id: str) -> str:
        """Return an action's first key, as shown; empty where the user took its key away."""
        return next(iter(shown_keys(BY_ID[action_id], self.settings.keys)), "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key do its work only where the action works."""
        call = f"{action}({', '.join(map(repr, parameters))})" if parameters else action
        declared = next((known for known in self.declared if known.call == call), None)
        return declared is None or declared.when(self.situation())

    def offered(self) -> list[Action]:
        """Return the actions that work now, the most useful first."""
        return offered(self.situation(), self.declared)

    def arrange_panes(self) -> None:
        """Show three texts, or the one at hand."""
        for pane in PANES:
            widget = self.reading_pane(pane)
            widget.display = not self.single or pane == self.pane
            widget.set_class(self.single, "-bare")
        self.query_one("#tabs").display = self.single
        self.query_one("#dock").set_class(self.single, "-ruled")

    def state_of(self, pane: Pane) -> str:
        """Return what the tab of a text says beside its name."""
        del pane
        return ""

    def show_tabs(self) -> None:
        """Show the three texts as tabs, each with its state."""
        chips = [
            Chip(
                pane,
                f"{PANE_NAMES[pane]} {self.state_of(pane)}".rstrip(),
                key=self.key_of(TAB_ACTIONS[pane]),
                chosen=pane == self.pane,
            )
            for pane in PANES
        ]
        self.query_one("#tabs", Chips).show(chips)

    def show_keys(self) -> None:
        """Show the keys that work now."""
        self.query_one("#keys", Chips).show(self.key_chips())
        self.refresh_bindings()

    def key_chips(self) -> list[Chip]:
        """Return the line of keys."""
        if self.dock_view != "judge":
            return [Chip("back", "back", key="esc")]
        now = self.situation()
        return [
            Chip(action.id, f"{action.label} {now.object_of(action)}".rstrip(), key=keys[0], tooltip=action.tooltip)
            for action in self.offered()
            if action.rank and (keys := shown_keys(action, self.settings.keys))
        ]

    def rest(self) -> None:
        """Give the keyboard to where it belongs while nothing is asked."""
        self.set_focus(self.text, scroll_visible=False)

    def show_dock(self, view: DockView) -> None:
        """Change what stands below the texts. The keyboard goes with it."""
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

    def action_show_pane(self, pane: Pane) -> None:
        """Go to a text."""
        self.pane = pane
        self.arrange_parts()
        self.set_focus(self.text, scroll_visible=False)
        self.pane_changed()

    def action_pane(self, by: int) -> None:
        """Next text, or the one before."""
        self.action_show_pane(PANES[(PANES.index(self.pane) + by) % len(PANES)])

    def action_zoom(self) -> None:
        """Give one text the whole window, or give it back."""
        self.zoomed = not self.zoomed
        self.arrange_parts()
        self.set_focus(self.text, scroll_visible=False)

    def action_back(self) -> None:
        """Leave what one is in, by one step."""
        if self.dock_view != "judge":
            self.show_dock("judge")
        elif isinstance(self.focused, AnnotatedText) and self.zoomed:
            self.action_zoom()
        else:
            self.set_focus(self.text, scroll_visible=False)

    def pane_changed(self) -> None:
        """Take note that the person at work is in another text."""
        self.show_keys()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus: the pane that has it is the one at hand; an open question ends when one looks elsewhere."""
        widget = event.widget
        pane = next((parent for parent in widget.ancestors if isinstance(parent, ReadingPane)), None)
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

    def on_resize(self) -> None:
        """Fit the window."""
        self.arrange_parts()
        if self.single and not self.text.has_focus and isinstance(self.focused, AnnotatedText):
            self.set_focus(self.text, scroll_visible=False)

    async def pick(self, event: Chips.Picked) -> None:
        """Act on a click upon the tabs or the key line."""
        if event.chips.id == "tabs":
            event.stop()
            self.action_show_pane("A" if event.chip_id == "A" else "B" if event.chip_id == "B" else "case")
        elif event.chips.id == "keys":
            event.stop()
            if event.chip_id == "back":
                self.action_back()
            else:
                await self.run_declared(BY_ID[event.chip_id])

    async def run_declared(self, action: Action) -> None:
        """Do an action of the registry, if it works now."""
        if action.when(self.situation()):
            await self.run_action(action.call)

    def action_save_again(self) -> None:
        """Try to save what is waiting."""
        self.saving.save_again()

    def show_error(self, error: DoublereadError) -> None:
        """Show an error in a dialog, unless one is open already."""
        if not isinstance(self.app.screen, MessageDialog):
            self.app.push_screen(MessageDialog.of(error))

    def inform(self, title: str, words: str) -> None:
        """Show something that must be read."""
        self.app.push_screen(MessageDialog(title, words))

    def confirm(self, title: str, words: str, go_on: str, then: Callable[[bool | None], None]) -> None:
        """Ask whether to go on."""
        self.app.push_screen(ConfirmDialog(title, words, go_on), then)

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a notice."""
        seconds = WARNING_SECONDS if warn else NOTICE_SECONDS
        self.notify(words, title=title, severity="warning" if warn else "information", markup=False, timeout=seconds)

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

    def action_mark(self) -> None:
        """Mark the selection of the text at hand, or the word at the caret."""
        self.text.propose()

    def action_in_text(self, name: str) -> None:
        """Do one of the text's own actions, when it is called from elsewhere."""
        if name == "copy" and self.text.selection is None:
            self._copy_elsewhere()
            return
        work = {
            "select_sentence": self.text.action_select_sentence,
            "widen": self.text.action_widen,
            "toggle_extending": self.text.action_toggle_extending,
            "copy": self.text.action_copy,
        }[name]
        work()
        self.set_focus(self.text, scroll_visible=False)

    def _copy_elsewhere(self) -> None:
        selected = self.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
        else:
            self.tell("Nothing is selected.")
