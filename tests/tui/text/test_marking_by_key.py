import pytest

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.marks import Mark

IN_BOTH_LAYOUTS = True
TEXT = "Fever since Monday, 38.5 °C. A heart murmur was heard. No rash.\n\nSecond paragraph here."


async def test_a_sentence_takes_two_keys(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("s", "m")
        await pilot.pause()
    assert app.proposed == [(Span(0, 28), "Fever since Monday, 38.5 °C.")]


async def test_words_are_extended_over(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("right_parenthesis", "w", "W", "W", "m")
        await pilot.pause()
    assert app.proposed == [(span_of(TEXT, "heart murmur"), "heart murmur")]


async def test_v_makes_every_motion_extend(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.move_caret(TEXT.index("murmur"))
        await pilot.press("v", "w", "w", "left", "m")
        await pilot.pause()
        assert app.pane.extending
        await pilot.press("escape")
        assert not app.pane.extending
    assert app.proposed == [(span_of(TEXT, "murmur wa"), "murmur wa")]


async def test_without_a_selection_m_means_the_word(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.move_caret(TEXT.index("eart"))
        await pilot.press("m")
        await pilot.pause()
    assert app.proposed == [(span_of(TEXT, "heart"), "heart")]


async def test_space_widens(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        seen = []
        for _ in range(4):
            await pilot.press("space")
            seen.append(app.pane.selection.of(TEXT))
    assert seen == ["Fever", "Fever since Monday, 38.5 °C.", TEXT.split("\n", 1)[0], TEXT]


async def test_enter_and_escape_are_the_screens_when_nothing_is_selected(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("enter", "escape")
        assert app.reached == ["commit", "leave"]
        await pilot.press("s", "enter", "escape")
        await pilot.pause()
        assert app.reached == ["commit", "leave"]
        assert app.pane.selection is None
    assert len(app.proposed) == 1


async def test_characters_are_whole(text_app):
    text = "x 👩\u200d⚕\ufe0f e\u0301 日本 🇩🇪!"
    app = text_app(text)
    async with app.run_test(size=(100, 20)) as pilot:
        stops = []
        while app.pane.caret < len(text):
            await pilot.press("right")
            stops.append(app.pane.caret)
        assert stops == [1, 2, 6, 7, 9, 10, 11, 12, 13, 15, 16]
        await pilot.press("shift+left", "shift+left", "m")
        await pilot.pause()
    assert app.proposed == [(Span(13, 16), "🇩🇪!")]


async def test_only_the_markable_part_is_proposed(text_app, span_of):
    part = span_of(TEXT, "A heart murmur was heard. No rash.")
    app = text_app(TEXT, markable=[part])
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("ctrl+end", "ctrl+shift+home", "m")
        assert app.pane.selection == Span(0, len(TEXT))
        await pilot.press("ctrl+home", "s", "m")
        await pilot.pause()
    assert app.proposed == [(part, part.of(TEXT))]
    assert [message.reason for message in app.said(AnnotatedText.ProposalRefused)] == ["This part cannot be annotated."]


async def test_marking_can_be_off(text_app):
    app = text_app(TEXT, marking_enabled=False)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("s", "m", "enter")
        await pilot.pause()
        assert app.pane.selection is not None
    assert app.proposed == []
    assert app.reached == ["commit"]


async def test_blanks_are_no_annotation(text_app):
    app = text_app(" \n ")
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("m")
        await pilot.pause()
    assert len(app.said(AnnotatedText.ProposalRefused)) == 1


@pytest.mark.parametrize("key", ["y", "ctrl+c"])
async def test_the_raw_words_are_copied(text_app, key):
    raw = "\x1b]52;c;eA==\x07 [red]word\t\x9b"
    app = text_app(raw)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("ctrl+shift+end", key)
        assert app.clipboard == raw


async def test_the_caret_says_where_it_is_and_upon_what(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        sentence = span_of(TEXT, "A heart murmur was heard.")
        app.pane.set_marks([Mark("long", sentence), Mark("short", span_of(TEXT, "heart"))])
        app.pane.move_caret(TEXT.index("heart"))
        await pilot.press("ctrl+end")
        await pilot.pause()
    moves = [(message.offset, message.marks_here) for message in app.said(AnnotatedText.CaretMoved)]
    assert moves == [(TEXT.index("heart"), ("short", "long")), (len(TEXT), ())]


async def test_a_focused_marks_edges_are_nudged(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)):
        pane = app.pane
        assert pane.nudge("end", "word", 1) is None
        heart = span_of(TEXT, "heart")
        pane.select(heart)
        assert pane.nudge("end", "word", 1) == span_of(TEXT, "heart murmur")
        assert pane.selection == span_of(TEXT, "heart murmur")
        pane.set_marks([Mark("1", heart, focused=True)])
        assert pane.nudge("start", "word", -1) == span_of(TEXT, "A heart")
        assert pane.marks[0].span == heart


async def test_the_caret_is_always_in_view(text_app):
    text = "\n".join(f"Line {number} of the text." for number in range(200))
    app = text_app(text)
    async with app.run_test(size=(80, 20)) as pilot:
        for key in ("pagedown", "pagedown", "down", "ctrl+end", "pageup", "up", "right_curly_bracket", "ctrl+home"):
            await pilot.press(key)
            x, y = app.pane.cell_of(app.pane.caret)
            assert 0 <= y < app.pane.size.height
            assert 0 <= x < app.pane.size.width


async def test_every_key_has_an_id_and_a_tooltip():
    ids = [binding.id for binding in AnnotatedText.BINDINGS]
    assert all(ids)
    assert len(ids) == len(set(ids))
    assert all(binding.tooltip for binding in AnnotatedText.BINDINGS)


async def test_keys_can_be_remapped(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.set_keymap({"text.select-sentence": "f6"})
        await pilot.press("s")
        assert app.pane.selection is None
        await pilot.press("f6")
        assert app.pane.selection is not None
