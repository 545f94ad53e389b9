"""Two models on the same cases, each right or wrong: the difference of their proportions, and McNemar's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from doubleread.statistics.estimates import Estimate, Interval, Undefined
from doubleread.statistics.proportions import wilson


@dataclass(frozen=True, slots=True)
class PairedTable:
    """How many cases have a property (right, or with a hallucination) in both models' answers, in one, in neither.

    Raises ValueError for a count below zero.
    """

    both: int
    first_only: int
    second_only: int
    neither: int

    def __post_init__(self) -> None:
        if min(self.both, self.first_only, self.second_only, self.neither) < 0:
            raise ValueError(f"not counts of cases: {self}")

    @property
    def n(self) -> int:
        """All cases."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def first(self) -> int:
        """Cases in which the first model has it."""
        return self.both + self.first_only

    @property
    def second(self) -> int:
        """Cases in which the second model has it."""
        return self.both + self.second_only

    def swapped(self) -> PairedTable:
        """Return the table with the second model first."""
        return PairedTable(self.both, self.second_only, self.first_only, self.neither)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two-sided p values of "either model is as often ahead", from the `n` cases on which the models differ.

    `exact` keeps its level always and is too cautious; `mid_p` is what Fagerland et al. recommend.
    """

    n: int
    exact: float
    mid_p: float


def paired_table(first: Sequence[bool], second: Sequence[bool]) -> PairedTable:
    """Count both models' outcomes, one for each case, in the same order. Raises ValueError where lengths differ."""
    pairs = list(zip(first, second, strict=True))
    return PairedTable(
        both=sum(1 for one, other in pairs if one and other),
        first_only=sum(1 for one, other in pairs if one and not other),
        second_only=sum(1 for one, other in pairs if other and not one),
        neither=sum(1 for one, other in pairs if not one and not other),
    )


def paired_difference(table: PairedTable, confidence: float = 0.95) -> Estimate | Undefined:
    """Return the first model's proportion less the second's, between -1 and 1, with Newcombe's interval; n counts
    cases.

    Method 10 of Newcombe, Stat Med 1998;17:2635-2650: both Wilson intervals, squared and added, with the correlation
    phi corrected for continuity where it is positive. Raises ValueError for a confidence outside (0, 1).
    """
    ends = wilson(table.first, table.n, confidence), wilson(table.second, table.n, confidence)
    if isinstance(ends[0], Undefined) or isinstance(ends[1], Undefined):
        return Undefined("there are no cases with an answer of both models")
    proportion, other = table.first / table.n, table.second / table.n
    below, above = proportion - ends[0].low, ends[0].high - proportion
    other_below, other_above = other - ends[1].low, ends[1].high - other
    phi = _corrected_phi(table)
    difference = (table.first_only - table.second_only) / table.n
    low = difference - _added(below, other_above, phi)
    high = difference + _added(above, other_below, phi)
    return Estimate(difference, Interval(max(-1.0, low), min(1.0, high), confidence), table.n, "Newcombe 10")


def _added(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _corrected_phi(table: PairedTable) -> float:
    n, first, second = table.n, table.first, table.second
    margins = first * (n - first) * second * (n - second)
    if margins == 0:
        return 0.0
    product = table.both * table.neither - table.first_only * table.second_only
    return (max(product - n / 2, 0) if product > 0 else product) / sqrt(margins)


def mcnemar(table: PairedTable) -> McNemar | Undefined:
    """Return McNemar's test, exact and mid-p. It is undefined where the models differ on no case.

    Source of the mid-p: Fagerland, Lydersen, Laake, BMC Med Res Methodol 2013;13:91.
    """
    from scipy.stats import binom, binomtest

    n = table.first_only + table.second_only
    if n == 0:
        return Undefined("the models differ on no case")
    fewer = min(table.first_only, table.second_only)
    exact = float(binomtest(fewer, n, 0.5).pvalue)
    at = float(binom.pmf(fewer, n, 0.5))
    mid_p = 1 - at / 2 if 2 * fewer == n else exact - at
    return McNemar(n, exact, max(mid_p, 0.0))
