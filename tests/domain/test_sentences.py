"""Sentences that can be judged, and which of them are not judged yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.sentences import (
    JudgedSentence,
    not_judged,
    of_answer,
    put_sentence,
    sentence_from_body,
    sentences_to_judge,
)
from doubleread.domain.spans import Span

TEXT = "The answer is B.\n\n---\n- Fever, 38.5 °C, was noted. Dr. Low saw no rash!\n\n***"
BODY = {
    "answer_id": "x",
    "start": 0,
    "end": 5,
    "quote": "It is",
    "judgement": "incorrect",
    "segmentation": "1",
}
TEXTS = st.text(alphabet="ab1 .!?\n-éß漢。", max_size=60)


def quotes(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [span.of(text) for span in spans]


def said(start: int, end: int, *, segmentation: str = "1", answer_id: str = "x") -> JudgedSentence:
    return JudgedSentence(answer_id, start, end, "q", "incorrect", segmentation, "t")


def test_a_rule_of_dashes_is_no_sentence_to_judge() -> None:
    expected = ["The answer is B.", "- Fever, 38.5 °C, was noted.", "Dr. Low saw no rash!"]
    assert quotes(TEXT, sentences_to_judge(TEXT)) == expected
    assert sentences_to_judge("") == ()


@given(TEXTS)
def test_every_letter_is_in_one_sentence_and_none_is_cut_off(text: str) -> None:
    spans = sentences_to_judge(text)
    held = [offset for span in spans for offset in range(span.start, span.end)]
    assert len(held) == len(set(held))
    assert {offset for offset, letter in enumerate(text) if letter.isalnum()} <= set(held)
    assert all(span.of(text) == span.of(text).strip() for span in spans)


@given(TEXTS, st.data())
def test_what_is_not_judged_is_the_rest(text: str, data: st.DataObject) -> None:
    spans = sentences_to_judge(text)
    judged = data.draw(st.sets(st.sampled_from(spans)) if spans else st.just(set()))
    assert set(not_judged(text, judged)) == set(spans) - judged


def test_what_another_segmentation_cut_otherwise_counts_where_it_covers_a_sentence() -> None:
    text = "One two. Three four."
    assert not_judged(text, [Span(0, 3), Span(4, 8)]) == (Span(9, 20),)
    assert not_judged(text, [Span(0, 20)]) == ()
    assert not_judged(text, [Span(1, 20)]) == (Span(0, 8),)
    assert not_judged(text, [Span(0, 3), Span(5, 8), Span(9, 20)]) == (Span(0, 8),)


def test_a_judgement_takes_the_place_of_those_on_the_same_words() -> None:
    held: dict = {}
    for sentence in (said(0, 3), said(4, 8), said(9, 12), said(0, 8, answer_id="y")):
        put_sentence(held, sentence)
    put_sentence(held, said(0, 8, segmentation="2"))
    assert sorted(held) == [("x", 0, 8), ("x", 9, 12), ("y", 0, 8)]
    assert list(of_answer(held, "x")) == [Span(9, 12), Span(0, 8)]


def test_an_event_is_read() -> None:
    assert sentence_from_body(BODY, "t7") == JudgedSentence("x", 0, 5, "It is", "incorrect", "1", "t7")


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_id": None},
        {"quote": ""},
        {"judgement": ["incorrect"]},
        {"segmentation": 1},
        {"start": "0"},
        {"start": True},
        {"end": 5.0},
        {"start": 5},
        {"start": -1},
    ],
)
def test_what_is_no_such_event_is_refused(changes: dict) -> None:
    with pytest.raises(ValueError, match=r"no text|no number|no stretch"):
        sentence_from_body({**BODY, **changes}, "t")
    with pytest.raises(ValueError, match="no"):
        sentence_from_body({name: value for name, value in BODY.items() if name not in changes}, "t")
