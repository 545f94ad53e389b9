"""The choice scorer on generated answers of known truth: phrases it was developed on, and phrases held out from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from answer_grammar import PARTS, Tally, generate, measure
from answer_grammar.measure import Found
from answer_grammar.phrases import Part
from doubleread.scoring.choice import extract_choice

ANSWERS = 3_000


@dataclass(frozen=True)
class Limits:
    """The largest proportions allowed: wrong or false, missed, and not right at a confidence of 0.9 or more."""

    wrong: float
    missed: float
    wrong_when_sure: float


# The scorer was not fitted to held-out phrases; their limits are what it reached without having seen them.
LIMITS: dict[Part, Limits] = {"development": Limits(0.001, 0.02, 0.005), "held-out": Limits(0.025, 0.19, 0.03)}


@cache
def scored(part: Part) -> tuple[Found, ...]:
    return tuple(measure((generate(11, index, part) for index in range(ANSWERS)), extract_choice))


def shown(found: list[Found]) -> str:
    return "\n\n".join(
        f"{answer.form}, {answer.language}: {answer.letter or answer.abstention} became {extraction.letter}"
        f" ({extraction.method} {extraction.confidence})\n{dict(answer.options)}\n{answer.text}"
        for answer, extraction in found[:10]
    )


@pytest.mark.parametrize("part", PARTS)
def test_hardly_any_answer_gets_a_letter_that_is_not_its_own(part: Part) -> None:
    wrong = [pair for pair in scored(part) if pair[1].letter not in (None, pair[0].letter)]
    assert len(wrong) <= LIMITS[part].wrong * ANSWERS, shown(wrong)


@pytest.mark.parametrize("part", PARTS)
def test_few_answers_that_choose_are_missed(part: Part) -> None:
    missed = [pair for pair in scored(part) if pair[0].letter and pair[1].letter is None]
    assert len(missed) <= LIMITS[part].missed * ANSWERS, shown(missed)


@pytest.mark.parametrize("part", PARTS)
def test_a_confidence_of_0_9_or_more_is_hardly_ever_wrong(part: Part) -> None:
    sure = [pair for pair in scored(part) if (pair[1].confidence or 0) >= 0.9]
    not_right = [pair for pair in sure if pair[0].letter != pair[1].letter]
    assert len(sure) > 0.3 * ANSWERS
    assert len(not_right) <= LIMITS[part].wrong_when_sure * len(sure), shown(not_right)


@pytest.mark.parametrize("part", PARTS)
def test_the_words_relied_on_are_those_that_commit(part: Part) -> None:
    right = [(answer, found) for answer, found in scored(part) if found.letter and found.letter == answer.letter]
    elsewhere = []
    for answer, found in right:
        assert found.start is not None
        assert found.end is not None
        assert 0 <= found.start < found.end <= len(answer.text)
        if not any(start < found.end and found.start < end for start, end in answer.evidence):
            elsewhere.append((answer, found))
    assert len(elsewhere) <= 0.03 * len(right), shown(elsewhere)


def test_a_scorer_that_takes_the_first_letter_it_sees_is_found_out() -> None:
    def first_letter(text: str, options: dict[str, str], *, finish_reason: str = "stop"):
        found = extract_choice(text, options, finish_reason=finish_reason)
        seen = next((letter for letter in text if letter in options), None)
        return type(found)(seen, confidence=1.0 if seen else None)

    tally = Tally()
    for answer, extraction in measure((generate(11, index) for index in range(500)), first_letter):
        tally.add(answer, extraction)
    assert tally.wrong > 100
    assert tally.false > 50
