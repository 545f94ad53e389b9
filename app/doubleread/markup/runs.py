"""Stretches of a line, and how they look."""

from __future__ import annotations

from typing import NamedTuple

STRONG, EMPHASIS, STRIKE, CODE, LINK, HEADING, DECORATION = (1 << bit for bit in range(7))
"""How characters look, added up. A decoration, such as a bullet or a table's rule, is no part of the text."""


class Run(NamedTuple):
    """A stretch of the text that is shown, in one look.

    `drawn` is None where the characters are shown as they are; otherwise it is shown in their place, and they are
    reached only as a whole. A decoration is empty: `start` is where the characters after it begin.
    """

    start: int
    end: int
    drawn: str | None
    look: int

    @property
    def is_decoration(self) -> bool:
        """Whether this is no part of the text."""
        return self.start == self.end

    def shown(self, text: str) -> str:
        """Return what is shown."""
        return text[self.start : self.end] if self.drawn is None else self.drawn
