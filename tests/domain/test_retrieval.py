"""What an arm with retrieval asks for, and how its passages reach the model and the manifest."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from doubleread.domain.arm import Arm
from doubleread.domain.case import Case, Document, Turn
from doubleread.domain.prompts import Example, PromptTemplate
from doubleread.domain.retrieval import (
    CASE_DOCUMENTS,
    Retrieval,
    RetrievedPassage,
    given_passages,
    manifest_entry,
    retrieval_mistakes,
    within_words,
)
from doubleread.domain.study import Protocol

CASE = Case("c", "choice", "A cough {question}.", "What is it?", "B", {"A": "Asthma", "B": "Pneumonia"})
PASSAGES = (
    RetrievedPassage(1, "a.md", "Asthma", 0, 9, "A {text} b", 2.5, None, {"bm25": 1}),
    RetrievedPassage(2, "b.pdf", "", 10, 22, "Cough lasts.", 1.5, 3, {"bm25": 2, "vectors": 1}),
)
RETRIEVAL = Retrieval("/x/guide.corpus", 3, "hybrid", "question", 500, "guide", "c" * 64, 12, 340)


def user_turn(prompt: PromptTemplate, case: Case = CASE) -> str:
    return prompt.messages(case, PASSAGES)[-1].content


def test_passages_come_before_the_users_turn_unless_the_template_places_them() -> None:
    plain = PromptTemplate(choice="{text} {question}", passages="Look:\n{passages}\n--\n")
    shown = "[1] Asthma\nA {text} b\n\n[2] b.pdf, page 3\nCough lasts."
    assert user_turn(plain) == f"Look:\n{shown}\n--\nA cough {{question}}. What is it?"
    assert plain.messages(CASE)[-1].content == "A cough {question}. What is it?"
    placed = replace(plain, choice="{text}|{passages}|{question}")
    assert user_turn(placed) == f"A cough {{question}}.|{shown}|What is it?"
    assert placed.messages(CASE)[-1].content == "A cough {question}.||What is it?"


def test_examples_have_no_passages_and_a_conversation_has_them_in_its_last_turn() -> None:
    prompt = PromptTemplate(system="", examples=(Example("A wheeze.", "What?", "A", {"A": "Asthma"}),))
    first, _, last = prompt.messages(CASE, PASSAGES)
    assert "lasts" not in first.content
    assert "lasts" in last.content
    talk = replace(CASE, kind="rubric", turns=(Turn("user", "Hello"), Turn("assistant", "Yes?"), Turn("user", "Why?")))
    hello, _, why = prompt.messages(talk, PASSAGES)
    assert hello.content == "Hello"
    assert why.content.endswith("Why?")
    assert "lasts" in why.content
    assert "lasts" in prompt.letter_messages(CASE, "B", {"retrieval": manifest_entry(RETRIEVAL, PASSAGES)})[2].content


def test_an_arm_that_gets_passages_of_the_cases_documents_does_not_get_them_whole() -> None:
    case = replace(CASE, documents=(Document("d", "The whole letter."),))
    whole, parts = Arm("1", "A"), Arm("2", "B", retrieval=Retrieval(CASE_DOCUMENTS))
    assert "whole letter" in whole.messages(Protocol(), case)[-1].content
    assert "whole letter" not in parts.messages(Protocol(), case, PASSAGES)[-1].content
    outside = Arm("3", "C", retrieval=RETRIEVAL)
    assert "whole letter" in outside.messages(Protocol(), case, PASSAGES)[-1].content


def test_what_is_searched() -> None:
    assert RETRIEVAL.query_of(CASE) == "What is it?"
    assert replace(RETRIEVAL, query="text+question").query_of(CASE) == "A cough {question}.\nWhat is it?"
    assert RETRIEVAL.query_of(replace(CASE, question="")) == "A cough {question}."
    assert RETRIEVAL.query_of(replace(CASE, turns=(Turn("user", "First"), Turn("user", "Last")))) == "Last"


def test_passages_are_given_as_long_as_they_fit() -> None:
    assert within_words(PASSAGES, 5) == PASSAGES
    assert within_words(PASSAGES, 4) == PASSAGES[:1]
    assert within_words(PASSAGES, 2) == ()


def test_the_manifest_tells_what_was_given() -> None:
    entry = json.loads(json.dumps(manifest_entry(RETRIEVAL, PASSAGES)))
    assert (entry["corpus"], entry["corpus_sha256"], entry["method"]) == ("guide", "c" * 64, "hybrid")
    assert entry["passages"][1]["page"] == 3
    assert "page" not in entry["passages"][0]
    assert given_passages({"retrieval": entry}) == PASSAGES
    assert given_passages({"retrieval": manifest_entry(RETRIEVAL, ())}) == ()
    assert given_passages({}) is None
    for foreign in (None, "yes", [], {"passages": 3}, {"passages": [{"text": "x"}]}, {"passages": ["x"]}):
        assert given_passages({"retrieval": foreign}) is None


def test_the_arm_is_described() -> None:
    assert RETRIEVAL.words == (
        "the 3 best passages of the corpus guide (12 documents, 340 passages, identity cccccccccccc)"
    )
    assert Retrieval(CASE_DOCUMENTS, 1).words == "the best passage of the case's documents"


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({}, "corpus must be"),
        ({"corpus": ""}, "corpus must be"),
        ({"corpus": "x", "k": 3}, "k is not known"),
        ({"corpus": "x", "top": 0}, "top must be"),
        ({"corpus": "x", "top": True}, "top must be"),
        ({"corpus": "x", "top": 101}, "top must be"),
        ({"corpus": "x", "max_words": "many"}, "max_words must be"),
        ({"corpus": "x", "method": "cosine"}, "method must be one of bm25, hybrid"),
        ({"corpus": "x", "query": "text"}, "query must be one of"),
        ({"corpus": CASE_DOCUMENTS, "method": "hybrid"}, "method must be bm25"),
    ],
)
def test_settings_that_are_refused(given: dict[str, object], mistake: str) -> None:
    (found,) = retrieval_mistakes(given)
    assert mistake in found
    assert retrieval_mistakes({"corpus": "x", "top": 3, "method": "hybrid", "query": "question", "max_words": 9}) == []
