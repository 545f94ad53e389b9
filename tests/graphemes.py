"""The user-perceived characters of a text, all at once, to compare the single steps of the program with."""

from __future__ import annotations

import regex


def grapheme_starts(text: str) -> tuple[int, ...]:
    """Return the offset of every user-perceived character, and the length of the text at the end."""
    return (*(match.start() for match in regex.finditer(r"\X", text)), len(text))
