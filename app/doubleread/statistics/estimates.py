"""An estimate with its interval, n and method, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, isfinite
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Undefined:
    """An estimate that does not exist. `reason` continues the words "undefined because"."""

    reason: str

    def __str__(self) -> str:
        return f"undefined because {self.reason}"


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included, at the level `confidence` (0 to 1)."""

    low: float
    high: float
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval, its n and the name of the method.

    `n` counts cases, answers or readings, as the function that returns it says. The interval can be undefined if
    the estimate is not: one case has a mean, but no measure of its uncertainty.
    """

    value: float
    interval: Interval | Undefined
    n: int
    method: str


def normal_quantile(confidence: float) -> float:
    """Return how many standard errors an interval reaches to either side. Raises ValueError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence must be between 0 and 1, not {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `n` values that add up to `total`. No interval: values of the same case are not independent."""

    total: float
    n: int

    @property
    def value(self) -> float:
        """The mean itself, in the unit of the values."""
        return self.total / self.n


def mean(values: Iterable[float]) -> Mean | Undefined:
    """Return the mean of values, one for each answer (zero if an answer has none), or why there is none.

    Raises ValueError for a value that is not finite.
    """
    held = list(values)
    if not all(map(isfinite, held)):
        raise ValueError("a mean needs finite values")
    return Mean(fsum(held), len(held)) if held else Undefined("there are no answers")
