"""Readings side by side: what lies together, what differs, and what comes of decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.adjudication import Decision, Difference, resolution_from_body
from doubleread.domain.annotation import Annotation
from doubleread.domain.comparison import compare, count_differences, resolve
from doubleread.domain.reading import Judgement, Reading

TEXTS = {"one": "0123456789" * 4, "two": "abcdefghij" * 4}
CASE = "ABCDEFGHIJ" * 4
SIDES = {"A": "one", "B": "two"}
SWAPPED = {"A": "two", "B": "one"}
AXES = ("recall", "reasoning")


def annotation(
    name: str, start: int, end: int, category: str = "fabrication", answer: str = "one", **more
) -> Annotation:
    place = "case" if category == "omission" else "answer"
    text = CASE if place == "case" else TEXTS[answer]
    values = {"severity": "major", **more}
    return Annotation(name, answer, place, start, end, text[start:end], category, **values)


def reading(name: str, *annotations: Annotation, sides=SIDES, axes=(), **judged) -> Reading:
    given = {"verdicts": {"A": "correct", "B": "incorrect"}, "preference": "A", **judged}
    return Reading(name, "case", f"reader of {name}", sides, Judgement(annotations=annotations, **given), axes=axes)


def text_of(difference: Difference) -> str:
    return CASE if difference.subject == "omission" else TEXTS[difference.answer_id]


def held_ids(difference: Difference) -> list[str | None]:
    return [held.annotation.id if held.annotation else None for held in difference.held]


def test_the_same_words_with_the_same_ratings_are_agreed_on():
    first = reading("r", annotation("f", 3, 9, basis="medically false", note="mine"))
    second = reading("s", annotation("g", 3, 9, basis="medically false", note="another"))
    compared = compare([first, second], SIDES)
    assert compared.differences == ()
    (agreed,) = compared.agreed.annotations
    assert (agreed.source, agreed.annotation_ids, agreed.annotation.note) == ("agreed", ("f", "g"), "mine")
    assert {(value.subject, value.answer_id, value.value) for value in compared.agreed.values} == {
        ("verdict", "one", "correct"),
        ("verdict", "two", "incorrect"),
        ("preference", None, "A"),
    }


@pytest.mark.parametrize(
    "change",
    [
        {"start": 4, "quote": TEXTS["one"][4:9]},
        {"category": "negation"},
        {"severity": "minor"},
        {"basis": "medically false"},
        {"harm": "likely"},
        {"certainty": "unsure"},
    ],
)
def test_any_other_rating_or_boundary_is_a_difference(change):
    one = annotation("f", 3, 9)
    compared = compare([reading("r", one), reading("s", replace(one, id="g", **change))], SIDES)
    assert [held_ids(difference) for difference in compared.differences] == [["f", "g"]]
    assert compared.agreed.annotations == ()


def test_what_one_reader_alone_marked_is_a_difference_of_its_own():
    compared = compare([reading("r", annotation("f", 0, 5)), reading("s", annotation("g", 5, 9))], SIDES)
    assert [held_ids(difference) for difference in compared.differences] == [["f", None], [None, "g"]]


def test_the_best_overlap_goes_together_and_no_reader_has_two_in_a_matter():
    """g covers f1 and f2, and shares more with f2; f1 stays alone."""
    first = reading("r", annotation("f1", 0, 4), annotation("f2", 4, 12))
    second = reading("s", annotation("g", 2, 12))
    compared = compare([first, second], SIDES)
    assert [held_ids(difference) for difference in compared.differences] == [["f1", None], ["f2", "g"]]


def test_of_equal_overlaps_those_of_one_category_go_together():
    first = reading("r", annotation("f1", 0, 8, "negation"), annotation("f2", 0, 8))
    second = reading("s", annotation("g", 0, 8))
    compared = compare([first, second], SIDES)
    assert [held_ids(difference) for difference in compared.differences] == [["f1", None]]
    assert [item.annotation_ids for item in compared.agreed.annotations] == [("f2", "g")]


def test_annotations_of_three_readers_are_one_matter_where_a_chain_of_overlaps_connects_them():
    readings = [reading(name, annotation(name, start, start + 6)) for name, start in (("r", 0), ("s", 4), ("t", 8))]
    (difference,) = compare(readings, SIDES).differences
    assert held_ids(difference) == ["r", "s", "t"]
    assert (difference.start, difference.end) == (0, 14)


def test_overlaps_in_other_answers_or_texts_are_no_overlaps():
    first = reading("r", annotation("f", 0, 9), annotation("f2", 0, 9, "omission"))
    second = reading("s", annotation("g", 0, 9, answer="two"), annotation("g2", 0, 9, "omission", answer="two"))
    compared = compare([first, second], SIDES)
    assert [(difference.subject, difference.answer_id) for difference in compared.differences] == [
        ("annotation", "one"),
        ("annotation", "two"),
        ("omission", "one"),
        ("omission", "two"),
    ]


def test_values_are_compared_by_answers_and_told_by_the_adjudicators_sides():
    same = reading("r"), reading("s", sides=SWAPPED, verdicts={"A": "incorrect", "B": "correct"}, preference="B")
    assert compare(same, SWAPPED).differences == ()
    assert {value.value for value in compare(same, SWAPPED).agreed.values} == {"correct", "incorrect", "B"}
    other = reading("r"), reading("s", sides=SWAPPED)
    found = compare(other, SWAPPED).differences
    assert [(item.subject, [held.value for held in item.held]) for item in found] == [
        ("verdict", ["incorrect", "correct"]),
        ("verdict", ["correct", "incorrect"]),
        ("preference", ["B", "A"]),
    ]
    assert [item.answer_id for item in found] == ["two", "one", None]


def test_an_axis_counts_for_those_who_were_asked():
    asked = reading("r", axes=AXES, ratings={"recall": "A", "reasoning": "tie"})
    unasked = reading("s")
    compared = compare([asked, unasked], SIDES)
    assert compared.differences == ()
    assert {value.axis: value.value for value in compared.agreed.values if value.axis} == {
        "recall": "A",
        "reasoning": "tie",
    }
    other = reading("t", sides=SWAPPED, axes=AXES, ratings={"recall": "A", "reasoning": "tie"})
    (difference,) = [item for item in compare([asked, unasked, other], SIDES).differences if item.subject == "rating"]
    assert (difference.axis, [held.value for held in difference.held]) == ("recall", ["A", None, "B"])


MARKS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.integers(1, 9),
        st.sampled_from(["fabrication", "negation", "omission"]),
        st.sampled_from(["one", "two"]),
    ),
    max_size=7,
    unique=True,
)
READERS = st.lists(
    st.tuples(
        MARKS,
        st.sampled_from(["correct", "incorrect", "unsure"]),
        st.sampled_from(["A", "B", "tie", "both bad"]),
        st.sampled_from(["A", "tie", "B"]),
        st.booleans(),
    ),
    min_size=2,
    max_size=4,
)


def readings_of(drawn) -> list[Reading]:
    return [
        reading(
            f"reading-{number}",
            *(
                annotation(f"f-{number}-{place}", start, start + length, category, answer)
                for place, (start, length, category, answer) in enumerate(marks)
            ),
            sides=SWAPPED if swapped else SIDES,
            axes=AXES,
            verdicts={"A": verdict, "B": "incorrect"},
            preference=preference,
            ratings={"recall": rating, "reasoning": "tie"},
        )
        for number, (marks, verdict, preference, rating, swapped) in enumerate(drawn)
    ]


@given(READERS)
def test_every_annotation_is_in_exactly_one_matter_and_no_reader_twice_in_one(drawn):
    readings = readings_of(drawn)
    compared = compare(readings, SIDES)
    told = [annotation_id for item in compared.agreed.annotations for annotation_id in item.annotation_ids]
    told += [held.id for difference in compared.differences for held in difference.annotations]
    assert sorted(told) == sorted(item.id for one in readings for item in one.judgement.annotations)
    ids = [difference.id for difference in compared.differences] + sorted(compared.agreed.ids)
    assert len(set(ids)) == len(ids)
    for difference in compared.differences:
        for number, held in enumerate(difference.held):
            assert held.annotation is None or held.annotation in readings[number].judgement.annotations


@given(READERS, st.randoms(use_true_random=False))
def test_matters_and_their_ids_depend_neither_on_the_readers_order_nor_on_the_adjudicators_sides(drawn, source):
    readings = readings_of(drawn)
    compared = compare(readings, SIDES)
    source.shuffle(readings)
    again = compare(readings, SWAPPED)
    assert {difference.id for difference in again.differences} == {item.id for item in compared.differences}
    assert again.agreed.ids == compared.agreed.ids
    assert count_differences(readings, SWAPPED) == len(compared.differences)


def plain(judgement: Judgement, sides) -> tuple:
    """A judgement by answers, without ids and order."""
    by_answer = {"A": sides["A"], "B": sides["B"]}
    return (
        sorted(map(repr, (replace(item, id="") for item in judgement.annotations))),
        {by_answer[side]: verdict for side, verdict in judgement.verdicts.items()},
        by_answer.get(judgement.preference, judgement.preference),
        {axis: by_answer.get(better, better) for axis, better in judgement.ratings.items()},
    )


@given(READERS, st.integers(0, 3), st.booleans())
def test_taking_everything_from_one_reader_gives_that_readers_judgement(drawn, number, swapped):
    readings = readings_of(drawn)
    chosen = number % len(readings)
    sides = SWAPPED if swapped else SIDES
    # The note of an agreed annotation is that of reader 0; notes are left empty here.
    compared = compare(readings, sides)
    resolved = resolve(compared, {item.id: Decision.take(chosen) for item in compared.differences}, text_of)
    assert plain(resolved.judgement(sides), sides) == plain(readings[chosen].judgement, readings[chosen].answer_ids)
    assert resolution_from_body(resolved.as_body()) == resolved


def test_joined_boundaries_hold_all_the_words_that_any_reader_marked():
    first, second = reading("r", annotation("f", 3, 9, note="n")), reading("s", annotation("g", 6, 14, "negation"))
    compared = compare([first, second], SIDES)
    (difference,) = compared.differences
    resolved = resolve(compared, {difference.id: Decision.join(1, severity="minor")}, text_of).annotations
    assert resolved[0].annotation == annotation(difference.id, 3, 14, "negation", severity="minor")
    assert (resolved[0].source, resolved[0].annotation_ids) == ("joined", ("f", "g"))


def test_own_annotations_and_rejections():
    first, second = reading("r", annotation("f", 3, 9)), reading("s", annotation("g", 20, 30))
    compared = compare([first, second], SIDES)
    kept, rejected = compared.differences
    own = annotation("anything", 1, 30, "causality")
    decisions = {kept.id: Decision.own_annotation(own), rejected.id: Decision.reject(), "void": Decision.take(0)}
    resolved = resolve(compared, decisions, text_of)
    assert [(item.annotation, item.source) for item in resolved.annotations] == [(replace(own, id=kept.id), "own")]
    assert resolved.rejected == (rejected.id,)
    assert compared.undecided(decisions) == ()
    assert [item.id for item in compared.undecided({kept.id: Decision.reject()})] == [rejected.id]


def test_one_more_reader_who_marked_nothing_leaves_a_decision_on_a_annotation_standing():
    first, second, third = reading("r", annotation("f", 3, 9)), reading("s"), reading("t")
    (before,) = compare([first, second], SIDES).differences
    (after,) = compare([first, second, third], SIDES).differences
    assert before.id == after.id
    (corrected,) = compare([reading("r", annotation("f", 3, 10)), second], SIDES).differences
    assert corrected.id != before.id
