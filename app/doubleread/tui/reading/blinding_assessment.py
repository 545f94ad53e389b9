"""The blinding assessment after the last commit: which answer is by which model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from doubleread.config import Settings
from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import NO_IDEA, SKIPPED
from doubleread.domain.display import display_line
from doubleread.sessions.blinding_assessment import WORDS, AskedCase, question
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.read_only_pane import ReadOnlyText

KEYS = {"a": "A", "b": "B", "n": NO_IDEA}


class BlindingAssessmentDialog(ModalScreen[None]):
    """Asks about one case after the other. Each reply is stored at once; escape skips the rest for good."""

    DEFAULT_CSS = """
    BlindingAssessmentDialog {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 112;
            max-width: 96%;
            height: 90%;
            max-height: 34;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 2;
            background: $surface;
        }
        & .words { height: auto; color: $text-muted; }
        & .question { height: auto; text-style: bold; color: $primary; margin: 1 0; }
        & Horizontal { height: 1fr; }
        & .beginning { width: 1fr; border: round $border; border-title-color: $text-muted; }
        & .beginning:focus-within { border: round $primary; }
        & ReadOnlyText { height: 1fr; }
        & Chips { height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"say('{said}')", show=False) for key, said in KEYS.items()),
        Binding("escape", "skip", show=False),
    ]

    def __init__(
        self, role: str, cases: Sequence[AskedCase], said: Callable[[AskedCase, str], bool], settings: Settings
    ) -> None:
        """`said` stores a reply, and returns whether it could. Answers are shown as the settings say."""
        super().__init__()
        self._role = role
        self._cases = tuple(cases)
        self._said = said
        self._settings = settings
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(WORDS), classes="words", markup=False)
            yield Static(Content(question(self._role)), classes="question", markup=False)
            with Horizontal():
                for side in SIDES:
                    with Vertical(classes="beginning") as frame:
                        frame.border_title = Content(f" Answer {side} ")
                        yield ReadOnlyText(id=f"beginning-{side}")
            chips = [Chip("A", "answer A", key="a"), Chip("B", "answer B", key="b"), Chip(NO_IDEA, NO_IDEA, key="n")]
            yield Chips([*chips, Chip("skip", "skip the rest", key="esc")], gap=1, tick=False)

    def on_mount(self) -> None:
        for text in self.query(ReadOnlyText):
            text.line_length = self._settings.line_length
            text.set_formatted(self._settings.formatted, "answer")
        self._show()

    def _show(self) -> None:
        case = self._cases[self._at]
        title = f" {display_line(case.title)} · {self._at + 1} of {len(self._cases)} "
        self.query_one(".box", Vertical).border_title = Content(title)
        for side in SIDES:
            text = self.query_one(f"#beginning-{side}", ReadOnlyText)
            text.set_text(case.beginnings[side])
            text.scroll_home(animate=False)

    def action_say(self, said: str) -> None:
        """Store a reply and go on."""
        if not self._said(self._cases[self._at], said):
            self.dismiss(None)
            return
        self._at += 1
        if self._at == len(self._cases):
            self.dismiss(None)
        else:
            self._show()

    def action_skip(self) -> None:
        for case in self._cases[self._at :]:
            if not self._said(case, SKIPPED):
                break
        self.dismiss(None)

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chip_id == "skip":
            self.action_skip()
        else:
            self.action_say(event.chip_id)
