"""Preferences: readings counted, cases tested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.descriptivestats import sign_test as statsmodels_sign_test

from doubleread.statistics import Estimate, Interval, Proportion, Undefined, preferences, sign_test

words = st.sampled_from(["first", "second", "tie", "both bad"])
OTHER = {"first": "second", "second": "first", "tie": "tie", "both bad": "both bad"}


def test_by_hand():
    found = preferences([["first", "first"], ["first", "tie"], ["second"], ["first", "second"], ["both bad"], []])
    assert found.readings == {"first": 4, "second": 2, "tie": 1, "both bad": 1}
    assert (found.first, found.second, found.even) == (2, 1, 2)
    assert isinstance(found.proportion, Proportion)
    assert (found.proportion.successes, found.proportion.n) == (2, 3)
    assert isinstance(found.net, Estimate)
    assert (found.net.value, found.net.n) == (1 / 5, 5)
    assert found.sign_test == 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_equals_statsmodels(wins, losses):
    found = sign_test(wins, losses)
    if wins + losses == 0:
        assert found == Undefined("there are only ties")
    else:
        assert found == pytest.approx(statsmodels_sign_test([1] * wins + [-1] * losses + [0] * 3)[1])


@given(st.lists(st.lists(words, max_size=3)))
def test_swapping_the_models_mirrors(by_case):
    found = preferences(by_case)
    swapped = preferences([[OTHER[word] for word in case] for case in by_case])
    assert (found.first, found.second, found.even) == (swapped.second, swapped.first, swapped.even)
    assert found.first + found.second + found.even == sum(map(bool, by_case))
    assert found.sign_test == swapped.sign_test
    if isinstance(found.net, Estimate):
        assert isinstance(found.net.interval, Interval)
        assert isinstance(swapped.net, Estimate)
        assert found.net.interval.low <= found.net.value <= found.net.interval.high
        assert found.net.value == -swapped.net.value


def test_nothing_to_say():
    assert preferences([[], []]).net == Undefined("no reading states a preference")
    even = preferences([["tie"], ["both bad"]])
    assert even.sign_test == even.proportion == Undefined("no case went to either model")
    assert isinstance(even.net, Estimate)
    assert even.net.value == 0
    with pytest.raises(ValueError, match="not a preference: 'A'"):
        preferences([["A"]])
    with pytest.raises(ValueError, match="not counts"):
        sign_test(-1, 2)
