from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doubleread.domain.spans import Span
from doubleread.markup.blocks import lines_of
from doubleread.markup.shown import shown_text
from doubleread.tui.shared.text import formatted
from doubleread.tui.shared.text.drawing import Overlay, row_segments
from doubleread.tui.shared.text.formatted import format_text
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text.wrapping import wrap

PIECES = [
    *(
        "**",
        "*",
        "_",
        "__",
        "***",
        "`",
        "``",
        "~~",
        "# ",
        "## ",
        "- ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "\n",
        "\n\n",
        "\r\n",
        "    ",
    ),
    *(
        "| a | b |\n",
        "|---|:-:|\n",
        "| x | y **z** |\n",
        "```\n",
        "~~~python\n",
        "---\n",
        "[a](https://b.org)",
        "]",
        "[",
    ),
    *(
        "&lt;",
        "&amp;",
        "&#769;",
        "\\*",
        "\\|",
        "|",
        "<b>",
        "<br>",
        "word",
        "Fever",
        " ",
        ".",
        "5 mg",
        "HLA-B*57",
        "a longer one",
    ),
    *(
        "e\u0301",
        "\u0301",
        "\u200d",
        "\u200b",
        "\ufe0f",
        "👩\u200d⚕\ufe0f",
        "🇩",
        "🇪",
        "日本語。",
        "حمى",
        "\u202e",
        "\x1b",
        "\t",
        "\u0600",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)
WIDTHS = st.integers(1, 40)
DIALECTS = st.sampled_from(["answer", "case"])


def pieces_of(wrapped):
    """Return what is drawn of the text itself, with its row."""
    for index in range(len(wrapped.rows)):
        for cluster in wrapped.clusters_of(index):
            if cluster.start < cluster.end:
                yield index, cluster


@given(TEXTS, WIDTHS, DIALECTS)
def test_what_is_shown_is_shown_once_and_is_the_text(text, width, dialect):
    wrapped = format_text(text, width, dialect)
    drawn = sorted(((cluster.start, cluster.end) for _, cluster in pieces_of(wrapped)))
    assert all(before[1] <= after[0] for before, after in pairwise(drawn))
    runs = [run for line in lines_of(text, dialect) for run in (*line.runs, *(r for c in line.cells for r in c.runs))]
    covered = {offset for run in runs for offset in range(run.start, run.end)}
    assert {offset for start, end in drawn for offset in range(start, end)} == covered
    hidden = "".join(text[at] for at in range(len(text)) if at not in covered)
    assert set(hidden) <= set("*_`~#->|![]:\\ \t\r\n")


@given(TEXTS, WIDTHS, DIALECTS)
def test_rows_are_no_wider_than_the_pane(text, width, dialect):
    wrapped = format_text(text, width, dialect)
    for index in range(len(wrapped.rows)):
        cells = wrapped.clusters_of(index)
        total = sum(cluster.cells for cluster in cells)
        texts = [cluster for cluster in cells if cluster.start < cluster.end]
        hangs = texts and text[texts[-1].start].isspace()
        # A single character may be wider than a narrow pane.
        assert total <= width + bool(hangs) or len(texts) == 1
        assert cell_len("".join(cluster.drawn for cluster in cells)) == total


@given(TEXTS, WIDTHS, DIALECTS)
def test_every_character_is_found_again_by_its_cell(text, width, dialect):
    wrapped = format_text(text, width, dialect)
    for index in range(len(wrapped.rows)):
        column = 0
        for cluster in wrapped.clusters_of(index):
            for cell in range(column, column + cluster.cells):
                assert wrapped.cluster_at(index, cell) == cluster
                if cluster.start < cluster.end:
                    assert wrapped.offset_at(index, cell) == cluster.start
                else:
                    assert wrapped.row_of(wrapped.offset_at(index, cell)) == index
            if cluster.start < cluster.end:
                assert wrapped.row_of(cluster.start) == index
                assert wrapped.column_of(cluster.start) == column
                assert wrapped.stop(cluster.start) == cluster.start == wrapped.stop(cluster.start, forward=False)
            column += cluster.cells
        assert wrapped.row_of(wrapped.first_offset(index)) == index
        assert wrapped.row_of(wrapped.last_offset(index)) == index


@given(TEXTS, WIDTHS, DIALECTS, st.booleans())
def test_the_caret_stops_where_something_is_shown_or_a_line_ends(text, width, dialect, forward):
    wrapped = format_text(text, width, dialect)
    starts = {cluster.start for _, cluster in pieces_of(wrapped)}
    ends = {line.end for line in lines_of(text, dialect)}
    inner = {offset for _, cluster in pieces_of(wrapped) for offset in range(cluster.start + 1, cluster.end)}
    for offset in range(len(text) + 1):
        place = wrapped.stop(offset, forward=forward)
        assert place in starts | ends | inner or text[place : place + 1] == "\n"
        assert wrapped.stop(place) == place


@given(TEXTS, WIDTHS, DIALECTS, st.data())
def test_a_span_is_trimmed_to_what_is_shown_of_it(text, width, dialect, data):
    wrapped = format_text(text, width, dialect)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    before = [cluster for _, cluster in pieces_of(wrapped) if cluster.start < span.end and span.start < cluster.end]
    shown = wrapped.shown(span)
    if before:
        after = [
            cluster for _, cluster in pieces_of(wrapped) if cluster.start < shown.end and shown.start < cluster.end
        ]
        assert after == before
        first, last = min(before), max(before)
        assert first.start <= shown.start < first.end
        assert last.start < shown.end <= last.end
    else:
        assert shown == span
    seen = wrapped.seen(span)
    if len(span):
        rows = wrapped.rows_of(span)
        assert any(wrapped.rows[index].holds(seen) for index in rows) or not wrapped.rows[rows.start].has_text


@given(TEXTS, WIDTHS, st.sampled_from(["answer", "case", None]), st.data())
def test_a_mark_is_drawn_in_no_rows_but_those_of_its_span(text, width, dialect, data):
    wrapped = format_text(text, width, dialect) if dialect else wrap(text, width)
    start = data.draw(st.integers(0, len(text)))
    mark = Mark("m", Span(start, data.draw(st.integers(start, len(text)))), "major", "1")
    rows, overlay = wrapped.rows_of(mark.span), Overlay(None, None)
    for index in range(len(wrapped.rows)):
        if index not in rows:
            plain, marked = (row_segments(wrapped, index, marks, overlay, lambda look: look) for marks in ([], [mark]))
            assert marked == plain


@given(st.lists(TEXTS, max_size=5), WIDTHS, DIALECTS)
def test_appending_is_formatting_all_at_once(parts, width, dialect):
    wrapped = format_text("", width, dialect)
    for part in parts:
        before = list(wrapped.rows)
        first = wrapped.append(part)
        assert wrapped.rows[:first] == before[:first]
    whole = format_text("".join(parts), width, dialect)
    assert wrapped == whole


WORDS = st.lists(
    st.sampled_from(
        ["fever", "x" * 30, " ", "  ", ", ", "1. ", "- ", "12.", "http://a.b/c", "www.a.b", "-----", "漢字", "ᄀ", "ᅡ"]
    ),
    max_size=30,
)


@given(
    WORDS,
    st.sampled_from(["", "a\n", "| a |\n", "- "]),
    WORDS,
    st.sampled_from(["", "**", "\n", "`x", "1. "]),
    WIDTHS,
    DIALECTS,
)
def test_words_that_follow_words_are_formatted_as_all_at_once(before, start, words, end, width, dialect):
    parts = [*before, start, *words, end, *before]
    wrapped = format_text("", width, dialect)
    for part in parts:
        kept = list(wrapped.rows)
        first = wrapped.append(part)
        assert wrapped.rows[:first] == kept[:first]
    assert wrapped == format_text("".join(parts), width, dialect)


def test_of_a_long_line_only_the_end_is_wrapped_again(monkeypatch):
    wrapped = format_text("The patient has fever. " * 20, 40, "answer")
    monkeypatch.setattr(formatted, "parse", None)
    wrapped.append("The pain is pleuritic. ")
    monkeypatch.undo()
    assert wrapped == format_text(wrapped.text, 40, "answer")


@given(TEXTS, WIDTHS)
def test_one_code_point_at_a_time_is_formatting_all_at_once(text, width):
    wrapped = format_text("", width, "answer")
    for character in text:
        wrapped.append(character)
    assert wrapped == format_text(text, width, "answer")


@given(TEXTS, DIALECTS, st.data())
def test_words_that_are_shown_are_found_in_the_text(text, dialect, data):
    shown = shown_text(text, dialect)
    start = data.draw(st.integers(0, len(shown.words)))
    end = data.draw(st.integers(start, len(shown.words)))
    span = shown.span(start, end)
    assert 0 <= span.start <= span.end <= len(text)
    inside = shown_text(text, dialect).words[start:end]
    if inside.isalnum() and "&" not in span.of(text) and "](" not in span.of(text):
        assert [one for one in span.of(text) if one.isalnum()] == list(inside)


def test_rows_of_an_item_have_room_for_what_is_before_them():
    for dialect in ("answer", "case"):
        for text in ("1. " + "x" * 60, "- " + "word " * 20, "> - " + "a-long-word-here " * 8):
            rows = rows_of(text, 24, dialect)
            assert len(rows) > 2
            assert max(map(len, rows)) <= 24 + 1


def rows_of(text, width, dialect="answer"):
    wrapped = format_text(text, width, dialect)
    return ["".join(cluster.drawn for cluster in wrapped.clusters_of(index)) for index in range(len(wrapped.rows))]


def test_an_option_of_a_case_uses_its_first_row_in_full() -> None:
    def rows(text: str, width: int) -> list[str]:
        laid = format_text(text, width, "case")
        return ["".join(cluster.drawn for cluster in laid.clusters_of(at)).rstrip() for at in range(len(laid.rows))]

    assert rows("A  Acute myocardial infarction", 30) == ["A  Acute myocardial infarction"]
    assert rows("A  Acute myocardial infarction, then\nB  None", 30) == [
        "A  Acute myocardial",
        "   infarction, then",
        "B  None",
    ]
    assert rows("- Acute myocardial infarction", 29) == ["- Acute myocardial infarction"]
