"""A stretch of an answer that names a diagnosis, without what leads in to it."""

from __future__ import annotations

import re

Span = tuple[int, int]
Groups = list[list[Span]]  # each group shares a rank

_MOST_WORDS = 14
TIED = re.compile(r"\s*(?:,\s*)?\b(?:or|versus|vs\.?|and/or)\s+", re.I)
_LEAD_IN = re.compile(
    r"^(?:(?:and|or|either|then|possibly|probably|perhaps|maybe|likely|also|it (?:is|could be|may be|might be)|this is|"
    r"the patient (?:has|likely has)|could be|a|an|the|case of|(?:first|second|third)(?:ly)?,?)\s+)+",
    re.I,
)
TURNED_DOWN = re.compile(r"\b(?:not|no|never|neither|ruled out|excluded|unlikely|none|unclear|unknown)\b", re.I)


def trimmed(text: str, low: int, high: int) -> Span | None:
    """Return a stretch without what leads in to a name and without signs around it; None if no name is left."""
    lead = _LEAD_IN.match(text[low:high])
    low += lead.end() if lead else 0
    while low < high and (text[low].isspace() or text[low] in "\"'-–—,:*[{"):
        low += 1
    while high > low and (text[high - 1].isspace() or text[high - 1] in "\"'-–—,.:;*]}!?"):
        high -= 1
    words = text[low:high].split()
    if not words or len(words) > _MOST_WORDS or TURNED_DOWN.search(text, low, high):
        return None
    return low, high
