"""Cohen's kappa: SAS, R, Gwet's examples, and statsmodels on tables drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

import reference_statistics as data
from doubleread.statistics import Estimate, Interval, Undefined, cohen, crosstable

SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
PATIENTS = [[40, 4, 4, 17], [6, 25, 2, 13], [4, 1, 21, 12], [15, 5, 9, 45]]

square = st.integers(2, 5).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, 40), min_size=size, max_size=size), min_size=size, max_size=size)
)


def known(estimate: Estimate | Undefined) -> tuple[float, float, float]:
    assert isinstance(estimate, Estimate)
    assert isinstance(estimate.interval, Interval)
    return estimate.value, estimate.interval.low, estimate.interval.high


@pytest.mark.parametrize(
    ("weights", "kappa", "error", "low", "high", "digits"),
    [  # SAS, PROC FREQ with AGREE, in statsmodels' tests
        ("none", 0.4842, 0.1380, 0.2137, 0.7547, 0.484162895927602),
        ("linear", 0.4701, 0.1457, 0.1845, 0.7558, 0.470119521912351),
    ],
)
def test_equals_sas(weights, kappa, error, low, high, digits):
    found = known(cohen(SAS, weights))
    assert found == pytest.approx((kappa, low, high), abs=5e-5)
    assert (found[2] - found[0]) / 1.959964 == pytest.approx(error, abs=5e-5)
    assert found[0] == pytest.approx(digits, abs=1e-14)


@pytest.mark.parametrize(
    ("table", "weights", "kappa", "digits"),
    [  # Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014; further digits by irrCAC
        (ABSTRACTORS, "none", 0.796, 0.796409),
        (ABSTRACTORS, "linear", 0.843, 0.842902),
        (ABSTRACTORS, "quadratic", 0.892, 0.892157),
        (PATIENTS, "none", 0.432, 0.431501),
        (PATIENTS, "linear", 0.407, 0.406811),
        (PATIENTS, "quadratic", 0.383, 0.383186),
    ],
)
def test_equals_gwet(table, weights, kappa, digits):
    value, low, high = known(cohen(table, weights))
    assert value == pytest.approx(kappa, abs=5e-4)
    assert value == pytest.approx(digits, abs=5.1e-7)
    assert low < value < high


def test_the_interval_of_gwets_patients():
    # Standard error 0.046, 0.341 to 0.522. His variance divides by n - 1 and his quantile is Student's.
    value, low, high = known(cohen(PATIENTS))
    assert (low, high) == pytest.approx((0.341, 0.522), abs=2e-3)
    assert (high - value) / 1.959964 == pytest.approx(0.046, abs=5e-4)


@pytest.mark.parametrize(
    ("weights", "kappa"),
    [  # R, irr::kappa2, in statsmodels' tests; a category that neither reader gave is not in the table
        ("none", -0.006289308),
        ("linear", 0.1459075),
        ("quadratic", 0.2520325),
    ],
)
def test_equals_r(weights, kappa):
    first, second = zip(*data.ANXIETY, strict=True)
    table = crosstable(first, second, sorted({*first, *second}))
    assert known(cohen(table, weights))[0] == pytest.approx(kappa, abs=5.1e-8)


def test_equals_artstein_and_poesio():
    first, second = zip(*data.ARTSTEIN_POESIO, strict=True)
    assert known(cohen(crosstable(first, second, ["stat", "ireq", "chck"])))[0] == pytest.approx(0.801324503311258)


@given(square, st.sampled_from([("none", None), ("linear", "linear"), ("quadratic", "quadratic")]), st.booleans())
def test_equals_statsmodels(table, weights, unevenly):
    ours, theirs = weights
    held = np.array(table)
    assume(np.count_nonzero(held.sum(axis=0) + held.sum(axis=1)) > 1)
    scores = (5, 4, 3, 2, 0)[: len(table)] if unevenly and theirs else None
    with np.errstate(invalid="ignore", divide="ignore"):
        reference = cohens_kappa(held, weights=scores, wt=theirs)
    found = cohen(table, ours, scores)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(reference.kappa, abs=1e-12)
    if isinstance(found.interval, Interval):
        ends = (max(-1, reference.kappa_low), min(1, reference.kappa_upp))
        assert (found.interval.low, found.interval.high) == pytest.approx(ends, abs=1e-6)
        assert found.interval.low <= found.value <= found.interval.high
    else:
        assert reference.var_kappa == pytest.approx(0, abs=1e-9)


@given(square, st.sampled_from(["none", "linear", "quadratic"]))
def test_readers_and_order_do_not_matter(table, weights):
    found, turned = cohen(table, weights), cohen(np.array(table).T.tolist(), weights)
    backwards = cohen([row[::-1] for row in table[::-1]], weights)
    if isinstance(found, Undefined):
        assert found == turned == backwards
        return
    for other in (turned, backwards):
        assert isinstance(other, Estimate)
        assert other.value == pytest.approx(found.value, abs=1e-12)


def test_one_category_is_undefined_and_no_variance_has_no_interval():
    # nltk prints 1 there, statsmodels nan, Krippendorff's program stops. Nobody can agree better than by chance.
    assert cohen([[9, 0], [0, 0]]) == Undefined("everybody gave one category")
    assert cohen([[0, 0], [0, 0]]) == Undefined("no case was judged by both")
    perfect = cohen([[9, 0], [0, 4]])
    assert isinstance(perfect, Estimate)
    assert (perfect.value, perfect.n) == (1.0, 13)
    assert perfect.interval == Undefined("its standard error is zero")


def test_what_is_no_table_is_refused():
    for table in ([[1, 2]], [[1, -2], [0, 1]]):
        with pytest.raises(ValueError, match="square"):
            cohen(table)
    with pytest.raises(ValueError, match="2 scores for 3"):
        cohen(SAS, "linear", (0, 1))


def test_a_crosstable_leaves_missing_judgements_out():
    assert crosstable(["a", None, "b", "a"], ["a", "a", "a", None], ["a", "b"]) == ((1, 0), (1, 0))
    with pytest.raises(ValueError, match="not on the scale: 'c'"):
        crosstable(["a"], ["c"], ["a", "b"])
