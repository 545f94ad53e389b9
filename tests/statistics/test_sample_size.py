"""How many cases a difference needs: Connor's formula, the exact power, and studies drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.statistics import McNemar, PairedTable, cases_needed, discordant_proportion, mcnemar, mcnemar_power


@pytest.mark.parametrize(
    ("difference", "discordant", "power", "cases"),
    [  # by hand: ((1.959964 * sqrt(psi) + z * sqrt(psi - d * d)) / d) ** 2, rounded up; z = 0.841621 and 1.281552
        (0.10, 0.30, 0.8, 234),
        (0.05, 0.20, 0.8, 626),
        (0.20, 0.40, 0.9, 101),
    ],
)
def test_connors_formula(difference, discordant, power, cases):
    found = cases_needed(difference, discordant, power)
    assert found.cases == cases
    assert found.power == pytest.approx(power, abs=0.015)
    assert cases_needed(-difference, discordant, power) == found
    assert f"{cases} cases" in found.assumption


@pytest.mark.parametrize(("difference", "discordant"), [(0.1, 0.3), (0.15, 0.2), (0.0, 0.3)])
def test_the_power_is_what_random_studies_show(difference, discordant):
    cases = 120
    chances = ((discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant)
    generator = np.random.default_rng(3)
    seen = 0
    for first, second, alike in generator.multinomial(cases, chances, size=1_500):
        test = mcnemar(PairedTable(int(alike), int(first), int(second), 0))
        seen += isinstance(test, McNemar) and test.mid_p <= 0.05
    power = mcnemar_power(cases, difference, discordant)
    assert seen / 1_500 == pytest.approx(power, abs=4 * (power * (1 - power) / 1_500) ** 0.5)


@given(st.integers(1, 40), st.floats(0.05, 0.9), st.sampled_from([0.01, 0.05, 0.2]))
@settings(deadline=None, max_examples=30)
def test_the_power_adds_up_over_all_tables(cases, discordant, alpha):
    from scipy.stats import multinomial

    chances = (0.8 * discordant, 0.2 * discordant, 1 - discordant)
    total = 0.0
    for first in range(cases + 1):
        for second in range(cases + 1 - first):
            test = mcnemar(PairedTable(cases - first - second, first, second, 0)) if first + second else None
            if isinstance(test, McNemar) and test.mid_p <= alpha:
                total += multinomial.pmf((first, second, cases - first - second), cases, chances)
    assert mcnemar_power(cases, 0.6 * discordant, discordant, alpha) == pytest.approx(total, abs=1e-9)


def test_discordant_proportions():
    assert discordant_proportion(0.7, 0.6) == pytest.approx(0.7 * 0.4 + 0.3 * 0.6)
    assert discordant_proportion(0.5, 0.5, 1.0) == pytest.approx(0.0)
    assert discordant_proportion(0.7, 0.6, 0.4) < discordant_proportion(0.7, 0.6)
    with pytest.raises(ValueError, match="cannot have a correlation"):
        discordant_proportion(0.9, 0.1, 0.9)
    with pytest.raises(ValueError, match="between 0 and 1"):
        discordant_proportion(70, 60)


def test_what_cannot_be_seen_is_refused():
    for difference, discordant in ((0.0, 0.2), (0.3, 0.2), (0.1, 1.2)):
        with pytest.raises(ValueError, match="above 0"):
            cases_needed(difference, discordant)
    with pytest.raises(ValueError, match="power and alpha"):
        cases_needed(0.1, 0.2, power=80)
    assert mcnemar_power(10, 0.0, 0.0) == 0.0
