"""Bytes to text and stop strings, piece by piece."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubleread.engine.worker.text_stream import StopStrings, Utf8Stream


@given(st.binary(max_size=60), st.lists(st.integers(1, 5), max_size=60))
def test_bytes_decode_the_same_in_any_pieces(data, sizes):
    stream, text, position = Utf8Stream(), "", 0
    for size in [*sizes, len(data)]:
        text += stream.feed(data[position : position + size])
        position += size
    assert text + stream.end() == data.decode("utf-8", "replace")


@given(
    st.text("ab", max_size=40),
    st.lists(st.text("ab", min_size=1, max_size=5), max_size=3),
    st.lists(st.integers(1, 4), max_size=40),
)
def test_stop_strings_cut_where_the_first_one_that_is_complete_begins(text, stops, sizes):
    stream, shown, position, stopped = StopStrings(tuple(stops)), "", 0, False
    for size in [*sizes, *[1] * len(text)]:
        piece, stopped = stream.feed(text[position : position + size])
        position += size
        shown += piece
        if stopped:
            break
    seen = text[:position]
    if stopped:
        assert shown == seen[: min(seen.find(stop) for stop in stops if stop in seen)]
    else:
        assert shown + stream.end() == text
        assert not any(stop in text for stop in stops)


def test_text_is_held_back_only_while_it_may_become_a_stop_string():
    stream = StopStrings(("</answer>",))
    assert stream.feed("done <") == ("done ", False)
    assert stream.feed("/b> </ans") == ("</b> ", False)
    assert stream.feed("wer> never shown") == ("", True)
