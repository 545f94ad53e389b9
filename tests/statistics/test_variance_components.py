"""Variance within and between cases: against an analysis of variance, and what it predicts."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from doubleread.statistics import (
    CaseMean,
    Estimate,
    Interval,
    Undefined,
    VarianceComponents,
    paired_variance_components,
)

FEW = 299


def means(correct, answers: int) -> list[CaseMean]:
    return [CaseMean(Fraction(int(count), answers), answers) for count in correct]


def of_one_arm(cases: list[CaseMean | None]) -> VarianceComponents | Undefined:
    return paired_variance_components(cases, cases, resamples=FEW).first


def test_by_hand():
    # w = 1/4 * 4/3 = 1/3 (p = 1/2) and 3/16 * 4/3 = 1/4 (p = 3/4); w / n = 1/12 and 1/16; variance of p = 1/32
    found = of_one_arm(means([2, 3], 4))
    assert found.within.value == pytest.approx((1 / 3 + 1 / 4) / 2)
    assert found.between.value == pytest.approx(1 / 32 - (1 / 12 + 1 / 16) / 2)
    assert found.within.n == 2


def test_equals_a_one_way_analysis_of_variance():
    generator = np.random.default_rng(3)
    outcomes = (generator.random((30, 6)) < generator.beta(1, 1, 30)[:, None]).astype(int)
    data = pd.DataFrame({"correct": outcomes.ravel(), "case": np.repeat(np.arange(30), 6)})
    table = anova_lm(ols("correct ~ C(case)", data).fit())
    between, within = table["mean_sq"]
    found = of_one_arm(means(outcomes.sum(axis=1), 6))
    assert found.within.value == pytest.approx(within)
    assert found.between.value == pytest.approx((between - within) / 6)
    for estimate in (found.within, found.between):
        assert isinstance(estimate.interval, Interval)
        assert estimate.interval.low < estimate.value < estimate.interval.high
        assert (estimate.n, "BCa" in estimate.method) == (30, True)


@pytest.mark.parametrize("answers", [(2, 2), (3, 6)])
def test_components_are_unbiased_and_predict_the_standard_error(answers):
    """Over many studies, the components are on average what the simulation has, and the errors what they predict."""
    generator = np.random.default_rng(17)
    within, between, differences, predicted = [], [], [], []
    for _ in range(500):
        shared = generator.beta(2, 2, 40)
        sides = [means(generator.binomial(n, shared**power), n) for n, power in zip(answers, (1, 2), strict=True)]
        found = paired_variance_components(*sides, resamples=20).difference
        within.append(found.within.value)
        between.append(found.between.value)
        differences.append(float(sum(one.value - other.value for one, other in zip(*sides, strict=True))) / 40)
        if answers[0] == answers[1]:
            predicted.append(found.standard_error(40, answers[0]))
    shared = generator.beta(2, 2, 400_000)
    assert np.mean(within) == pytest.approx((shared * (1 - shared) + shared**2 * (1 - shared**2)).mean(), rel=0.03)
    assert np.mean(between) == pytest.approx((shared - shared**2).var(), abs=0.006)
    if predicted:
        assert np.sqrt(np.mean(np.square(predicted))) == pytest.approx(np.std(differences), rel=0.12)


def test_what_more_answers_are_worth():
    estimate = Estimate(0.0, Undefined("not needed"), 10, "by hand")
    found = VarianceComponents(
        Estimate(0.12, estimate.interval, 10, "by hand"), Estimate(0.08, estimate.interval, 10, "by hand")
    )
    assert found.standard_error(100, 1) == pytest.approx(sqrt(0.2 / 100))
    assert found.standard_error(100, 3) == pytest.approx(sqrt(0.12 / 100))
    assert found.answers_proportion(1) == pytest.approx(0.6)
    assert found.answers_proportion(3) == pytest.approx(1 / 3)
    assert VarianceComponents(estimate, estimate).answers_proportion(2) == Undefined("the variance is zero")
    below = VarianceComponents(found.within, Estimate(-0.02, estimate.interval, 10, "by hand"))
    assert below.answers_proportion(4) == 1
    assert below.standard_error(1, 3) == pytest.approx(0.2)
    for numbers in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="not a number"):
            found.standard_error(*numbers)


def test_answers_that_never_vary_have_no_variance_within():
    found = of_one_arm(means([5, 0, 5, 5], 5))
    assert found.within.value == 0
    assert found.between.value == pytest.approx(np.var([1, 0, 1, 1], ddof=1))
    assert found.within.interval == Undefined("all cases are alike, so that resampling them shows no spread")


def test_only_cases_with_two_answers_count():
    single, double = means([1, 0], 1), means([1, 2, 0], 2)
    found = paired_variance_components([*single, None, *double], [*double[:2], None, *double], resamples=FEW)
    assert (found.first.within.n, found.second.within.n, found.difference.within.n) == (3, 5, 3)
    nothing = Undefined("fewer than two cases have two answers")
    assert of_one_arm([None, double[0], *single]) == nothing
    assert of_one_arm([]) == nothing
    with pytest.raises(ValueError, match="shorter"):
        paired_variance_components(double, single)
    with pytest.raises(ValueError, match="between 0 and 1"):
        paired_variance_components([], [], 95)
