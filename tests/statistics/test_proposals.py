"""Proposals against people's grades."""

from __future__ import annotations

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.statistics.estimates import Estimate
from doubleread.statistics.proportions import Proportion, Undefined, wilson
from doubleread.statistics.proposals import grade_of_proposal, proposal_agreement, weighted_kappa

PAIRS = [
    *[(True, BondGrade.EXACT)] * 8,
    *[(True, BondGrade.VERY_CLOSE)] * 1,
    *[(True, BondGrade.NOTHING_CLOSE)] * 1,
    *[(False, BondGrade.EXACT)] * 2,
    *[(False, BondGrade.RELATED)] * 5,
]


def test_the_table_and_its_shares() -> None:
    found = proposal_agreement(PAIRS)
    assert (found.proposed_same, found.proposed_other, found.passed_over_same, found.passed_over_other) == (8, 2, 2, 5)
    assert found.n == len(PAIRS)
    for proportion, successes, n in ((found.precision, 8, 10), (found.recall, 8, 10), (found.agreement, 13, 17)):
        assert isinstance(proportion, Proportion)
        assert (proportion.successes, proportion.n) == (successes, n)
        interval = wilson(successes, n)
        assert (proportion.low, proportion.high) == (interval.low, interval.high)


def test_wilson_by_hand() -> None:
    precision = proposal_agreement(PAIRS).precision
    assert (round(precision.low, 4), round(precision.high, 4)) == (0.4902, 0.9433)


def test_a_lenient_count_takes_very_close_for_the_same() -> None:
    found = proposal_agreement(PAIRS, BondGrade.VERY_CLOSE)
    assert (found.proposed_same, found.proposed_other) == (9, 1)


def test_what_cannot_be_had_is_undefined_with_its_reason() -> None:
    found = proposal_agreement([(False, BondGrade.RELATED)])
    assert found.precision == Undefined("nothing was proposed")
    assert found.recall == Undefined("no answer was graded as the same diagnosis")
    assert isinstance(found.agreement, Proportion)
    assert proposal_agreement([]).agreement == Undefined("there are no answers")


def test_kappa_of_proposals_and_people_by_hand() -> None:
    # Rows proposed and passed over, columns the same and another: 8 2, 2 5. Observed 13/17, by chance (100 + 49) / 289.
    kappa = proposal_agreement(PAIRS).kappa
    assert isinstance(kappa, Estimate)
    assert kappa.value == pytest.approx((13 / 17 - 149 / 289) / (1 - 149 / 289))
    assert kappa.n == 17
    assert proposal_agreement([(True, BondGrade.EXACT)]).kappa == Undefined("everybody gave one category")


def test_weighted_kappa_counts_how_far_the_grades_lie_apart() -> None:
    grades = (BondGrade.EXACT, BondGrade.VERY_CLOSE, BondGrade.NOTHING_CLOSE)
    near = weighted_kappa([(grades[0], grades[1]), (grades[2], grades[2])])
    far = weighted_kappa([(grades[0], grades[2]), (grades[2], grades[2])])
    assert isinstance(near, Estimate)
    assert isinstance(far, Estimate)
    # Weights fall by a fifth for each step of the scale: observed (0.8 + 1) / 2, by chance (0.8 + 0 + 0.2 + 1) / 4.
    assert near.value == pytest.approx((0.9 - 0.5) / (1 - 0.5))
    assert far.value == 0.0
    assert isinstance(weighted_kappa([]), Undefined)
    assert [grade_of_proposal(proposed) for proposed in (True, False)] == [grades[0], grades[2]]


def test_a_confidence_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        proposal_agreement(PAIRS, confidence=1.5)
