"""Accuracy with indeterminate answers counted as wrong and left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubleread.statistics import Estimate, PairedTable, Proportion, Undefined, paired_accuracy

outcomes = st.sampled_from([True, False, None])


def test_both_ways():
    first = [True, True, None, False, None, True]
    second = [True, False, True, None, None, True]
    found = paired_accuracy(first, second)
    assert found.indeterminate == 3
    assert found.indeterminate_incorrect.table == PairedTable(2, 1, 1, 2)
    assert found.indeterminate_left_out.table == PairedTable(2, 1, 0, 0)
    assert isinstance(found.indeterminate_incorrect.first, Proportion)
    assert (found.indeterminate_incorrect.first.successes, found.indeterminate_incorrect.first.n) == (3, 6)
    assert isinstance(found.indeterminate_left_out.difference, Estimate)
    assert found.indeterminate_left_out.difference.value == 1 / 3


@given(st.lists(st.tuples(outcomes, outcomes)))
def test_swapping_the_models_mirrors(pairs):
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found, swapped = paired_accuracy(first, second), paired_accuracy(second, first)
    assert found.indeterminate == swapped.indeterminate
    for way in ("indeterminate_incorrect", "indeterminate_left_out"):
        one, other = getattr(found, way), getattr(swapped, way)
        assert one.table == other.table.swapped()
        assert (one.first, one.second, one.test) == (other.second, other.first, other.test)
    assert found.indeterminate_incorrect.table.n == len(pairs)
    assert found.indeterminate_left_out.table.n == len(pairs) - found.indeterminate


def test_nothing_clear():
    found = paired_accuracy([None, None], [True, None])
    assert isinstance(found.indeterminate_left_out.first, Undefined)
    assert isinstance(found.indeterminate_left_out.difference, Undefined)
