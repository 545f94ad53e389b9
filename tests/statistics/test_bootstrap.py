"""The bootstrap over cases: against scipy, and where it has nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from doubleread.statistics import Estimate, Interval, Undefined, bootstrap, bootstrap_cases, paired_scores

SEED = 5


def proportion(above, below):
    return lambda sums: sums[above] / sums[below]


def known(estimate: Estimate | Undefined) -> tuple[float, float, float]:
    assert isinstance(estimate, Estimate)
    assert isinstance(estimate.interval, Interval)
    return estimate.interval.low, estimate.value, estimate.interval.high


# Of 8 cases, one sample in 400 holds each case once and ties with the figure, save for rounding, which in scipy decides
# the side it lies on. So this needs more cases.
@pytest.mark.parametrize("n", [20, 40, 300])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_equals_scipy_with_the_same_draws(n, confidence):
    generator = np.random.default_rng(n)
    first, second, words = generator.gamma(2, size=n), generator.gamma(3, size=n), generator.uniform(50, 400, n)
    found = bootstrap_cases(
        np.column_stack([first, second, words]),
        {"rate": proportion(0, 2), "difference": lambda sums: (sums[0] - sums[1]) / sums[2]},
        confidence=confidence,
        resamples=999,
        seed=SEED,
    )
    for name, statistic in {
        "rate": lambda one, other, count, axis: one.sum(axis) / count.sum(axis),
        "difference": lambda one, other, count, axis: (one.sum(axis) - other.sum(axis)) / count.sum(axis),
    }.items():
        theirs = scipy_stats.bootstrap(
            (first, second, words),
            statistic,
            paired=True,
            vectorized=True,
            method="BCa",
            n_resamples=999,
            confidence_level=confidence,
            rng=np.random.default_rng(SEED),
        ).confidence_interval
        low, _, high = known(found[name])
        assert (low, high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


@pytest.mark.parametrize("kinds", [4, 200])
def test_samples_are_the_same_however_many_are_held_at_a_time(kinds, monkeypatch):
    values = np.random.default_rng(1).integers(0, kinds, (200, 2)).astype(float) + 1.0
    whole = bootstrap_cases(values, {"rate": proportion(0, 1)}, resamples=999)
    for name in ("_BLOCK", "_KEPT", "_PIECE"):
        monkeypatch.setattr(bootstrap, name, 500)
    assert bootstrap_cases(values, {"rate": proportion(0, 1)}, resamples=999) == whole


def test_zero_and_minus_zero_are_one_kind():
    values = np.column_stack([np.ones(400), np.tile([0.0, -0.0, 1.0, 2.0], 100)])
    assert bootstrap_cases(values, {"m": proportion(1, 0)}) == bootstrap_cases(values + 0.0, {"m": proportion(1, 0)})


def test_cases_of_few_kinds_are_resampled_by_kind_and_equal_scipy():
    values = np.repeat([0.0, 1.0, 4.0], [600, 300, 100])
    low, value, high = known(bootstrap_cases(np.column_stack([np.ones(1000), values]), {"m": proportion(1, 0)})["m"])
    theirs = scipy_stats.bootstrap((values,), np.mean, rng=np.random.default_rng(2)).confidence_interval
    assert value == pytest.approx(0.7)
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_large_numbers_of_cases_go_through_in_blocks():
    values = np.random.default_rng(1).normal(10, 2, 60_000)
    low, value, high = known(
        bootstrap_cases(np.column_stack([np.ones(60_000), values]), {"m": proportion(1, 0)}, resamples=400)["m"]
    )
    assert (value - low, high - value) == pytest.approx((1.96 * 2 / 60_000**0.5,) * 2, rel=0.2)


def test_the_same_seed_gives_the_same_interval_and_models_mirror():
    chance = np.random.default_rng(3)
    first, second = list(chance.normal(size=50)), list(chance.normal(size=50))
    found, again, swapped = paired_scores(first, second), paired_scores(first, second), paired_scores(second, first)
    assert found == again
    low, value, high = known(found.difference)
    assert known(swapped.difference) == pytest.approx((-high, -value, -low), abs=1e-12)
    order = np.random.default_rng(4).permutation(50)
    shuffled = paired_scores([first[at] for at in order], [second[at] for at in order])
    assert known(shuffled.difference) == pytest.approx((low, value, high), abs=0.05 * (high - low))


def test_cases_without_both_scores_are_left_out():
    found = paired_scores([1.0, None, 3.0, 2.0], [0.5, 2.0, None, 1.0])
    assert found.left_out == 2
    assert isinstance(found.difference, Estimate)
    assert (found.difference.value, found.difference.n) == (0.75, 2)
    assert paired_scores([None], [1.0]).first == Undefined("no case has a score of both arms")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([(1, 0.3)], "there is one case"),
        ([(1, 0.3)] * 9, "all cases are alike, so that resampling them shows no spread"),
        ([(1, 0.0)] * 9, "all cases are alike, so that resampling them shows no spread"),
        ([(0, 0.0)] * 8 + [(1, 2.0), (1, 3.0)], "too few samples of the cases have this statistic"),
    ],
)
def test_an_interval_that_does_not_exist_says_why(values, reason):
    estimate = bootstrap_cases(values, {"figure": proportion(1, 0)})["figure"]
    assert isinstance(estimate, Estimate)
    assert estimate.interval == Undefined(reason)


def test_a_few_samples_without_the_statistic_are_left_out_and_counted():
    values = [(0, 0.0)] * 24 + [(1, float(number % 3)) for number in range(6)]
    estimate = bootstrap_cases(values, {"figure": proportion(1, 0)})["figure"]
    low, value, high = known(estimate)
    assert low < value < high
    assert "samples without the statistic left out" in estimate.method


def test_an_undefined_statistic_gives_the_reason():
    assert bootstrap_cases([(0.0, 0.0)] * 3, {"f": proportion(1, 0)})["f"] == Undefined("its denominator is zero")
    assert bootstrap_cases([], {"f": proportion(1, 0)})["f"] == Undefined("there are no cases")


def test_values_are_finite_and_a_table():
    for values in ([(float("nan"), 1.0)], [1.0, 2.0]):
        with pytest.raises(ValueError, match="finite"):
            bootstrap_cases(values, {})
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_cases([(1.0,)], {}, confidence=95)


def test_the_interval_of_a_mean_covers_it():
    generator = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        values = generator.exponential(2.0, 60)
        found = bootstrap_cases(np.column_stack([np.ones(60), values]), {"m": proportion(1, 0)}, resamples=599)["m"]
        low, _, high = known(found)
        held += low <= 2.0 <= high
    assert 0.9 <= held / 300 <= 0.985


def test_scores_of_one_reader_are_not_taken_as_independent() -> None:
    scores = [1.0, 0.9, 0.8, 0.2, 0.1, 0.0, 0.6, 0.5, 0.4]
    alone = paired_scores(scores, [0.5] * 9)
    within = paired_scores(scores, [0.5] * 9, readers=["R-01"] * 3 + ["R-02"] * 3 + ["R-03"] * 3)
    assert isinstance(alone.difference, Estimate)
    assert isinstance(within.difference, Estimate)
    assert (within.difference.value, within.difference.n) == (pytest.approx(alone.difference.value), 9)
    assert "over readers" in within.difference.method
    assert isinstance(alone.difference.interval, Interval)
    assert isinstance(within.difference.interval, Interval)
    widths = [one.high - one.low for one in (alone.difference.interval, within.difference.interval)]
    assert widths[1] > widths[0]
    of_one = paired_scores(scores, [0.5] * 9, readers=["R-01"] * 9).difference
    assert isinstance(of_one, Estimate)
    assert of_one.interval == Undefined("there is one reader")
