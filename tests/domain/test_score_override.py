"""What a person can say of an answer, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.domain.score_override import WITHDRAWN, Ruling, ScoreOverride, malformed, misfit, override_from_body

CHOICE = Case("c", "choice", "A man coughs.", "What is it?", "B", options={"A": "Asthma", "B": "Pneumonia"})
DIAGNOSIS = Case("d", "diagnosis", "A man coughs.", "What is it?", "Pneumonia")
REVIEWED = ScoreOverride("a", "c", "0" * 64, "choice", "2", "unparsed", None, "correct", "B", None, "", "R-09")


@pytest.mark.parametrize(
    ("case", "ruling", "outcome"),
    [
        (CHOICE, Ruling(chosen="B"), "correct"),
        (CHOICE, Ruling(chosen="A"), "incorrect"),
        (CHOICE, Ruling(), "unparsed"),
        (CHOICE, Ruling(refused=True), "refused"),
        (DIAGNOSIS, Ruling(grade=BondGrade.EXACT), "correct"),
        (DIAGNOSIS, Ruling(grade=BondGrade.VERY_CLOSE), "incorrect"),
        (DIAGNOSIS, Ruling(grade=BondGrade.NOTHING_CLOSE), "incorrect"),
        (DIAGNOSIS, Ruling(), "unparsed"),
    ],
)
def test_the_outcome_follows_from_the_key(case: Case, ruling: Ruling, outcome: str) -> None:
    assert ruling.outcome(case) == outcome


@pytest.mark.parametrize(
    ("case", "ruling"),
    [
        (CHOICE, Ruling(chosen="C")),
        (CHOICE, Ruling(grade=BondGrade.EXACT)),
        (DIAGNOSIS, Ruling(chosen="B")),
        (CHOICE, Ruling(chosen="B", refused=True)),
    ],
)
def test_what_cannot_be_said_of_a_case_is_refused(case: Case, ruling: Ruling) -> None:
    with pytest.raises(ValueError, match=r"option|graded|one at a time"):
        ruling.outcome(case)


def test_a_override_comes_back_from_its_event() -> None:
    graded = replace(REVIEWED, outcome="incorrect", chosen=None, grade=BondGrade.RELATED, reason="no")
    for override in (REVIEWED, graded, replace(REVIEWED, outcome=WITHDRAWN, chosen=None)):
        assert override_from_body(override.as_body()) == override
    assert replace(REVIEWED, outcome=WITHDRAWN, chosen=None).ruling is None
    assert graded.ruling == Ruling(grade=BondGrade.RELATED)
    assert (REVIEWED.said, graded.said) == ("option B", "grade 2, related")


@pytest.mark.parametrize(
    "change",
    [
        {"answer_id": ""},
        {"answer_sha256": None},
        {"adjudicator_id": 7},
        {"reason": None},
        {"chosen": ["B"]},
        {"chosen": None},
        {"outcome": "proposed"},
        {"outcome": "unparsed"},
        {"outcome": WITHDRAWN},
        {"grade": 5},
        {"chosen": None, "grade": 1},
        {"chosen": None, "grade": True},
        {"chosen": None, "grade": 5.0},
        {"chosen": None, "grade": 4},
        {"chosen": None, "grade": 5, "outcome": "incorrect"},
    ],
)
def test_a_malformed_body_is_none(change: dict[str, Any]) -> None:
    body = {**REVIEWED.as_body(), **change}
    assert malformed(body)
    with pytest.raises(ValueError, match=malformed(body)[:10]):
        override_from_body(body)


def test_what_the_key_contradicts_does_not_fit() -> None:
    assert misfit(REVIEWED, CHOICE) == ""
    assert misfit(replace(REVIEWED, chosen="A"), CHOICE) == "by the key, it would be incorrect, not correct"
    assert misfit(REVIEWED, DIAGNOSIS) == "the case has no option B"
    assert misfit(replace(REVIEWED, outcome=WITHDRAWN, chosen=None), CHOICE) == ""


def test_a_score_that_says_the_same_fits_whatever_its_version() -> None:
    assert REVIEWED.fits(Score("choice", "9", "unparsed", None, "several"))
    assert not REVIEWED.fits(Score("choice", "2", "incorrect", "A", "opening"))
    assert not REVIEWED.fits(None)
