"""Means over cases: by hand, against statsmodels, in any order, and how often the interval covers the truth."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from doubleread.statistics import (
    CaseMean,
    Estimate,
    Interval,
    PairedTable,
    Undefined,
    case_means,
    compare_cases,
    difference_over_cases,
    mcnemar,
    mean_over_cases,
    paired_difference,
    randomisation_test,
    sign_flip_test,
    wilson,
)


def mean_of(correct: int, answers: int) -> CaseMean:
    return CaseMean(Fraction(correct, answers), answers)


def ends(estimate: Estimate | Undefined) -> tuple[float, float]:
    assert isinstance(estimate, Estimate)
    assert isinstance(estimate.interval, Interval)
    return estimate.interval.low, estimate.interval.high


counts = st.integers(1, 6).flatmap(lambda n: st.builds(mean_of, st.integers(0, n), st.just(n)))
pairs = st.lists(st.tuples(counts, counts), min_size=1, max_size=30)


def test_the_interval_by_hand():
    # p = 1/2, v = (1/4 + 1/16 + 1/16 + 1/4) / (4 * 3) = 5/96, n = 16, n / deff = 16 * (1/4) / (15 * 5/96) = 5.12.
    # t(15) = 2.13145, t(3) = 3.18245: n* = 5.12 * 0.448572 = 2.2967 is below the 4 cases.
    found = mean_over_cases([mean_of(0, 4), mean_of(1, 4), mean_of(3, 4), mean_of(4, 4)])
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (0.5, 4)
    assert ends(found) == pytest.approx((lambda at: (at.low, at.high))(wilson(2, 4)))
    # p = 1/2, v = 4 (1/16) / 12 = 1/48: n / deff = 16 / 4 * 48 / 15 = 12.8, n* = 12.8 * 0.448572 = 5.74172
    found = mean_over_cases([mean_of(1, 4), mean_of(1, 4), mean_of(3, 4), mean_of(3, 4)])
    half = 1.959964 * sqrt(0.25 / 5.74172 + 1.959964**2 / (4 * 5.74172**2)) / (1 + 1.959964**2 / 5.74172)
    assert ends(found) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-5)


@pytest.mark.parametrize("sizes", [[5] * 24, [2, 3, 4, 5] * 6])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_effective_sample_size_is_that_of_statsmodels_cluster_robust_error(sizes, confidence):
    generator = np.random.default_rng(sum(sizes))
    correct = [int(generator.binomial(n, generator.beta(2, 1.5))) for n in sizes]
    cases = [mean_of(c, n) for c, n in zip(correct, sizes, strict=True)]
    outcomes = np.concatenate([[1.0] * c + [0.0] * (n - c) for c, n in zip(correct, sizes, strict=True)])
    groups, weights = np.repeat(np.arange(len(sizes)), sizes), np.repeat(1 / np.array(sizes), sizes)
    model = sm.WLS(outcomes, np.ones(len(outcomes)), weights=weights)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    p, error = float(fit.params[0]), float(fit.bse[0])
    n, count = len(sizes) ** 2 / sum(1 / size for size in sizes), len(sizes)
    # statsmodels' small-sample factor is G / (G - 1) * (N - 1) / (N - 1) for a mean
    effective = p * (1 - p) / error**2 * n / (n - 1)
    effective *= (student.ppf((1 + confidence) / 2, n - 1) / student.ppf((1 + confidence) / 2, count - 1)) ** 2
    assert count < effective < n
    theirs = proportion_confint(p * effective, effective, alpha=1 - confidence, method="wilson")
    found = mean_over_cases(cases, confidence)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(p, abs=1e-12)
    assert ends(found) == pytest.approx(theirs, abs=1e-9)


def test_equally_many_answers_give_the_proportion_of_answers_and_unequal_ones_that_of_cases():
    assert mean_over_cases([mean_of(1, 4), mean_of(4, 4)]).value == 5 / 8
    assert mean_over_cases([mean_of(1, 1), mean_of(0, 9)]).value == 1 / 2


def test_more_answers_that_repeat_the_first_do_not_narrow_the_interval():
    once = mean_over_cases([mean_of(1, 1)] * 12 + [mean_of(0, 1)] * 8)
    often = mean_over_cases([mean_of(10, 10)] * 12 + [mean_of(0, 10)] * 8)
    independent = mean_over_cases([mean_of(6, 10)] * 20)
    assert ends(often) == pytest.approx(ends(once))
    assert ends(independent) == pytest.approx((lambda at: (at.low, at.high))(wilson(120, 200)))


@pytest.mark.parametrize("answers", [1, 5])
@pytest.mark.parametrize("correct", [0, 1])
def test_where_all_answers_or_none_are_correct_only_cases_count(correct, answers):
    found = mean_over_cases([mean_of(correct * answers, answers)] * 9)
    assert isinstance(found, Estimate)
    assert found.value == correct
    assert found.interval == wilson(9 * correct, 9)


@given(pairs, st.floats(0.5, 0.999), st.randoms())
@settings(deadline=None, max_examples=60)
def test_the_order_of_cases_changes_nothing_and_arms_mirror(cases, confidence, chance):
    shuffled = chance.sample(cases, len(cases))
    first, second = zip(*cases, strict=True)
    found = compare_cases(first, second, "nothing", confidence)
    assert found == compare_cases(*zip(*shuffled, strict=True), "nothing", confidence)
    swapped = compare_cases(second, first, "nothing", confidence)
    assert (swapped.first, swapped.second, swapped.test) == (found.second, found.first, found.test)
    low, high = ends(found.difference)
    assert ends(swapped.difference) == pytest.approx((-high, -low), abs=1e-12)
    assert -1 <= low <= found.difference.value + 1e-12
    assert found.difference.value - 1e-12 <= high <= 1
    for estimate in (found.first, found.second):
        assert 0 <= ends(estimate)[0] <= estimate.value + 1e-12
        assert estimate.value - 1e-12 <= ends(estimate)[1] <= 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.floats(0.5, 0.999))
@settings(deadline=None, max_examples=60)
def test_one_answer_for_each_case_is_the_plain_comparison(both, first_only, second_only, neither, confidence):
    table = PairedTable(both, first_only, second_only, neither)
    pairs = [(1, 1)] * both + [(1, 0)] * first_only + [(0, 1)] * second_only + [(0, 0)] * neither
    found = compare_cases(
        [mean_of(one, 1) for one, _ in pairs], [mean_of(other, 1) for _, other in pairs], "nothing", confidence
    )
    if not pairs:
        assert found.first == found.difference == found.test == Undefined("nothing")
        return
    plain = wilson(table.first, table.n, confidence)
    assert ends(found.first) == pytest.approx((plain.low, plain.high), abs=1e-12)
    newcombe = paired_difference(table, confidence)
    assert found.difference.value == pytest.approx(newcombe.value, abs=1e-12)
    assert ends(found.difference) == pytest.approx(ends(newcombe), abs=1e-9)
    test = mcnemar(table)
    assert found.test == (test if isinstance(test, Undefined) else pytest.approx(test.exact, abs=1e-12))


def test_no_cases_are_worth_more_than_independent_answers():
    found = mean_over_cases([mean_of(2, 5)] * 19 + [mean_of(3, 5)])
    plain = wilson(41, 100)
    assert ends(found) == pytest.approx((plain.low, plain.high))
    found = mean_over_cases([mean_of(1, 2)] * 10 + [mean_of(2, 4)] * 10)
    plain = wilson(20**2 / (10 / 2 + 10 / 4) / 2, 20**2 / (10 / 2 + 10 / 4))
    assert ends(found) == pytest.approx((plain.low, plain.high))


def test_rounding_makes_no_correlation():
    """Means of 23 times 3/7 and 5/7 are a last digit off, in opposite directions."""
    found = difference_over_cases([mean_of(3, 7)] * 23, [mean_of(5, 7)] * 23)
    one, other = wilson(69, 161), wilson(115, 161)
    low = -2 / 7 - sqrt((3 / 7 - one.low) ** 2 + (other.high - 5 / 7) ** 2)
    high = -2 / 7 + sqrt((one.high - 3 / 7) ** 2 + (5 / 7 - other.low) ** 2)
    assert ends(found) == pytest.approx((low, high))


def test_pairing_narrows_the_difference():
    correct = [0, 1, 2, 3, 4, 5] * 5
    alike = [(mean_of(c, 5), mean_of(max(0, c - 1), 5)) for c in correct]
    across = [(one, other) for (one, _), (_, other) in zip(alike, reversed(alike), strict=True)]
    paired, apart = (ends(difference_over_cases(*zip(*cases, strict=True))) for cases in (alike, across))
    assert paired[1] - paired[0] < 0.5 * (apart[1] - apart[0])


def test_cases_without_a_value_for_both_arms_are_left_out():
    one = mean_of(1, 2)
    found = compare_cases([one, None, one, None], [None, one, one, None], "no case has both")
    assert (found.left_out, found.first.n, found.difference.n) == (3, 1, 1)
    nothing = compare_cases([one], [None], "no case has both")
    assert nothing.left_out == 1
    assert nothing.first == nothing.second == nothing.difference == nothing.test == Undefined("no case has both")
    assert mean_over_cases([]) == Undefined("there are no cases")
    assert difference_over_cases([], []) == Undefined("there are no cases with answers of both arms")


def test_what_cannot_be_is_refused():
    for value, trials in ((Fraction(3, 2), 1), (Fraction(-1, 2), 1), (Fraction(1, 2), 0)):
        with pytest.raises(ValueError, match="not a proportion"):
            CaseMean(value, trials)
    with pytest.raises(ValueError, match="shorter"):
        compare_cases([mean_of(1, 1)], [], "nothing")
    for cases in ([], [mean_of(1, 2)] * 3):
        with pytest.raises(ValueError, match="between 0 and 1"):
            compare_cases(cases, cases, "nothing", 95)
        with pytest.raises(ValueError, match="between 0 and 1"):
            mean_over_cases(cases, 95)


def test_the_test_equals_scipys_over_all_signs():
    differences = [Fraction(*at) for at in ((1, 3), (-1, 4), (2, 3), (1, 2), (0, 1), (3, 4), (-1, 3), (1, 1), (1, 4))]
    theirs = permutation_test(
        ([float(difference) for difference in differences],),
        lambda values, axis: np.sum(values, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_flip_test(differences) == pytest.approx(float(theirs.pvalue), abs=1e-12)
    assert sign_flip_test([Fraction(0)] * 3) == Undefined("the arms differ on no case")


def test_random_signs_stand_in_for_all_of_them(monkeypatch):
    generator = np.random.default_rng(6)
    differences = [Fraction(int(at), 5) for at in generator.integers(-5, 7, 60)]
    exact = sign_flip_test(differences)
    assert exact == pytest.approx(randomisation_test([int(5 * at) for at in differences]), abs=1e-12)
    monkeypatch.setattr(case_means, "_EXACT", 0)
    estimated = sign_flip_test(differences)
    assert estimated != exact
    assert estimated == pytest.approx(exact, abs=5 * sqrt(exact * (1 - exact) / 9_999))
    assert sign_flip_test(differences[::-1]) == estimated
    assert sign_flip_test([Fraction(1)] * 60) == 1 / 10_000


def test_many_different_numbers_of_answers_are_no_trouble():
    cases = [Fraction(1, n) - Fraction(1, n + 3) for n in range(3, 1_000)]
    assert sign_flip_test(cases) == 1 / 10_000


@pytest.mark.parametrize(("mean", "correlation"), [(0.5, 0.3), (0.8, 0.3), (0.95, 0.3)])
@pytest.mark.parametrize("cases", [8, 40])
def test_the_interval_covers_the_true_mean(mean, correlation, cases):
    generator = np.random.default_rng(12)
    scale = (1 - correlation) / correlation
    truths = generator.beta(mean * scale, (1 - mean) * scale, (800, cases))
    covered = 0
    for row in generator.binomial(5, truths):
        low, high = ends(mean_over_cases([mean_of(int(correct), 5) for correct in row]))
        covered += low <= mean <= high
    assert 0.915 <= covered / 800 <= 0.99


@pytest.mark.parametrize("means", [(0.5, 0.5), (0.9, 0.75)])
def test_the_interval_covers_the_true_difference(means):
    """The arms share each case's difficulty: their proportions correlate."""
    generator = np.random.default_rng(13)
    covered = 0
    for _ in range(600):
        easy = generator.beta(0.5, 0.5, 25)
        sides = []
        for mean in means:
            truth = easy * 2 * mean if mean <= 0.5 else 1 - (1 - easy) * 2 * (1 - mean)
            sides.append([mean_of(int(correct), 4) for correct in generator.binomial(4, truth)])
        low, high = ends(difference_over_cases(*sides))
        covered += low <= means[0] - means[1] <= high
    assert 0.93 <= covered / 600 <= 0.99
