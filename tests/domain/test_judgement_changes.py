"""Each change of a judgement is said in one sentence, forwards and backwards."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doubleread.domain.annotation import Annotation, Passage
from doubleread.domain.bond import BondGrade
from doubleread.domain.criteria import JudgedCriterion, LinkedWords
from doubleread.domain.judgement_changes import Names, changes
from doubleread.domain.reading import Judgement
from doubleread.domain.sentences import JudgedSentence

NAMES = Names(lambda answer_id: "A" if answer_id == "one" else "B")
ST = Annotation("x", "one", "answer", 4, 16, "ST\n elevation", "fabrication", "major", label="A1")
RUB = Annotation("y", "two", "case", 0, 3, "rub", "omission", "minor", label="o1")
LINKED = dataclasses.replace(ST, passage=Passage(0, 3, "rub", "document:d2", "supports"))
SENTENCE = JudgedSentence("one", 0, 5, "Rub.", "supported", "1")
CRITERION = JudgedCriterion("two", "c1", "met", LinkedWords(0, 3, "rub"))
MARKED = "Annotation A1 marked: “ST elevation” in answer A, fabrication, major."


@pytest.mark.parametrize(
    ("before", "after", "said", "undone"),
    [
        ({}, {"annotations": (ST,)}, MARKED, MARKED.replace("marked", "removed")),
        (
            {"annotations": (RUB,)},
            {"retracted": (RUB,)},
            "Annotation o1 retracted: “rub” left out by answer B, omission, minor.",
            "Annotation o1 restored: “rub” left out by answer B, omission, minor.",
        ),
        (
            {"annotations": (ST,)},
            {"annotations": (dataclasses.replace(ST, severity="minor"),)},
            "Annotation A1: severity minor, was major.",
            "Annotation A1: severity major, was minor.",
        ),
        (
            {"annotations": (ST,)},
            {"annotations": (dataclasses.replace(ST, basis="medically false"),)},
            "Annotation A1: basis medically false.",
            "Annotation A1: basis not stated, was medically false.",
        ),
        (
            {"annotations": (ST,)},
            {"annotations": (dataclasses.replace(ST, end=6, quote="ST"),)},
            "Annotation A1 now marks “ST”.",
            "Annotation A1 now marks “ST elevation”.",
        ),
        (
            {"annotations": (ST,)},
            {"annotations": (dataclasses.replace(ST, note="not in the ECG"),)},
            "Annotation A1: note “not in the ECG”.",
            "Annotation A1: note removed.",
        ),
        (
            {"annotations": (ST,)},
            {"annotations": (LINKED,)},
            "Annotation A1: supported by “rub” in document d2.",
            "Annotation A1: link removed.",
        ),
        ({}, {"verdicts": {"B": "partly"}}, "Answer B: partly.", "Answer B: no verdict, was partly."),
        (
            {"verdicts": {"B": "partly"}},
            {"verdicts": {"B": "correct"}},
            "Answer B: correct, was partly.",
            "Answer B: partly, was correct.",
        ),
        ({}, {"preference": "tie"}, "Preference: a tie.", "No preference."),
        ({}, {"outside_field": True}, "Outside my field.", "Not outside my field."),
        ({}, {"ratings": {"bias": "B"}}, "Bias: answer B is better.", "Bias: not compared."),
        ({}, {"levels": {"confidence": 4}}, "Confidence: 4, sure.", "Confidence: not stated."),
        (
            {},
            {"scale_ratings": {"accurate": {"A": None}}},
            "Answer A, accurate: not applicable.",
            "Answer A, accurate: not rated.",
        ),
        (
            {},
            {"sentences": {SENTENCE.place: SENTENCE}},
            "Sentence “Rub.”: supported.",
            "Sentence “Rub.”: not judged.",
        ),
        (
            {"criteria": {CRITERION.place: dataclasses.replace(CRITERION, judgement="not met")}},
            {"criteria": {CRITERION.place: CRITERION}},
            "Answer B, criterion c1: met, was not met.",
            "Answer B, criterion c1: not met, was met.",
        ),
        (
            {"criteria": {CRITERION.place: dataclasses.replace(CRITERION, evidence=None)}},
            {"criteria": {CRITERION.place: CRITERION}},
            "Answer B, criterion c1: evidence “rub”.",
            "Answer B, criterion c1: no evidence.",
        ),
        (
            {},
            {"grades": {"A": BondGrade.VERY_CLOSE}, "diagnoses": {"A": False}},
            "Answer A: grade 4, very close.",
            "Answer A: no grade.",
        ),
        (
            {"diagnoses": {"A": True}},
            {"diagnoses": {"A": False}},
            "Answer A: does not name the diagnosis.",
            "Answer A: names the diagnosis.",
        ),
    ],
)
def test_a_change_is_one_sentence(before: dict[str, Any], after: dict[str, Any], said: str, undone: str) -> None:
    first, second = Judgement(**before), Judgement(**after)
    assert changes(first, second, NAMES) == [said]
    assert changes(second, first, NAMES) == [undone]
    assert changes(second, second, NAMES) == []


def test_every_part_of_a_judgement_is_compared() -> None:
    parts = {field.name for field in dataclasses.fields(Judgement)}
    tested = {"annotations", "retracted", "verdicts", "preference", "outside_field", "levels", "diagnoses", "ratings"}
    assert parts == tested | {"scale_ratings", "sentences", "criteria", "grades"}
