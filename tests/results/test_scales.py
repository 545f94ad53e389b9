"""Axes contain what is drawn on them, between round ticks."""

from __future__ import annotations

import pytest

from doubleread.results.scales import COEFFICIENT, PROPORTION, PROPORTION_DIFFERENCE, around_zero, from_zero
from doubleread.statistics import Estimate, Interval, Undefined

NOTHING = Undefined("nobody looked")


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, Interval(low, high), 30, "BCa")


@pytest.mark.parametrize("high", [0.0, 1e-9, 0.003, 0.49, 1.0, 1.01, 7.3, 99.0, 12345.0])
def test_an_axis_from_zero_contains_every_estimate_between_round_ticks(high: float) -> None:
    axis = from_zero([estimate(high / 2, high / 4, high), NOTHING])
    assert axis.low == 0
    assert axis.high >= high
    assert 1 <= len(axis.ticks) - 1 <= 5
    assert axis.ticks[-1] == pytest.approx(axis.high)
    assert axis.high <= max(2 * high, 1)


def test_an_axis_of_differences_has_zero_in_its_middle() -> None:
    axis = PROPORTION_DIFFERENCE.axis([estimate(-0.31, -0.62, 0.02), NOTHING])
    assert axis.low == -axis.high
    assert axis.high >= 0.62
    assert axis.at(0) == 0.5
    assert axis.labels[len(axis.labels) // 2] == "0"
    assert axis.labels[-1] == "+100%"


def test_an_axis_of_nothing_is_an_axis() -> None:
    assert from_zero([]).high == from_zero([estimate(0, 0, 0)]).high > 0
    assert around_zero([]).high == -around_zero([]).low > 0


def test_values_beyond_the_axis_are_drawn_at_its_end() -> None:
    assert [PROPORTION.axis([]).at(value) for value in (-1, 0.25, 2)] == [0, 0.25, 1]
    assert COEFFICIENT.axis([]).at(0) == 0.5
