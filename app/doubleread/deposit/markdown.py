"""Texts and tables as Markdown. What is not ours cannot become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from doubleread.domain.display import display_text

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def escaped(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(display_text(text).split()))


def paragraphs(texts: Iterable[str]) -> str:
    """Return paragraphs."""
    return "".join(f"{escaped(text)}\n\n" for text in texts)


def heading(title: str, level: int = 2) -> str:
    """Return a heading."""
    return f"{'#' * level} {escaped(title)}\n\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [_row(columns), "|" + "---|" * len(columns), *map(_row, rows)]
    return "\n".join(lines) + "\n\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) or " " for cell in cells) + " |"
