"""Answers held to a grammar, in real workers."""

from __future__ import annotations

import re

import pytest

from doubleread.engine.client.protocol import Failed
from engine.test_reasoning_budget import CHANNELS, HARMONY, OPENED, TAGS, chain, model

LETTERS = 'root ::= " "? ("A" | "B" | "C")'


@pytest.mark.parametrize(
    "sampling",
    [
        {},
        {"temperature": 1.5, "seed": 3},
        {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "seed": 5},
        {"repeat_penalty": 1.3},
        {"temperature": 1.0, "min_p": 0.2, "repeat_penalty": 1.3, "seed": 9},
    ],
)
def test_only_what_the_grammar_allows_can_come(shared, sampling):
    name = f"letters {sampling}"
    shared.ask(name, "Which nerve?", grammar=LETTERS, **sampling)
    answer = shared.answer(name)
    assert re.fullmatch(" ?[ABC]", answer.text), answer.text
    assert answer.finish_reason == "stop"
    assert answer.manifest["sampler"]["grammar"] == LETTERS


def test_among_legal_tokens_the_likeliest_is_taken(shared):
    shared.ask_likelihood("weights", "Which nerve?", "x", "y", "z")
    shares = shared.likelihoods("weights").log_likelihoods
    shared.ask("xyz", "Which nerve?", grammar='root ::= "x" | "y" | "z"')
    assert shared.answer("xyz").text == "xyz"[shares.index(max(shares))]


def test_a_grammar_that_the_answer_keeps_anyway_changes_nothing(shared):
    for name, grammar in (("free", ""), ("held", "root ::= [ -~]*")):
        shared.ask(name, "Which nerve?", grammar=grammar, temperature=0.8, seed=4, max_tokens=40)
    assert shared.answer("free").text == shared.answer("held").text


def test_a_grammar_of_letters_beyond_ascii(shared):
    shared.ask("beyond", "Which nerve?", grammar='root ::= "é" | "漢"')
    assert shared.answer("beyond").text in ("é", "漢")


@pytest.mark.parametrize("grammar", ["root ::= (", 'start ::= "A"', "root ::= other", 'root ::= root "a"', "nonsense"])
def test_a_grammar_that_does_not_parse_fails_and_is_named(shared, grammar):
    shared.ask(grammar, "Which nerve?", grammar=grammar)
    event = shared.end_of(grammar)
    assert isinstance(event, Failed)
    assert (event.title, grammar in event.happened) == ("Grammar not usable", True)
    shared.ask(f"after {grammar}", "Which nerve?", max_tokens=3)
    assert shared.answer(f"after {grammar}").text


@pytest.mark.parametrize(
    ("template", "tokens", "follower"),
    [(TAGS, None, "\n"), (OPENED, None, "\n"), (HARMONY, CHANNELS, "<|message|>")],
)
def test_no_reasoning_precedes_an_answer_restricted_by_a_grammar(run, tmp_path, template, tokens, follower):
    path = model(tmp_path, chain(follower, "x", "B"), template, *([] if tokens is None else [tokens]))
    running = run(path)
    running.ask("one", "Q", grammar='root ::= "A" | "B"')
    answer = running.answer("one")
    assert answer.text in ("A", "B")
    assert (answer.reasoning, answer.finish_reason, answer.manifest["reasoning_budget"]) == ("", "stop", 0)
