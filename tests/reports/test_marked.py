"""Marked texts as HTML: overlapping stretches, and nothing of the text lost or let through."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.markup.shown import shown_text
from doubleread.reports.marked import Mark, marked_text
from hostile import hostile_strings

TAGS = {"mark", "sup", "strong", "em", "s", "code", "span", "table", "tr", "th", "td"}


class _Reader(HTMLParser):
    """Collects the words outside of numbers, the marked ones with the class and title of their mark, and all tags."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self.marked, self.titles, self.attributes, self._inside = set(), "", [], [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._inside.pop()[0] == tag

    def handle_data(self, data):
        if self._inside and self._inside[-1][0] == "sup":
            return
        self.words += data
        for tag, attributes in self._inside:
            if tag == "mark":
                self.marked.append((data, attributes["class"]))
                self.titles.append((data, attributes["title"]))


def parsed(html):
    reader = _Reader()
    reader.feed(str(html))
    reader.close()
    assert reader._inside == []
    assert reader.tags <= TAGS
    assert reader.attributes <= {"class", "title"}
    return reader


def solid(words):
    """Return words without what differs between the page and the text: blanks, line breaks and bullets."""
    return "".join(character for character in words if not character.isspace() and character != "•")


def shown(text, dialect="answer"):
    return solid(display_text(shown_text(text, dialect).words))


def test_stretches_that_overlap_are_cut_at_every_end():
    text = "no fever was noted at all"
    marks = [Mark(Span(3, 12), "1", "major", "one"), Mark(Span(9, 18), "2", "minor", "two")]
    found = parsed(marked_text(text, marks, "answer"))
    assert found.words == text
    assert found.marked == [
        ("fever ", "major depth-1"),
        ("was", "major minor depth-2"),
        (" noted", "minor depth-1"),
    ]


def test_numbers_precede_the_first_word():
    html = marked_text("a murmur", [Mark(Span(2, 8), "7", "major", "fabrication, major, by R-01")], "answer")
    assert '<sup class="number major">7</sup><mark class="major depth-1" title="fabrication' in html


def test_a_mark_beyond_the_text_is_refused():
    with pytest.raises(ValueError, match="after the end"):
        marked_text("short", [Mark(Span(0, 6), "1", "major", "")], "answer")


@pytest.mark.parametrize("text", hostile_strings(), ids=range(500))
def test_hostile_text_comes_out_as_words(text):
    middle = len(text) // 2
    marks = [
        Mark(Span(0, len(text)), "1", "major", text),
        Mark(Span(middle, len(text)), "2", "minor", '"><script>'),
    ]
    for dialect in ("answer", "case"):
        found = parsed(marked_text(text, marks, dialect))
        assert solid(found.words) == solid(display_text(shown_text(text, dialect).words))


PIECES = [
    *("**", "*", "`", "~~", "# ", "- ", "1. ", "> ", "> > ", "\n", "\n\n", "    ", "&lt;", "\\*", "[a](https://b.org)"),
    *(
        "| a | b |\n",
        "|---|:-:|\n",
        "| x | y **z** |\n",
        "```\n",
        "---\n",
        "<b>",
        "word",
        "Fever.",
        " ",
        "e\u0301",
        "患",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join) | st.text(min_size=1, max_size=40)


@given(TEXTS, st.sampled_from(["answer", "case"]))
def test_what_is_shown_on_the_screen_is_shown_on_the_page(text, dialect):
    assert solid(parsed(marked_text(text, [], dialect)).words) == shown(text, dialect)


@given(TEXTS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5), st.sampled_from(["answer", "case"]))
def test_every_mark_shows_its_words_whatever_is_marked(text, places, dialect):
    spans = [Span(*sorted(round(place * len(text)) for place in pair)) for pair in places]
    found = parsed(
        marked_text(text, [Mark(span, str(at), "minor", f"<{at}>") for at, span in enumerate(spans)], dialect)
    )
    words = shown_text(text, dialect)
    for at, span in enumerate(spans):
        inside = [
            display_text(words.words)[place]
            for place, (start, end) in enumerate(zip(words.starts, words.ends, strict=True))
            if start < span.end and span.start < end
        ]
        marked = "".join(data for data, title in found.titles if f"<{at}>" in title)
        if solid("".join(inside)) and "\n" not in span.of(text):
            assert solid(marked) == solid("".join(inside))
        elif solid(span.of(text)) and "\n" not in span.of(text):
            # Only markup is marked: it is shown.
            assert solid(marked)
    position = 0
    for character in shown(text, dialect):
        position = solid(found.words).index(character, position) + 1


def test_markdown_becomes_elements_of_our_own():
    text = "# Title\n\n- **one** <script>\n\n| a | b |\n|--:|---|\n| 1 | *x* |\n> said\n```py\nx < 1\n```\n---"
    html = marked_text(text, [Mark(Span(text.index("one"), text.index("one") + 3), "1", "major", "t")], "answer")
    assert '<strong class="heading level-1">Title</strong>' in html
    mark = '<sup class="number major">1</sup><mark class="major depth-1" title="t"><strong>one</strong></mark>'
    assert f'<span class="item level-1">• {mark} &lt;script&gt;</span>' in html
    table = '<tr><th class="right">'
    assert table in html
    assert '<td class="right">1</td><td class="left"><em>x</em></td>' in html
    assert '<span class="quote level-1">said</span>' in html
    assert '<span class="code-line"><code>x &lt; 1</code></span>' in html
    assert '<span class="rule"></span>' in html
    assert "```" not in html
