"""What an answer counts as: by its score, by what readers confirm, and by a person's override."""

from __future__ import annotations

from typing import get_args

import pytest

from doubleread.domain.answer_status import ANSWER_STATUSES, INDETERMINATE, AnswerStatus, answer_status
from doubleread.domain.score_override import ScoreOverride


def override(outcome: str) -> ScoreOverride:
    return ScoreOverride(
        answer_id="a",
        case_id="c",
        answer_sha256="0",
        scorer="choice",
        version="1",
        scored_outcome="unparsed",
        scored_chosen=None,
        outcome=outcome,
        chosen=None,
        grade=None,
        reason="",
        adjudicator_id="S-01",
    )


def test_all_statuses_are_listed_once():
    assert sorted(ANSWER_STATUSES) == sorted(get_args(AnswerStatus))
    assert set(ANSWER_STATUSES) > INDETERMINATE


@pytest.mark.parametrize(
    ("outcome", "confirmations", "status"),
    [
        (None, (), "unscored"),
        ("correct", (), "correct"),
        ("incorrect", (), "incorrect"),
        ("unparsed", (), "unparsed"),
        ("refused", (), "refused"),
        ("truncated", (), "truncated"),
        ("proposed", (), "pending"),
        ("proposed", (None, None), "pending"),
        ("proposed", (True, None), "correct"),
        ("proposed", (False,), "incorrect"),
        ("unparsed", (True, True), "correct"),
        (None, (False, False), "incorrect"),
        ("proposed", (True, False), "disputed"),
    ],
)
def test_readers_statements_count_in_place_of_the_score(outcome, confirmations, status):
    assert answer_status(outcome, None, confirmations) == status


@pytest.mark.parametrize("outcome", ["correct", "incorrect", "refused", "unparsed"])
def test_an_override_counts_in_place_of_everything_else(outcome):
    assert answer_status("proposed", override(outcome), (True, False)) == outcome


def test_a_withdrawn_override_changes_nothing():
    assert answer_status("proposed", override("withdrawn"), (True,)) == "correct"
    assert answer_status("truncated", override("withdrawn")) == "truncated"
