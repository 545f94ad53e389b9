"""Offsets of an answer's text with and without its mark-up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubleread.scoring.plain import without_mark_up


@given(st.text(alphabet="ab*~_#> \n`$\\é<b/>", max_size=60), st.integers(0, 5))
def test_the_way_from_the_raw_text_and_back_agree(raw, start):
    start = min(start, len(raw))
    plain = without_mark_up(raw, start)
    for offset in range(len(raw) + 2):
        behind = [index for index in range(len(plain.text)) if plain.raw_span(index, index + 1)[0] >= offset]
        assert plain.plain_offset(offset) == min(behind, default=len(plain.text))
