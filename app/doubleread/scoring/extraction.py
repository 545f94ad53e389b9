"""What the extractor of chosen options says, and the words it may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal[
    "stated answer",
    "stated judgement",
    "opening",
    "closing",
    "option by option",
    "only option named",
    "conclusion",
    "whole text",
    "",
]
Reason = Literal["", "refused", "several", "none", "truncated", "empty", "out of range"]
REASONS: tuple[Reason, ...] = ("", "refused", "several", "none", "truncated", "empty", "out of range")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The option an answer chooses, with the evidence, or why none can be had.

    `letter` is None exactly where `reason` says why: "refused", "several" options at once, "none" named, "truncated"
    before the choice, "empty", or "out of range" (a letter that is not offered). `method` says which kind of statement
    was relied on. `start` and `end` are code-point offsets into the raw answer, of the letter or of the option's words.
    `confidence` lies between 0 and 1. `flags` may hold "letter and text disagree"
    and "changed its answer"; both ask for a person.
    """

    letter: str | None
    method: Method = ""
    reason: Reason = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    flags: tuple[str, ...] = ()
