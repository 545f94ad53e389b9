"""The assignment problem, against scipy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from doubleread.statistics.assignment import cheapest_columns

# Few costs, so that there are many equally good ways.
COSTS = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from((-9, -8, -7, 0)), min_size=width, max_size=width), min_size=1, max_size=width
    )
)


@given(COSTS)
def test_it_chooses_what_scipy_chooses_among_equally_good_ways(costs):
    assert cheapest_columns(costs) == linear_sum_assignment(np.array(costs))[1].tolist()
