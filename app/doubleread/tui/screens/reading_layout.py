"""The reading screen's parts and their places: three texts, or one where there is less room, and the dock below."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from doubleread.config import Settings
from doubleread.tui.actions import ACTIONS, BY_ID, PANES, Action, Pane, Situation, offered, shown_keys
from doubleread.tui.text.annotated_text import AnnotatedText
from doubleread.tui.widgets.chips import Chip, Chips
from doubleread.tui.widgets.finding_panel import FindingPanel
from doubleread.tui.widgets.findings_list import FindingsList
from doubleread.tui.widgets.question_bar import QuestionBar
from doubleread.tui.widgets.reading_pane import PANE_NAMES, STATE_WORDS, ReadingPane, ReadingText
from doubleread.tui.widgets.reveal_panel import RevealPanel
from doubleread.tui.widgets.sentence_bar import SentenceBar
from doubleread.tui.widgets.status_line import StatusLine
from doubleread.tui.widgets.tour_panel import TourPanel
from doubleread.tui.widgets.verdict_bar import VerdictBar

DockView = Literal["judge", "question", "finding"]
WIDE = 110
TALL = 32
DOCK_HEIGHT = 6
TAB_ACTIONS: dict[Pane, str] = {"case": "pane_case", "A": "pane_a", "B": "pane_b"}


class ReadingLayout(Screen[None]):
    """Where everything is. Knows nothing of readings."""

    DEFAULT_CSS = """
    ReadingLayout {
        background: $surface;
        & #tabs { height: 1; padding: 0 1; }
        & #panes { height: 1fr; }
        & #dock { height: 6; }
        & #dock.-ruled { border-top: solid $border; }
        & #findings { height: 1fr; }
        & #keys { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in ACTIONS if action.keys),
        Binding("escape", "back", show=False),
        Binding("enter", "enter", show=False),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.pane: Pane = "case"
        self.zoomed = False
        self.dock_view: DockView = "judge"

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield StatusLine()
        yield TourPanel()
        yield Chips(id="tabs", gap=2, tick=False)
        with Horizontal(id="panes"):
            for pane in PANES:
                yield ReadingPane(pane, self.settings)
        yield RevealPanel()
        with Vertical(id="dock"):
            yield FindingsList(id="findings")
            yield SentenceBar()
            yield VerdictBar()
            yield QuestionBar()
            yield FindingPanel()
        yield Chips(id="keys", fit=True, gap=1)

    def reading_pane(self, pane: Pane) -> ReadingPane:
        """Return one of the three panes."""
        return self.query_one(f"#pane-{pane}", ReadingPane)

    def text_of(self, pane: Pane) -> ReadingText:
        """Return the text in a pane."""
        return self.reading_pane(pane).annotated

    @property
    def text(self) -> ReadingText:
        """The text that the reader is in, or was in last."""
        return self.text_of(self.pane)

    @property
    def single(self) -> bool:
        """Whether there is one text at a time."""
        return self.zoomed or self.size.width < WIDE

    @property
    def in_sentences(self) -> bool:
        """Whether the reader judges sentence by sentence now; then that stands in the place of the findings."""
        return False

    def key_of(self, action_id: str) -> str:
        """Return an action's first key, as shown; empty where the user took its key away."""
        return next(iter(shown_keys(BY_ID[action_id], self.settings.keys)), "")

    def situation(self) -> Situation:
        """Say what decides which actions work."""
        return Situation(pane=self.pane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key do its work only where the action works."""
        declared = _declared(action, parameters)
        return declared is None or declared.when(self.situation())

    def arrange_parts(self) -> None:
        """Give every part its place, after anything that changes it."""
        for pane in PANES:
            widget = self.reading_pane(pane)
            widget.display = not self.single or pane == self.pane
            widget.set_class(self.single, "-bare")
        self.query_one("#tabs").display = self.single
        judging = self.dock_view == "judge"
        cramped = self.zoomed or (self.query_one(RevealPanel).display and self.size.height < TALL)
        self.query_one(FindingsList).display = judging and not cramped and not self.in_sentences
        self.query_one(SentenceBar).display = judging and self.in_sentences
        self.query_one(VerdictBar).display = judging
        self.query_one(QuestionBar).display = self.dock_view == "question"
        self.query_one(FindingPanel).display = self.dock_view == "finding"
        dock = self.query_one("#dock")
        dock.set_class(self.single, "-ruled")
        spare = max(self.size.height - TALL, 0) // 6
        height = 2 if cramped and judging else min(DOCK_HEIGHT + spare, 10)
        if self.dock_view == "question":
            height = max(height, min(self.query_one(QuestionBar).rows, self.size.height // 3))
            self.query_one(QuestionBar).fit(height)
        elif judging:
            if self.in_sentences:
                height = max(height, 2 + self.query_one(SentenceBar).rows(self.size.width))
            height += self.query_one(VerdictBar).axes_rows(self.size.width)
        elif self.dock_view == "finding":
            height = max(height, min(self.query_one(FindingPanel).rows(self.size.width), self.size.height // 2))
        dock.styles.height = height + self.single
        self.show_tabs()
        self.show_keys()

    def show_tabs(self) -> None:
        """Show the three texts as tabs, with the state of each answer."""
        chips = []
        for pane in PANES:
            name = PANE_NAMES[pane]
            if pane != "case":
                name += f" {STATE_WORDS[self.reading_pane(pane).state]}"
            chips.append(Chip(pane, name, key=self.key_of(TAB_ACTIONS[pane]), chosen=pane == self.pane))
        self.query_one("#tabs", Chips).show(chips)

    def show_keys(self) -> None:
        """Show the keys that work now."""
        chips = [Chip("back", "back", key="esc")]
        if self.dock_view == "judge":
            chips = self._key_chips()
        elif self.dock_view == "finding":
            chips = [Chip("back", "close", key="esc")]
            now = self.situation()
            if now.finding == now.linkable:
                link = f"what it contradicts: select it in the case, then {self.key_of('passage')}"
                chips.append(Chip("link", link, heading=True))
        self.query_one("#keys", Chips).show(chips)
        self.refresh_bindings()

    def _key_chips(self) -> list[Chip]:
        now = self.situation()
        return [
            Chip(action.id, f"{action.label} {now.object_of(action)}".rstrip(), key=keys[0], tooltip=action.tooltip)
            for action in offered(now)
            if action.rank and (keys := shown_keys(action, self.settings.keys))
        ]

    def show_dock(self, view: DockView) -> None:
        """Change what stands below the texts. The keyboard goes with it."""
        self.dock_view = view
        self.arrange_parts()
        if view == "judge":
            self.set_focus(self.text, scroll_visible=False)
        else:
            self.set_focus(self.query_one(QuestionBar if view == "question" else FindingPanel))

    def action_show_pane(self, pane: Pane) -> None:
        """Go to a text."""
        self.pane = pane
        self.arrange_parts()
        self.set_focus(self.text, scroll_visible=False)
        self.pane_changed()

    def action_pane(self, by: int) -> None:
        """Go to the next text, or the one before."""
        self.action_show_pane(PANES[(PANES.index(self.pane) + by) % len(PANES)])

    def action_show_findings(self) -> None:
        """Go to the list of findings."""
        if self.query_one(FindingsList).display:
            self.set_focus(self.query_one(FindingsList))

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
        """Take note that the reader is in another text."""
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


def _declared(call: str, parameters: tuple[object, ...]) -> Action | None:
    wanted = f"{call}({', '.join(map(repr, parameters))})" if parameters else call
    return next((action for action in ACTIONS if action.call == wanted), None)
