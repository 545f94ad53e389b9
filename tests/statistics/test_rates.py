"""Means an answer."""

from __future__ import annotations

import pytest

from doubleread.statistics.estimates import Mean, mean
from doubleread.statistics.proportions import Undefined


def test_mean_keeps_total_and_n() -> None:
    result = mean([2, 0, 0, 1])
    assert result == Mean(3.0, 4)
    assert isinstance(result, Mean)
    assert result.value == 0.75


def test_no_answers_is_undefined() -> None:
    assert mean([]) == Undefined("there are no answers")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_are_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        mean([1.0, value])
