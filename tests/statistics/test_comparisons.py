"""Corrected p values, and the same comparison in groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from doubleread.statistics import (
    Adjusted,
    PairedTable,
    Undefined,
    adjusted,
    benjamini_hochberg,
    by_group,
    holm,
    paired_accuracy,
    paired_proportions,
)

p_values = st.lists(st.floats(0, 1), max_size=30)


@given(p_values)
def test_equal_statsmodels(values):
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        with pytest.MonkeyPatch.context() as patch:
            # It collects garbage at each call, which takes seconds among ten thousand tests.
            patch.setattr("gc.collect", lambda: 0)
            theirs = multipletests(values, method=method)[1] if values else ()
        assert ours(values) == pytest.approx(tuple(theirs), abs=1e-12)


def test_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.04, 0.04))
    assert holm([0.5, 0.6]) == (1.0, 1.0)


def test_only_probabilities():
    for function in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match=r"not a probability: 1\.5"):
            function([0.2, 1.5])


def test_groups_overlap_and_those_without_a_test_do_not_count():
    first = [True] * 8 + [False, True, True]
    second = [False] * 6 + [True] * 2 + [True, True, True]
    groups = [["heart"]] * 6 + [["heart", "lung"]] * 2 + [["lung", "lung"]] + [["skin"]] * 2
    found = by_group(
        groups,
        lambda cases: paired_accuracy([first[case] for case in cases], [second[case] for case in cases]),
        lambda result: result.indeterminate_incorrect.test,
    )
    assert [(group.name, group.cases) for group in found] == [("heart", 8), ("lung", 3), ("skin", 2)]
    heart, lung, skin = found
    assert heart.result.indeterminate_incorrect.table == PairedTable(2, 6, 0, 0)
    assert isinstance(heart.p, Adjusted)
    assert heart.p.p == pytest.approx(2 * 0.5**6 - 0.5**6)
    assert (heart.p.holm, heart.p.comparisons) == (pytest.approx(2 * 0.5**6), 2)
    assert isinstance(lung.p, Adjusted)
    assert lung.p.p == pytest.approx(0.5)
    assert skin.p == Undefined("the arms differ on no case")


def test_no_groups():
    assert by_group([[], []], lambda cases: paired_proportions(PairedTable(1, 0, 0, 0)), lambda found: found.test) == ()


def test_names_without_a_p_value_count_as_no_comparison():
    nothing = Undefined("there are only ties")
    found = adjusted({"recall": 0.01, "bias": nothing, "harm": 0.04, "content": 0.03})
    assert found["bias"] == nothing
    assert isinstance(found["harm"], Adjusted)
    assert (found["harm"].p, found["harm"].comparisons) == (0.04, 3)
    assert found["harm"].holm == pytest.approx(0.06)
    assert adjusted({}) == {}
