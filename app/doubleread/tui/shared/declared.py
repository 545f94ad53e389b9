"""A screen whose actions are declared: they feed its keys, the line of keys below it, help and the command palette."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import ClassVar

from textual import on
from textual.actions import parse
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.domain.labels import CREOLA, LabelSet
from doubleread.errors import DoublereadError
from doubleread.tui.shared.actions import Action, Situation, offered, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, MessageDialog, TextDialog, Why
from doubleread.tui.shared.guides import Guide
from doubleread.tui.shared.help import (
    NOW,
    HelpLine,
    HelpPage,
    Run,
    action_lines,
    chip_lines,
    label_lines,
    text_lines,
    word_lines,
)
from doubleread.tui.shared.key_line import KeyLine, Told
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import DrawnAtOnce
from doubleread.tui.shared.too_small import LEAST_SIZE, TooSmall

MOST_MESSAGES = 100
"""How many messages of a screen can be read again."""


class DeclaredScreen(DrawnAtOnce, Screen[None]):
    """Bind the `declared` actions in BINDINGS; yield `key_line()` in `compose`. `remapped` are the user's own keys."""

    DEFAULT_CSS = """
    DeclaredScreen { layers: default too-small; }
    """
    declared: ClassVar[tuple[Action, ...]] = ()
    is_home: ClassVar[bool] = False
    """Whether a study's other screens return to it."""

    # Textual would draw the whole screen again whenever the focus moves. Widgets that show it draw themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    least_size: ClassVar[Size] = LEAST_SIZE
    guide: Guide

    def __init__(self, remapped: Mapping[str, str]) -> None:
        super().__init__()
        self.remapped = remapped
        self.messages: deque[Told] = deque(maxlen=MOST_MESSAGES)
        self._last_reason = ""

    def situation(self) -> Situation:
        return Situation()

    @property
    def lost_by_quitting(self) -> str:
        """What is lost if the program ends now, in a sentence; an empty string if nothing is."""
        return ""

    @property
    def labels(self) -> LabelSet:
        return CREOLA

    def key_of(self, action_id: str) -> str:
        """Return an action's first key as shown, or an empty string if the user removed it."""
        return next(iter(shown_keys(self.action_called(action_id), self.remapped)), "")

    def action_called(self, action_id: str) -> Action:
        """Return an action of this screen, or of any other."""
        return next((action for action in self.declared if action.id == action_id), None) or BY_ID[action_id]

    def offered(self) -> list[Action]:
        """Return the actions that work now, the most useful first."""
        return offered(self.situation(), self.declared)

    def key_chips(self) -> list[Chip]:
        """Return the chips of the key line."""
        now = self.situation()
        return [
            Chip(
                action.id,
                f"{action.label} {now.object_of(action)}".rstrip(),
                key=keys[0],
                tooltip=action.tooltip,
                pinned=action.pinned,
            )
            for action in offered(now, self.declared)
            if action.rank and (keys := shown_keys(action, self.remapped))
        ]

    def key_line(self) -> KeyLine:
        return KeyLine()

    def on_mount(self) -> None:
        self.mount(TooSmall(self.least_size))
        self.show_keys()

    @property
    def too_small(self) -> bool:
        """Whether the window has no room for the screen."""
        return self.size.width < self.least_size.width or self.size.height < self.least_size.height

    def on_resize(self) -> None:
        """Cover the screen while it has no room."""
        for cover in self.query(TooSmall):
            cover.display = self.too_small
            cover.refresh()

    def show_keys(self) -> None:
        self.query_one(KeyLine).show(self.key_chips())
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ignore a key while its action does not work, or nothing is to be seen."""
        if action == "do" and self.too_small and parameters[0] not in ("quit", "library.quit"):
            return False
        return action != "do" or self.action_called(str(parameters[0])).when(self.situation())

    async def action_do(self, action_id: str) -> None:
        """Do a declared action."""
        call = self.action_called(action_id).call
        owner, name, arguments = parse(call)
        if owner in ("", "app"):
            await self.run_action(call)
        else:
            getattr(attrgetter(owner)(self), name)(*arguments)

    async def run_declared(self, action: Action) -> None:
        """Do a declared action if it works now."""
        if action.when(self.situation()):
            await self.action_do(action.id)

    @on(Chips.Picked, "#keys")
    async def _key_picked(self, event: Chips.Picked) -> None:
        event.stop()
        await self.pick_key(event.chip_id)

    async def pick_key(self, chip_id: str) -> None:
        """Do what was clicked in the key line."""
        await self.run_declared(self.action_called(chip_id))

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        """Show a message for some seconds: beside the keys, or over a dialog if one is open."""
        told = Told(f"{title}: {words}" if title else words, warn, datetime.now())
        self.messages.append(told)
        line = next(iter(self.query(KeyLine)), None)
        if line is not None and self.is_current:
            line.tell(told)
        else:
            self.notify(told.words, severity="warning" if warn else "information", markup=False)

    def action_messages(self) -> None:
        """Show the last messages again, the latest first."""
        lines = [f"{told.at:%H:%M:%S}  {told.line}" for told in reversed(self.messages)]
        self.app.push_screen(TextDialog("Messages", "\n".join(lines) or "There are no messages yet."))

    def show_error(self, error: DoublereadError) -> None:
        """Show an error in a dialog, unless one is open already."""
        if not isinstance(self.app.screen, MessageDialog):
            self.app.push_screen(MessageDialog.of(error))

    def inform(self, title: str, words: str) -> None:
        self.app.push_screen(MessageDialog(title, words))

    def confirm(
        self, title: str, words: str, go_on: str, then: Callable[[bool | None], None], *, back: str = "back"
    ) -> None:
        self.app.push_screen(ConfirmDialog(title, words, go_on, back), then)

    def ask_reason(self, why: Why, then: Callable[[str], None]) -> None:
        """Ask for a reason, offering the usual one or the last one. Without a reason, `then` is not called."""

        def take(reason: str | None) -> None:
            if reason:
                self._last_reason = reason
                then(reason)

        dialog = LineDialog(why.title, why.words, value=why.usual or self._last_reason, go_on=why.go_on)
        self.app.push_screen(dialog, take)

    @property
    def still(self) -> bool:
        """Whether the person wants reduced motion."""
        return self.app.animation_level == "none"

    def take_settings(self, settings: Settings, before: Settings) -> None:
        """Use other settings at once: keys, and how texts are shown and selected."""
        self.remapped = settings.keys
        for text in self.query(TextPane):
            text.line_length = settings.line_length
            text.on_resize()
            if settings.formatted != before.formatted:
                text.set_formatted(settings.formatted)
        for marked in self.query(AnnotatedText):
            marked.whole_words = settings.snap_to_words
        self.show_keys()

    def action_toggle_formatting(self) -> None:
        """Show all texts of this screen formatted, or as they are written."""
        texts = self.query(TextPane)
        formatted = not texts.first().formatted
        for text in texts:
            text.set_formatted(formatted)
        self.tell("Markdown is formatted." if formatted else "Markdown is shown as it is written.")

    def current_guide(self) -> Guide:
        """Return what the help says before the keys, in the present mode of the screen."""
        return self.guide

    def working_actions(self) -> list[Action]:
        """Return the actions whose keys work now, the most useful first."""
        return self.offered()

    def choices_shown(self) -> Iterable[Chips]:
        """Yield the choices whose keys work now beside, or in place of, the keys of the actions."""
        return ()

    def run_in_text(self, action: str) -> Run | None:
        """Return what does an action of the current text; None if there is none."""
        del action
        return None

    def help_lines(self) -> list[HelpLine]:
        """Return the lines of the help, of which none repeats a key that works now."""
        guide, choices = self.current_guide(), list(chip_lines(self.choices_shown()))
        taken = {key for line in choices for key in line.keys}

        def run(action: Action) -> Run:
            return partial(self.run_declared, action)

        actions = action_lines(self.declared, self.working_actions(), self.remapped, run)
        lines = [*choices, *(line for line in actions if line.section != NOW or not taken & set(line.keys))]
        if guide.texts:
            lines += [*text_lines(self.remapped, self.run_in_text), *label_lines(self.labels)]
        return [*lines, *word_lines(guide.words)]

    def action_help(self) -> None:
        """Show the help of this screen. What is chosen in it is done once the help is closed."""

        def take(line: HelpLine | None) -> None:
            if line is not None and line.run is not None:
                self.call_later(line.run)

        guide = self.current_guide()
        self.app.push_screen(HelpPage(guide.title, guide.about, self.help_lines()), take)

    def action_library(self) -> None:
        self.app.call_later(self.app.run_action, "library")
