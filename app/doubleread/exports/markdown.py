"""Texts of a study in Markdown that the program writes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doubleread.domain.display import display_line

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&!$]")


def plain(text: object) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", display_line(str(text)))


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table. Cells are texts of the study, shown as they are; heads are the program's words."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *([plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def bullets(items: Iterable[str]) -> str:
    """Return a list of sentences of the program."""
    return "".join(f"- {item}\n" for item in items)
