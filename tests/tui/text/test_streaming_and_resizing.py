import pytest
from textual.geometry import Size

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import set_scrollable_size
from tui.driving import until
from tui.studies import make_app

LINES = "\n".join(f"Line {number} of the answer." for number in range(60))


async def test_a_growing_text_is_followed(text_app):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        for number in range(60):
            app.pane.append(f"Line {number} of the answer.\n")
            await pilot.pause()
        assert app.pane.following
        assert any("Line 59" in row for row in app.rows())
        assert app.pane.scroll_offset.y == app.pane.max_scroll_y > 0


@pytest.mark.parametrize("how", ["wheel", "keys", "click"])
async def test_a_person_who_reads_further_up_is_left_there(text_app, how):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        app.pane.append(LINES)
        await pilot.pause()
        if how == "wheel":
            app.pane.scroll_up(animate=False)
        elif how == "keys":
            await pilot.press("pageup", "down")
        else:
            await pilot.click(app.pane, (12, 4))
        await pilot.pause()
        assert not app.pane.following
        top, rows = app.pane.scroll_offset.y, app.rows()
        for _ in range(20):
            app.pane.append(" More words of the answer.")
            await pilot.pause()
        app.pane.append("\n" + LINES)
        await pilot.pause()
        assert app.pane.scroll_offset.y == top
        assert app.rows()[:5] == rows[:5]
        app.pane.scroll_end(animate=False)
        await pilot.pause()
        assert app.pane.following


async def test_a_text_that_is_there_already_is_read_from_its_start(text_app):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        app.pane.set_text(LINES)
        await pilot.pause()
        assert app.pane.scroll_offset.y == 0
        assert not app.pane.following
        assert "Line 0" in app.rows()[0]
        await pilot.press("ctrl+end")
        assert app.pane.following
        app.pane.set_text("another")
        await pilot.pause()
        assert (app.pane.caret, app.pane.selection, app.pane.marks) == (0, None, ())
        assert app.rows()[0].strip() == "another"


async def test_what_is_streamed_in_pieces_is_drawn_as_if_it_had_come_at_once(text_app):
    text = "Fever 👩\u200d⚕\ufe0f e\u0301 日本語。\r\n\x1b[31mred\u202e [/] " * 10
    app = text_app("")
    async with app.run_test(size=(60, 40)) as pilot:
        for character in text:
            app.pane.append(character)
        await pilot.pause()
        app.pane.scroll_to(y=0, animate=False)
        await pilot.pause()
        streamed = app.rows()
        app.pane.set_text(text)
        await pilot.pause()
        assert app.rows() == streamed
        assert app.pane.text == text


async def test_marks_selection_and_caret_stay_while_the_text_grows(text_app):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        app.pane.append(LINES)
        app.pane.set_marks([Mark("1", Span(0, 6), "major", "1")])
        await pilot.press("ctrl+home", "s")
        app.pane.append(" More.")
        await pilot.pause()
        assert app.pane.selection.of(app.pane.text) == "Line 0 of the answer."
        await pilot.press("m")
        await pilot.pause()
        assert app.pane.marks[0].id == "1"
    assert app.proposed[0][1] == "Line 0 of the answer."


async def test_only_the_rows_that_change_are_drawn_again(text_app, monkeypatch):
    app = text_app("word " * 2_000)
    async with app.run_test(size=(100, 30)) as pilot:
        app.pane.move_caret(200)
        await pilot.pause()
        drawn = []
        draw = AnnotatedText._draw
        monkeypatch.setattr(AnnotatedText, "_draw", lambda pane, index: drawn.append(index) or draw(pane, index))
        await pilot.press("right")
        await until(pilot, lambda: drawn)
        assert len(set(drawn)) == 1
        drawn.clear()
        await pilot.press("down")
        await until(pilot, lambda: drawn)
        assert len(set(drawn)) == 2
        drawn.clear()
        app.pane.set_marks([Mark("1", Span(0, 3), "major", "1")])
        await pilot.pause()
        assert drawn == [0]
        drawn.clear()
        app.pane.append("more")
        await pilot.pause()
        assert drawn == []


async def test_resizing_wraps_again_and_keeps_the_caret_in_view(text_app):
    text = " ".join(f"word{number}" for number in range(1_500))
    app = text_app(text)
    async with app.run_test(size=(150, 20)) as pilot:
        app.pane.move_caret(text.index("word900"))
        for size in ((60, 20), (200, 12), (40, 8), (120, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            _, y = app.pane.cell_of(app.pane.caret)
            assert 0 <= y < app.pane.size.height
            assert "word900" in " ".join(row.strip() for row in app.rows())
            assert all(app.pane.render_line(y).cell_length == app.pane.size.width for y in range(app.pane.size.height))
        await app.drag(pilot, text.index("word900"), text.index("word902"))
    assert app.proposed[0][1] == "word900 word901 word902"


async def test_resizing_keeps_what_is_read_at_the_top(text_app):
    text = " ".join(f"word{number}" for number in range(1_500))
    app = text_app(text)
    async with app.run_test(size=(150, 20)) as pilot:
        app.query_one("#b").focus()
        app.pane.scroll_to(y=40, animate=False)
        await pilot.pause()
        first = app.rows()[0].split()[0]
        await pilot.resize_terminal(70, 20)
        await pilot.pause()
        assert first in app.rows()[0].split()


async def test_a_followed_text_is_followed_after_resizing(text_app):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        app.pane.append(LINES)
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert app.pane.following
        assert any("Line 59" in row for row in app.rows())


async def test_text_may_come_before_the_pane_is_on_the_screen(text_app):
    app = text_app("")
    app.pane.set_text("first")
    app.pane.append(" and more")
    app.pane.set_marks([Mark("1", Span(0, 5), "major", "1")])
    app.pane.select(Span(0, 5))
    async with app.run_test(size=(80, 15)):
        assert "first and more" in app.rows()[0]
        assert app.pane.selection == Span(0, 5)


async def test_a_pane_that_was_hidden_is_drawn_when_it_is_shown(text_app):
    app = text_app(LINES)
    async with app.run_test(size=(80, 15)) as pilot:
        app.pane.display = False
        await pilot.pause()
        app.pane.append("\nThe end.")
        app.pane.display = True
        await pilot.pause()
        assert "Line 0" in app.rows()[0]


async def test_the_adapter_scrolls_as_far_as_the_content_is_long(text_app):
    app = text_app("")
    async with app.run_test(size=(80, 15)) as pilot:
        set_scrollable_size(app.pane, Size(app.pane.size.width, 100))
        await pilot.pause()
        assert app.pane.max_scroll_y == 100 - app.pane.size.height
        assert app.pane.show_vertical_scrollbar
        assert app.pane.vertical_scrollbar.window_virtual_size == 100
        set_scrollable_size(app.pane, Size(app.pane.size.width, 1))
        await pilot.pause()
        assert app.pane.max_scroll_y == 0


@pytest.mark.parametrize(("size", "shown"), [((120, 40), {"text-case", "text-A", "text-B"}), ((80, 24), {"text-case"})])
async def test_a_text_is_laid_out_once_and_for_the_width_of_its_pane(library, monkeypatch, size, shown):
    made = []
    lay_out = TextPane._lay_out

    def noted(pane, text, width):
        if text:
            made.append((pane, width))
        return lay_out(pane, text, width)

    monkeypatch.setattr(TextPane, "_lay_out", noted)
    async with make_app(library).run_test(size=size):
        assert {pane.id for pane, _ in made} == shown
        assert len(made) == len(shown)
        assert all(width <= pane.size.width for pane, width in made)
