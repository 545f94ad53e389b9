"""The strings by which models delimit their reasoning: those of published models, and a study's own."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LONGEST_MARKER = 200
MOST_SUSPECTS = 10
_TOPIC = r"think|thought|reason|reflect|scratch|ponder|deliberat|monologue|analysis|chain.?of"
_SUSPECTS = re.compile(
    rf"</?[\w:|-]*(?:{_TOPIC})[\w:|-]*>"
    r"|(?-i:\[/?[A-Z_ ]*(?:THINK|THOUGHT|REASON)[A-Z_ ]*\])"
    r"|<\|[^|<>\s]{1,60}\|?>|<[^|<>\s]{1,60}\|>|<｜[^｜<>]{1,60}｜>|<unused\d+>|◁[^◁▷]{1,60}▷"
    r"|^ {0,3}(?:#{1,6} *|\*\*)(?:thinking|reasoning|thoughts|thought process|internal monologue"
    r"|chain of thought)\b[^\n]{0,40}",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class ReasoningFormat:
    """How one family of models delimits its reasoning.

    Any of `begin` opens it, any of `end` closes it; `close` is what is written to end it by force. If `anywhere`
    holds, the strings mean nothing else and count in the middle of an answer too; else only at its very beginning.
    If `whole` holds, they count only in a finished text that has both. `answer` are strings around the answer that
    belong to the format.
    """

    name: str
    begin: tuple[str, ...]
    end: tuple[str, ...]
    close: str
    anywhere: bool = True
    whole: bool = False
    answer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnMarkers:
    """A pair of strings that a study's protocol adds: what `begin` opens, `end` closes, anywhere in an answer.

    Raises ValueError for strings that cannot delimit anything.
    """

    begin: str
    end: str

    def __post_init__(self) -> None:
        for name, text in (("begin", self.begin), ("end", self.end)):
            if not text.strip() or len(text) > LONGEST_MARKER:
                raise ValueError(f"{name} must be 1 to {LONGEST_MARKER} characters, not only blanks")
        if self.begin == self.end:
            raise ValueError("begin and end must differ")

    def as_format(self) -> ReasoningFormat:
        """Return the pair as a format, named after its beginning."""
        return ReasoningFormat(f"protocol: {self.begin.strip()}", (self.begin,), (self.end,), f"\n{self.end}\n")


@cache
def published_formats() -> tuple[ReasoningFormat, ...]:
    """Return the formats of published models, from `reasoning_markers.toml`."""
    text = files("doubleread.domain").joinpath("reasoning_markers.toml").read_text(encoding="utf-8")
    return tuple(
        ReasoningFormat(
            name=record["name"],
            begin=tuple(record["begin"]),
            end=tuple(record["end"]),
            close=record["close"],
            anywhere=record["anywhere"],
            whole=record.get("whole", False),
            answer=tuple(record.get("answer", ())),
        )
        for record in tomllib.loads(text)["format"]
    )


def suspected_markers(answer: str) -> tuple[str, ...]:
    """Return what looks like a marker of reasoning, or like a control token, in a text that should hold none.

    Each spelling once, in order, at most MOST_SUSPECTS.
    """
    found = dict.fromkeys(match[0].strip() for match in _SUSPECTS.finditer(answer))
    return tuple(found)[:MOST_SUSPECTS]
