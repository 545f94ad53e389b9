"""Second thoughts: the words behind an answer's last commitment that take it back, and what they put in its place."""

from __future__ import annotations

import re

from doubleread.scoring import cues, targets
from doubleread.scoring.statements import of_the_matter
from doubleread.scoring.targets import Target
from doubleread.scoring.text_view import TextView

_LEAD_IN = re.compile(
    r"(?:[\s,.:;!…—–-]+|(?:no|actually|sorry|so|then|well|that(?:'s| is) (?:wrong|not right|incorrect)|"
    r"i (?:meant?|would say)|it(?:'s| is| must be| should be)|make (?:that|it)|es ist|c'est|nein|non|es|e|"
    r"应该是|是|は)(?![a-z]))*"
)
_DENIES = re.compile(
    r"\b(?:that|this|it|which)(?:'s| is| was| cannot be| can't be) (?:wrong|not right|incorrect|not correct|"
    r"a mistake)\b|\bi (?:was|am) (?:wrong|mistaken)\b|\bi made an? (?:mistake|error)\b|\bscratch that\b|"
    r"\bstrike that\b|\btake (?:that|it) back\b|\bdas (?:ist|war) falsch\b|\bc'est faux\b|"
    r"\beso (?:es|esta) (?:mal|incorrecto)\b"
)
_REACH = 300
_DENIED_WITHIN = 80


def retracted(view: TextView, kept: Target) -> tuple[Target | None] | None:
    """Return (what is chosen instead of `kept`, or None for nothing), or None where `kept` is not taken back."""
    if all(view.low.find(sign, kept.end) < 0 for sign in cues.RETRACTION_SIGNS):
        return None
    back = None
    for match in cues.RETRACTION.finditer(view.low, kept.end):
        back = match
    if back is None:
        return None
    start, end = back.end(), min(len(view.text), back.end() + _REACH)
    for statement in of_the_matter(view):
        if statement.cue < back.start():
            break
        target = targets.of(view, statement)
        if target:
            return (target,)
    lead_in = _LEAD_IN.match(view.low, start, end)
    position = lead_in.end() if lead_in else start
    sentence_end = min(end, max(view.sentence(min(position, len(view.low) - 1))[1], position))
    target = targets.after(view, position, sentence_end, liberal=True) if position < sentence_end else None
    if target and target.letters:
        return (target,)
    if _DENIES.search(view.low, back.start(), min(end, start + _DENIED_WITHIN)):
        return (None,)
    return None
