"""p values of many comparisons, corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.statistics.estimates import Undefined


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A p value, and what it comes to among `comparisons` of them."""

    p: float
    holm: float
    benjamini_hochberg: float
    comparisons: int


def adjusted(p_values: Mapping[str, float | Undefined]) -> dict[str, Adjusted | Undefined]:
    """Return each p value, by name, with what it comes to among them all. Undefined ones count as no comparison.

    Holm's correction holds however the tests depend on each other; Benjamini and Hochberg's where they do not pull
    against each other. Raises ValueError for what is not a probability.
    """
    given = {name: p for name, p in p_values.items() if not isinstance(p, Undefined)}
    listed = list(given.values())
    corrected = dict(zip(given, zip(holm(listed), benjamini_hochberg(listed), strict=True), strict=True))
    return {
        name: p if isinstance(p, Undefined) else Adjusted(p, *corrected[name], len(given))
        for name, p in p_values.items()
    }


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p values, in the order given: the chance of any false alarm stays below the level.

    Source: Holm, Scand J Stat 1979;6:65-70. Raises ValueError for what is not a probability.
    """
    _check(p_values)
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Benjamini and Hochberg's adjusted p values, in the order given: the proportion of false alarms stays
    below.

    Source: Benjamini, Hochberg, J R Stat Soc B 1995;57:289-300. Raises ValueError for what is not a probability.
    """
    from scipy.stats import false_discovery_control

    _check(p_values)
    return tuple(float(p) for p in false_discovery_control(p_values)) if p_values else ()


def _check(p_values: Sequence[float]) -> None:
    if wrong := [p for p in p_values if not 0 <= p <= 1]:
        raise ValueError(f"not a probability: {wrong[0]}")
