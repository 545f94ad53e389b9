"""Concepts of a list that texts name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case
from doubleread.scoring.concepts import concept_index, mrconso_terms, score_concepts

TERMS = [
    ("chest pain", "C1"),
    ("pain", "C2"),
    ("fever", "C3"),
    ("pyrexia", "C3"),
    ("AIDS", "C4"),
    ("acute coronary syndrome", "C5"),
    ("Sjögren's syndrome", "C6"),
    ("vitamin B12", "C7"),
    ("diabetes", "C8"),
    ("leg ulcers", "C9"),
]
INDEX = concept_index(TERMS)


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Chest pain.", ["C1"]),
        ("pain in the chest", ["C2"]),
        ("CHEST-PAIN, chest pains", ["C1", "C1"]),
        ("chest; pain", ["C1"]),
        ("painful", []),
        ("fevers and pyrexia", ["C3", "C3"]),
        ("first aid, a hearing aid", []),
        ("AIDS", ["C4"]),
        ("acute coronary artery syndrome", []),
        ("Acute coronary syndromes", ["C5"]),
        ("Sjogren's syndrome", ["C6"]),
        ("Vitamin B-12", []),
        ("vitamin B12 deficiency", ["C7"]),
        ("diabetes", ["C8"]),
        ("leg ulcer", ["C9"]),
        ("no fever", ["C3"]),
        ("", []),
        ("!?", []),
    ],
)
def test_terms_are_found_by_their_words(text, concepts):
    assert [mention.concept for mention in INDEX.mentions(text)] == concepts


def test_a_mention_is_where_the_words_are():
    (mention,) = INDEX.mentions("She has **chest\npains**.")
    assert (mention.start, mention.end) == (10, 21)


def test_the_first_of_the_same_terms_counts():
    index = concept_index([("cold", "C1"), ("Cold", "C2"), ("colds", "C3")])
    assert [mention.concept for mention in index.mentions("cold")] == ["C1"]


def test_the_score_compares_the_sets():
    case = Case("s", "summary", "text", "Summarise.", "Chest pain and fever; diabetes.")
    score = score_concepts(
        "<think>diabetes</think>Pyrexia, chest pain, fever, AIDS", case, INDEX, "terms.csv, sha256 0"
    )
    assert (score.scorer, score.version, score.outcome) == ("concepts", "1 (terms.csv, sha256 0)", "measured")
    assert score.measures == {
        "concept_f1": pytest.approx(2 * 2 / (3 + 3)),
        "concept_precision": pytest.approx(2 / 3),
        "concept_recall": pytest.approx(2 / 3),
    }
    assert [(item.value, item.matches) for item in score.evidence] == [
        ("C3", True),
        ("C1", True),
        ("C3", True),
        ("C4", False),
    ]
    assert score.reason == "3 concepts named, 3 in the reference, 2 in both"


def test_an_answer_without_concepts_counts_as_zero_and_has_no_precision():
    case = Case("s", "summary", "text", "Summarise.", "Fever.")
    assert score_concepts("Nothing.", case, INDEX, "v").measures == {"concept_f1": 0.0, "concept_recall": 0.0}


def test_without_a_concept_in_the_reference_there_is_no_measure():
    case = Case("s", "summary", "text", "Summarise.", "Nothing.")
    score = score_concepts("Fever.", case, INDEX, "v")
    assert (score.outcome, score.measures, score.reason) == ("unparsed", {}, "the reference names no concept")


def _line(cui, term, language="ENG", suppress="N"):
    return f"{cui}|{language}|P|L1|PF|S1|Y|A1||||SNOMEDCT_US|PT|1|{term}|9|{suppress}|256|\n"


def test_umls_lines_give_terms_of_the_language_that_are_not_suppressed():
    lines = [
        _line("C0008031", "Chest Pain"),
        _line("C0008031", "Brustschmerz", "GER"),
        _line("C0000001", "Obsolete term", suppress="O"),
        _line("C0000002", "IN"),
        _line("C0000003", "1234"),
        "broken|line\n",
    ]
    assert list(mrconso_terms(lines)) == [("Chest Pain", "C0008031")]
    assert list(mrconso_terms(lines, "GER")) == [("Brustschmerz", "C0008031")]


@given(st.lists(st.sampled_from(["chest", "pain", "acute", "coronary", "syndrome", "fever", "x"]), max_size=12))
def test_mentions_are_the_longest_from_left_to_right(words):
    known = {tuple(term.lower().split()): concept for term, concept in TERMS if term.isascii()}
    expected, at = [], 0
    while at < len(words):
        length = next((size for size in (3, 2, 1) if tuple(words[at : at + size]) in known), 0)
        if length:
            expected.append(known[tuple(words[at : at + length])])
        at += length or 1
    assert [mention.concept for mention in INDEX.mentions(" ".join(words))] == expected
