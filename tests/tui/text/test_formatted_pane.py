"""An annotated text that shows Markdown formatted: keys, mouse, marks and offsets."""

import pytest

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.marks import Mark
from tui.driving import until

TEXT = """# Assessment

**Fever** for *three* days. Cough &lt; one week.

- first **item**
- second

| Drug | Dose |
|------|-----:|
| aspirin and clopidogrel, both started at once on the ward | 75 mg |

---
The end **here**."""


@pytest.fixture
def formatted_app(text_app):
    def make(text=TEXT):
        return text_app(text, formatted=True)

    return make


async def test_markup_is_hidden_and_looks_remain(formatted_app):
    app = formatted_app()
    async with app.run_test(size=(140, 30)):
        rows = [row.strip("│ ").rstrip() for row in app.rows()]
        assert rows[0] == "Assessment"
        assert rows[2] == "Fever for three days. Cough < one week."
        assert rows[4:6] == ["• first item", "• second"]
        assert not any("|" in row or "**" in row for row in rows)
        assert app.looks(TEXT.index("Fever")).bold
        assert not app.looks(TEXT.index("for")).bold
        assert app.looks(TEXT.index("three")).italic


async def test_the_caret_skips_what_is_hidden(formatted_app):
    app = formatted_app("**ab** c\n- d")
    async with app.run_test(size=(100, 12)) as pilot:
        places = []
        for _ in range(8):
            await pilot.press("right")
            places.append(app.pane.caret)
        # b, the blank, c, the end of the line, d, the end of the text
        assert places == [3, 6, 7, 8, 11, 12, 12, 12]
        places = []
        for _ in range(7):
            await pilot.press("left")
            places.append(app.pane.caret)
        assert places == [11, 8, 7, 6, 3, 2, 2]


@pytest.mark.parametrize(
    ("at", "keys", "quote"),
    [
        ("Fever", ["m"], "Fever"),
        ("Fever", ["s", "m"], "Fever** for *three* days."),
        ("first", ["s", "m"], "first **item"),
        ("item", ["space", "space", "m"], "first **item"),
        ("three", ["W", "m"], "three"),
        ("one", ["B", "m"], "&lt;"),
        ("aspirin", ["W", "W", "m"], "aspirin and"),
        ("here", ["W", "m"], "here"),
        ("here", ["shift+end", "m"], "here**."),
        ("days", ["v", "b", "b", "b", "m"], "Fever** for *three"),
    ],
)
async def test_marks_by_key_begin_and_end_in_what_is_seen(formatted_app, at, keys, quote):
    app = formatted_app()
    async with app.run_test(size=(140, 30)) as pilot:
        app.pane.move_caret(TEXT.index(at))
        await pilot.press(*keys)
        await until(pilot, lambda: app.proposed)
        start = TEXT.index(quote, max(TEXT.index(at) - 30, 0))
        assert app.proposed == [(Span(start, start + len(quote)), quote)]


async def test_marks_by_mouse_are_the_words_under_the_pointer(formatted_app):
    app = formatted_app()
    async with app.run_test(size=(90, 30)) as pilot:
        await app.drag(pilot, TEXT.index("Fever"), TEXT.index("three"))
        await until(pilot, lambda: len(app.proposed) == 1)
        await pilot.double_click(app.pane, app.pointer(TEXT.index("item")))
        await until(pilot, lambda: len(app.proposed) == 2)
        # The cell is broken into several rows, side by side with the other one.
        place = TEXT.index("ward")
        assert app.pane.row_of(place) > app.pane.row_of(TEXT.index("75 mg"))
        await app.drag(pilot, TEXT.index("aspirin"), place)
        await until(pilot, lambda: len(app.proposed) == 3)
        await pilot.click(app.pane, app.pointer(TEXT.index("mg")))
        assert app.pane.caret == TEXT.index("mg")
    quotes = [quote for _, quote in app.proposed]
    cell = "aspirin and clopidogrel, both started at once on the ward"
    assert quotes == ["Fever** for *three", "item", cell]


async def test_rows_go_up_and_down_within_a_cell(formatted_app):
    app = formatted_app()
    async with app.run_test(size=(90, 30)) as pilot:
        app.pane.move_caret(TEXT.index("aspirin"))
        await pilot.press("down")
        assert TEXT.index("aspirin") < app.pane.caret < TEXT.index("75 mg")
        assert app.pane.cell_of(app.pane.caret)[0] == app.pane.cell_of(TEXT.index("aspirin"))[0]
        await pilot.press("up")
        assert app.pane.caret == TEXT.index("aspirin")
        for _ in range(30):
            await pilot.press("down")
        assert app.pane.caret == len(TEXT)


async def test_a_mark_of_hidden_markup_is_seen(formatted_app):
    app = formatted_app()
    rule = TEXT.index("---\nThe")
    async with app.run_test(size=(140, 30)) as pilot:
        plain = app.looks(TEXT.index("Fever")).bgcolor
        app.pane.set_marks(
            [
                Mark("a", Span(TEXT.index("**Fever"), TEXT.index("Fever")), "major", "A1"),
                Mark("b", Span(rule, rule + 3), "minor", "B2"),
            ]
        )
        await until(pilot, lambda: app.looks(TEXT.index("Fever")).bgcolor != plain)
        assert app.looks(TEXT.index("Fever") + 1).bgcolor == plain
        rows = app.rows()
        assert "A1" in rows[app.pane.row_of(TEXT.index("Fever"))]
        assert "B2" in rows[app.pane.row_of(rule)]


async def test_what_is_selected_and_seen_stays_when_formatting_is_switched(formatted_app):
    app = formatted_app("word " * 400 + "\n\n" + TEXT * 3 + "word " * 400)
    text = app.pane.text
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.select(Span(text.index("Cough"), text.index("week")))
        for formatted in (False, True):
            app.pane.set_formatted(formatted)
            await pilot.pause()
            assert app.pane.selection.of(text) == "Cough &lt; one "
            _, y = app.pane.cell_of(app.pane.caret)
            assert 0 <= y < app.pane.size.height
            assert ("&lt;" in "".join(app.rows())) is not formatted


async def test_a_growing_answer_is_formatted_as_it_grows(formatted_app):
    app = formatted_app("")
    async with app.run_test(size=(90, 30)) as pilot:
        for character in TEXT:
            app.pane.append(character)
        await pilot.pause()
        grown = app.rows()
        app.pane.set_text(TEXT)
        await pilot.pause()
        assert app.rows() == grown


async def test_labels_and_words_found_keep_their_places(formatted_app):
    app = formatted_app()
    async with app.run_test(size=(140, 30)) as pilot:
        shown = app.pane.shown_text
        at = shown.words.index("Fever for three")
        found = shown.span(at, at + len("Fever for three"))
        assert found.of(TEXT) == "Fever** for *three"
        app.pane.set_labels({TEXT.index("first"): "qq"})
        await pilot.pause()
        assert "• qqrst item" in app.rows()[4]
        assert TEXT.index("first") in app.pane.starts_in_view()
        assert TEXT.index("- first") not in app.pane.starts_in_view()
        assert isinstance(app.pane, AnnotatedText)


async def test_broken_rows_of_a_table_are_kept_apart(formatted_app):
    cell = "a cell that is long enough to be broken in its column, as it has more than sixty characters"
    text = f"| Drug | Dose |\n|---|---|\n| one {cell} | 1 |\n| two {cell} | 2 |"
    app = formatted_app(text)
    async with app.run_test(size=(60, 20)) as pilot:
        rows = [row.strip() for row in app.rows()]
        second = next(at for at, row in enumerate(rows) if "two" in row)
        assert not rows[second - 1].strip("│ ")
        # The caret passes the row between them, in its column.
        app.pane.move_caret(text.index("| 2") + 2)
        await pilot.press("up")
        assert text.index("one") < app.pane.caret < text.index("two")
        await pilot.press("down")
        assert app.pane.caret == text.index("| 2") + 2
