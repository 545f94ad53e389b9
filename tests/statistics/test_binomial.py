"""The binomial distribution is that of scipy.stats, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from doubleread.statistics import binomial


@pytest.mark.parametrize("n", [*range(1, 12), 100, 1001, 20_000])
def test_p_values_and_chances_are_those_of_scipy(n):
    for successes in {*range(min(n, 12) + 1), n // 2 - 1, n // 2, n // 2 + 1, n * 2 // 5, n - 1, n} - {-1}:
        assert binomial.two_sided_p(successes, n) == float(binomtest(successes, n, 0.5).pvalue)
        assert binomial.probability(successes, n) == float(binom.pmf(successes, n, 0.5))
    assert (binomial.probabilities(n) == binom.pmf(np.arange(n + 1), n, 0.5)).all()
