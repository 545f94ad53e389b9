"""How a screen is shown in a browser: as packets on standard output, which `doubleread.serve` passes on.

The only place that knows private names of Textual's driver for the web; `tests/serve` runs it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from textual import events
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size

from doubleread.tui.app import DoublereadApp

_AFTER_RESIZE = 1 / 30
"""Seconds. Textual lays out a new size after 1/120, and draws only what that changes."""


class ServedDriver(WebDriver):
    """Ends the app, with everything saved, when the server is gone; draws all again for a browser that comes later.

    Signals stay with `doubleread.tui.ending`. Files and links are not passed on.
    """

    _app: DoublereadApp

    def __init__(self, app: DoublereadApp, **options: Any) -> None:
        super().__init__(app, **options)
        self._write = partial(self._write_all)

    def _write_all(self, data: bytes) -> int:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self.fileno, rest) :]
        except OSError:
            self._end()
        return len(data)

    def _end(self) -> None:
        if not self.exit_event.is_set():
            # By the app's queue: an app that is not mounted yet would not end.
            self._soon(lambda: self._app.call_later(self._app.end, 0))

    def _soon(self, work: Callable[[], object]) -> None:
        """Do something in the app's thread, also before the app is mounted."""
        # A loop that is closed has ended already.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work)

    def start_application_mode(self) -> None:
        """Tell the server that the app is there, and draw it."""
        self._write(b"__GANGLION__\n")
        self._show_modes()
        self._take_size(Size(*(self._size or (80, 24))))
        self._key_thread.daemon = True
        self._key_thread.start()

    def run_input_thread(self) -> None:
        """Pass on what the browser sends. The end of the input is the end of the server."""
        super().run_input_thread()
        self._end()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Do what the server asks for."""
        if packet_type == "attach":
            width, height = int(str(payload["width"])), int(str(payload["height"]))
            self._soon(lambda: self._attach(Size(width, height)))
        elif packet_type == "detach":
            self._soon(self._app.put_down)
        elif packet_type == "quit":
            self._end()
        elif packet_type in ("resize", "focus", "blur"):
            super().on_meta(packet_type, payload)

    def deliver_binary(self, *_args: Any, **_options: Any) -> None:
        """Deliver no files."""

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open no pages."""

    def _show_modes(self) -> None:
        """Set up a fresh terminal: alternate screen, mouse, paste, no cursor."""
        self.write("\x1b[?1049h")
        self._enable_mouse_support()
        self.write("\x1b[?25l")
        self._request_terminal_sync_mode_support()
        self._enable_bracketed_paste()

    def _take_size(self, size: Size) -> None:
        self._size = (size.width, size.height)
        self._app.post_message(events.Resize(size, size))

    def _attach(self, size: Size) -> None:
        """Draw everything, for a browser that has shown nothing yet."""
        self._show_modes()
        self._take_size(size)
        self._app.call_later(self._app.set_timer, _AFTER_RESIZE, self._draw_all)
        self._app.take_up()

    def _draw_all(self) -> None:
        self._app.call_after_refresh(self._app.refresh)
