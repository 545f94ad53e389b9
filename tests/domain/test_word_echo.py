"""Where the words of an answer are in the case: words only, never their meaning."""

from __future__ import annotations

import pytest

from doubleread.domain.case import Document
from doubleread.domain.case_text import CaseText, case_text
from doubleread.domain.word_echo import MOST, word_echo

TEXT = (
    "A 44-year-old electrician has pleuritic chest pain and a fever of 38.5 °C for 3 days. The ECG shows widespread "
    "**ST** elevation with PR\ndepression. He takes 5 mg of bisoprolol. Chest pain came back.\n\n患者は発熱がある。"
)
WHOLE = case_text(
    TEXT, "Which diagnosis is likely?", {"A": "Pulmonary embolism"}, [Document("d", "Troponin 12 ng/L. Chest pain.")]
)


def echo(words: str, whole: CaseText = WHOLE) -> tuple[str, list[str]]:
    found = word_echo(words, whole)
    assert found is not None
    return found.sentence, [place.of(whole.text) for place in found.places]


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("Chest PAIN", ["chest pain", "Chest pain", "Chest pain"]),
        ("the chest pain,", ["chest pain", "Chest pain", "Chest pain"]),
        ("ST elevation", ["ST** elevation"]),
        ("*ST*  elevation", ["ST** elevation"]),
        ("PR depression", ["PR\ndepression"]),
        ("44 years old", ["44-year-old"]),
        ("38.5°C", ["38.5 °C"]),
        ("troponin: 12 ng/L", ["Troponin 12 ng/L"]),
        ("発熱", ["発熱"]),
    ],
)
def test_the_same_words_in_their_order_are_found(words: str, places: list[str]) -> None:
    count = len(places)
    assert echo(words) == (f"in the case: {count} place{'s' * (count > 1)}", places)


@pytest.mark.parametrize("words", ["Pulmonary embolism", "diagnosis", "38.6 °C", "38.5 mmol/L", "8.5", "3 weeks", "MI"])
def test_words_of_the_question_or_other_numbers_are_not_in_the_case(words: str) -> None:
    assert echo(words) == ("not in the case text", [])


@pytest.mark.parametrize("words", ["", "the", "of the", "it is", "- ,", "He", "in"])
def test_words_without_content_are_not_looked_for(words: str) -> None:
    assert word_echo(words, WHOLE) is None


def test_some_of_the_words_are_found_and_the_missing_ones_named() -> None:
    said, places = echo("He has crushing chest pain, and the fever lasts for 3 weeks.")
    assert said == "in the case: 3 of 6 words, not: crushing, lasts, 3 weeks"
    assert places == ["chest pain and a fever", "Chest pain", "Chest pain"]


def test_the_place_with_most_of_the_words_comes_first() -> None:
    said, places = echo("PR depression and ST elevation in the electrician")
    assert said == "in the case: all 5 words, not as a phrase"
    assert places == ["ST** elevation with PR\ndepression", "electrician"]


def test_a_word_found_among_others_is_not_marked_where_it_is_alone() -> None:
    whole = case_text("Severe pain in the chest. Pain. No pain.", "Q", {})
    assert echo("chest pain", whole)[1] == ["pain in the chest"]


def test_a_place_does_not_cross_the_end_of_a_sentence() -> None:
    whole = case_text("He has fever. Cough is absent.", "Q", {})
    assert echo("fever cough", whole) == ("in the case: both words, not as a phrase", ["fever", "Cough"])


def test_long_lists_of_places_and_of_missing_words_are_cut_off() -> None:
    whole = case_text("pain " * 500, "Q", {})
    assert echo("pain", whole)[0] == f"in the case: {MOST} places+"
    assert echo("pain and fever", whole) == ("in the case: 1 of 2 words, not: fever", [])
    together = case_text("Chest pain. " * 30 + "The left foot.", "Q", {})
    assert echo("chest pain in the left arm", together)[1] == ["Chest pain"] * 30 + ["left"]
    huge = case_text("pain fever. " * 2001, "Q", {})
    assert echo("pain fever cough", huge) == ("in the case: 2 of 3 words, not: cough", [])
    assert echo("alpha beta gamma delta pain")[0].endswith("not: alpha, beta, gamma, …")


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (80, "in the case: 3 of 6 words, not: crushing, lasts, 3 weeks"),
        (50, "3 of 6 words, not: crushing, lasts, 3 weeks"),
        (42, "not in the case: crushing, lasts, 3 weeks"),
        (36, "not in the case: crushing, lasts, …"),
        (28, "not in the case: crushing, …"),
        (26, "3 of 6 words not in the case"),
    ],
)
def test_in_little_room_the_missing_words_come_first(room: int, said: str) -> None:
    found = word_echo("He has crushing chest pain, and the fever lasts for 3 weeks.", WHOLE)
    assert found is not None
    assert found.said(lambda words: len(words) <= room) == said
