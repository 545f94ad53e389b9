"""A proportion of successes with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from doubleread.statistics.estimates import Interval, Undefined, normal_quantile

__all__ = ["Interval", "Proportion", "Undefined", "proportion", "wilson"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """`successes` of `n`, with the ends of the interval around the proportion. All proportions are between 0 and 1."""

    successes: int
    n: int
    low: float
    high: float
    confidence: float = 0.95
    method: ClassVar[str] = "Wilson"

    @property
    def value(self) -> float:
        """The proportion itself."""
        return self.successes / self.n

    @property
    def interval(self) -> Interval:
        """The interval around the proportion."""
        return Interval(self.low, self.high, self.confidence)


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval | Undefined:
    """Return Wilson's score interval, without continuity correction, for a proportion of `n` independent trials.

    Source: Wilson, J Am Stat Assoc 1927;22:209-212; the values equal those of R's `binom.confint(methods="wilson")`.
    An effective sample size need not be whole. With n = 0 it is undefined. Raises ValueError for counts that cannot be
    and for a confidence outside (0, 1).
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"not a count of successes: {successes} of {n}")
    z = normal_quantile(confidence)
    if n == 0:
        return Undefined("there are no answers")
    fraction = successes / n
    scale = 1 + z * z / n
    centre = (fraction + z * z / (2 * n)) / scale
    half = z * sqrt(fraction * (1 - fraction) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high, confidence)


def proportion(successes: int, n: int, confidence: float = 0.95) -> Proportion | Undefined:
    """Return the proportion with Wilson's interval, or why there is none. Raises ValueError as `wilson` does."""
    interval = wilson(successes, n, confidence)
    if isinstance(interval, Undefined):
        return interval
    return Proportion(successes, n, interval.low, interval.high, confidence)
