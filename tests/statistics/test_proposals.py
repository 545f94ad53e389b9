"""Proposals against people's grades."""

from __future__ import annotations

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.statistics.proportions import Proportion, Undefined, wilson
from doubleread.statistics.proposals import proposal_agreement

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
    for share, successes, n in ((found.precision, 8, 10), (found.recall, 8, 10), (found.agreement, 13, 17)):
        assert isinstance(share, Proportion)
        assert (share.successes, share.n) == (successes, n)
        interval = wilson(successes, n)
        assert (share.low, share.high) == (interval.low, interval.high)


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


def test_a_confidence_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        proposal_agreement(PAIRS, confidence=1.5)
