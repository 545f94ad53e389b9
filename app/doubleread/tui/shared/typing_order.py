"""Queue keys that arrive faster than the screen handles them: each waits until the previous one has taken effect.

A terminal over a slow line delivers keys in bursts. Textual hands each key at once to the widget that has the focus,
although the previous key may be about to move the focus or open a question; so "tab s m f m" in one burst would mark
a sentence of the wrong text. Here a key is held while a marker makes two rounds through the queues of the widgets: the
first ends when the previous key has been handled, the second when the messages it caused have been handled too.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from textual import events
from textual.app import App
from textual.message import Message

ROUNDS = 2
PATIENCE = 0.4
"""Seconds after which a marker counts as lost because its widget was removed with a screen."""


@dataclass
class KeyFollowed(Message):
    """Follows a key from the widget that received it up to the app."""

    number: int
    rounds: int


class OrderedTyping(App[None]):
    """An app that handles keys one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: deque[events.Key] = deque()
        self._key_number = 0
        self._key_began: float | None = None

    async def on_event(self, event: events.Event) -> None:
        """Hold a key while the previous one is handled."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._keys.append(event)
        if self._key_began is None:
            await self._handle_next_key()
        else:
            self.set_timer(PATIENCE, self._give_up_waiting)

    async def _give_up_waiting(self) -> None:
        if self._keys and (self._key_began is None or time.monotonic() - self._key_began >= PATIENCE):
            await self._handle_next_key()

    async def _handle_next_key(self) -> None:
        self._key_began = None
        if not self._keys:
            return
        self._key_began = time.monotonic()
        self._key_number += 1
        receiver = self.focused or self.screen
        await super().on_event(self._keys.popleft())
        receiver.post_message(KeyFollowed(self._key_number, ROUNDS))

    async def on_key_followed(self, message: KeyFollowed) -> None:
        """Send the marker on its second round, or handle the next key."""
        message.stop()
        if message.number != self._key_number:
            return
        if message.rounds > 1:
            receiver = self.focused or self.screen
            receiver.post_message(KeyFollowed(message.number, message.rounds - 1))
        else:
            await self._handle_next_key()
