import unicodedata

import pytest
from rich.cells import cell_len

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.marks import GROUND_KINDS, KINDS, Mark, gutter_text, marks_at
from doubleread.tui.shared.text.wrapping import Row
from hostile import hostile_strings

TEXT = "Fever since Monday, 38.5 °C. A heart murmur was heard. No rash.\n\nSecond paragraph here."


def acts(character):
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or (category == "Cf" and character not in "\u200c\u200d")


async def test_text_is_in_a_column_for_reading(text_app):
    app = text_app("word " * 200)
    async with app.run_test(size=(240, 20)):
        row = app.rows()[1]
        assert len(row.strip()) <= app.pane.LINE_LENGTH
        left = len(row) - len(row.lstrip())
        assert abs(left - (app.pane.size.width - app.pane.LINE_LENGTH) // 2) <= 3


@pytest.mark.parametrize("size", [(20, 6), (24, 10), (80, 24), (200, 60)])
async def test_every_row_is_as_wide_as_the_pane(text_app, size):
    app = text_app("患者は発熱 👩\u200d⚕\ufe0f e\u0301 " * 30 + "\n" + "x" * 300)
    async with app.run_test(size=size):
        for y in range(app.pane.size.height):
            strip = app.pane.render_line(y)
            assert strip.cell_length == app.pane.size.width
            assert cell_len(strip.text) == app.pane.size.width


async def test_marks_are_told_apart_without_colour(text_app, span_of):
    app = text_app(TEXT)
    heart, words = span_of(TEXT, "heart"), span_of(TEXT, "murmur was")
    async with app.run_test(size=(170, 20)) as pilot:
        app.pane.set_marks([Mark("a", heart, "major", "1"), Mark("b", words, "minor", "2")])
        await pilot.pause()
        major, minor = app.looks(heart.start), app.looks(words.start)
        assert major.bold
        assert major.underline
        assert minor.underline
        assert not minor.bold
        assert not app.looks(TEXT.index("since")).underline
        assert any("1" in row[:8] for row in app.rows())
        app.pane.set_marks([])
        await pilot.pause()
        assert not app.looks(heart.start).underline


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_every_kind_has_a_look_in_every_theme(text_app, theme):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.theme = theme
        for kind in {*KINDS, "something new"} - {*GROUND_KINDS}:
            app.pane.set_marks([Mark("1", Span(0, 5), kind, "1")])
            await pilot.pause()
            marked, plain = app.looks(2), app.looks(10)
            assert marked.bgcolor != plain.bgcolor
            assert marked.underline or marked.italic


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_a_sentence_has_a_look_below_that_of_a_annotation_in_it(text_app, theme):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.theme = theme
        app.pane.set_marks([Mark("f", Span(0, 5), "major", "A1")])
        await pilot.pause()
        alone = app.looks(2)
        for kind in GROUND_KINDS:
            app.pane.set_marks([Mark("s", Span(0, 20), kind, "✓"), Mark("f", Span(0, 5), "major", "A1")])
            await pilot.pause()
            found, sentence, plain = app.looks(2), app.looks(10), app.looks(len(TEXT) - 1)
            # The annotation looks as if nothing lay below it, but for the colour of its letters.
            assert (found.bgcolor, found.underline, found.bold) == (alone.bgcolor, alone.underline, alone.bold)
            looks = [(look.color, look.bgcolor, look.italic) for look in (sentence, plain)]
            assert (looks[0] == looks[1]) == (kind == "unjudged")


def test_symbols_of_sentences_are_close_together_and_only_the_current_one_has_a_line():
    marks = [Mark(str(start), Span(start, start + 5), "incorrect", "✗") for start in (0, 5, 10)]
    assert gutter_text(marks, Row(0, 0, 20), 3) == "✗✗✗"
    assert gutter_text([*marks, Mark("f", Span(6, 8), "major", "A1")], Row(0, 0, 20), 3) == "✗✗+"
    assert gutter_text(marks[:1], Row(0, 2, 20), 3) == ""
    assert gutter_text([Mark("here", Span(0, 5), "current", "▸")], Row(0, 2, 20), 3) == "│"


async def test_a_change_of_theme_draws_again(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        before = app.looks(10)
        app.theme = "textual-light"
        await pilot.pause()
        assert app.looks(10).bgcolor != before.bgcolor


async def test_overlapping_marks_are_drawn_apart(text_app, span_of):
    app = text_app(TEXT)
    long, short = span_of(TEXT, "A heart murmur was heard."), span_of(TEXT, "murmur was")
    async with app.run_test(size=(170, 20)) as pilot:
        app.pane.set_marks([Mark("a", long, "minor", "1"), Mark("b", short, "minor", "2")])
        await pilot.pause()
        alone, both = app.looks(long.start), app.looks(short.start)
        assert alone.underline
        assert both.underline
        assert both.bold
        assert not alone.bold
        assert any("1 2" in row for row in app.rows())


async def test_the_focused_mark_stands_out(text_app, span_of):
    app = text_app(TEXT)
    heart = span_of(TEXT, "heart")
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.set_marks([Mark("a", heart, "minor", "1")])
        await pilot.pause()
        before = app.looks(heart.start)
        app.pane.set_marks([Mark("a", heart, "minor", "1", focused=True)])
        await pilot.pause()
        after = app.looks(heart.start)
        assert after.bold
        assert after.bgcolor != before.bgcolor


async def test_a_mark_over_several_rows_goes_on_in_the_gutter(text_app):
    app = text_app("word " * 60)
    async with app.run_test(size=(80, 20)) as pilot:
        app.pane.set_marks([Mark("a", Span(5, 200), "major", "A1")])
        await pilot.pause()
        rows = [row.strip() for row in app.rows()]
        assert rows[0].startswith("A1")
        assert rows[1].startswith("│")
        assert rows[-1] == ""


async def test_the_caret_shows_only_where_the_keys_go(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.move_caret(6)
        await pilot.pause()
        assert app.looks(6) != app.looks(7)
        app.query_one("#b").focus()
        await pilot.pause()
        assert app.looks(6) == app.looks(7)


async def test_the_caret_shows_at_the_end_of_a_line_and_on_an_empty_one(text_app):
    app = text_app("ab\n\ncd")
    async with app.run_test(size=(60, 20)) as pilot:
        for offset in (2, 3, 6):
            app.pane.move_caret(offset)
            await pilot.pause()
            assert app.looks(offset).bold


async def test_a_selection_is_seen(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.select(Span(0, 5))
        await pilot.pause()
        assert app.looks(2) != app.looks(8)


async def test_no_hostile_string_reaches_the_screen_and_offsets_hold(text_app):
    app = text_app("")
    async with app.run_test(size=(70, 40)) as pilot:
        for raw in hostile_strings()[::2]:
            app.pane.set_text(raw)
            app.pane.set_marks([Mark(raw[:5], Span(0, max(len(raw) // 2, 1)), "major", raw[:3])])
            app.pane.select(Span(len(raw) // 3, len(raw)))
            for y in range(app.pane.size.height):
                for segment in app.pane.render_line(y):
                    assert not any(acts(character) for character in segment.text), ascii(raw)
                    assert segment.style is None or not (segment.style.meta or segment.style.link)
            assert app.pane.text == raw
            assert app.pane.selection.of(app.pane.text)
        await pilot.pause()
        assert app.is_running


async def test_markup_is_words(text_app):
    raw = "[/] [@click=app.quit]quit[/] [red]red[/red]"
    app = text_app(raw)
    async with app.run_test(size=(160, 20)) as pilot:
        assert app.rows()[0].strip() == raw
        await pilot.click(app.pane, app.pointer(raw.index("quit[/]")))
        await app.drag(pilot, 0, len(raw) - 1)
        assert app.is_running
    assert app.proposed == [(Span(0, len(raw)), raw)]


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        (["1"], "1"),
        (["1", "2"], "1 2"),
        (["1", "2", "3"], "123"),
        (["1", "2", "3", "4"], "1+"),
        (["A1", "A2"], "A1+"),
        (["A1", "2"], "A1+"),
        (["long"], "lon"),
        ([], ""),
    ],
)
def test_the_gutter_says_when_there_are_more(symbols, expected):
    marks = [Mark(symbol, Span(index, index + 2), "major", symbol) for index, symbol in enumerate(symbols)]
    assert gutter_text(marks, Row(0, 0, 20), 3) == expected


def test_of_marks_upon_each_other_the_shortest_comes_first():
    marks = [Mark("long", Span(0, 9)), Mark("short", Span(2, 4)), Mark("elsewhere", Span(5, 6))]
    assert [mark.id for mark in marks_at(marks, 3)] == ["short", "long"]
    assert marks_at(marks, 9) == ()


async def test_labels_are_drawn_over_words_without_moving_any(text_app):
    app = text_app("A 患者 of 5 has 👩\u200d⚕\ufe0f pain x\nyes", marking_enabled=False)
    async with app.run_test(size=(80, 10)) as pilot:
        text = app.pane.text
        before = app.pane.render_line(0).text
        labelled = [0, 2, text.index("of"), text.index("5"), text.index("👩"), text.index("x")]
        app.pane.set_labels(dict.fromkeys(labelled, "ab"))
        await pilot.pause()
        strip = app.pane.render_line(0)
        left = app.pane.column_left
        assert strip.text[left:].rstrip() == "abab者 ab abhas ab pain ab"
        assert strip.cell_length == app.pane.size.width
        app.pane.set_labels({})
        assert app.pane.render_line(0).text == before


async def test_a_label_ends_where_the_next_one_begins(text_app):
    app = text_app("กข abc")
    async with app.run_test(size=(80, 10)):
        app.pane.set_labels({0: "abc", 1: "de", 3: "f"})
        assert app.pane.render_line(0).text.strip() == "adefbc"


async def test_the_characters_in_view_are_known(text_app):
    app = text_app("one\ntwo\nthree\nfour\n" * 5)
    async with app.run_test(size=(80, 5)) as pilot:
        height = app.pane.size.height
        app.pane.scroll_to(y=4, animate=False)
        await pilot.pause()
        starts = app.pane.starts_in_view()
        text = app.pane.text
        assert "".join(text[start] for start in starts) == "".join(text.split("\n")[4 : 4 + height])


async def test_labels_that_touch_are_told_apart(text_app):
    app = text_app("A b c long", marking_enabled=False)
    async with app.run_test(size=(80, 10)) as pilot:
        app.pane.set_labels({0: "fj", 2: "fd", 4: "fk", 6: "fl"})
        await pilot.pause()
        grounds = [app.looks(offset).bgcolor for offset in (0, 2, 4, 6, 8)]
        assert grounds[0] == grounds[2] != grounds[1] == grounds[3]
        assert grounds[4] not in grounds[:4]
