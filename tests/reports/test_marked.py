"""Marked texts as HTML: overlapping stretches, and nothing of the text lost or let through."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.reports.marked import Mark, marked_text
from hostile import hostile_strings


class _Reader(HTMLParser):
    """Collects the words outside of numbers, the marked ones by number of stretches, and all tags."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self.marked, self._inside = set(), "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        self._inside.pop()

    def handle_data(self, data):
        if self._inside and self._inside[-1][0] == "sup":
            return
        self.words += data
        if self._inside:
            self.marked.append((data, self._inside[-1][1]["class"]))


def parsed(html):
    reader = _Reader()
    reader.feed(str(html))
    reader.close()
    return reader


def test_stretches_that_overlap_are_cut_at_every_end():
    text = "no fever was noted at all"
    marks = [Mark(Span(3, 12), "1", "major", "one"), Mark(Span(9, 18), "2", "minor", "two")]
    found = parsed(marked_text(text, marks))
    assert found.words == text
    assert found.marked == [
        ("fever ", "major depth-1"),
        ("was", "major minor depth-2"),
        (" noted", "minor depth-1"),
    ]


def test_numbers_precede_the_first_word():
    html = str(marked_text("a murmur", [Mark(Span(2, 8), "7", "major", "fabrication, major, by R-01")]))
    assert '<sup class="number major">7</sup><mark class="major depth-1" title="fabrication' in html


def test_a_mark_beyond_the_text_is_refused():
    with pytest.raises(ValueError, match="after the end"):
        marked_text("short", [Mark(Span(0, 6), "1", "major", "")])


@pytest.mark.parametrize("text", hostile_strings(), ids=range(500))
def test_hostile_text_comes_out_as_words(text):
    middle = len(text) // 2
    marks = [
        Mark(Span(0, len(text)), "1", "major", text),
        Mark(Span(middle, len(text)), "2", "minor", '"><script>'),
    ]
    found = parsed(marked_text(text, marks))
    assert found.tags <= {"mark", "sup"}
    assert found.words == display_text(text)


@given(st.text(min_size=1, max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6))
def test_no_text_is_lost_whatever_is_marked(text, pairs):
    spans = [Span(*sorted((min(one, len(text)), min(other, len(text))))) for one, other in pairs]
    found = parsed(marked_text(text, [Mark(span, "1", "minor", "") for span in spans]))
    assert found.words == display_text(text)
    assert len("".join(words for words, _ in found.marked)) == len(
        {at for span in spans for at in range(span.start, span.end)}
    )
