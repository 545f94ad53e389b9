"""Two models on the same cases, each correct or incorrect: both proportions, their difference, and McNemar's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from doubleread.statistics.binomial import probability, two_sided_p
from doubleread.statistics.estimates import Estimate, Interval, Undefined
from doubleread.statistics.proportions import Proportion, proportion, wilson


@dataclass(frozen=True, slots=True)
class PairedTable:
    """How many cases have a property (correct, or with a hallucination) in both models' answers, in one, in neither.

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

    `exact` always keeps its level and is conservative; Fagerland et al. recommend `mid_p`.
    """

    n: int
    exact: float
    mid_p: float


def paired_table(first: Sequence[bool], second: Sequence[bool]) -> PairedTable:
    """Count both models' outcomes, one for each case, in the same order. Raises ValueError if lengths differ."""
    pairs = list(zip(first, second, strict=True))
    return PairedTable(
        both=sum(1 for one, other in pairs if one and other),
        first_only=sum(1 for one, other in pairs if one and not other),
        second_only=sum(1 for one, other in pairs if other and not one),
        neither=sum(1 for one, other in pairs if not one and not other),
    )


def paired_difference(table: PairedTable, confidence: float = 0.95) -> Estimate | Undefined:
    """Return the first model's proportion minus the second's, with Newcombe's interval; n counts cases.

    Method 10 of Newcombe, Stat Med 1998;17:2635-2650: both Wilson intervals, squared and added, with the correlation
    phi corrected for continuity where it is positive. Raises ValueError for a confidence outside (0, 1).
    """
    ends = wilson(table.first, table.n, confidence), wilson(table.second, table.n, confidence)
    if isinstance(ends[0], Undefined) or isinstance(ends[1], Undefined):
        return Undefined("there are no cases with an answer of both arms")
    one, other = table.first / table.n, table.second / table.n
    below, above = one - ends[0].low, ends[0].high - one
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
    """Return McNemar's test, exact and mid-p. It is undefined if the arms differ on no case.

    Source of the mid-p: Fagerland, Lydersen, Laake, BMC Med Res Methodol 2013;13:91.
    """
    n = table.first_only + table.second_only
    if n == 0:
        return Undefined("the arms differ on no case")
    fewer = min(table.first_only, table.second_only)
    exact = two_sided_p(fewer, n)
    at = probability(fewer, n)
    mid_p = 1 - at / 2 if 2 * fewer == n else exact - at
    return McNemar(n, exact, max(mid_p, 0.0))


Outcome = bool | None
"""Correct, incorrect, or None for an indeterminate answer: unparsed, refused or truncated."""


@dataclass(frozen=True, slots=True)
class PairedProportions:
    """Both models' proportions of the same cases, the difference (first minus second), and the test; n is `table.n`."""

    table: PairedTable
    first: Proportion | Undefined
    second: Proportion | Undefined
    difference: Estimate | Undefined
    test: McNemar | Undefined


@dataclass(frozen=True, slots=True)
class PairedAccuracy:
    """The comparison both ways; `indeterminate` counts the cases in which at least one model's answer is indeterminate.

    `indeterminate_left_out` leaves such a case out for both models, since the comparison is paired.
    """

    indeterminate: int
    indeterminate_incorrect: PairedProportions
    indeterminate_left_out: PairedProportions


def paired_proportions(table: PairedTable, confidence: float = 0.95) -> PairedProportions:
    """Return proportions, difference and test of a table. Raises ValueError for a confidence outside (0, 1)."""
    return PairedProportions(
        table=table,
        first=proportion(table.first, table.n, confidence),
        second=proportion(table.second, table.n, confidence),
        difference=paired_difference(table, confidence),
        test=mcnemar(table),
    )


def paired_accuracy(first: Sequence[Outcome], second: Sequence[Outcome], confidence: float = 0.95) -> PairedAccuracy:
    """Compare two models' outcomes, one for each case, in the same order. Raises ValueError if lengths differ."""
    clear = [(one, other) for one, other in zip(first, second, strict=True) if one is not None and other is not None]
    return PairedAccuracy(
        indeterminate=len(first) - len(clear),
        indeterminate_incorrect=paired_proportions(
            paired_table(*([bool(one) for one in side] for side in (first, second))), confidence
        ),
        indeterminate_left_out=paired_proportions(
            paired_table([one for one, _ in clear], [other for _, other in clear]), confidence
        ),
    )
