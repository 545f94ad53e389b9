"""The keys page: every action of every screen, and how to change its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from doubleread.domain.wording import continued, plural
from doubleread.tui.settings.keymap import BY_ID, Keyed, changed, clashes, listed, refusal, swapped
from doubleread.tui.shared.actions import printed
from doubleread.tui.shared.chips import Chip
from doubleread.tui.shared.dialogs import ConfirmDialog, Dialog, MessageDialog
from doubleread.tui.shared.guides import KEYS
from doubleread.tui.shared.help import HelpLine, beside_keys, found_lines
from doubleread.tui.shared.search_page import SearchPage


class KeysProgram(Protocol):
    """What the page needs of the app."""

    @property
    def own_keys(self) -> Mapping[str, str]:
        """The user's own keys."""

    def change_keys(self, keys: Mapping[str, str]) -> None:
        """Use other keys at once, and keep them."""


class KeyCapture(Dialog[tuple[str, bool] | None]):
    """Waits for a key. It is dismissed with the key and whether it is printable, or with None for escape."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, keyed: Keyed) -> None:
        words = f"Press the new key for “{keyed.label}”: {continued(keyed.about)}."
        super().__init__("New key", words, [Chip("cancel", "cancel", key="esc")])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(None if event.key == "escape" else (event.key, event.is_printable))

    def on_chips_picked(self) -> None:
        self.dismiss(None)


class KeysPage(SearchPage[None, Keyed]):
    """Everything that keys do, by screens. A changed action is marked, and says which keys it has from the start."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+a", "add", show=False, priority=True),
        Binding("ctrl+d", "restore", show=False, priority=True),
        Binding("ctrl+r", "restore_all", show=False, priority=True),
    ]

    def __init__(self) -> None:
        chips = [
            Chip("take", "set", key="enter"),
            Chip("add", "add", key="ctrl+a"),
            Chip("restore", "reset", key="ctrl+d"),
            Chip("restore_all", "reset all", key="ctrl+r"),
            Chip("close", "close", key="esc"),
        ]
        super().__init__(KEYS.title, KEYS.about, chips)

    @property
    def _program(self) -> KeysProgram:
        return cast("KeysProgram", self.app)

    @property
    def _own(self) -> Mapping[str, str]:
        return self._program.own_keys

    def found(self, typed: str) -> Iterator[tuple[str, Keyed]]:
        """Yield what is found by a key, a label, the words about it, or its name in the file."""
        lines = {
            HelpLine(screen.title, self._printed(keyed), f"{keyed.about}.", f"{keyed.label} {keyed.id}"): keyed
            for screen, keyed in listed()
        }
        for line in found_lines(tuple(lines), typed):
            yield line.section, lines[line]

    def _printed(self, keyed: Keyed) -> tuple[str, ...]:
        return tuple(map(printed, keyed.keys(self._own)))

    def drawn(self, line: Keyed, width: int) -> Content:
        """Return an action with its keys."""
        words = line.about
        if not words.casefold().startswith(line.label.casefold()):
            words = f"{line.label[:1].upper()}{line.label[1:]}: {continued(words)}"
        if line.id in self._own:
            before = " ".join(map(printed, line.keys({}))) or "no key"
            words = f"✎ {words} (default: {before})"
        return beside_keys(self._printed(line), words, width)

    def take(self, line: Keyed) -> None:
        """Ask for a key that takes the place of the present ones."""
        self._ask(line, add=False)

    def action_add(self) -> None:
        """Ask for one more key."""
        if (line := self.highlighted) is not None:
            self._ask(line, add=True)

    def _ask(self, keyed: Keyed, *, add: bool) -> None:
        def take(pressed: tuple[str, bool] | None) -> None:
            if pressed is None:
                return
            key, printable = pressed
            if why_not := refusal(keyed, key, printable=printable):
                self.app.push_screen(MessageDialog("Key not available", f"{why_not[:1].upper()}{why_not[1:]}."))
            elif others := clashes(self._own, keyed, key):
                self._in_use(keyed, key, others)
            else:
                self._change(changed(self._own, keyed, (*keyed.keys(self._own), key) if add else (key,)))

        self.app.push_screen(KeyCapture(keyed), take)

    def _in_use(self, keyed: Keyed, key: str, others: Mapping[str, str]) -> None:
        """Say what has a key already; if one action has it, offer to swap."""
        named = "\n".join(f"  {BY_ID[other].label} ({title})" for other, title in others.items())
        words = f"{printed(key)} is already used on the screen of “{keyed.label}”, for:\n{named}"
        new = swapped(self._own, keyed, key, BY_ID[next(iter(others))]) if len(others) == 1 else None
        if new is None:
            self._say_in_use(words)
            return

        def take(meant: bool | None) -> None:
            if meant:
                self._change(new)

        given = printed(keyed.keys(self._own)[0])
        dialog = ConfirmDialog(
            "Key in use", f"{words}\n\nSwap the keys? That action then gets {given}.", "swap", "cancel"
        )
        self.app.push_screen(dialog, take)

    def _say_in_use(self, words: str) -> None:
        self.app.push_screen(
            MessageDialog("Key in use", f"{words}\n\nChoose another key, or change that action first.")
        )

    def action_restore(self) -> None:
        """Restore the keys that an action has from the start."""
        keyed = self.highlighted
        if keyed is None or keyed.id not in self._own:
            return
        restored = changed(self._own, keyed, keyed.keys({}))
        for key in keyed.keys({}):
            if others := clashes(restored, keyed, key):
                named = ", ".join(f"{BY_ID[other].label} ({title})" for other, title in others.items())
                self._say_in_use(f"{printed(key)} is now used for {named}.")
                return
        self._change(restored)

    def action_restore_all(self) -> None:
        """Restore all keys, after a question."""

        def take(meant: bool | None) -> None:
            if meant:
                self._change({})

        if self._own:
            words = f"You have changed the keys of {plural(len(self._own), 'action')}."
            self.app.push_screen(ConfirmDialog("Restore all keys?", words, "restore all keys"), take)

    def _change(self, keys: Mapping[str, str]) -> None:
        self._program.change_keys(keys)
        self.show(stay=True)
