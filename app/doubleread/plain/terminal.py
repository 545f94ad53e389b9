"""Lines in, lines out: nothing is moved, coloured or drawn again."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from doubleread.domain.display import display_line, display_text
from doubleread.platform import END_SIGNALS, exit_code_of_signal

PROMPT = "> "


class EndedError(Exception):
    """Nothing more is typed: the input has ended, or the program was told to end. `code` is its exit code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class Terminal:
    """Prints and reads lines. Text that we did not write is made harmless on its way out.

    A prompt is printed only where somebody types. `heard` is called with each line that was read.
    """

    def __init__(self, lines: TextIO, out: TextIO, heard: Callable[[], None] = lambda: None) -> None:
        self._lines = lines
        self._out = out
        self._typed = lines.isatty()
        self._waiting = False
        self._told: int | None = None
        self.heard = heard
        self.said = 0
        """How many texts were printed."""

    def say(self, text: str = "") -> None:
        """Print a text, which may have several lines."""
        self.said += 1
        print(display_text(text), file=self._out, flush=True)

    def read(self) -> str:
        """Return the next line, without blanks around it. Raises EndedError if there is none."""
        if self._typed:
            print(PROMPT, end="", file=self._out, flush=True)
        with self.interruptible():
            line = self._lines.readline()
        if not line:
            raise EndedError
        self.heard()
        return display_line(line.rstrip("\r\n").replace("\t", " ")).strip()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Wait for something. Raises EndedError when the program is told to end, also before."""
        self._waiting = True
        try:
            if self._told is not None:
                raise EndedError(self._told)
            yield
        finally:
            self._waiting = False

    def end(self, number: int, _frame: Any = None) -> None:
        """Note that a signal tells the program to end: at once if it waits, else after what it does now.

        A second signal ends what it does now.
        """
        again = self._told is not None
        self._told = exit_code_of_signal(number)
        if self._waiting or again:
            raise EndedError(self._told)

    @contextlib.contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """End in good order after a signal while the block runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.end)
            for number in END_SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
