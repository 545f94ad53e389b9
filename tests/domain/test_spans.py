import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.spans import (
    Span,
    grapheme_ceiling,
    grapheme_floor,
    next_grapheme,
    paragraphs,
    previous_grapheme,
    sentences,
    span_at,
    trimmed,
    whole_graphemes,
    words,
)
from graphemes import grapheme_starts

PIECES = [
    *("a", "Z", " ", "  ", "\n", "\r\n", "\r", ".", "! ", "heart-murmur", "2.5"),
    *("e\u0301", "\u0301", "\u200d", "\u200c", "\ufe0f", "क\u094dष", "\u0600", "\x1b"),
    *("👩", "👩\u200d⚕\ufe0f", "🇩", "🇪", "日本", "。", "」", "한", "\u1161"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40)


def test_a_span_is_ordered_and_not_negative():
    with pytest.raises(ValueError, match="not a span"):
        Span(3, 2)
    with pytest.raises(ValueError, match="not a span"):
        Span(-1, 2)
    assert len(Span(2, 5)) == 3
    assert Span(2, 5).of("abcdefg") == "cde"


@given(TEXTS)
def test_units_are_ordered_disjoint_and_inside_the_text(text):
    for units in (words(text), sentences(text), paragraphs(text)):
        end = 0
        for unit in units:
            assert end <= unit.start < unit.end <= len(text)
            end = unit.end


@given(TEXTS)
def test_sentences_hold_every_character_that_is_not_blank(text):
    redacted = {offset for sentence in sentences(text) for offset in range(sentence.start, sentence.end)}
    assert {offset for offset, character in enumerate(text) if not character.isspace()} <= redacted
    assert all("\n" not in sentence.of(text) for sentence in sentences(text))
    assert all(sentence.of(text) == sentence.of(text).strip() for sentence in sentences(text))


@given(TEXTS)
def test_words_hold_every_character_that_is_not_blank(text):
    assert "".join(word.of(text) for word in words(text)) == regex.sub(r"\s", "", text)


@given(TEXTS, st.integers(-3, 60))
def test_single_grapheme_steps_agree_with_the_list_of_all(text, offset):
    edges = grapheme_starts(text)
    floor = max((edge for edge in edges if edge <= offset), default=0)
    ceiling = min((edge for edge in edges if edge >= offset), default=len(text))
    assert grapheme_floor(text, offset) == floor
    assert grapheme_ceiling(text, offset) == ceiling
    assert next_grapheme(text, offset) == min((edge for edge in edges if edge > floor), default=len(text))
    assert previous_grapheme(text, offset) == max((edge for edge in edges if edge < min(offset, len(text))), default=0)


@given(TEXTS, st.integers(-3, 60), st.integers(-3, 60))
def test_whole_graphemes_only_widens_and_cuts_nothing(text, start, end):
    span = whole_graphemes(text, start, end)
    edges = set(grapheme_starts(text))
    assert {span.start, span.end} <= edges
    if 0 <= start <= end <= len(text):
        assert span.start <= start
        assert span.end >= end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fever since Monday. Cough, too!", ["Fever since Monday.", "Cough, too!"]),
        ("Dr. A. Smith saw her (approx. 5 min). Fine.", ["Dr. A. Smith saw her (approx. 5 min).", "Fine."]),
        ("It is hepatitis B. He takes 2.5 mg p.o. daily.", ["It is hepatitis B.", "He takes 2.5 mg p.o. daily."]),
        ("Seen at 5 p.m. The end.", ["Seen at 5 p.m.", "The end."]),
        ("Seen at 5 p.m. by her. End.", ["Seen at 5 p.m. by her.", "End."]),
        ("Is it no. 5? No. Yes.", ["Is it no. 5?", "No.", "Yes."]),
        ("1. First. Second.\n2. Third etc.\nNext", ["1. First.", "Second.", "2. Third etc.", "Next"]),
        ("彼は言った。「はい。」と。", ["彼は言った。", "「はい。」", "と。"]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("**Likely.** It _is so._ *End.*", ["**Likely.**", "It _is so._", "*End.*"]),
        ("**B. Acute pericarditis**", ["**B. Acute pericarditis**"]),
        ("**1. First** thing. *Dr. Smith* said. Next.", ["**1. First** thing.", "*Dr. Smith* said.", "Next."]),
        ("no full stop", ["no full stop"]),
        ("  \n\n ", []),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert [sentence.of(text) for sentence in sentences(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a heart-murmur, 3.5 L/min.", ["a", "heart-murmur", ",", "3.5", "L/min", "."]),
        ("it's 120/80 (mmHg)", ["it's", "120/80", "(", "mmHg", ")"]),
        ("👩\u200d⚕\ufe0f said 👍🏽", ["👩\u200d⚕\ufe0f", "said", "👍🏽"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("e\u0301te\u0301 x", ["e\u0301te\u0301", "x"]),
    ],
)
def test_words(text, expected):
    assert [word.of(text) for word in words(text)] == expected


def test_paragraphs_are_lines_without_their_breaks():
    assert [paragraph.of("a b\r\n\n  \nc\r") for paragraph in paragraphs("a b\r\n\n  \nc\r")] == ["a b", "c"]


def test_between_two_spans_the_one_before_is_meant():
    spans = (Span(2, 4), Span(6, 9))
    assert span_at(spans, 0) == Span(2, 4)
    assert span_at(spans, 5) == Span(2, 4)
    assert span_at(spans, 6) == Span(6, 9)
    assert span_at(spans, 99) == Span(6, 9)
    assert span_at((), 3) is None


def test_trimming_leaves_out_blanks_at_both_ends():
    assert trimmed(" \n a b \t", Span(0, 8)) == Span(3, 6)
    assert len(trimmed("   ", Span(0, 3))) == 0
