"""The randomisation test: Fisher's own example, scipy's exact test, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test

from doubleread.statistics import Undefined, randomisation_test

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Crossed less self-fertilised maize, in eighths of an inch: Fisher 1935, chapter 3."""


def test_equals_what_fisher_published():
    # 863 of the 32,768 ways have a sum of 314 or more, and as many of -314 or less.
    assert sum(DARWIN) == 314
    assert randomisation_test(DARWIN) == pytest.approx(2 * 863 / 2**15, abs=1e-13)


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=11))
@settings(deadline=None, max_examples=60)
def test_equals_scipy(differences):
    if not any(differences):
        assert randomisation_test(differences) == Undefined("the arms differ on no case")
        return
    theirs = permutation_test(
        (np.array(differences),),
        lambda values, axis: np.sum(values, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert randomisation_test(differences) == pytest.approx(min(1.0, float(theirs.pvalue)), abs=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
@settings(deadline=None)
def test_differences_of_one_are_the_sign_test(more, fewer):
    found = randomisation_test([1] * more + [-1] * fewer + [0] * 5)
    if more + fewer == 0:
        assert isinstance(found, Undefined)
    else:
        assert found == pytest.approx(binomtest(more, more + fewer, 0.5).pvalue, abs=1e-12)


def test_a_large_study_is_no_trouble():
    differences = [3, -2, 1, 0, -1] * 2_000
    assert randomisation_test(differences) == randomisation_test([-difference for difference in differences])
    assert 0 <= randomisation_test(differences) < 1e-6
    assert randomisation_test([]) == Undefined("the arms differ on no case")
