"""Agreement in marked stretches: by word, and matched one to one."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.marked_words import marked_words
from doubleread.domain.spans import Span, words
from doubleread.statistics import (
    Estimate,
    MarkedText,
    SpanAgreement,
    Undefined,
    match_spans,
    span_agreement,
)

TEXT = "No heart murmur, no rub; BP 120/80 mmHg."
spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 8)).map(lambda at: Span(at[0], at[0] + at[1])), max_size=5
)


def compare(*cases: list[MarkedText]) -> SpanAgreement:
    return span_agreement(cases, resamples=99)


def test_words_touched_count_and_punctuation_does_not():
    def marked(*stretches: str) -> set[str]:
        found = marked_words(TEXT, [Span(TEXT.index(part), TEXT.index(part) + len(part)) for part in stretches])
        return {word.of(TEXT) for word in words(TEXT) if found >> word.start & 1}

    assert marked("heart murmur,") == marked("heart murmur") == marked("art murm") == {"heart", "murmur"}
    assert marked(", ", ";") == set()
    assert marked("20/8") == {"120/80"}
    assert marked_words(TEXT, [Span(4, 4)]) == 0
    with pytest.raises(ValueError, match="beyond the text"):
        marked_words("short", [Span(2, 9)])


@given(st.text(alphabet="ab1é, .;-/'’\n\t\u3000\u0301中", max_size=40), st.data())
def test_marked_words_are_those_of_the_whole_text(text, data):
    ends = st.integers(0, len(text))
    drawn = data.draw(st.lists(st.tuples(ends, ends).map(lambda pair: Span(min(pair), max(pair))), max_size=4))
    whole = {
        word.start
        for word in words(text)
        if any(word.start < span.end and span.start < word.end and len(span) for span in drawn)
        and any(map(str.isalnum, word.of(text)))
    }
    assert marked_words(text, drawn) == sum(1 << start for start in whole)


def test_four_fifths_of_the_shorter_match():
    assert match_spans([Span(0, 10)], [Span(2, 40)]) == ((0, 0),)
    assert match_spans([Span(0, 10)], [Span(3, 40)]) == ()
    assert match_spans([Span(0, 10)], [Span(3, 40)], proportion=0.7) == ((0, 0),)
    assert match_spans([Span(5, 5)], [Span(0, 10)]) == ()
    with pytest.raises(ValueError, match="proportion of overlap"):
        match_spans([], [], 0)


def test_as_many_pairs_as_can_be_had():
    # The first could take either; taking the larger overlap would leave the second alone.
    assert match_spans([Span(0, 30), Span(0, 5)], [Span(0, 10), Span(12, 28)]) == ((0, 1), (1, 0))


@given(spans, spans)
def test_the_pairing_is_the_best_of_all(first, second):
    pairs = match_spans(first, second)
    assert pairs == tuple(sorted(pairs))
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)

    def common(one: int, other: int) -> int:
        shared = min(first[one].end, second[other].end) - max(first[one].start, second[other].start)
        shorter = min(len(first[one]), len(second[other]))
        return shared if shared > 0 and 5 * shared >= 4 * shorter else 0

    def worth(chosen) -> tuple[int, int]:
        held = [common(*pair) for pair in chosen if common(*pair)]
        return len(held), sum(held)

    few, many = sorted((range(len(first)), range(len(second))), key=len)
    ways = [list(zip(few, order, strict=True)) for order in permutations(many, len(few))]
    if len(first) > len(second):
        ways = [[(one, other) for other, one in way] for way in ways]
    assert worth(pairs) == (len(pairs), sum(common(*pair) for pair in pairs))
    assert worth(pairs) == max(map(worth, ways))
    assert sorted((one, other) for other, one in match_spans(second, first)) == sorted(pairs) or (
        worth([(one, other) for other, one in match_spans(second, first)]) == worth(pairs)
    )


def test_agreement_by_hand():
    found = compare(
        [MarkedText.of(TEXT, (Span(3, 15), Span(20, 23)), (Span(3, 15),))],
        [MarkedText.of(TEXT, (), ()), MarkedText.of(TEXT, (Span(25, 27),), (Span(25, 39),))],
    )
    assert isinstance(found.words, Estimate)
    assert isinstance(found.spans, Estimate)
    # Words: heart, murmur, rub, BP against heart, murmur, BP, 120/80, mmHg. Spans: 2 pairs of 3 and 2.
    assert found.words.value == pytest.approx(2 * 3 / (4 + 5))
    assert found.spans.value == pytest.approx(2 * 2 / (3 + 2))
    assert (found.matched, found.first_only, found.second_only, found.words.n) == (2, 1, 0, 2)


def test_readers_can_be_swapped():
    one, other = (Span(3, 15), Span(20, 23)), (Span(0, 8),)
    found, swapped = compare([MarkedText.of(TEXT, one, other)]), compare([MarkedText.of(TEXT, other, one)])
    assert (found.words, found.spans, found.first_only) == (swapped.words, swapped.spans, swapped.second_only)


def test_nothing_marked_is_undefined():
    for cases in ([[MarkedText.of(TEXT, (), ())]], [[MarkedText.of(TEXT, (), ())], []]):
        assert compare(*cases).words == Undefined("neither reader marked anything")
    assert compare().spans == Undefined("no case was read by both")
