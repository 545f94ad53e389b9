"""Differences of paired shares and McNemar's test: published values, statsmodels, and how they behave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from doubleread.statistics import (
    Estimate,
    Interval,
    McNemar,
    PairedTable,
    Undefined,
    mcnemar,
    paired_difference,
    paired_table,
)

counts = st.integers(0, 300)
tables = st.builds(PairedTable, counts, counts, counts, counts)

# Exact p: vassarstats and R, in statsmodels' tests, and Fagerland, Lydersen, Laake, Statistical Analysis of Contingency
# Tables, 2017, chapter 8 (the last row). Mid-p to the digits printed there and computed from Fagerland 2013's formula.
PUBLISHED = [
    ((101, 121, 59, 33), 4.43445e-06, 3.26665e-06),
    ((101, 70, 59, 33), 0.378688, 0.334688),
    ((101, 80, 59, 33), 0.089452, 0.075551),
    ((101, 30, 60, 33), 0.00206, 0.001517),
    ((101, 10, 30, 33), 0.002221, 0.001450),
    ((101, 10, 10, 33), 1.0, 0.911901),
    ((59, 6, 16, 80), 0.052479, 0.034690),
]


def interval_of(estimate: Estimate | Undefined) -> Interval:
    assert isinstance(estimate, Estimate)
    assert isinstance(estimate.interval, Interval)
    return estimate.interval


@pytest.mark.parametrize(("table", "exact", "mid_p"), PUBLISHED)
def test_mcnemar_equals_what_is_published(table, exact, mid_p):
    found = mcnemar(PairedTable(*table))
    assert isinstance(found, McNemar)
    tolerance = 5e-12 if exact < 1e-5 else 5.1e-7
    assert found.exact == pytest.approx(exact, abs=tolerance if exact != 0.00206 else 5e-6)
    assert found.mid_p == pytest.approx(mid_p, abs=tolerance)


def test_newcombe_equals_what_is_published():
    # Fagerland, Lydersen, Laake, chapter 8: -0.0621, -0.1186 to -0.0046. Without the continuity-corrected phi the ends
    # are -0.1174 and -0.0059.
    estimate = paired_difference(PairedTable(59, 6, 16, 80))
    interval = interval_of(estimate)
    assert estimate.value == pytest.approx(-0.0621, abs=5e-5)
    assert (interval.low, interval.high) == pytest.approx((-0.1186, -0.0046), abs=5e-5)
    assert (interval.low, interval.high) == pytest.approx((-0.118621195639, -0.004625113933), abs=5e-13)
    assert estimate.n == 161


@given(tables)
def test_mcnemar_equals_statsmodels_and_lies_below_the_exact(table):
    found = mcnemar(table)
    if table.first_only + table.second_only == 0:
        assert found == Undefined("the arms differ on no case")
        return
    assert isinstance(found, McNemar)
    square = [[table.both, table.first_only], [table.second_only, table.neither]]
    assert found.exact == pytest.approx(statsmodels_mcnemar(square, exact=True).pvalue, rel=1e-9, abs=1e-300)
    assert 0 <= found.mid_p <= found.exact <= 1
    assert mcnemar(table.swapped()) == found


@given(tables, st.floats(0.5, 0.999))
def test_the_interval_holds_the_difference_and_mirrors(table, confidence):
    found, other = paired_difference(table, confidence), paired_difference(table.swapped(), confidence)
    if table.n == 0:
        assert isinstance(found, Undefined)
        return
    interval, mirrored = interval_of(found), interval_of(other)
    assert -1 <= interval.low <= found.value <= interval.high <= 1
    assert (interval.low, interval.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.booleans())), st.randoms())
def test_a_table_counts_pairs_in_any_order(pairs, chance):
    shuffled = chance.sample(pairs, len(pairs))
    table = paired_table([one for one, _ in pairs], [other for _, other in pairs])
    assert table == paired_table([one for one, _ in shuffled], [other for _, other in shuffled])
    assert (table.n, table.first) == (len(pairs), sum(one for one, _ in pairs))
    assert table.second == sum(other for _, other in pairs)


def test_sequences_of_other_lengths_and_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        paired_table([True], [])
    with pytest.raises(ValueError, match="not counts"):
        PairedTable(1, -1, 0, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        paired_difference(PairedTable(1, 1, 1, 1), 95)


@pytest.mark.parametrize(
    ("chances", "n"), [((0.5, 0.2, 0.1, 0.2), 60), ((0.05, 0.1, 0.05, 0.8), 100), ((0.3, 0.25, 0.25, 0.2), 30)]
)
def test_newcombe_covers_the_true_difference(chances, n):
    generator = np.random.default_rng(11)
    truth = chances[1] - chances[2]
    held = 0
    for drawn in generator.multinomial(n, chances, size=2_000):
        interval = interval_of(paired_difference(PairedTable(*map(int, drawn))))
        held += interval.low <= truth <= interval.high
    assert 0.94 <= held / 2_000 <= 0.98
