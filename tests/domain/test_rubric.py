"""The scores of rubrics against values computed by hand, and what is said of criteria."""

from __future__ import annotations

import pytest

from doubleread.domain.case import Criterion
from doubleread.domain.criteria import JudgedCriterion, LinkedWords, criteria_left, criterion_from_body, put_criterion
from doubleread.domain.rubric import length_adjusted, rubric_measures, rubric_score, tag_scores

CRITERIA = (
    Criterion("a", "names the dose", 5, ("axis:accuracy", "level:example")),
    Criterion("b", "asks about pregnancy", 3, ("axis:completeness",)),
    Criterion("c", "advises to stop insulin", -8, ("axis:accuracy", "danger")),
    Criterion("d", "is polite", 2, ("axis:accuracy", "axis:accuracy")),
)


@pytest.mark.parametrize(
    ("met", "score"),
    [
        (set(), 0.0),
        ({"a"}, 0.5),
        ({"a", "b", "d"}, 1.0),
        ({"b", "c"}, -0.5),
        ({"a", "b", "c", "d"}, 0.2),
        ({"nothing of this rubric"}, 0.0),
    ],
)
def test_points_of_met_criteria_over_the_positive_ones_and_never_clipped(met: set[str], score: float) -> None:
    assert rubric_score(CRITERIA, met) == pytest.approx(score)


def test_a_tag_has_a_score_where_it_has_positive_points() -> None:
    scores = tag_scores(CRITERIA, {"a", "c"})
    assert scores == {
        "axis:accuracy": pytest.approx((5 - 8) / 7),
        "level:example": 1.0,
        "axis:completeness": 0.0,
    }
    assert rubric_score(CRITERIA[2:3], {"c"}) is None


def test_length_costs_beyond_two_thousand_characters_and_gains_below() -> None:
    assert length_adjusted(0.5, 2000) == 0.5
    assert length_adjusted(0.5, 4500) == pytest.approx(0.5 - 5 * 0.0147)
    assert length_adjusted(0.5, 1000) == pytest.approx(0.5 + 2 * 0.0147)
    assert length_adjusted(0.0, 102_000) == pytest.approx(-2.94)


def test_measures_need_every_criterion_and_cannot_tell_counts_as_not_met() -> None:
    said = {"a": "met", "b": "cannot tell", "c": "not met", "d": "met"}
    assert rubric_measures(CRITERIA, said, 2500) == {
        "rubric": pytest.approx(0.7),
        "rubric-length-adjusted": pytest.approx(0.7 - 0.0147),
        "rubric:axis:accuracy": 1.0,
        "rubric:level:example": 1.0,
        "rubric:axis:completeness": 0.0,
    }
    assert rubric_measures(CRITERIA, {name: said[name] for name in "abc"}, 2500) == {}
    assert rubric_measures(CRITERIA[2:3], {"c": "met"}, 10) == {}


def test_the_last_judgement_of_a_criterion_counts_and_an_empty_one_clears_it() -> None:
    held: dict[tuple[str, str], JudgedCriterion] = {}
    for criterion_id, judgement in (("a", "met"), ("b", "met"), ("a", "not met"), ("b", ""), ("c", "")):
        put_criterion(held, JudgedCriterion("x", criterion_id, judgement))
    assert {place: item.judgement for place, item in held.items()} == {("x", "a"): "not met"}
    assert criteria_left("abc", held, "x") == ("b", "c")
    assert criteria_left("abc", held, "y") == ("a", "b", "c")


def test_a_body_is_read_as_it_was_written() -> None:
    judged = JudgedCriterion("x", "a", "met", LinkedWords(1, 3, "he"))
    assert criterion_from_body(judged.as_body(), "now") == JudgedCriterion(
        "x", "a", "met", LinkedWords(1, 3, "he"), "now"
    )
    bare = JudgedCriterion("x", "a", "")
    assert criterion_from_body(bare.as_body(), "") == bare


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_id": 7},
        {"criterion_id": None},
        {"judgement": None},
        {"evidence": {"start": "1", "end": 3, "quote": "he"}},
        {"evidence": {"start": 1, "end": True, "quote": "he"}},
        {"evidence": {"start": 1, "end": 3, "quote": None}},
        {"evidence": {"start": 1, "end": 3}},
        {"evidence": "he"},
    ],
)
def test_another_body_is_no_criterion(changes: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        criterion_from_body({"answer_id": "x", "criterion_id": "a", "judgement": "met", **changes}, "")
