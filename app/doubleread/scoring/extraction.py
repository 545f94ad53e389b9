"""What the extractor of chosen options says, and the words it may use. Screens, tables and exports show these words."""

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
Reason = Literal["", "refused", "several", "none", "truncated", "empty", "out of range", "not offered", "taken back"]
Flag = Literal["letter and text disagree", "changed its answer", "number for a letter", "second thoughts"]

METHODS: tuple[Method, ...] = get_args(Method)
REASONS: tuple[Reason, ...] = get_args(Reason)
FLAGS: tuple[Flag, ...] = get_args(Flag)

MEANING: Mapping[str, str] = MappingProxyType(
    {
        "stated answer": 'says which answer or option it gives: "the answer is B", a box, JSON',
        "stated judgement": 'judges the matter itself: "the best next step is", "X is most likely"',
        "second thought": "takes its first choice back and makes another",
        "opening": "begins with the letter or the option's text",
        "closing": "ends with the letter or the option's text, alone on its line or in its sentence",
        "option by option": "calls one option true and others false",
        "ranking": "ranks the options, or gives each a probability; the first counts",
        "only option named": "names one option and no other",
        "only option left": "names several options and turns down all but one",
        "conclusion": "its last concluding sentence names one option",
        "whole text": "is the option's text, word for word",
        "refused": "declines to answer",
        "several": "leaves more than one option open",
        "none": "names no option, or says that none fits",
        "truncated": "ends, or still thinks aloud, before it chooses",
        "empty": "says nothing",
        "out of range": "names a letter that is not offered",
        "not offered": "states an answer that no option says",
        "taken back": "takes its choice back and makes no other",
        "letter and text disagree": "the letter is one option's and the text beside it another's",
        "changed its answer": "stated another answer before; the last one counts",
        "second thoughts": "doubts its choice afterwards without making another",
        "number for a letter": "counts the options by number; the number was taken for the letter in that place",
    }
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The option an answer chooses, with the evidence, or why none can be had.

    `letter` is None exactly where `reason` says why. `method` says which kind of statement was relied on. What each
    word means stands in `MEANING`. `start` and `end` are code-point offsets into the raw answer, of the letter or of
    the option's words. `confidence` lies between 0 and 1. Every flag asks for a person to look.
    """

    letter: str | None
    method: Method = ""
    reason: Reason = ""
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
