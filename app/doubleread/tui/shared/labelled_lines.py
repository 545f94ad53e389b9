"""Lines of a label and words, for a page of facts."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from textual.content import Content

from doubleread.domain.display import display_line

LABEL = 14
"""Cells of the column of labels."""


def labelled_lines(lines: Iterable[tuple[str, str]], width: int) -> Content:
    """Return lines of a label and words, wrapped to a width."""
    parts: list[Content] = []
    for label, words in lines:
        wrapped = wrap(words, max(width - LABEL, 10), break_on_hyphens=False) or [""]
        for name, line in zip((label, *[""] * len(wrapped)), wrapped, strict=False):
            # Styled, because Textual drops unstyled spaces at the beginning of a line.
            parts.append(Content.assemble((name.ljust(LABEL), "$text-muted"), display_line(line)))
    return Content("\n").join(parts)
