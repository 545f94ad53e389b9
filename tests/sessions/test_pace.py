"""Rates of the last seconds, and an honest estimate of the time left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.domain.drafts import ArmProgress
from doubleread.runs.pace import ANSWERS_NEEDED, Pace, Watched, in_words


def noted(notes) -> Pace:
    pace = Pace()
    for now, tokens, answers in notes:
        pace.note(now, tokens, answers)
    return pace


def test_nothing_is_said_before_it_is_known():
    pace = Pace()
    assert pace.tokens_per_second() is None
    assert pace.seconds_left(10) is None
    pace.note(0, 0, 0)
    assert pace.tokens_per_second() is None
    pace.note(1, 50, ANSWERS_NEEDED - 1)
    assert pace.tokens_per_second() == 50
    assert pace.seconds_left(10) is None
    assert pace.seconds_left(0) == 0


def test_the_rate_is_that_of_the_last_seconds():
    slow_then_fast = [(second, second * 10, 0) for second in range(100)]
    slow_then_fast += [(100 + second, 1000 + second * 200, 0) for second in range(12)]
    assert noted(slow_then_fast).tokens_per_second() == pytest.approx(200)


def test_a_standstill_is_seen_in_rate_and_time_left():
    notes = [(second, second * 10, second) for second in range(11)]
    before = noted(notes).seconds_left(5)
    assert before == pytest.approx(5)
    after = noted([*notes, *((10 + second, 100, 10) for second in range(1, 31))])
    assert after.tokens_per_second() == 0
    assert after.seconds_left(5) == pytest.approx(20)


def test_the_time_left_follows_the_last_answers():
    quick = [(number * 0.1, 0, number) for number in range(500)]
    slow = [(50 + number * 10.0, 0, 500 + number) for number in range(200)]
    assert noted([*quick, *slow]).seconds_left(3) == pytest.approx(30, rel=0.05)


def test_a_count_that_goes_back_is_no_negative_rate():
    assert noted([(0, 100, 0), (1, 40, 0)]).tokens_per_second() == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "--"), (0.4, "0 s"), (99, "99 s"), (100, "2 min"), (3570, "1 h 00 min"), (11100, "3 h 05 min")],
)
def test_words(seconds, words):
    assert in_words(seconds) == words


def test_before_the_first_token_the_prompts_are_read():
    watched = Watched()
    begun = ArmProgress("ready", 0, 0, 4)
    assert watched.state(begun, 0.0) == "reading the prompts"
    watched.state(replace(begun, made=10), 1.0)
    assert watched.state(replace(begun, made=60), 2.0) == "30 tokens/s, -- left"
