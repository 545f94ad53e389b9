"""Proposals on graded pairs: few wrong, most found, and none where a word makes another disease."""

from __future__ import annotations

import pytest

from doubleread.scoring import propose_diagnosis
from doubleread.statistics.proposals import proposal_agreement
from graded_pairs import NEVER, pairs

PARTS = ("development", "held_out")


@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall(part: str) -> None:
    found = proposal_agreement(
        (propose_diagnosis(pair.answer, pair.key).outcome == "proposed", pair.grade) for pair in pairs(part)
    )
    assert found.precision.value >= 0.95
    assert found.recall.value >= 0.8


@pytest.mark.parametrize("part", PARTS)
def test_nothing_negated_opposite_or_of_another_type_is_proposed(part: str) -> None:
    hard = [pair for pair in pairs(part) if pair.kind in NEVER]
    assert len(hard) > 25
    assert all(propose_diagnosis(pair.answer, pair.key).outcome != "proposed" for pair in hard)


def test_the_halves_are_apart_and_hold_every_grade() -> None:
    halves = [{(pair.answer, pair.key) for pair in pairs(part)} for part in PARTS]
    assert not halves[0] & halves[1]
    assert sum(map(len, halves)) >= 290
    for part in PARTS:
        assert {pair.grade.value for pair in pairs(part)} == {0, 2, 3, 4, 5}
