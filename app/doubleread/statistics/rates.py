"""How many of something an answer has, on average: annotations, omissions, unsupported words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, isfinite

from doubleread.statistics.proportions import Undefined


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
    """Return the mean of values, one for each answer (zero where an answer has none), or why there is none.

    Raises ValueError for a value that is not finite.
    """
    held = list(values)
    if not all(map(isfinite, held)):
        raise ValueError("a mean needs finite values")
    return Mean(fsum(held), len(held)) if held else Undefined("there are no answers")
