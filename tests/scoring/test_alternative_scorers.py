"""Scores by likelihood, and by a letter that was asked for."""

from __future__ import annotations

import math

import pytest

from doubleread.domain.case import Case
from doubleread.scoring.alternative_scorers import (
    Spelling,
    constrained_letter,
    letter_grammar,
    letter_likelihood,
    spellings,
    text_likelihood,
)

CASE = Case("c", "choice", "text", "question", "B", {"A": "Gout", "B": "Septic arthritis", "C": "Lyme disease"})


def spelt(*shares: float, length: int = 1) -> list[Spelling]:
    return [Spelling(math.log(share), tuple(range(number, number + length))) for number, share in enumerate(shares)]


def test_both_spellings_of_a_letter_count_together():
    score = letter_likelihood(CASE, {"A": spelt(0.3, 0.001), "B": spelt(0.2, 0.2), "C": spelt(0.05, 0.05)})
    assert (score.scorer, score.version, score.chosen, score.outcome) == ("letter-likelihood", "1", "B", "correct")
    assert score.confidence == pytest.approx(0.4 / 0.801)
    assert score.reason.endswith(": B 0.50, A 0.38, C 0.12")
    assert (score.start, score.end, score.rank) == (None, None, None)


def test_spellings_that_are_the_same_tokens_count_once():
    same = [Spelling(math.log(0.3), (7,)), Spelling(math.log(0.3), (7,))]
    score = letter_likelihood(CASE, {"A": same, "B": spelt(0.2, 0.2), "C": spelt(0.05, 0.05)})
    assert score.chosen == "B"
    assert score.confidence == pytest.approx(0.4 / 0.8)


def test_likelihoods_far_below_what_a_float_can_hold_are_compared():
    score = letter_likelihood(CASE, {letter: [Spelling(-5000.0 - n, (n,))] for n, letter in enumerate("BAC")})
    assert score.chosen == "B"
    assert score.confidence == pytest.approx(1 / (1 + math.exp(-1) + math.exp(-2)))


def test_two_options_that_are_equally_likely_leave_none_chosen():
    score = letter_likelihood(CASE, {letter: spelt(0.2, 0.1) for letter in "ABC"})
    assert (score.outcome, score.chosen, score.confidence) == ("unparsed", None, None)
    assert "equally likely" in score.reason


def test_texts_are_compared_by_token_so_that_long_ones_have_a_chance():
    weighed = {
        "A": [Spelling(-3.0, (1,)), Spelling(-9.0, (2,))],
        "B": [Spelling(-9.0, (1, 2, 3, 4)), Spelling(-4.0, (5, 6, 3, 4))],
        "C": [Spelling(-8.0, (1, 2)), Spelling(-8.0, (3, 2))],
    }
    score = text_likelihood(CASE, weighed)
    assert (score.scorer, score.chosen, score.outcome) == ("text-likelihood", "B", "correct")
    total = math.exp(-1) + math.exp(-3) + math.exp(-4)
    assert score.confidence == pytest.approx(math.exp(-1) / total)


@pytest.mark.parametrize(
    ("reply", "chosen", "outcome"),
    [
        ("B", "B", "correct"),
        (" A", "A", "incorrect"),
        ("", None, "unparsed"),
        (" ", None, "unparsed"),
        ("D", None, "unparsed"),
    ],
)
def test_a_reply_is_a_letter_or_nothing(reply, chosen, outcome):
    score = constrained_letter(CASE, reply, "Which letter?")
    assert (score.scorer, score.chosen, score.outcome, score.confidence) == (
        "constrained-letter",
        chosen,
        outcome,
        None,
    )
    assert chosen is None or '"Which letter?"' in score.reason


def test_a_grammar_has_all_letters_and_allows_a_blank_before_them():
    assert letter_grammar(CASE) == 'root ::= " "? ("A" | "B" | "C")'
    assert spellings("A") == ("A", " A")
