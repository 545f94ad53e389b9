"""Markdown as models write it: what is marked in the formatted view is the right stretch of the text."""

import os
import random
from bisect import bisect_left, bisect_right

import pytest
from markdown_it import MarkdownIt

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.markup.shown import shown_text
from doubleread.tui.shared.text.caret import proposal
from doubleread.tui.shared.text.formatted import format_text
from doubleread.tui.shared.text.pointer import dragged_over, under_pointer
from hostile import hostile_strings
from markdown_answers import Writer

ANSWERS = int(os.environ.get("DOUBLEREAD_TEST_MARKDOWN_ANSWERS", "60"))
DRAGS = 20

start_of = lambda found: found[0].start  # noqa: E731
end_of = lambda found: found[0].end  # noqa: E731


def drawn_cells(wrapped):
    """Return (row, column, cluster) of every character of the text that is drawn."""
    for index in range(len(wrapped.rows)):
        column = 0
        for cluster in wrapped.clusters_of(index):
            if cluster.start < cluster.end:
                yield index, column, cluster
            column += cluster.cells


def check_drags(text, width, rng):
    wrapped = format_text(text, width, "answer")
    cells = list(drawn_cells(wrapped))
    drawn = sorted((cluster, index) for index, _, cluster in cells)
    words = shown_text(text, "answer")

    def within(low, high):
        return drawn[bisect_right(drawn, low, key=end_of) : bisect_left(drawn, high, key=start_of)]

    for _ in range(DRAGS if cells else 0):
        (row, column, first), (end_row, end_column, last) = rng.choice(cells), rng.choice(cells)
        origin, target = under_pointer(wrapped, row, column), under_pointer(wrapped, end_row, end_column)
        assert (origin.start, target.start) == (first.start, last.start)
        span = proposal(text, dragged_over(text, origin, target, exact=rng.random() < 0.3), wrapped.shown)
        low, high = min(first.start, last.start), max(first.end, last.end)
        over = [cluster for cluster, _ in within(low, high)]
        if span is None:
            assert not any(text[cluster.start : cluster.end].strip() for cluster in over)
            continue
        placed = within(span.start, span.end)
        inside = [cluster for cluster, _ in placed]
        # Its edges are those of characters that are seen, and all that was dragged over is in it but for blanks.
        assert (inside[0].start, inside[-1].end) == (span.start, span.end)
        assert not any(text[cluster.start : cluster.end].strip() for cluster in set(over) - set(inside))
        quote = span.of(text)
        assert text[span.start : span.end] == quote
        assert proposal(text, span) == span
        # Reading what is drawn of the quote gives what is shown of it.
        shown = [
            words.words[at]
            for at in range(bisect_right(words.ends, span.start), bisect_left(words.starts, span.end))
            if words.words[at] not in "\n "
        ]
        seen = "".join(cluster.drawn for cluster in inside).replace(" ", "").replace("◌", "")
        assert seen == display_text("".join(shown)).replace(" ", "").replace("◌", "")
        # A mark of it is drawn in every row that has a part of it, and begins in one.
        rows = {index for _, index in placed}
        assert rows <= set(wrapped.rows_of(span))
        assert all(wrapped.rows[index].holds(span) for index in rows)
        assert sum(wrapped.rows[index].begins(span) for index in rows) == 1


@pytest.mark.parametrize("first", range(0, ANSWERS, 20))
def test_what_is_marked_on_the_screen_is_in_the_text(first):
    for seed in range(first, min(first + 20, ANSWERS)):
        rng = random.Random(seed)
        text = Writer(seed).answer()
        check_drags(text, rng.choice((28, 45, 76)), rng)


def test_what_is_marked_in_hostile_text_is_in_the_text():
    rng = random.Random(1)
    for number, raw in enumerate(hostile_strings()[:: max(2000 // ANSWERS, 1)]):
        check_drags(f"# {raw}\n\n- **{raw}** {raw}\n\n| a | b |\n|---|---|\n| {raw} | x |", 20 + number % 50, rng)


def read_by_markdown_it(text):
    """Return the words that another reader of Markdown sees."""
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["code", "lheading"])
    words = []
    for token in reader.parse(text):
        if token.type == "list_item_open" and token.info:
            words.append(f"{token.info}{token.markup} ")
        elif token.type == "fence":
            words.append(f"\n{token.info}\n{token.content}\n")
        elif token.type == "inline":
            addresses = []
            for part in token.children:
                if part.type == "link_open":
                    addresses.append(part.attrs["href"])
                elif part.type == "link_close":
                    words.append(f" ({addresses.pop()})")
                else:
                    words.append(part.content or "\n" * (part.type in ("softbreak", "hardbreak")))
            words.append("\n")
    return "".join(words).split()


@pytest.mark.parametrize("first", range(0, ANSWERS, 20))
def test_tidy_markdown_is_read_as_others_read_it(first):
    for seed in range(first, min(first + 20, ANSWERS)):
        text = Writer(seed, tidy=True).answer()
        assert shown_text(text, "answer").words.split() == read_by_markdown_it(text), text


def test_a_span_of_hidden_markup_is_seen_beside_it():
    text = "**bold** x\n\n---\n\n- item"
    wrapped = format_text(text, 30, "answer")
    assert wrapped.seen(Span(0, 2)) == Span(2, 3)
    assert wrapped.seen(Span(6, 8)) == Span(8, 9)
    rule = Span(text.index("---"), text.index("---") + 3)
    assert wrapped.rows[wrapped.row_of(rule.start)].holds(wrapped.seen(rule))
