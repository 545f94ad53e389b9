"""Numbered sentences, and spans of words in them."""

from __future__ import annotations

import random

import pytest

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span, sentences
from doubleread.plain.texts import ReadText, hits, moved_edge
from hostile import hostile_strings

RUB = "The rub is heard. Scrubbing hurts.\n---\nRub again, a rub\nof the heart."


def text(words: str = RUB) -> ReadText:
    return ReadText("C", words, sentences(words), "case")


def test_sentences_have_numbers_and_nothing_is_left_out() -> None:
    spans = tuple(span for span in sentences(RUB) if "-" not in span.of(RUB))
    read = ReadText("A", RUB, spans, "answer", "A")
    found = [(name, span.of(RUB)) for name, span in read.lines()]
    assert found == [
        ("A1", "The rub is heard."),
        ("A2", "Scrubbing hurts."),
        ("", "---"),
        ("A3", "Rub again, a rub"),
        ("A4", "of the heart."),
    ]
    assert [name for name, _ in read.lines(2, 3)] == ["A2", "", "A3"]
    assert read.span_of(1, 2).of(RUB) == "The rub is heard. Scrubbing hurts."


def test_words_are_found_as_whole_words_where_there_are_any() -> None:
    assert [hit.name for hit in hits([text()], "rub")] == ["C1", "C4", "C4"]
    assert [hit.name for hit in hits([text()], "crubb")] == ["C2"]
    (hit,) = hits([text()], "RUB of  the heart")
    assert hit.span.of(RUB) == "rub\nof the heart"
    assert hits([text()], "murmur") == []


@pytest.mark.parametrize(
    ("edge", "by", "words"),
    [
        ("start", -1, "ST elevation with"),
        ("start", 1, "with"),
        ("end", -1, "elevation"),
        ("end", 1, "elevation with PR"),
        ("end", 9, "elevation with PR depression."),
        ("start", -9, "Widespread ST elevation with"),
        ("start", 3, "elevation with"),
    ],
)
def test_an_edge_moves_by_words(edge: str, by: int, words: str) -> None:
    whole = "Widespread ST elevation with PR depression."
    span = Span(whole.index("elevation"), whole.index(" PR"))
    assert moved_edge(whole, span, edge, by).of(whole) == words


def test_spans_are_inside_any_text_and_never_empty() -> None:
    dice = random.Random(1)
    for words in hostile_strings(200):
        read = text(words)
        for wanted in (display_text(words)[:7], display_text(words)[5:9], "fever"):
            for hit in hits([read], wanted):
                assert 0 <= hit.span.start < hit.span.end <= len(words)
                assert hit.context
                span = moved_edge(words, hit.span, dice.choice(("start", "end")), dice.choice((-3, -1, 1, 3)))
                assert 0 <= span.start < span.end <= len(words)
        assert "".join("".join(span.of(words) for _, span in read.lines()).split()) == "".join(words.split())


def test_markdown_is_neither_printed_nor_searched_and_offsets_are_those_of_the_source() -> None:
    words = "# Diagnosis\n\nThe **ST** elevation is *new*.\n\n- `rub`\n"
    read = ReadText("A", words, sentences(words), "answer", "A", formatted=True)
    found = [(name, read.words_of(span)) for name, span in read.lines()]
    assert found == [("A1", "Diagnosis"), ("A2", "The ST elevation is new."), ("A3", "rub")]
    (hit,) = hits([read], "st elevation is")
    assert hit.span.of(words) == "ST** elevation is"
    assert (hit.name, hit.context) == ("A2", "Diagnosis The ST elevation is new. rub")
    assert hits([read], "**") == []
    raw = ReadText("A", words, sentences(words), "answer", "A")
    assert [hit.name for hit in hits([raw], "**")] == ["A2", "A2"]
    assert raw.words_of(raw.sentences[1]) == "The **ST** elevation is *new*."
