"""The chosen option of short answers, one by one, and what the score makes of them."""

from __future__ import annotations

import importlib.util
import inspect
import time
from pathlib import Path

import pytest

from doubleread.domain.case import Case
from doubleread.scoring import score
from doubleread.scoring.choice import VERSION, extract_choice, score_choice
from doubleread.scoring.extraction import REASONS, Extraction


def _examples():
    spec = importlib.util.spec_from_file_location("choice_examples", Path(__file__).with_name("examples.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = _examples()
CHEST = EXAMPLES.CHEST
CASE = Case("c1", "choice", "A vignette.", "Which?", "B", options=CHEST)


def shown(found: Extraction) -> str:
    return (found.letter or f"-{found.reason}") + ("!" if "letter and text disagree" in found.flags else "")


@pytest.mark.parametrize(("text", "options", "wanted"), EXAMPLES.PUBLISHED + EXAMPLES.OWN)
def test_example(text: str, options: dict[str, str], wanted: str) -> None:
    found = extract_choice(text, options)
    assert shown(found) == wanted
    if found.start is not None:
        assert 0 <= found.start < found.end <= len(text)


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES.OWN) >= 60


def test_the_extractor_cannot_see_the_key() -> None:
    assert list(inspect.signature(extract_choice).parameters) == ["text", "options", "finish_reason"]


DISEASES = {"A": "Acute appendicitis", "B": "Acute pericarditis", "C": "Pulmonary embolism", "D": "Aortic dissection"}


@pytest.mark.parametrize("letter", list(DISEASES))
@pytest.mark.parametrize(
    "opening", ["The best option is {} ({}).", "The most likely option is {} ({}).", "The answer is {} ({})."]
)
def test_the_demo_models_wording(letter: str, opening: str) -> None:
    others = [name for other, name in DISEASES.items() if other != letter]
    text = opening.format(DISEASES[letter].lower(), letter) + (
        " The case shows pleuritic chest pain and a friction rub. "
        f"{others[0]} is less likely, and {others[1]} does not fit."
    )
    found = extract_choice(text, DISEASES)
    assert found.letter == letter
    assert text[found.start : found.end] == letter
    assert not found.flags


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("**Answer:** B. Sarcoidosis", "B"),
        ("<think>A?</think> The answer is **C**.", "C"),
        ("Answer：Ｃ", "Ｃ"),
        (r"$\boxed{\text{C}}$", "C"),
        ("The most likely diagnosis is *sarcoidosis*.", "sarcoidosis"),
    ],
)
def test_the_span_is_the_evidence_in_the_raw_text(text: str, evidence: str) -> None:
    found = extract_choice(text, CHEST)
    assert text[found.start : found.end] == evidence


def test_a_cut_off_answer_is_truncated_unless_it_had_chosen() -> None:
    assert (
        extract_choice("Tuberculosis (A) is unlikely; sarcoidosis", CHEST, finish_reason="length").reason == "truncated"
    )
    assert extract_choice("The answer is B. The reason is that", CHEST, finish_reason="length").letter == "B"
    assert extract_choice("", CHEST, finish_reason="length").reason == "truncated"
    assert extract_choice("<think>so</think>", CHEST).reason == "empty"


def test_a_changed_mind_is_flagged_and_the_last_word_counts() -> None:
    found = extract_choice("The answer is A.\n\nThe granuloma does not caseate.\n\nThe answer is B.", CHEST)
    assert (found.letter, found.flags) == ("B", ("changed its answer",))
    assert found.confidence < extract_choice("The answer is B.", CHEST).confidence


@pytest.mark.parametrize(
    ("text", "finish", "outcome"),
    [
        ("The answer is B.", "stop", "correct"),
        ("The answer is C.", "stop", "wrong"),
        ("B or C", "stop", "unparsed"),
        ("Answer: F", "stop", "unparsed"),
        ("I'm sorry, but I can't help with that.", "stop", "refused"),
        ("The patient has", "length", "truncated"),
        ("", "imported", "unparsed"),
    ],
)
def test_outcomes_stay_apart(text: str, finish: str, outcome: str) -> None:
    result = score(text, CASE, finish)
    assert result.outcome == outcome
    assert (result.scorer, result.version) == ("choice", VERSION)
    assert result.reason


def test_only_choices_are_scored_as_choices() -> None:
    with pytest.raises(ValueError, match="not choice"):
        score_choice("x", Case("d", "diagnosis", "t", "q", "Gout"))


def test_reasons_come_from_the_list() -> None:
    for text, options, _ in EXAMPLES.PUBLISHED + EXAMPLES.OWN:
        found = extract_choice(text, options)
        assert found.reason in REASONS
        assert (found.letter is None) == bool(found.reason)


PIECES = [
    "answer is ",
    "best diagnosis ",
    "A: false / ",
    "*",
    "_",
    "$",
    "(",
    "[[",
    "'",
    "boxed{",
    '"answer":',
    "<think>",
    " ",
    "\n",
    "\n \n",
    "A, B and ",
    "rule out ",
    "Option A ",
    "tuberculosis ",
    "is the best ",
    "I would choose ",
    "Answer:\n",
    "none of ",
    ". ",
    "A. x\n",
    "答案是",
    "\u200b",
    "most likely diagnosis is x y z tuberculosi ",
    "Tuberculosis is the best ",
    "- A: no\n",
    "if would answer is A ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_string_takes_long(piece: str) -> None:
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    started = time.perf_counter()
    extract_choice(text, CHEST)
    assert time.perf_counter() - started < 30


def test_an_answer_of_2000_words_takes_linear_time() -> None:
    paragraph = (
        "The patient has hilar nodes, a dry cough and erythema nodosum; tuberculosis was looked for and not found. "
    )

    def seconds(copies: int) -> float:
        text = paragraph * copies + "The answer is B."
        started = time.perf_counter()
        for _ in range(3):
            assert extract_choice(text, CHEST).letter == "B"
        return (time.perf_counter() - started) / 3

    short, long = seconds(120), seconds(1200)
    assert short < 1.0
    assert long < 25 * max(short, 0.002)
