"""Cases that are there more than once are found: exactly, nearly, and in a study."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from doubleread.cases.duplicates import Duplicate, duplicates_of
from doubleread.cases.record import CancelledError
from doubleread.domain.case import Case, Document

WORDS = [
    f"{first}{second}" for first in ("ka", "mo", "ti", "se", "ru") for second in ("ra", "lin", "tos", "bek", "dun")
]
CHANCE = random.Random(3)


def case(name: str, words: int = 60) -> Case:
    text = " ".join(CHANCE.choices(WORDS, k=words))
    options = {letter: " ".join(CHANCE.choices(WORDS, k=3)) for letter in "ABCD"}
    return Case(name, "choice", text, "Which diagnosis is most likely?", "B", options=options)


@pytest.fixture(params=[0, 200], ids=["few cases", "many cases"])
def others(request: pytest.FixtureRequest) -> list[Case]:
    """As many cases as make the search compare all pairs, or only those with the same sequences of words."""
    return [case(f"other-{number}") for number in range(request.param)]


def test_the_same_case_in_other_white_space_is_an_exact_duplicate(others: list[Case]) -> None:
    one = case("one")
    again = replace(one, id="again", text=one.text.replace(" ", " \n", 3), title="Other", key="C")
    found = duplicates_of([*others, one, again]).found
    assert found == (Duplicate("again", "one", 1.0, exact=True, other_key=True),)
    assert str(found[0]) == "again is the same as one, but has another answer key"


def test_a_few_other_words_make_a_near_duplicate(others: list[Case]) -> None:
    one = case("one")
    words = one.text.split()
    near = replace(one, id="near", text=" ".join([*words[:20], "other", *words[21:]]))
    shuffled = replace(
        one, id="shuffled", options=dict(zip("ABCD", reversed(one.options.values()), strict=True)), key="C"
    )
    far = replace(one, id="far", text=" ".join([*words[:20], *CHANCE.choices(WORDS, k=40)]))
    found = duplicates_of([*others, one, near, shuffled, far])
    assert [(item.id, item.other, item.exact, item.other_key) for item in found.found] == [
        ("near", "one", False, False),
        ("shuffled", "one", False, False),
    ]
    assert 0.9 <= found.near[0].similarity < 1
    assert found.exact == ()
    assert found.summary == "2 cases are nearly the same as another"


def test_another_question_about_the_same_text_is_no_duplicate(others: list[Case]) -> None:
    one = case("one", 200)
    assert duplicates_of([*others, one, replace(one, id="q", question="Which drug should he get now?")]).found == ()
    long = replace(one, documents=(Document("d", "Dear colleague"),))
    assert duplicates_of([*others, one, replace(long, id="d")]).found == ()
    assert duplicates_of([*others, one, replace(one, id="k", kind="diagnosis", options={})]).found == ()


def test_cases_of_a_study_are_named_as_such(others: list[Case]) -> None:
    one = case("one")
    found = duplicates_of([replace(one, id="new"), *others], [one]).found
    assert [(item.id, item.other, item.in_study) for item in found] == [("new", "one", True)]
    assert str(found[0]) == "new is the same as one of the study"
    assert duplicates_of([one], [one]).exact
    two = case("two")
    again = replace(two, id="again")
    repeated = [one, replace(one, id="one again")]
    assert [item.in_study for item in duplicates_of([two, again], repeated).found] == [False]


def test_many_cases_with_one_text_are_compared_in_bounded_time() -> None:
    text = " ".join(CHANCE.choices(WORDS, k=300))
    cases = [Case(str(number), "diagnosis", text, f"{case('q', 12).text}?", "Gout") for number in range(600)]
    assert duplicates_of(cases).found == ()


def test_looking_for_duplicates_can_be_cancelled() -> None:
    def stop(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        duplicates_of([case("one")], (), stop)
