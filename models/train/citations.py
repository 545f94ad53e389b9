"""Which findings a text mentions. The wordings are known, so plain search is enough; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from knowledge import Knowledge

_NEGATION = re.compile(r"\b(?:no|without|absence of)\s(?:(?:a|an|the)\s)?$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding named in a text at [start, end). `negated` when the text says that it is not there."""

    finding: str
    start: int
    end: int
    negated: bool


@dataclass(frozen=True, slots=True)
class Support:
    """How an answer's mentions stand to the vignette. Counts, and the ids behind the two kinds of error."""

    cited: int
    absent: tuple[str, ...]
    contradicted: tuple[str, ...]


def bare(wording: str) -> str:
    """Return a wording without its article, as it stands after "no"."""
    return re.sub(r"^(?:a|an|the)\s", "", wording)


@lru_cache(maxsize=4)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def mentions(text: str, knowledge: Knowledge) -> list[Mention]:
    """Find every known wording in a text, the longest where several begin at one place. In the order of the text."""
    owner = {bare(wording).lower(): item.id for item in knowledge.findings.values() for wording in item.wordings}
    return [
        Mention(owner[match[0].lower()], match.start(), match.end(), bool(_NEGATION.search(text[: match.start()])))
        for match in _pattern(tuple(owner)).finditer(text)
    ]


def support(answer: str, present: Collection[str], knowledge: Knowledge) -> Support:
    """Compare the findings that an answer names with those `present` in the vignette.

    `absent` holds findings cited as present that the vignette lacks, `contradicted` those denied although it has them.
    """
    named = mentions(answer, knowledge)
    return Support(
        cited=sum(not mention.negated for mention in named),
        absent=tuple(m.finding for m in named if not m.negated and m.finding not in present),
        contradicted=tuple(m.finding for m in named if m.negated and m.finding in present),
    )
