"""Proposals on graded pairs: few wrong, most found, and none where a word makes another disease."""

from __future__ import annotations

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.scoring import propose_diagnosis
from doubleread.statistics.proposals import proposal_agreement
from graded_pairs import NEVER, hard_pairs, pairs

PARTS = ("development", "held_out")
HARD = ("hard", "hard_held_out")


def proposed(text: str, key: str) -> bool:
    return propose_diagnosis(text, key).outcome == "proposed"


@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall(part: str) -> None:
    found = proposal_agreement((proposed(pair.answer, pair.key), pair.grade) for pair in pairs(part))
    assert found.precision.value >= 0.98
    assert found.recall.value >= 0.9


@pytest.mark.parametrize("part", HARD)
def test_precision_and_recall_on_hard_pairs(part: str) -> None:
    found = proposal_agreement(
        (proposed(pair.text, pair.key), BondGrade.EXACT if pair.same else BondGrade.NOTHING_CLOSE)
        for pair in hard_pairs(part)
    )
    assert found.precision.value >= 0.98
    assert found.recall.value >= 0.85


@pytest.mark.parametrize("part", PARTS)
def test_nothing_negated_opposite_or_of_another_type_is_proposed(part: str) -> None:
    hard = [pair for pair in pairs(part) if pair.kind in NEVER]
    assert len(hard) > 25
    assert [pair for pair in hard if proposed(pair.answer, pair.key)] == []


@pytest.mark.parametrize("part", HARD)
def test_no_negated_doubtful_lesser_or_narrower_name_is_proposed(part: str) -> None:
    assert [pair for pair in hard_pairs(part) if not pair.same and proposed(pair.text, pair.key)] == []


def test_the_halves_are_apart_and_hold_every_grade() -> None:
    halves = [{(pair.answer, pair.key) for pair in pairs(part)} for part in PARTS]
    assert not halves[0] & halves[1]
    assert sum(map(len, halves)) >= 290
    for part in PARTS:
        assert {pair.grade.value for pair in pairs(part)} == {0, 2, 3, 4, 5}


def test_the_hard_pairs_are_many_and_apart() -> None:
    seen, held_out = (hard_pairs(part) for part in HARD)
    both = {(pair.text, pair.key): pair.same for pair in (*seen, *held_out)}
    assert len(both) == len(seen) + len(held_out) >= 250
    assert list(both.values()).count(False) >= 130
    assert list(both.values()).count(True) >= 110
