"""A case as one text."""

from __future__ import annotations

from doubleread.sessions.blind import OpenCase


def case_text(case: OpenCase) -> str:
    """Return vignette, question and options as one text. It begins with the vignette, so offsets are the vignette's."""
    options = "\n".join(f"{letter}  {option}" for letter, option in case.options.items())
    return "\n\n".join(part for part in (case.text, case.question, options) if part)
