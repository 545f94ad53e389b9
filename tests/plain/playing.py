"""A reading played through text streams: what is typed, what is printed, and what is in the study file then."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.plain.start import run
from doubleread.plain.terminal import Terminal
from tui.studies import READER, OneStudyLibrary


@dataclass(frozen=True, slots=True)
class Played:
    """What was printed, and the exit code."""

    out: str
    code: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Lines(io.StringIO):
    """What is typed; before each line, `before` is called with its number."""

    def __init__(self, typed: Sequence[str], before: Callable[[int], None] = lambda _: None) -> None:
        super().__init__("".join(f"{line}\n" for line in typed))
        self._before = before
        self._number = 0

    def readline(self, size: int | None = -1) -> str:
        self._before(self._number)
        self._number += 1
        return super().readline()


def play(
    path: Path,
    *typed: str,
    reader: str | None = READER,
    library: OneStudyLibrary | None = None,
    before: Callable[[int], None] = lambda _: None,
    secret: Callable[[str], str] = lambda _: "",
) -> Played:
    """Read a study with what is typed, until the input ends or somebody quits."""
    out = io.StringIO()
    terminal = Terminal(Lines(typed, before), out)
    code = run(library or OneStudyLibrary(path), start=path, reader=reader, terminal=terminal, secret=secret)
    return Played(out.getvalue(), code)


def said(path: Path, *typed: str) -> list[str]:
    """Return what is printed after the first case was introduced and before the end."""
    lines = play(path, *typed).lines
    begin = next(number for number, line in enumerate(lines) if line == "Both answers are finished.")
    return lines[begin + 1 : -1]
