"""How often intervals and tests of repeated runs are wrong, beside the methods they were chosen over.

An interval at 95 % misses the truth 5 times in 100 where it is right, a test at the 5 % level rejects arms of the same
accuracy as often. Each line is over studies with 3 or 10 answers to each case, accuracies from 0.5 to 0.95, and answers
to one case that resemble each other little or much.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta
from scipy.stats import t as student

from benchmarks.measurements import Measurement
from doubleread import statistics as stats

STUDIES, BOOTSTRAPS, RESAMPLES = 400, 100, 399
CASES, ANSWERS, CORRELATIONS = (10, 30, 100), (3, 10), (0.1, 0.5)
MEANS = ((0.5, 0.5), (0.8, 0.65), (0.95, 0.95))
SHARED = 0.7  # correlation of the arms' difficulty of a case, on the normal scale

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Scenario:
    """`counts` are the correct answers of both arms, by study and case; `truths` the arms' true accuracies."""

    cases: int
    answers: int
    counts: tuple[Counts, Counts]
    truths: tuple[float, float]


def run() -> list[Measurement]:
    """Simulate the studies and print how often each method is wrong, on average and in the worst scenario."""
    wrong: dict[tuple[str, int], list[float]] = defaultdict(list)
    for scenario in _scenarios(np.random.default_rng(20)):
        for name, rate in _rates(scenario).items():
            wrong[name, scenario.cases].append(100 * rate)
    measurements = []
    for (name, cases), rates in sorted(wrong.items()):
        measurements.append(Measurement(f"{name}, {cases} cases, mean", statistics.mean(rates), "%", n=len(rates)))
        measurements.append(Measurement(f"{name}, {cases} cases, worst", max(rates), "%", n=len(rates)))
    return measurements


def _scenarios(generator: np.random.Generator) -> Iterator[_Scenario]:
    for cases, answers, correlation, means in product(CASES, ANSWERS, CORRELATIONS, MEANS):
        scale = (1 - correlation) / correlation
        common = generator.normal(size=(STUDIES, cases))
        counts = []
        for mean in means:
            own = SHARED**0.5 * common + (1 - SHARED) ** 0.5 * generator.normal(size=common.shape)
            # The quantile function from a table: computing it for every case takes minutes.
            table = beta.ppf(np.linspace(0, 1, 2_001), mean * scale, (1 - mean) * scale)
            counts.append(generator.binomial(answers, np.interp(ndtr(own), np.linspace(0, 1, 2_001), table)))
        yield _Scenario(cases, answers, (counts[0], counts[1]), means)


def _rates(scenario: _Scenario) -> dict[str, float]:
    first, second = scenario.counts
    gap = scenario.truths[0] - scenario.truths[1]
    ours = [_means(row, scenario.answers) for row in first]
    others = [_means(row, scenario.answers) for row in second]
    rates = {
        "mean missed, Wilson": _missed([stats.mean_over_cases(study) for study in ours], scenario.truths[0]),
        "mean missed, t": _missed_by_t(first / scenario.answers, scenario.truths[0]),
        "mean missed, BCa": _missed([_bootstrap(study) for study in ours[:BOOTSTRAPS]], scenario.truths[0]),
        "difference missed, Newcombe": _missed(list(map(stats.difference_over_cases, ours, others)), gap),
        "difference missed, t": _missed_by_t((first - second) / scenario.answers, gap),
    }
    if not gap:
        differences = first - second
        p_values = [stats.sign_flip_test([Fraction(int(at)) for at in study]) for study in differences]
        rates["equal arms rejected, sign flips"] = _mean(isinstance(p, float) and p <= 0.05 for p in p_values)
        rates["equal arms rejected, t"] = _mean(
            spread > 0 and abs(mean) > error
            for mean, error, spread in zip(*_t_reach(differences), differences.std(axis=1), strict=True)
        )
    return rates


def _means(correct: Counts, answers: int) -> list[stats.CaseMean]:
    return [stats.CaseMean(Fraction(int(count), answers), answers) for count in correct]


def _bootstrap(study: Sequence[stats.CaseMean]) -> stats.Estimate | stats.Undefined:
    rows = [(1.0, float(case.value)) for case in study]
    return stats.bootstrap_cases(rows, {"mean": lambda sums: sums[1] / sums[0]}, resamples=RESAMPLES)["mean"]


def _missed(estimates: Sequence[stats.Estimate | stats.Undefined], truth: float) -> float:
    """Return the proportion of intervals without the truth; an undefined one has not covered it."""
    intervals = [found.interval for found in estimates if isinstance(found, stats.Estimate)]
    covered = sum(isinstance(at, stats.Interval) and at.low <= truth <= at.high for at in intervals)
    return 1 - covered / len(estimates)


def _t_reach(values: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cases = values.shape[1]
    error = values.std(axis=1, ddof=1) / cases**0.5
    return values.mean(axis=1), error * float(student.ppf(0.975, cases - 1))


def _missed_by_t(values: NDArray[np.float64], truth: float) -> float:
    means, reach = _t_reach(values)
    return float(np.mean(np.abs(means - truth) > reach))


def _mean(happened: Iterator[bool]) -> float:
    return statistics.mean(map(float, happened))
