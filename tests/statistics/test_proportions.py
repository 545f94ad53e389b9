"""Wilson's interval against R, and the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from doubleread.statistics.proportions import Interval, Proportion, Undefined, proportion, wilson

# R: binom::binom.confint(x, n, methods = "wilson")
R_VALUES = [
    (18, 20, 0.6989663547715128, 0.972133518786232),
    (4, 20, 0.0806576625797981, 0.4160174322518936),
    (4, 200, 0.00780442641634947, 0.05028708690582643),
    (190, 200, 0.910421851861224, 0.972617354399236),
    (1, 30, 0.005908590, 0.16670391),
    (29, 30, 0.8332961, 0.9940914),
    (0, 30, 0.0, 0.11351339),
    (30, 30, 0.8864866, 1.0),
]


@pytest.mark.parametrize(("successes", "n", "low", "high"), R_VALUES)
def test_equals_r(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert isinstance(interval, Interval)
    printed = 1e-12 if len(str(low)) > 12 else 5e-8
    assert interval.low == pytest.approx(low, abs=printed)
    assert interval.high == pytest.approx(high, abs=printed)


def test_the_ends_are_exact_at_zero_and_all() -> None:
    none, every = wilson(0, 7), wilson(7, 7)
    assert isinstance(none, Interval)
    assert isinstance(every, Interval)
    assert (none.low, every.high) == (0.0, 1.0)


def test_no_answers_is_undefined_and_says_why() -> None:
    assert str(wilson(0, 0)) == "undefined because there are no answers"
    assert proportion(0, 0) == Undefined("there are no answers")


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a count"):
        wilson(successes, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_the_interval_contains_the_proportion_and_mirrors(counts: tuple[int, int], confidence: float) -> None:
    successes, n = counts
    result = proportion(successes, n, confidence)
    mirrored = proportion(n - successes, n, confidence)
    assert isinstance(result, Proportion)
    assert isinstance(mirrored, Proportion)
    assert 0 <= result.low <= result.value <= result.high <= 1
    assert math.isclose(result.low, 1 - mirrored.high, abs_tol=1e-12)


def test_a_higher_confidence_is_wider() -> None:
    narrow, wide = wilson(9, 20, 0.9), wilson(9, 20, 0.99)
    assert isinstance(narrow, Interval)
    assert isinstance(wide, Interval)
    assert wide.low < narrow.low < narrow.high < wide.high


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_equals_statsmodels(counts: tuple[int, int], confidence: float) -> None:
    interval = wilson(*counts, confidence)
    assert isinstance(interval, Interval)
    theirs = proportion_confint(*counts, alpha=1 - confidence, method="wilson")
    assert (interval.low, interval.high) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("fraction", "n"), [(0.03, 100), (0.4, 30), (0.9, 200)])
def test_covers_the_true_share(fraction: float, n: int) -> None:
    drawn = np.random.default_rng(9).binomial(n, fraction, 4_000)
    held = 0
    for successes in map(int, drawn):
        interval = wilson(successes, n)
        assert isinstance(interval, Interval)
        held += interval.low <= fraction <= interval.high
    assert 0.93 <= held / len(drawn) <= 0.98


def test_a_proportion_has_its_interval_and_its_method() -> None:
    fraction = proportion(9, 20)
    assert isinstance(fraction, Proportion)
    assert fraction.interval == wilson(9, 20)
    assert fraction.method == "Wilson"
