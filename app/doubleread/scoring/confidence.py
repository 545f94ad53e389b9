"""How far a found choice can be relied on: a few bands, by the kind of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doubleread.scoring.extraction import Flag, Method

_BY_METHOD: Mapping[Method, float] = MappingProxyType(
    {
        "whole text": 0.95,
        "stated answer": 0.98,
        "opening": 0.93,
        "stated judgement": 0.9,
        "closing": 0.93,
        "option by option": 0.85,
        "ranking": 0.85,
        "only option named": 0.75,
        "only option left": 0.7,
        "conclusion": 0.7,
    }
)
_IN_OTHER_WORDS: Mapping[str, float] = MappingProxyType({"fuzzy": 0.9, "words": 0.75})
_FLAGGED = 0.6


def confidence_of(method: Method, how: str, flags: tuple[Flag, ...]) -> float:
    """Return the confidence, between 0 and 1, of a choice found by a method and named as `how` says."""
    return round(_BY_METHOD[method] * _IN_OTHER_WORDS.get(how, 1.0) * (_FLAGGED if flags else 1.0), 3)
