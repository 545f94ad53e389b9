"""The chosen option of short answers, one by one, and what the score makes of them."""

from __future__ import annotations

import inspect
import pkgutil
import tomllib
from importlib import import_module, resources
from typing import get_args

import pytest

from doubleread.domain.case import Case
from doubleread.domain.extraction import FLAGS, MEANING, REASONS, Extraction, Flag, Method, Reason
from doubleread.scoring import choice, score
from doubleread.scoring.choice import VERSION, extract_choice, score_choice
from doubleread.scoring.confidence import BANDS
from doubleread.scoring.lexicon import SIGNS as SIGNS_OF_TEXT
from doubleread.scoring.lexicon import TAGS
from doubleread.scoring.option_text import option_texts
from doubleread.scoring.plain import fold, without_mark_up, without_points
from doubleread.scoring.text_view import TextView
from doubleread.scoring.tokens import tokens_of
from scoring import choice_examples
from scoring.choice_examples.options import CHEST, STROKE

MODULES = [
    import_module(f"scoring.choice_examples.{module.name}")
    for module in pkgutil.iter_modules(choice_examples.__path__)
    if module.name != "options"
]
SUBJECTS = {
    f"{module.__name__.rpartition('.')[2]} {name}": examples
    for module in MODULES
    for name, examples in vars(module).items()
    if isinstance(examples, list)
}
EXAMPLES = [
    pytest.param(*example, id=f"{subject} {number}")
    for subject, examples in SUBJECTS.items()
    for number, example in enumerate(examples, start=1)
]
SIGNS: dict[Flag, str] = {
    "letter and text disagree": "!",
    "changed its answer": "~",
    "number for a letter": "#",
    "second thoughts": "?",
}
CASE = Case("c1", "choice", "A vignette.", "Which?", "B", options=CHEST)


def shown(found: Extraction) -> str:
    return (found.letter or f"-{found.reason}") + "".join(SIGNS[flag] for flag in found.flags)


@pytest.mark.parametrize(("text", "options", "wanted"), EXAMPLES)
def test_example(text: str, options: dict[str, str], wanted: str) -> None:
    found = extract_choice(text, options)
    assert shown(found) == wanted
    assert (found.letter is None) == bool(found.reason)
    assert found.reason in REASONS
    assert found.method in get_args(Method)
    assert set(found.flags) <= set(FLAGS)
    assert (found.confidence in BANDS) == (found.letter is not None)
    if found.letter:
        assert found.start is not None
    if found.start is not None:
        assert 0 <= found.start < found.end <= len(text)


def test_there_are_enough_examples_of_every_outcome() -> None:
    assert len(EXAMPLES) >= 1000
    seen = {wanted for examples in SUBJECTS.values() for _, _, wanted in examples}
    assert {wanted[1:] for wanted in seen if wanted.startswith("-")} == set(REASONS) - {""}
    assert {sign for wanted in seen for sign in wanted[1:] if sign in SIGNS.values()} == set(SIGNS.values())


def letters_named(text: str, options: dict[str, str]) -> set[str]:
    view = TextView(without_mark_up(text).text, option_texts(options))
    return {mention.letter for mention in tokens_of(view).mentions.values() if mention.offered}


@pytest.mark.parametrize(("text", "options", "wanted"), EXAMPLES)
def test_the_explanation_is_true_of_the_answer(text: str, options: dict[str, str], wanted: str) -> None:
    found = extract_choice(text, options)
    if found.method == "only option named":
        assert letters_named(text, options) <= {found.letter}
    if found.method == "only option left":
        assert len(letters_named(text, options)) > 1
    if found.letter is None:
        assert found.method in ("", "stated answer", "stated judgement")
    if found.reason == "several" and found.method:
        assert len(letters_named(text, options)) > 1


def test_what_gets_a_high_confidence_is_right() -> None:
    """Every example is read rightly, so that only the bands' use is looked at: each band is there, none is empty."""
    given = [
        extract_choice(text, options).confidence for _, examples in SUBJECTS.items() for text, options, _ in examples
    ]
    assert set(given) == {*BANDS, None}


def test_a_choice_in_doubt_gets_less_confidence_than_a_plain_one() -> None:
    plain = extract_choice("The answer is B.", CHEST).confidence
    assert plain == max(BANDS)
    for text in (
        "The answer is A. Wait, no, it's B.",
        "The answer is B. Lymphoma",
        "Sarcoidosis would explain this",
        "The most likely diagnosis is sarcoidosis.",
        "The nodes are large.\n\nB",
    ):
        assert extract_choice(text, CHEST).confidence < plain


def test_every_word_that_the_extractor_may_say_is_explained() -> None:
    assert {*get_args(Method), *get_args(Reason), *get_args(Flag)} - {""} == set(MEANING)


def test_nothing_that_extracts_can_see_the_key() -> None:
    assert list(inspect.signature(extract_choice).parameters) == ["text", "options", "finish_reason"]
    for name, function in inspect.getmembers(choice, inspect.isfunction):
        if function.__module__.startswith("doubleread.scoring") and name != "score_choice":
            parameters = inspect.signature(function).parameters
            assert not {"key", "case", "gold", "answer_key", "correct"} & set(parameters), name
            assert not any("Case" in str(parameter.annotation) for parameter in parameters.values()), name


def test_the_key_changes_nothing_but_the_outcome() -> None:
    for text in ("The answer is B.", "B or C", "Answer: Lymphoma (B)", "", "The answer is A. Wait, no, it's B."):
        scores = {key: score_choice(text, Case("c", "choice", "t", "q", key, options=CHEST), "stop") for key in CHEST}
        evidence = {(found.chosen, found.reason, found.start, found.end, found.confidence) for found in scores.values()}
        assert len(evidence) == 1
        assert sum(found.outcome == "correct" for found in scores.values()) <= 1


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


@pytest.mark.parametrize(
    ("text", "options", "evidence"),
    [
        ("The answer is A. Wait, no, it's B.", CHEST, "B"),
        ("> **Die richtige Antwort ist B.**", CHEST, "B"),
        ("~~A~~ **C** is correct.", CHEST, "C"),
        ("The most likely diagnosis is sarcoi\u0308dosis.", CHEST, "sarcoi\u0308dosis"),
        ("# Result\n\n> Answer: *CT head without contrast*", STROKE, "CT head without contrast"),
        ("Question: x?\nAnswer: y\n\n**The answer is C.**", CHEST, "C"),
        ("<think>A</think>\r\n\r\n\\boxed{\\text{B}}", CHEST, "B"),
    ],
)
def test_the_evidence_is_found_again_behind_mark_up(text: str, options: dict[str, str], evidence: str) -> None:
    found = extract_choice(text, options)
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
        ("The answer is C.", "stop", "incorrect"),
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


def test_every_word_belongs_to_one_concept_and_every_list_to_a_known_one() -> None:
    lists = tomllib.loads((resources.files("doubleread.scoring") / "data" / "choice_words.toml").read_text("utf-8"))
    concepts: dict[str, str] = {}
    for concept in TAGS:
        for words in lists[concept].values():
            for word in words:
                known = word.lower() if concept == "copula_accented" else fold(without_points(word))
                assert concepts.setdefault(known, concept) == concept, word
    assert len(set(TAGS.values())) >= len(TAGS) - 2
    assert set(SIGNS_OF_TEXT.values()).isdisjoint(set(TAGS.values()) - {"&"})
