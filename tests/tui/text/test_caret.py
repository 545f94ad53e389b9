import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.spans import Span
from doubleread.tui.shared.text import caret as caret_module
from doubleread.tui.shared.text.caret import (
    MOTIONS,
    Caret,
    move,
    move_rows,
    move_to_row_edge,
    nudged,
    proposal,
    select_sentence,
    unit_at,
    whole_words,
    widen,
)
from doubleread.tui.shared.text.wrapping import wrap
from graphemes import grapheme_starts

PIECES = [
    *("a", "Z", " ", "  ", "\n", "\r\n", "\r", ".", "! ", "heart-murmur", "2.5"),
    *("e\u0301", "\u0301", "\u200d", "\u200c", "\ufe0f", "क\u094dष", "\u0600", "\x1b"),
    *("👩", "👩\u200d⚕\ufe0f", "🇩", "🇪", "日本", "。", "」", "한", "\u1161"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40)
FORWARD = [name for name in MOTIONS if name.endswith("_forward")]
BACKWARD = [name for name in MOTIONS if name.endswith("_backward")]
TEXT = "Fever since Monday, 38.5 °C. A heart murmur was heard. No rash.\n\nSecond paragraph here."


@given(TEXTS, st.sampled_from(FORWARD), st.booleans())
def test_motions_forward_advance_to_the_end_from_edge_to_edge(text, motion, extend):
    edges = set(grapheme_starts(text))
    caret, steps = Caret(0), 0
    while caret.offset < len(text):
        after = move(text, caret, motion, extend=extend)
        assert after.offset > caret.offset
        assert after.offset in edges
        caret, steps = after, steps + 1
        assert steps <= len(text)
    assert move(text, caret, motion, extend=extend).offset == len(text)


@given(TEXTS, st.sampled_from(BACKWARD), st.booleans())
def test_motions_backward_go_back_to_the_start_from_edge_to_edge(text, motion, extend):
    edges = set(grapheme_starts(text))
    caret, steps = Caret(len(text)), 0
    while caret.offset > 0:
        after = move(text, caret, motion, extend=extend)
        assert after.offset < caret.offset
        assert after.offset in edges
        caret, steps = after, steps + 1
        assert steps <= len(text)
    assert move(text, caret, motion, extend=extend).offset == 0


@given(TEXTS, st.lists(st.sampled_from(["a b", "c, d", "- -", "\u0301 x", "-----"]), max_size=8).map("".join))
def test_words_near_a_place_are_those_of_the_whole_line(before, after):
    text = before + after

    def reached():
        for offset in range(len(text) + 1):
            for motion in ("word_forward", "word_backward"):
                yield [MOTIONS[motion](text, offset, extend) for extend in (False, True)]
            yield unit_at(text, offset, "word"), whole_words(text, offset, offset + 1)

    with pytest.MonkeyPatch.context() as patch:
        found = []
        for near in (1, 1_000):
            patch.setattr(caret_module, "_NEAR", near)
            found.append(list(reached()))
    assert found[0] == found[1]


@given(TEXTS, st.integers(1, 20), st.integers(1, 5))
def test_rows_down_and_up_reach_the_ends(text, width, step):
    wrapped = wrap(text, width)
    edges = set(grapheme_starts(text)) | {row.end for row in wrapped.rows}
    caret = Caret(0)
    for _ in range(len(wrapped.rows) + 1):
        after = move_rows(wrapped, caret, step)
        assert after.offset >= caret.offset
        assert after.offset in edges
        caret = after
    assert caret.offset == len(text)
    for _ in range(len(wrapped.rows) + 1):
        after = move_rows(wrapped, caret, -step)
        assert after.offset <= caret.offset
        caret = after
    assert caret.offset == 0


@given(TEXTS, st.integers(1, 20), st.integers(0, 40))
def test_row_edges_stay_in_the_row(text, width, offset):
    wrapped = wrap(text, width)
    caret = Caret(max(edge for edge in grapheme_starts(text) if edge <= offset))
    row = wrapped.row_of(caret.offset)
    for edge in ("start", "end"):
        assert wrapped.row_of(move_to_row_edge(wrapped, caret, edge).offset) == row


@given(TEXTS, st.data())
def test_nudging_never_empties_a_span_nor_cuts_a_character(text, data):
    edges = grapheme_starts(text)
    if len(edges) < 2:
        return
    start, end = sorted(data.draw(st.lists(st.sampled_from(edges), min_size=2, max_size=2, unique=True)))
    for edge in ("start", "end"):
        for by in ("character", "word"):
            for direction in (-1, 1):
                span = nudged(text, Span(start, end), edge, by, direction)
                assert 0 <= span.start < span.end <= len(text)
                assert {span.start, span.end} <= set(edges)


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_proposals_hold_whole_characters_and_no_blanks_at_the_ends(text, one, other):
    span = proposal(text, Span(min(one, other), max(one, other)))
    if span is not None:
        assert {span.start, span.end} <= set(grapheme_starts(text))
        assert span.of(text).strip()


@given(TEXTS, st.integers(0, 40))
def test_widening_ends_at_the_whole_text(text, offset):
    caret = Caret(max(edge for edge in grapheme_starts(text) if edge <= offset))
    for _ in range(5):
        wider = widen(text, caret)
        if caret.selection is not None:
            assert wider.selection.start <= caret.selection.start
            assert wider.selection.end >= caret.selection.end
        caret = wider
    assert caret.selection == (Span(0, len(text)) if text else None)


def moved(motion, start, *, extend=False):
    return move(TEXT, Caret(start), motion, extend=extend)


def test_words_skip_punctuation():
    assert moved("word_forward", TEXT.index("Monday")).offset == TEXT.index("38.5")
    assert moved("word_backward", TEXT.index("38.5")).offset == TEXT.index("Monday")


def test_extending_forward_takes_whole_units_without_the_blank_after_them():
    start = TEXT.index("heart")
    caret = move(TEXT, moved("word_forward", start, extend=True), "word_forward", extend=True)
    assert caret.selection.of(TEXT) == "heart murmur"
    assert moved("sentence_forward", 0, extend=True).selection.of(TEXT) == "Fever since Monday, 38.5 °C."


def test_sentences_and_paragraphs_are_gone_to():
    assert moved("sentence_forward", 3).offset == TEXT.index("A heart")
    assert moved("sentence_backward", TEXT.index("murmur")).offset == TEXT.index("A heart")
    assert moved("paragraph_forward", 3).offset == TEXT.index("Second")
    assert moved("paragraph_backward", len(TEXT)).offset == TEXT.index("Second")


def test_while_extending_every_motion_keeps_the_anchor():
    caret = move(TEXT, move(TEXT, Caret(6).toggled(), "word_forward"), "word_forward")
    assert caret.selection == Span(6, TEXT.index(","))
    assert caret.toggled().selection == caret.selection
    assert move(TEXT, caret.toggled(), "character_forward").selection is None
    assert caret.cleared() == Caret(caret.offset)


def test_moving_down_keeps_the_column_over_a_short_row():
    wrapped = wrap("abcdef\nxy\nabcdef", 20)
    caret = move_rows(wrapped, Caret(5), 1)
    assert caret.offset == len("abcdef\nxy")
    assert move_rows(wrapped, caret, 1).offset == len("abcdef\nxy\nabcde")


def test_the_end_of_a_wrapped_row_is_before_its_last_character():
    wrapped = wrap("one two three", 8)
    assert move_to_row_edge(wrapped, Caret(1), "end").offset == 7
    assert move_to_row_edge(wrapped, Caret(9), "end").offset == len("one two three")
    assert move_to_row_edge(wrapped, Caret(9), "start").offset == 8


def test_widening_goes_from_word_to_sentence_to_paragraph_to_all():
    caret, seen = Caret(TEXT.index("murmur") + 2), []
    for _ in range(5):
        caret = widen(TEXT, caret)
        seen.append(caret.selection.of(TEXT))
    assert seen == ["murmur", "A heart murmur was heard.", TEXT.split("\n", 1)[0], TEXT, TEXT]


def test_sentences_are_selected_one_after_the_other():
    caret = select_sentence(TEXT, Caret(TEXT.index("murmur")))
    assert caret.selection.of(TEXT) == "A heart murmur was heard."
    assert select_sentence(TEXT, caret).selection.of(TEXT) == "A heart murmur was heard. No rash."
    assert select_sentence(TEXT, caret, -1).selection.of(TEXT) == TEXT[: TEXT.index(" No rash")]
    between = "One is here.\n\nTwo is here.\n\n"
    assert select_sentence(between, Caret(between.index("Two") - 1)).selection.of(between) == "Two is here."
    assert select_sentence(between, Caret(len(between))).selection is None


@pytest.mark.parametrize(
    ("part", "expected"),
    [("eart mur", "heart murmur"), ("heart", "heart"), ("8.", "38.5"), (", 38", ", 38.5")],
)
def test_whole_words(part, expected):
    low = TEXT.index(part)
    assert whole_words(TEXT, low, low + len(part)).of(TEXT) == expected


def test_nudging_by_words():
    heart = Span(TEXT.index("heart"), TEXT.index("heart") + 5)
    assert nudged(TEXT, heart, "end", "word", 1).of(TEXT) == "heart murmur"
    assert nudged(TEXT, heart, "start", "word", -1).of(TEXT) == "A heart"
    both = Span(heart.start, TEXT.index(" was"))
    assert nudged(TEXT, both, "end", "word", -1) == heart
    assert nudged(TEXT, both, "start", "word", 1).of(TEXT) == "murmur"
    assert nudged(TEXT, heart, "end", "word", -1) == heart
    assert nudged(TEXT, heart, "end", "character", -1).of(TEXT) == "hear"


def test_what_cannot_be_marked_is_no_proposal():
    assert proposal("a   b", Span(1, 4)) is None
    assert proposal(" ab ", Span(0, 4)) == Span(1, 3)
    assert proposal("e\u0301", Span(0, 1)) == Span(0, 2)


def test_units_at_the_end_are_the_last_ones():
    assert unit_at(TEXT, len(TEXT), "word").of(TEXT) == "here"
    assert unit_at(TEXT, len(TEXT), "character") is None
    assert unit_at("", 0, "word") is None
    assert unit_at("", 0, "text") is None


UNSPACED = {
    "Chinese": "患者主诉发热三天，无咳嗽。",
    "Japanese": "患者は三日前からの発熱を訴えている。",
    "katakana": "アモキシシリンとインターフェロンを投与",
    "Thai": "ผู้ป่วยมีไข้สามวันและไอ",
    "Lao": "ຄົນເຈັບມີໄຂ້ສາມມື້",
    "Khmer": "អ្នកជំងឺមានគ្រុនក្តៅ",
    "Burmese": "လူနာသည်ဖျားနေသည်",
}


@pytest.mark.parametrize("text", UNSPACED.values(), ids=UNSPACED.keys())
def test_a_stretch_is_not_widened_where_nothing_separates_words(text):
    edges = grapheme_starts(text)
    for first in range(len(edges) - 4):
        assert whole_words(text, edges[first], edges[first + 4]) == Span(edges[first], edges[first + 4])


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("환자는 발열을 호소했다", "열을 호", "발열을 호소했다"),
        ("CRPは38.5で", "Pは3", "CRPは38.5"),
        ("投与IL-6阻害薬", "L-", "IL-6"),
        ("fever 👩\u200d⚕\ufe0f says", "r 👩", "fever 👩\u200d⚕\ufe0f"),
        ("The患者has", "e患者h", "The患者has"),
    ],
)
def test_a_stretch_is_widened_where_words_are_separated(text, cut, whole):
    start = text.index(cut)
    assert whole_words(text, start, start + len(cut)).of(text) == whole


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("患者，发热 CT", ["患", "者", "发", "热", "CT"]),
        ("患者はインフルエンザでした。", ["患", "者", "は", "インフルエンザ", "でした"]),
        ("환자는 발열", ["환자는", "발열"]),
        ("มีไข้ CT", ["ม", "ไ", "ข", "CT"]),
    ],
)
def test_words_of_every_script_are_reached(text, stops):
    reached, offset = [0], 0
    while (offset := MOTIONS["word_forward"](text, offset, False)) < len(text):
        reached.append(offset)
    for start, word in zip(reached, stops, strict=False):
        assert text.startswith(word, start)
    assert len(stops) <= len(reached) <= len(stops) + 1
