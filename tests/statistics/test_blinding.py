"""Bang's index of blinding, against its definition counted out one by one."""

from __future__ import annotations

from itertools import product
from math import factorial, sqrt

import pytest

from doubleread.statistics import Estimate, Interval, Undefined, bang_index


def by_definition(correct: int, incorrect: int, no_idea: int) -> float:
    """2 P(correct | named a side) - 1, times the proportion that named one, as the paper writes it."""
    named = correct + incorrect
    return (2 * correct / named - 1) * named / (named + no_idea) if named else 0.0


@pytest.mark.parametrize("counts", [(82, 25, 170), (29, 27, 83), (5, 0, 5), (0, 4, 1), (3, 3, 0), (1, 0, 0)])
def test_the_index_is_that_of_the_paper(counts):
    found = bang_index(*counts)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(by_definition(*counts))
    assert found.n == sum(counts)


def test_its_standard_error_is_that_of_the_multinomial_distribution():
    n, proportions = 6, (0.5, 0.25, 0.25)
    mean = variance = 0.0
    for correct, incorrect in product(range(n + 1), repeat=2):
        if correct + incorrect <= n:
            rest = n - correct - incorrect
            ways = factorial(n) / (factorial(correct) * factorial(incorrect) * factorial(rest))
            chance = ways * proportions[0] ** correct * proportions[1] ** incorrect * proportions[2] ** rest
            mean += chance * (correct - incorrect) / n
            variance += chance * ((correct - incorrect) / n) ** 2
    error = sqrt(variance - mean**2)
    # Counts with just these proportions: the estimated error is then the true one, scaled to their n.
    found = bang_index(200, 100, 100)
    assert isinstance(found, Estimate)
    assert isinstance(found.interval, Interval)
    assert found.value == pytest.approx(mean)
    assert (found.interval.high - found.interval.low) / 2 == pytest.approx(1.959964 * error * sqrt(n / 400), rel=1e-6)


def test_where_there_is_no_index_or_no_interval_it_says_why():
    assert bang_index(0, 0, 0) == Undefined("nobody was asked")
    everybody = bang_index(4, 0, 0)
    assert isinstance(everybody, Estimate)
    assert (everybody.value, everybody.interval) == (1.0, Undefined("its standard error is zero"))
    with pytest.raises(ValueError, match="not counts"):
        bang_index(-1, 0, 0)
