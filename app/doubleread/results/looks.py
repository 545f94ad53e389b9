"""How the parts of a bar look, on a screen and on a page. Adjacent parts differ without their colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PartColour = Literal["correct", "incorrect", "indeterminate", "first", "second", "open", "neutral", "done", "empty"]


@dataclass(frozen=True, slots=True)
class PartLook:
    """A colour, the `pattern` that fills a part on a screen, and the number of `stripes` through it on a page."""

    colour: PartColour
    pattern: str
    stripes: int


LOOKS: Mapping[str, PartLook] = {
    "correct": PartLook("correct", "█", 0),
    "incorrect": PartLook("incorrect", "░", 1),
    "unparsed": PartLook("indeterminate", "?", 2),
    "refused": PartLook("indeterminate", "!", 3),
    "truncated": PartLook("indeterminate", "~", 4),
    "pending": PartLook("open", "·", 0),
    "disputed": PartLook("open", "≠", 1),
    "unscored": PartLook("open", "-", 3),
    "partly": PartLook("indeterminate", "▒", 2),
    "unsure": PartLook("open", "?", 3),
    "first": PartLook("first", "█", 0),
    "second": PartLook("second", "▒", 1),
    "tie": PartLook("open", "·", 2),
    "both-bad": PartLook("open", "!", 3),
    **{f"level-{level}": PartLook("neutral", pattern, 5 - level) for level, pattern in enumerate("·░▒▓█", 1)},
    "committed": PartLook("done", "█", 0),
    "missing": PartLook("empty", "·", 0),
}
"""Every look by its name, which is that of the part, or of its level: see `level_look`."""


def level_look(level: int, highest: int) -> str:
    """Return the name of the look of a level on an ordinal scale. Fewer than five levels have looks further apart."""
    return f"level-{1 + round(4 * (level - 1) / (highest - 1))}"
