"""Estimates from several rows of one case: the value is that of the rows, the interval draws cases."""

from __future__ import annotations

import numpy as np
import pytest

from doubleread.statistics import (
    Estimate,
    Interval,
    Undefined,
    cohen,
    cohen_by_case,
    crosstable,
    fleiss,
    gwet_ac1,
    krippendorff,
    observed_agreement,
)

SCALE = ("s", "u", "w")
RNG = np.random.default_rng(5)
CLUSTERS = [number // 4 for number in range(120)]
TRUTH = [SCALE[RNG.integers(3)] for _ in range(30)]
ROWS = [
    tuple(TRUTH[cluster] if RNG.random() < 0.7 else SCALE[RNG.integers(3)] for _ in range(2)) for cluster in CLUSTERS
]
FIGURES = (observed_agreement, fleiss, gwet_ac1, krippendorff)


def width(estimate: Estimate | Undefined) -> float:
    assert isinstance(estimate, Estimate)
    assert isinstance(estimate.interval, Interval)
    return estimate.interval.high - estimate.interval.low


@pytest.mark.parametrize("figure", FIGURES)
def test_clusters_change_the_interval_and_not_the_estimate(figure) -> None:
    plain, clustered = figure(ROWS), figure(ROWS, clusters=CLUSTERS)
    assert clustered.value == pytest.approx(plain.value)
    assert clustered.n == plain.n == 120
    assert clustered.interval != plain.interval


@pytest.mark.parametrize("figure", FIGURES)
def test_every_row_a_case_of_its_own_is_no_clustering(figure) -> None:
    alone = figure(ROWS, clusters=list(range(120)))
    plain = figure(ROWS)
    assert alone.value == pytest.approx(plain.value)
    if figure is not observed_agreement:  # without clusters that has Wilson's interval
        assert alone.interval.low == pytest.approx(plain.interval.low)


def test_rows_that_repeat_their_case_say_no_more_than_one() -> None:
    """Four times the same rows under the names of their cases leave the interval of the rows alone."""
    few = ROWS[::4]
    repeated = [row for row in few for _ in range(4)]
    names = [number for number in range(30) for _ in range(4)]
    assert width(gwet_ac1(repeated, SCALE, clusters=names)) == pytest.approx(width(gwet_ac1(few, SCALE)))
    assert width(gwet_ac1(repeated, SCALE)) < 0.7 * width(gwet_ac1(few, SCALE))


def test_cohen_by_case_is_cohens_kappa_with_an_interval_over_cases() -> None:
    first, second = zip(*ROWS, strict=True)
    plain = cohen(crosstable(first, second, SCALE))
    found = cohen_by_case(first, second, SCALE, CLUSTERS)
    assert (found.value, found.n) == (pytest.approx(plain.value), 120)
    assert "BCa bootstrap over cases" in found.method
    assert found.interval.low < found.value < found.interval.high


def test_what_has_no_kappa_says_why() -> None:
    with pytest.raises(ValueError, match="1 clusters for 2 judgements"):
        cohen_by_case(["s", "u"], ["s", "s"], SCALE, [1])
    assert cohen_by_case([], [], SCALE, []) == Undefined("no case was judged by both")
    assert cohen_by_case(["s"], ["s"], SCALE, [1]) == Undefined("everybody gave one category")
    one = cohen_by_case(["s", "u"], ["s", "s"], SCALE, [1, 1])
    assert one.interval == Undefined("there is one case")


def test_clusters_must_name_every_row() -> None:
    with pytest.raises(ValueError, match="2 clusters for 120 rows"):
        fleiss(ROWS, clusters=[1, 2])
