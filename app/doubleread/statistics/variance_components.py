"""How much of the uncertainty of an accuracy comes from the cases and how much from the answers to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.case_means import CaseMean
from doubleread.statistics.estimates import Estimate, Undefined


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """The variance of one answer's correctness, or of the difference of two, split in two.

    `within` is the variance between answers to the same case, averaged over cases; `between` is the variance of the
    cases' true proportions. Both are unbiased, so `between` can be below zero, which means that none is visible.
    n counts cases; the intervals are BCa bootstrap intervals over cases.
    """

    within: Estimate
    between: Estimate

    def standard_error(self, cases: int, answers: int) -> float:
        """Return the standard error to expect with so many cases and so many answers to each.

        sqrt((between + within / answers) / cases): more answers lower it no further than sqrt(between / cases).
        Source: Miller, Adding Error Bars to Evals, arXiv:2411.00640, 2024. Raises ValueError for numbers below 1.
        """
        return sqrt(self._variance(answers) / _at_least_one(cases))

    def answers_proportion(self, answers: int) -> float | Undefined:
        """Return the proportion of the variance of the mean that is due to having only so many answers to each case.

        It is what further answers to the same cases could remove. Raises ValueError for a number below 1.
        """
        variance = self._variance(answers)
        return self.within.value / answers / variance if variance else Undefined("the variance is zero")

    def _variance(self, answers: int) -> float:
        return max(0.0, self.between.value) + self.within.value / _at_least_one(answers)


@dataclass(frozen=True, slots=True)
class PairedVarianceComponents:
    """The components of each arm's accuracy and of the difference in the same cases."""

    first: VarianceComponents | Undefined
    second: VarianceComponents | Undefined
    difference: VarianceComponents | Undefined


def paired_variance_components(
    first: Sequence[CaseMean | None],
    second: Sequence[CaseMean | None],
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> PairedVarianceComponents:
    """Return the components from both arms' proportions of correct answers, one for each case, in the same order.

    `trials` is the number of answers. For a case with proportion p of n answers, w = p (1 - p) n / (n - 1) estimates
    the variance within it; within = mean(w) and between = variance(p) - mean(w / n). For the difference, the p of the
    arms are subtracted and their w and w / n added. With equally many answers to each case these are the estimates of
    a one-way analysis of variance. Only cases with two answers or more count, for the difference two of each arm.
    Sources: Searle, Casella, McCulloch, Variance Components, 1992, chapter 3; Miller, arXiv:2411.00640, 2024. Raises
    ValueError where lengths differ and for a confidence outside (0, 1).
    """
    rows = [(_row(one), _row(other)) for one, other in zip(first, second, strict=True)]
    both = [(one, other) for one, other in rows if one is not None and other is not None]

    def components(held: Sequence[tuple[float, float, float]]) -> VarianceComponents | Undefined:
        return _components(held, confidence, resamples, seed)

    return PairedVarianceComponents(
        components([one for one, _ in rows if one is not None]),
        components([other for _, other in rows if other is not None]),
        components([(one[0] - other[0], one[1] + other[1], one[2] + other[2]) for one, other in both]),
    )


def _row(case: CaseMean | None) -> tuple[float, float, float] | None:
    """Return the proportion, the variance within the case, and the variance of the proportion that comes of it."""
    if case is None or case.trials < 2:
        return None
    value = float(case.value)
    error = value * (1 - value) / (case.trials - 1)
    return value, error * case.trials, error


def _components(
    rows: Sequence[tuple[float, float, float]], confidence: float, resamples: int, seed: int
) -> VarianceComponents | Undefined:
    # In sorted order the same cases get the same bootstrap samples.
    values = [(1.0, value, value * value, within, error) for value, within, error in sorted(rows)]
    found = bootstrap_cases(
        values,
        {
            "within": lambda sums: sums[3] / sums[0],
            "between": lambda sums: (sums[2] - sums[1] ** 2 / sums[0]) / (sums[0] - 1) - sums[4] / sums[0],
        },
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )
    within, between = found["within"], found["between"]
    if isinstance(within, Undefined) or isinstance(between, Undefined):
        return Undefined("fewer than two cases have two answers")
    return VarianceComponents(within, between)


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ValueError(f"not a number of cases or answers: {count}")
    return count
