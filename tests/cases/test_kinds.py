"""Cases of every kind: from a record to a case, to a study file and back, and what is wrong with a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.cases.record import case_from_record, check_record
from doubleread.domain.case import KINDS, Case
from doubleread.domain.prompts import PromptTemplate
from doubleread.store.records import case_from_row, case_row

COMMON = {"id": "c1", "text": "A man has a fever.", "question": "What is asked?"}
DOCUMENTS = [{"id": "letter", "text": "Discharged well.", "title": "Letter"}, {"id": "note", "text": "Seen today."}]
RECORDS: dict[str, dict[str, Any]] = {
    "choice": {"options": {"A": "x", "B": "y"}, "key": "B", "accept": ["yy"]},
    "diagnosis": {"key": "Gout", "accept": ["Podagra"]},
    "inference": {"key": "neutral"},
    "summary": {"key": "A febrile man."},
    "coding": {"key": ["R50.9", "I10"]},
    "extraction": {
        "key": {"temperature": 38.5, "drugs": ["aspirin", "digoxin"], "smoker": True, "sex": "male", "weight": None},
        "fields": {
            "temperature": {"about": "in degrees Celsius", "compare": "numeric", "tolerance": 0.1},
            "sex": {"accept": ["man"]},
        },
    },
    "rubric": {
        "criteria": [
            {"id": "1", "text": "Advises to see a doctor", "points": 5, "tags": ["axis:accuracy"]},
            {"id": "2", "text": "Recommends an antibiotic", "points": -3.5},
        ],
        "turns": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "I have a fever."},
        ],
        "key": "See a doctor.",
    },
}


def record_of(kind: str, **other: Any) -> dict[str, Any]:
    return {**COMMON, "kind": kind, **RECORDS[kind], **other}


def as_given(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("documents", [None, DOCUMENTS])
def test_a_record_of_each_kind_is_kept_whole(kind, documents):
    record = record_of(kind, note={"deep": [1]}, **({"documents": documents} if documents else {}))
    assert check_record(record) == []
    case = case_from_record(record)
    assert as_given(case.as_record()) == record
    assert case.extra == {"note": {"deep": [1]}}
    restored = case_from_row(case_row(case, 0))
    assert restored == case
    assert restored.sha256 == case.sha256


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_of_other_kinds_are_unknown_fields(kind):
    others = {"criteria": [1], "turns": "x", "fields": None, "codes": ["I10"], "values": 3}
    own = {name: value for name, value in others.items() if name not in RECORDS[kind]}
    record = record_of(kind, **own)
    assert check_record(record) == []
    case = case_from_record(record)
    assert case.extra == own
    assert as_given(case.as_record()) == record


WRONG = [
    ("inference", {"key": "true"}, "key", '"contradiction" or "entailment" or "neutral"'),
    ("inference", {"options": {"A": "x", "B": "y"}}, "options", "omit them"),
    ("coding", {"key": "I10"}, "key", '["E11.9"]'),
    ("coding", {"key": []}, "key", "is empty"),
    ("coding", {"key": ["I10", ""]}, "key", "entry 2 is empty"),
    ("coding", {"key": ["E11.9", "e119"]}, "key", "more than once"),
    ("extraction", {"key": {}}, "key", "must have 1 to 200 entries, but has 0"),
    ("extraction", {"key": {"a": {"b": 1}}}, "key", 'entry "a" must be a text, a number, true, false, a list of texts'),
    ("extraction", {"key": {"a": 1}, "fields": {"b": {}}}, "fields", '"b" is not among the fields of the key'),
    ("extraction", {"key": {"a": "x"}, "fields": {"a": {"compare": "numeric"}}}, "fields", "its value is not a number"),
    ("extraction", {"key": {"a": "x"}, "fields": {"a": {"compare": "set"}}}, "fields", "its value is not a list"),
    ("extraction", {"key": {"a": ["x"]}, "fields": {"a": {"accept": ["y"]}}}, "fields", "its value is a list"),
    ("extraction", {"key": {"a": 1}, "fields": {"a": {"compare": "like"}}}, "fields", '"numeric" or "set" or "text"'),
    ("extraction", {"key": {"a": 1}, "fields": {"a": {"compare": "text"}}}, "fields", "its value is not a text"),
    ("extraction", {"key": {"a": 1}, "fields": {"a": {"unit": "g"}}}, "fields", 'has "unit", which is not known there'),
    ("rubric", {"criteria": []}, "criteria", "is empty"),
    ("rubric", {"criteria": [{"id": "1", "text": "x"}]}, "criteria", "entry 1 points is missing"),
    ("rubric", {"criteria": [{"id": "1", "text": "x", "points": "5"}]}, "criteria", "points must be a number"),
    ("rubric", {"criteria": [{"id": "1", "text": "x", "points": -1}]}, "criteria", "no criterion has positive points"),
    ("rubric", {"criteria": [{"id": "1", "text": "x", "points": 1}] * 2}, "criteria", 'have the same id, "1"'),
    ("rubric", {"turns": [{"role": "assistant", "content": "x"}]}, "turns", "the last turn must be the user's"),
    ("rubric", {"turns": [{"role": "doctor", "content": "x"}]}, "turns", '"assistant" or "system" or "user"'),
    ("summary", {"documents": [{"id": "1", "text": "x"}] * 2}, "documents", "entries 1 and 2 have the same id"),
    ("summary", {"documents": [{"id": "1"}]}, "documents", "entry 1 text is missing"),
    ("summary", {"documents": {"1": "x"}}, "documents", "must be a list"),
    ("summary", {"key": ["x"]}, "key", "must be a text"),
]


@pytest.mark.parametrize(("kind", "changes", "field", "words"), WRONG)
def test_what_is_wrong_with_a_record_is_named(kind, changes, field, words):
    complaints = check_record(record_of(kind, **changes))
    assert [name for name, _ in complaints] == [field]
    assert words in complaints[0][1]


values = st.one_of(
    st.text(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(), st.lists(st.text())
)


@given(key=st.dictionaries(st.text(min_size=1).filter(str.strip), values, min_size=1, max_size=5))
def test_values_survive_the_study_file(key):
    record = record_of("extraction", key=key, fields={})
    case = case_from_record(record)
    restored = case_from_row(case_row(case, 0))
    assert restored == case
    assert restored.sha256 == case.sha256
    assert as_given(restored.key_record) == as_given(key)


def user_turn(case: Case) -> str:
    return PromptTemplate().messages(case)[-1].content


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_shows_what_the_kind_needs_and_never_the_key(kind):
    case = case_from_record(record_of(kind, text="A man has a fever."))
    turn = user_turn(case)
    if kind == "rubric":
        messages = PromptTemplate().messages(case)
        assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
        assert turn == "I have a fever."
        return
    assert "A man has a fever." in turn
    assert ("What is asked?" in turn) is True
    if kind == "extraction":
        assert "- temperature (a number): in degrees Celsius\n- drugs (a list of texts)\n- smoker (a text)" in turn
        assert "38.5" not in turn
    if kind == "coding":
        assert "R50.9" not in turn


def test_documents_come_before_the_text_unless_the_template_places_them():
    case = case_from_record(record_of("summary", documents=DOCUMENTS))
    documents = "--- Document 1: Letter ---\n\nDischarged well.\n\n--- Document 2 ---\n\nSeen today."
    assert user_turn(case) == f"{documents}\n\nA man has a fever.\n\nWhat is asked?"
    placed = PromptTemplate(summary="{text} | {documents}").messages(case)[-1].content
    assert placed == f"A man has a fever. | {documents}"


def test_a_placeholder_in_a_document_stays_text():
    case = case_from_record(record_of("summary", documents=[{"id": "1", "text": "{question} {text}"}]))
    assert "{question} {text}" in user_turn(case)
