import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doubleread.tui.shared.text.wrapping import wrap
from graphemes import grapheme_starts

PIECES = [
    *("a", "Z", " ", "  ", "\n", "\r\n", "\r", ".", "! ", "heart-murmur", "2.5"),
    *("e\u0301", "\u0301", "\u200d", "\u200c", "\ufe0f", "क\u094dष", "\u0600", "\x1b"),
    *("👩", "👩\u200d⚕\ufe0f", "🇩", "🇪", "日本", "。", "」", "한", "\u1161"),
    *("\t", "\u3000", "\xa0", "⚕", "longer-than-any-row-of-the-narrow-ones", "\u200b", "\U000e0041"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)
WIDTHS = st.integers(1, 24)


@given(TEXTS, WIDTHS)
def test_rows_and_the_line_breaks_between_them_are_the_text(text, width):
    rows = wrap(text, width).rows
    rebuilt, position = [], 0
    for before, row in zip([None, *rows], rows, strict=False):
        gap = text[position : row.start]
        same_paragraph = before is not None and before.paragraph == row.paragraph
        assert gap == "" if before is None or same_paragraph else gap in {"\n", "\r\n"}
        rebuilt += [gap, text[row.start : row.end]]
        position = row.end
    assert position == len(text)
    assert "".join(rebuilt) == text
    assert all("\n" not in text[row.start : row.end] for row in rows)


@given(TEXTS, WIDTHS)
def test_rows_fit_but_for_one_character_or_a_hanging_blank(text, width):
    wrapped = wrap(text, width)
    for index in range(len(wrapped.rows)):
        cells = wrapped.clusters_of(index)
        total = sum(cluster.cells for cluster in cells)
        if cells and total == width + 1 and text[cells[-1].start].isspace():
            continue
        assert total <= width or len(cells) == 1


@given(TEXTS, WIDTHS)
def test_no_row_cuts_a_character(text, width):
    edges = set(grapheme_starts(text))
    for row in wrap(text, width).rows:
        assert row.start in edges
        assert row.end in edges or text[row.end : row.end + 1] == "\n" or text[row.end : row.end + 2] == "\r\n"


@given(TEXTS, WIDTHS)
def test_what_is_drawn_takes_as_many_cells_as_is_counted(text, width):
    wrapped = wrap(text, width)
    for index in range(len(wrapped.rows)):
        cells = wrapped.clusters_of(index)
        assert cell_len("".join(cluster.drawn for cluster in cells)) == sum(cluster.cells for cluster in cells)
        assert all(cluster.cells >= 1 for cluster in cells)


@given(st.lists(TEXTS, max_size=6), WIDTHS)
def test_appending_is_wrapping_all_at_once(parts, width):
    wrapped = wrap("", width)
    for part in parts:
        before = list(wrapped.rows)
        first = wrapped.append(part)
        assert wrapped.rows[:first] == before[:first]
    assert wrapped.text == "".join(parts)
    assert wrapped.rows == wrap("".join(parts), width).rows


@given(TEXTS, WIDTHS)
def test_one_code_point_at_a_time_is_wrapping_all_at_once(text, width):
    wrapped = wrap("", width)
    for character in text:
        wrapped.append(character)
    assert wrapped.rows == wrap(text, width).rows


@given(TEXTS, WIDTHS)
def test_every_character_is_found_again_by_its_cell(text, width):
    wrapped = wrap(text, width)
    for index in range(len(wrapped.rows)):
        column = 0
        for cluster in wrapped.clusters_of(index):
            for cell in range(column, column + cluster.cells):
                assert wrapped.cluster_at(index, cell) == cluster
            assert wrapped.row_of(cluster.start) == index
            assert wrapped.column_of(cluster.start) == column
            assert wrapped.offset_at(index, column) == cluster.start
            column += cluster.cells
        assert wrapped.cluster_at(index, column) is None
        assert wrapped.row_of(wrapped.last_offset(index)) == index


def rows_of(text, width):
    return [text[row.start : row.end] for row in wrap(text, width).rows]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two ", "three"]),
        ("one two", 7, ["one two"]),
        ("exact  two", 5, ["exact ", " two"]),
        ("a\n\nb\n", 10, ["a", "", "b", ""]),
        ("a\r\nb", 10, ["a", "b"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("go abcdefghij", 4, ["go ", "abcd", "efgh", "ij"]),
        ("日本語の文章です", 6, ["日本語", "の文章", "です"]),
        ("日本語。文章", 6, ["日本", "語。文", "章"]),
        ("👨\u200d👩\u200d👧👨\u200d👩\u200d👧", 3, ["👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"]),
        ("5\xa0mg of", 5, ["5\xa0mg ", "of"]),
    ],
)
def test_rows(text, width, expected):
    assert rows_of(text, width) == expected


def test_a_line_of_ten_thousand_characters():
    rows = rows_of("x" * 10_000, 75)
    assert len(rows) == 134
    assert all(len(row) == 75 for row in rows[:-1])


def test_only_the_last_rows_are_wrapped_again():
    wrapped = wrap("word " * 2_000, 75)
    count = len(wrapped.rows)
    assert wrapped.append("more") >= count - 3
