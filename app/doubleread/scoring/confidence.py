"""The confidence in an extracted choice: six bands, by the kind of evidence.

The bands are estimates of how often such evidence is correct in unseen answers, rounded down; `benchmarks/scoring.py`
prints the proportions on the project's own examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from doubleread.domain.extraction import Flag, Method

BANDS: tuple[float, ...] = (0.98, 0.93, 0.85, 0.7, 0.6, 0.5)

_BY_METHOD: Mapping[Method, float] = MappingProxyType(
    {
        "stated answer": 0.98,
        "whole text": 0.98,
        "opening": 0.93,
        "stated judgement": 0.85,
        "second thought": 0.85,
        "option by option": 0.85,
        "ranking": 0.85,
        "closing": 0.85,
        "only option named": 0.7,
        "conclusion": 0.6,
        "only option left": 0.5,
    }
)
_AT_MOST: Mapping[str, float] = MappingProxyType({"fuzzy": 0.85, "words": 0.7, "number": 0.85})
_FLAGGED = 0.6


def confidence_of(method: Method, how: str, flags: tuple[Flag, ...]) -> float:
    """Return the confidence of a choice found by a method and named as `how` says: one of `BANDS`."""
    return min(_BY_METHOD[method], _AT_MOST.get(how, 1.0), _FLAGGED if flags else 1.0)
