"""Annotations for each answer, for 100 words, by category and severity, of two models on the same cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from doubleread.statistics import (
    Estimate,
    Hallucinating,
    Interval,
    PairedTable,
    Proportion,
    ReadAnswer,
    Undefined,
    compare_hallucinations,
)

CATEGORIES, SEVERITIES = ("fabrication", "negation"), ("minor", "major")
MINOR, MAJOR = ("fabrication", "minor"), ("negation", "major")


def compare(first, second, **options) -> Hallucinating:
    return compare_hallucinations(first, second, CATEGORIES, SEVERITIES, **{"resamples": 199, **options})


def figures(estimate: Estimate | Undefined) -> tuple[float, int]:
    assert isinstance(estimate, Estimate)
    return estimate.value, estimate.n


def drawn(seed: int, count: int = 60) -> list[ReadAnswer]:
    chance = np.random.default_rng(seed)
    return [
        ReadAnswer(
            2, int(chance.integers(50, 400)), (MINOR,) * int(chance.poisson(1)) + (MAJOR,) * int(chance.poisson(0.5))
        )
        for _ in range(count)
    ]


def test_by_hand():
    first = [ReadAnswer(2, 100, (MINOR, MINOR, MAJOR)), ReadAnswer(1, 300, (MINOR,)), ReadAnswer(1, 50), None]
    second = [ReadAnswer(2, 200), ReadAnswer(0, 80), ReadAnswer(1, 100, (MAJOR,)), ReadAnswer(1, 100, (MAJOR, MAJOR))]
    found = compare(first, second)
    assert figures(found.each_answer.first) == (4 / 4, 3)
    assert figures(found.each_answer.second) == (3 / 4, 3)
    assert figures(found.each_answer.difference) == (3 / 3 - 1 / 3, 2)
    assert figures(found.each_100_words.first) == (pytest.approx(100 * 4 / 550), 3)
    assert figures(found.each_100_words.difference) == (pytest.approx(100 * 3 / 250 - 100 / 500), 2)
    assert figures(found.by_category["fabrication"].first) == (3 / 4, 3)
    assert figures(found.by_category["fabrication"].second) == (0.0, 3)
    assert figures(found.by_severity["major"].second) == (3 / 4, 3)
    assert list(found.by_severity) == list(SEVERITIES)
    assert isinstance(found.first_with, Proportion)
    assert (found.first_with.successes, found.first_with.n) == (2, 3)
    assert found.paired_with.table == PairedTable(0, 1, 1, 0)


def test_the_difference_has_scipys_interval():
    first, second = drawn(1), drawn(2)
    found = compare(first, second, resamples=999, seed=4).each_100_words.difference
    columns = [[len(one.annotations) for one in side] for side in (first, second)]
    columns += [[2 * one.words for one in side] for side in (first, second)]
    theirs = scipy_stats.bootstrap(
        columns,
        lambda a, b, c, d, axis: 100 * a.sum(axis) / c.sum(axis) - 100 * b.sum(axis) / d.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=999,
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert isinstance(found, Estimate)
    assert isinstance(found.interval, Interval)
    assert (found.interval.low, found.interval.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


def test_swapping_the_models_mirrors():
    first, second = drawn(1), drawn(2)
    found, swapped = compare(first, second), compare(second, first)
    pairs = [(found.each_answer, swapped.each_answer), (found.by_severity["major"], swapped.by_severity["major"])]
    for one, other in pairs:
        assert (one.first, one.second) == (other.second, other.first)
        assert isinstance(one.difference, Estimate)
        assert isinstance(other.difference, Estimate)
        assert one.difference.value == pytest.approx(-other.difference.value)
        assert isinstance(one.difference.interval, Interval)
        assert isinstance(other.difference.interval, Interval)
        mirrored = other.difference.interval
        assert (one.difference.interval.low, one.difference.interval.high) == pytest.approx(
            (-mirrored.high, -mirrored.low)
        )
    assert found.paired_with.table == swapped.paired_with.table.swapped()


def test_without_any_annotation_only_the_proportion_has_an_interval():
    found = compare([ReadAnswer(1, 100)] * 30, [ReadAnswer(1, 90)] * 30)
    assert isinstance(found.each_answer.first, Estimate)
    assert found.each_answer.first.value == 0
    assert isinstance(found.each_answer.first.interval, Undefined)
    assert isinstance(found.first_with, Proportion)
    assert found.first_with.high == pytest.approx(0.11351339)


def test_undefined_rates_give_the_reason():
    unread = Undefined("no reading of an answer is committed")
    nothing = compare([None, ReadAnswer(0, 10)], [None, None])
    assert nothing.each_answer.first == nothing.first_with == unread
    assert nothing.each_answer.difference == Undefined("no case has both answers read")
    apart = compare([ReadAnswer(1, 10), None], [None, ReadAnswer(1, 10)])
    assert figures(apart.each_answer.first) == (0.0, 1)
    assert apart.each_answer.difference == Undefined("no case has both answers read")
    empty = compare([ReadAnswer(1, 0)] * 2, [ReadAnswer(1, 10)] * 2)
    assert empty.each_100_words.first == Undefined("the answers that were read have no words")


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="neither a category nor a severity that was named: 'omission'"):
        compare([ReadAnswer(1, 10, (("omission", "minor"),))], [None])
    with pytest.raises(ValueError, match="nobody read"):
        ReadAnswer(0, 10, (MINOR,))
    with pytest.raises(ValueError, match="not counts"):
        ReadAnswer(-1, 10)
    with pytest.raises(ValueError, match="shorter"):
        compare([None], [])
