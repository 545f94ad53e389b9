"""The grammar itself: each answer's truth is written where it says, and the same seed makes the same answers."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import answer_grammar
from answer_grammar import ABSTENTIONS, FORMS, LANGUAGES, PARTS, GeneratedAnswer, generate
from answer_grammar.answer import END, START, without_marks
from answer_grammar.phrases import Part, phrases

FOLDER = Path(answer_grammar.__file__).parent
ANSWERS = 3_000
OTHER_SCRIPTS = str.maketrans("ａｂｃｄｅｆｇｈавсе", "abcdefghabce")
ARTICLES = ("l'", *(f"{article} " for article in ("le", "la", "el", "il", "lo", "o", "a", "de", "een")))
PLACES = {
    "letter": {"L"},
    "letter_text": {"LT"},
    "text_any": {"t", "T"},
    "text_diagnosis": {"t", "T"},
    "text_treatment": {"t", "T"},
    "text_step": {"t", "T"},
    "text_organism": {"t", "T"},
    "reject_letter": {"X"},
    "reject_text": {"X_T", "x"},
    "reject_many": {"LIST"},
    "remains": {"LIST", "L"},
    "except": {"L"},
    "not_but": {"X", "L"},
    "reject_so": {"X", "L"},
    "instead": {"L"},
    "taken_back": {"X"},
    "either": {"X", "Y", "XT", "YT"},
    "both": {"X", "Y", "XT", "YT"},
    "hypothetical": {"X"},
    "first_impression": {"X"},
}
MAY_BE_LEFT_OUT = {"text_step", "text_organism"}


@cache
def answers(part: Part) -> tuple[GeneratedAnswer, ...]:
    return tuple(generate(3, index, part) for index in range(ANSWERS))


@pytest.mark.parametrize("part", PARTS)
def test_the_same_seed_makes_the_same_answers(part: Part) -> None:
    assert [generate(3, index, part) for index in range(50, 90)] == list(answers(part)[50:90])
    assert len({generate(seed, 0, part).text for seed in range(60)}) > 50


@pytest.mark.parametrize("part", PARTS)
def test_an_answer_chooses_an_option_or_says_why_not(part: Part) -> None:
    for answer in answers(part):
        assert (answer.letter is None) == (answer.abstention is not None)
        assert answer.letter is None or answer.letter in answer.options
        assert answer.abstention == FORMS[answer.form].abstains
        assert answer.text.strip()
        assert len(set(map(str.casefold, answer.options.values()))) == len(answer.options)


@pytest.mark.parametrize("part", PARTS)
def test_the_evidence_is_the_letter_or_the_text_of_the_option(part: Part) -> None:
    for answer in answers(part):
        assert bool(answer.evidence) == (answer.letter is not None)
        for start, end in answer.evidence:
            assert 0 <= start < end <= len(answer.text)
            words = answer.text[start:end].replace("\u00a0", " ").casefold()
            assert words.translate(OTHER_SCRIPTS) in _names(answer) or words in _names(answer), (words, answer)


def _names(answer: GeneratedAnswer) -> set[str]:
    """Return what may stand for the option: its letter, its text, its short name, its text with an article."""
    letter = answer.letter or ""
    option = answer.options[letter].casefold()
    genus, _, species = option.partition(" ")
    names = {letter.casefold(), option, f"{genus[0]}. {species}"}
    return (
        names
        | {f"{letter.casefold()}{sign} {option}" for sign in ".)"}
        | {f"{article}{option}" for article in ARTICLES}
    )


@pytest.mark.parametrize("part", PARTS)
def test_no_mark_and_no_empty_place_is_left(part: Part) -> None:
    left = re.compile(r"\{(?:LT|t|T|X|Y|x|XT|YT|X_T|LIST)\}")
    for answer in answers(part):
        assert START not in answer.text
        assert END not in answer.text
        assert not left.search(answer.text), answer.text


@pytest.mark.parametrize("part", PARTS)
def test_every_form_and_language_and_reason_occurs(part: Part) -> None:
    assert {answer.form for answer in answers(part)} == set(FORMS)
    assert {answer.language for answer in answers(part)} == set(LANGUAGES)
    assert {answer.abstention for answer in answers(part)} == {None, *ABSTENTIONS}
    assert len({answer.option_kind for answer in answers(part)}) == 10
    assert len({noise for answer in answers(part) for noise in answer.noise}) >= 7
    assert len({answer.text for answer in answers(part)}) > 0.9 * ANSWERS


def test_there_are_at_least_twelve_languages_and_each_fills_the_same_places() -> None:
    assert len(LANGUAGES) >= 12
    slots = set(phrases("en", "development").slots)
    for language in LANGUAGES:
        for part in PARTS:
            said = phrases(language, part).slots
            assert slots - MAY_BE_LEFT_OUT <= set(said) <= slots, language
            for slot, wanted in PLACES.items():
                for phrase in said.get(slot, ()):
                    places = {name for _, name, _, _ in Formatter().parse(phrase) if name}
                    assert places <= wanted, (language, phrase)
                    assert places or slot == "taken_back", (language, phrase)
            for slot in set(said) - set(PLACES):
                assert not any("{" in phrase for phrase in said[slot]), (language, slot)


def test_held_out_phrases_are_not_those_of_development() -> None:
    held_out = 0
    for path in (FOLDER / "phrases_held_out").glob("*.toml"):
        known = phrases(path.stem, "development").slots
        for slot, lines in tomllib.loads(path.read_text(encoding="utf-8")).items():
            said = set(filter(None, lines.split("\n")))
            assert not said & set(known[slot]), (path.stem, slot)
            held_out += len(said)
    assert held_out >= 300


def test_what_is_said_about_a_case_names_none_of_its_options() -> None:
    for path in (FOLDER / "cases").glob("*.toml"):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            assert len(case["options"]) >= 4
            assert not set(case["options"]) & set(case["elsewhere"])
            assert len(case.get("inline", case["options"])) == len(case["options"])
            for finding in case.get("findings", ()):
                assert not any(option.casefold() in finding.casefold() for option in case["options"]), finding


def test_marks_become_spans() -> None:
    assert without_marks(f"a {START}bc{END}, {START}d{END}") == ("a bc, d", ((2, 4), (6, 7)))
