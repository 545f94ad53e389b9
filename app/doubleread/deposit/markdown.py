"""Texts and tables as Markdown. What is not ours cannot become markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doubleread.exports.markdown import plain


def paragraphs(texts: Iterable[str]) -> str:
    """Return paragraphs."""
    return "".join(f"{plain(text)}\n\n" for text in texts)


def heading(title: str, level: int = 2) -> str:
    """Return a heading."""
    return f"{'#' * level} {plain(title)}\n\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [_row(columns), "|" + "---|" * len(columns), *map(_row, rows)]
    return "\n".join(lines) + "\n\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_indent(cell) + plain(cell.strip()) or " " for cell in cells) + " |"


def _indent(cell: str) -> str:
    """Return the room before a label, which is indented by two blanks for each level."""
    return "&nbsp;" * (len(cell) - len(cell.lstrip(" ")))
