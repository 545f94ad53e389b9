"""Which convention the quotes of a file prove."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.spans import Span
from doubleread.imports.offsets import (
    CODE_POINTS,
    CONVENTIONS,
    Marked,
    MeasuredText,
    OffsetConvention,
    convention_from,
    decide,
    fits,
    is_apart,
    place_of,
    same_words,
)
from imports.texts_study import AWKWARD, PLAIN

TEXT = MeasuredText(AWKWARD)
SPANS = [(2, 4), (5, 10), (13, 15), (16, 22), (24, 31), (33, 37), (39, 41), (45, 47)]


def rows(convention: OffsetConvention, text: MeasuredText = TEXT, spans=SPANS, quotes: bool = True):
    found = []
    for start, end in spans:
        offsets = text.offsets(convention, Span(start, end))
        assert offsets is not None
        found.append((Marked(*offsets, text.text[start:end] if quotes else None), text))
    return found


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda convention: convention.option)
def test_each_convention_is_proved_by_the_quotes_that_only_it_fits(convention):
    made = rows(convention)
    decision = decide(made)
    assert (decision.convention, decision.deciding, decision.against) == (convention, len(SPANS), 0)
    assert [place_of(marked, text, convention) for marked, text in made] == [Span(*span) for span in SPANS]
    assert convention_from(convention.option) == convention


def test_conventions_that_agree_on_every_row_are_no_matter():
    plain = MeasuredText(PLAIN)
    decision = decide(rows(CODE_POINTS, plain, [(0, 3), (16, 21)]))
    assert (decision.convention, decision.deciding) == (CODE_POINTS, 2)


def test_a_row_that_no_convention_fits_does_not_decide():
    decision = decide([*rows(OffsetConvention("utf-16")), (Marked(3, 9, "nowhere"), TEXT)])
    assert (decision.convention, decision.deciding) == (OffsetConvention("utf-16"), len(SPANS))


def test_a_file_in_which_two_conventions_fit_as_many_quotes_is_not_guessed():
    decision = decide([*rows(OffsetConvention("utf-16")), *rows(OffsetConvention("bytes", 1))])
    assert decision.convention is None
    assert "the quotes of 8 rows fit utf-16,0,exclusive and bytes,1,exclusive, and those of 8 fit only another way" in (
        decision.undecided
    )


def test_most_quotes_decide_unless_a_row_without_one_depends_on_it():
    mixed = [*rows(OffsetConvention("utf-16")), *rows(OffsetConvention("bytes", 1), spans=SPANS[:3])]
    decision = decide(mixed)
    assert (decision.convention, decision.deciding, decision.against) == (OffsetConvention("utf-16"), 8, 3)
    assert decide([*mixed, (Marked(5, 6), TEXT)]).convention is None


def test_without_quotes_the_convention_must_be_said():
    unquoted = rows(CODE_POINTS, quotes=False)
    assert decide(unquoted).convention is None
    stated = decide(unquoted, OffsetConvention("bytes"))
    assert (stated.convention, stated.deciding) == (OffsetConvention("bytes"), 0)


def test_quotes_that_leave_rows_open_do_not_decide():
    plain = MeasuredText(PLAIN)
    proved = rows(CODE_POINTS, plain, [(0, 3)])
    same = decide([*proved, (Marked(4, 11), plain)])
    assert same.convention == CODE_POINTS
    open_row = decide([*proved, (Marked(2, 4), TEXT)])
    assert open_row.convention is None
    assert "mean different words elsewhere" in open_row.undecided
    repeated = MeasuredText("aa")
    assert decide([(Marked(1, 1, "a"), repeated)]).convention is None


def test_offsets_inside_a_character_or_outside_the_text_mean_nothing():
    utf16 = OffsetConvention("utf-16")
    assert TEXT.span(utf16, 1, 3) is None
    assert TEXT.span(CODE_POINTS, -1, 3) is None
    assert TEXT.span(CODE_POINTS, 3, 3) is None
    assert TEXT.span(CODE_POINTS, 0, len(AWKWARD) + 1) is None
    lf = OffsetConvention(line_feeds=True)
    assert TEXT.offsets(lf, Span(11, 12)) is None
    assert TEXT.offsets(lf, Span(10, 12)) is None
    assert TEXT.offsets(lf, Span(11, 13)) == (11, 12)


def test_parts_with_only_line_breaks_between_them_are_one_mark():
    text = MeasuredText("no fever\u2028and rash, cough")
    whole = Marked(3, 17, "fever and rash", ((3, 8), (9, 17)))
    assert fits(whole, text, CODE_POINTS)
    assert place_of(whole, text, CODE_POINTS) == Span(3, 17)
    apart = Marked(3, 17, "fever rash", ((3, 8), (13, 17)))
    assert fits(apart, text, CODE_POINTS)
    assert is_apart(apart, text, CODE_POINTS)
    assert place_of(apart, text, CODE_POINTS) is None


@pytest.mark.parametrize(
    ("words", "quote"),
    [("a\r\nb", "a\nb"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\n\\nb"), ("Alpha says", "█████ says"), ("a\\nb", "a\\nb")],
)
def test_a_quote_may_write_line_breaks_otherwise_or_be_redacted(words, quote):
    assert same_words(words, quote)
    assert not same_words(words + "x", quote)


@pytest.mark.parametrize("wrong", ["", "2", "utf-8", "code-points,exlusive"])
def test_an_unknown_convention_is_refused(wrong):
    with pytest.raises(ValueError, match="is not one of"):
        convention_from(wrong)


@given(st.text(st.sampled_from("ab😀é\u0301\r\n\t\u2028\0ع")), st.data())
def test_offsets_lead_back_to_the_same_code_points(text, data):
    measured = MeasuredText(text)
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    for convention in CONVENTIONS:
        offsets = measured.offsets(convention, span)
        if offsets is not None:
            assert measured.span(convention, *offsets) == span
        else:
            assert convention.line_feeds
