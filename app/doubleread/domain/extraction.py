"""What the choice scorer finds, and the words for it, which screens, tables and exports show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

Method = Literal[
    "stated answer",
    "stated judgement",
    "second thought",
    "opening",
    "closing",
    "option by option",
    "ranking",
    "only option named",
    "only option left",
    "conclusion",
    "whole text",
    "",
]
Reason = Literal["", "refused", "several", "none", "truncated", "empty", "out of range", "not offered", "retracted"]
Flag = Literal["letter and text disagree", "changed its answer", "number for a letter", "second thoughts"]

REASONS: tuple[Reason, ...] = get_args(Reason)
FLAGS: tuple[Flag, ...] = get_args(Flag)

MEANING: Mapping[str, str] = MappingProxyType(
    {
        "stated answer": 'says which answer or option it gives: "the answer is B", a box, JSON',
        "stated judgement": 'judges the matter itself: "the best next step is", "X is most likely"',
        "second thought": "retracts its first choice and makes another",
        "opening": "begins with the letter or the option's text",
        "closing": "ends with the letter or the option's text, alone on its line or in its sentence",
        "option by option": "calls one option true and others false",
        "ranking": "ranks the options, or gives each a probability; the first counts",
        "only option named": "names one option and no other",
        "only option left": "names several options and rejects all but one",
        "conclusion": "its last concluding sentence names one option",
        "whole text": "is the option's text, word for word",
        "refused": "declines to answer",
        "several": "leaves more than one option open",
        "none": "names no option, or says that none fits",
        "truncated": "ends, or is still reasoning, before it chooses",
        "empty": "says nothing",
        "out of range": "names a letter that is not offered",
        "not offered": "states an answer that is not one of the options",
        "retracted": "retracts its choice and makes no other",
        "letter and text disagree": "the letter belongs to one option and the text beside it to another",
        "changed its answer": "stated another answer before; the last one counts",
        "second thoughts": "doubts its choice afterwards without making another",
        "number for a letter": "gives a number; it was read as the letter of the option in that position",
    }
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The option an answer chooses, with the evidence, or why there is none.

    `letter` is None exactly where `reason` says why. `method` is the kind of statement that decided. `MEANING` explains
    each word. `start` and `end` are code-point offsets into the raw answer, of the letter or of the option's words.
    `confidence` is between 0 and 1. Every flag asks for a person's review.
    """

    letter: str | None
    method: Method = ""
    reason: Reason = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
