"""Contradictions between judgements."""

from __future__ import annotations

from typing import Any

import pytest

from doubleread.domain.annotation import ANSWER, CASE_SOURCE, Annotation
from doubleread.domain.consistency import KINDS, Inconsistency, inconsistencies
from doubleread.domain.labels import CREOLA
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.sentences import SEGMENTATION, JudgedSentence


def marked(answer_id: str, start: int, end: int, *, severity: str = "minor", place: str = ANSWER) -> Annotation:
    category = "fabrication" if place == ANSWER else "omission"
    return Annotation(f"{answer_id}{start}", answer_id, place, start, end, "w", category, severity)


def sentence(answer_id: str, start: int, end: int, judgement: str) -> JudgedSentence:
    return JudgedSentence(answer_id, start, end, "s", judgement, SEGMENTATION)


def found(
    annotations: tuple[Annotation, ...] = (),
    sentences: tuple[JudgedSentence, ...] = (),
    kind: str = "choice",
    **said: Any,
) -> list[tuple[str, str | None, int | None]]:
    return [(one.kind, one.side, one.at) for one in stated(annotations, sentences, kind, **said)]


def stated(
    annotations: tuple[Annotation, ...] = (),
    sentences: tuple[JudgedSentence, ...] = (),
    kind: str = "choice",
    **said: Any,
) -> tuple[Inconsistency, ...]:
    judgement = Judgement(annotations=annotations, sentences={one.place: one for one in sentences}, **said)
    reading = Reading("r", "c", "R-01", {"A": "x", "B": "y"}, judgement)
    return inconsistencies(reading, kind, CREOLA)


def verdicts(a: str, b: str) -> dict[str, str]:
    return {"A": a, "B": b}


def test_a_correct_answer_has_no_severe_annotation() -> None:
    severe = (marked("y", 9, 12, severity="major"), marked("y", 4, 6, severity="major"))
    assert found(severe, verdicts=verdicts("incorrect", "correct")) == [("correct, yet severe annotation", "B", 4)]
    assert found(severe, verdicts=verdicts("correct", "partly")) == []
    assert found((marked("y", 4, 6),), verdicts=verdicts("partly", "correct")) == [], "a minor one may be there"
    omitted = (marked("x", 4, 6, severity="major", place=CASE_SOURCE),)
    assert found(omitted, verdicts=verdicts("correct", "correct")) == [("correct, yet severe annotation", "A", None)]


def test_an_incorrect_summary_has_incorrect_words() -> None:
    wrong = verdicts("incorrect", "correct")
    asked = [("incorrect, yet nothing annotated", "A", None)]
    assert found(kind="summary", verdicts=wrong) == asked
    assert found(kind="choice", verdicts=wrong) == [], "the wrong option is not a span"
    assert found((marked("x", 1, 2, place=CASE_SOURCE),), kind="summary", verdicts=wrong) == []
    assert found((marked("y", 1, 2),), kind="summary", verdicts=wrong) == asked


@pytest.mark.parametrize(
    ("judgement", "mark", "kinds"),
    [
        ("supported", (8, 12), ["sentence supported, yet annotated"]),
        ("supported", (10, 12), []),
        ("unsure", (8, 12), []),
        ("unsupported", (9, 10), []),
        ("incorrect", (10, 12), ["sentence faulty, yet not annotated"]),
    ],
)
def test_sentences_agree_with_annotations(judgement: str, mark: tuple[int, int], kinds: list[str]) -> None:
    asked = found((marked("x", *mark),), (sentence("x", 5, 10, judgement),))
    assert asked == [(kind, "A", 5) for kind in kinds]
    elsewhere = found((marked("y", *mark), marked("x", *mark, place=CASE_SOURCE)), (sentence("x", 5, 10, judgement),))
    assert ("sentence supported, yet annotated", "A", 5) not in elsewhere


def test_several_sentences_of_an_answer_are_one_question() -> None:
    faulty = tuple(sentence("y", start, start + 4, "unsupported") for start in (20, 0, 10))
    assert found((), faulty) == [("sentence faulty, yet not annotated", "B", 0)]


@pytest.mark.parametrize(
    ("a", "b", "preference", "asks"),
    [
        ("incorrect", "correct", "A", True),
        ("incorrect", "partly", "A", True),
        ("incorrect", "incorrect", "A", False),
        ("partly", "correct", "A", False),
        ("incorrect", "unsure", "A", False),
        ("incorrect", "correct", "tie", True),
        ("partly", "correct", "tie", False),
        ("correct", "correct", "both bad", True),
        ("correct", "incorrect", "both bad", False),
    ],
)
def test_the_preference_agrees_with_the_verdicts(a: str, b: str, preference: str, asks: bool) -> None:
    expected = [("preference against verdicts", None, None)] * asks
    assert found(verdicts=verdicts(a, b), preference=preference) == expected
    mirrored = {"A": "B", "B": "A"}.get(preference, preference)
    assert found(verdicts=verdicts(b, a), preference=mirrored) == expected


def test_the_words_say_what_the_reader_judged_not_what_is_true() -> None:
    (preferred,) = stated(verdicts=verdicts("incorrect", "partly"), preference="A")
    assert preferred.words == "You prefer answer A, but judged it incorrect and answer B partly correct."
    (severe,) = stated((marked("y", 4, 6, severity="major"),), verdicts=verdicts("incorrect", "correct"))
    assert severe.words == "You judged answer B correct, but it has 1 major annotation."


def test_a_declined_case_is_asked_about_only_for_its_annotations() -> None:
    wrong = {"verdicts": verdicts("incorrect", "correct"), "preference": "A", "outside_field": True}
    assert found(**wrong) == []
    assert found((marked("x", 1, 2, severity="major"),), **wrong) == [("declined, yet judged", None, None)]


def test_every_kind_is_made_by_a_rule() -> None:
    severe = marked("x", 0, 2, severity="major")
    made = found(
        (severe,),
        (sentence("x", 0, 5, "supported"), sentence("y", 0, 5, "incorrect")),
        verdicts=verdicts("correct", "incorrect"),
        preference="B",
    )
    made += found(kind="summary", verdicts=verdicts("incorrect", "correct"))
    made += found((severe,), outside_field=True)
    assert {kind for kind, _, _ in made} == set(KINDS)
