import pytest
from textual.events import MouseMove

from doubleread.domain.spans import Span, grapheme_ceiling
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.marks import Mark
from tui.driving import until

IN_BOTH_LAYOUTS = True
TEXT = "Fever since Monday, 38.5 °C. A heart murmur was heard. No rash.\n\nSecond paragraph here."
MIXED = "患者は発熱を訴えた。 A 👩\u200d⚕\ufe0f heard e\u0301te\u0301 and 🇩🇪 flags; " * 6


async def test_a_drag_over_words(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await app.drag(pilot, TEXT.index("heart"), TEXT.index("murmur") + 5)
        assert app.pane.selection == span_of(TEXT, "heart murmur")
    assert app.proposed == [(span_of(TEXT, "heart murmur"), "heart murmur")]


@pytest.mark.parametrize("backward", [False, True])
async def test_a_drag_that_cuts_words_takes_them_whole(text_app, span_of, backward):
    app = text_app(TEXT)
    ends = TEXT.index("art mur"), TEXT.index("mur") + 1
    async with app.run_test(size=(100, 20)) as pilot:
        await app.drag(pilot, *(reversed(ends) if backward else ends))
    assert app.proposed == [(span_of(TEXT, "heart murmur"), "heart murmur")]


async def test_an_exact_drag_takes_what_it_crossed(text_app, span_of):
    app = text_app(TEXT, whole_words=False)
    async with app.run_test(size=(100, 20)) as pilot:
        await app.drag(pilot, TEXT.index("art mur"), TEXT.index("art mur") + 6)
    assert app.proposed == [(span_of(TEXT, "art mur"), "art mur")]


async def test_alt_makes_a_drag_exact(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        start, end = app.pointer(TEXT.index("art mur")), app.pointer(TEXT.index("art mur") + 6)
        await pilot.mouse_down(app.pane, start, meta=True)
        app.pane.post_message(MouseMove(app.pane, *end, 0, 0, button=1, shift=False, meta=True, ctrl=False))
        await pilot.mouse_up(app.pane, end, meta=True)
        await pilot.pause()
    assert app.proposed == [(span_of(TEXT, "art mur"), "art mur")]


@pytest.mark.parametrize("width", [45, 100])
@pytest.mark.parametrize(
    ("first", "last"), [("発", "訴"), ("患", "👩"), ("👩", "\u0301te"), ("🇩", "🇩"), ("l", "発"), ("heard", "患")]
)
async def test_every_character_dragged_over_is_taken(text_app, width, first, last):
    app = text_app(MIXED, whole_words=False)
    start = MIXED.index(first)
    end = MIXED.index(last, start + 1)
    async with app.run_test(size=(width, 30)) as pilot:
        await app.drag(pilot, start, end)
    (span, words) = app.proposed[0]
    assert words == MIXED[span.start : span.end]
    assert words == MIXED[start : grapheme_ceiling(MIXED, end + 1)].strip()


async def test_beyond_a_rows_end_and_below_the_text(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(150, 20)) as pilot:
        x, y = app.pointer(TEXT.index("No rash"))
        await pilot.mouse_down(app.pane, (x, y))
        await pilot.hover(app.pane, (x + 20, y))
        assert app.pane.selection == span_of(TEXT, "No rash.")
        await pilot.hover(app.pane, (x, y + 9))
        await pilot.mouse_up(app.pane, (x, y + 9))
        await pilot.pause()
    assert app.proposed == [(Span(TEXT.index("No rash"), len(TEXT)), TEXT[TEXT.index("No rash") :])]


async def test_a_drag_does_not_reach_into_another_pane(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        other = app.query_one("#b", AnnotatedText)
        await pilot.mouse_down(app.pane, app.pointer(TEXT.index("paragraph")))
        await pilot.hover(other, (12, 5))
        await pilot.mouse_up(other, (12, 5))
        await pilot.pause()
        assert other.selection is None
        assert app.mouse_captured is None
    assert app.proposed == [(Span(TEXT.index("paragraph"), len(TEXT)), "paragraph here.")]
    assert app.heard[-1].control is app.pane


async def test_a_click_puts_the_caret_there_and_proposes_nothing(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.select(Span(0, 5))
        await pilot.click(app.pane, app.pointer(TEXT.index("murmur")))
        assert app.pane.caret == TEXT.index("murmur")
        assert app.pane.selection is None
    assert app.proposed == []


async def test_a_click_beyond_a_wrapped_row_stays_in_that_row(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(60, 20)) as pilot:
        left, top = app.pane.content_offset
        await pilot.click(app.pane, (left + app.pane.size.width - 1, top))
        assert app.pane.row_of(app.pane.caret) == 0


async def test_shift_and_a_click_extend(text_app, span_of):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.move_caret(TEXT.index("heart"))
        place = app.pointer(TEXT.index("murmur") + 5)
        await pilot.mouse_down(app.pane, place, shift=True)
        await pilot.mouse_up(app.pane, place, shift=True)
        await pilot.pause()
    assert app.proposed == [(span_of(TEXT, "heart murmur"), "heart murmur")]


async def test_a_double_click_is_a_word(text_app, span_of, monkeypatch):
    monkeypatch.setattr(AnnotatedText, "CLICK_PAUSE", 0.01)
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.double_click(app.pane, app.pointer(TEXT.index("murmur") + 2))
        await until(pilot, lambda: app.proposed)
    assert app.proposed == [(span_of(TEXT, "murmur"), "murmur")]


async def test_a_triple_click_is_a_sentence_and_nothing_else(text_app, monkeypatch):
    monkeypatch.setattr(AnnotatedText, "CLICK_PAUSE", 2.0)
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.triple_click(app.pane, app.pointer(TEXT.index("murmur") + 2))
        await pilot.pause(AnnotatedText.CLICK_PAUSE + 0.1)
    assert [words for _, words in app.proposed] == ["A heart murmur was heard."]


async def test_clicks_on_a_mark_focus_it_and_then_the_next_one_there(text_app, span_of):
    app = text_app(TEXT)
    sentence, word = span_of(TEXT, "A heart murmur was heard."), span_of(TEXT, "heart")
    async with app.run_test(size=(100, 20)) as pilot:
        app.pane.set_marks([Mark("long", sentence, "major", "1"), Mark("short", word, "minor", "2")])
        await pilot.click(app.pane, app.pointer(word.start))
        app.pane.set_marks([Mark("long", sentence, "major", "1"), Mark("short", word, "minor", "2", focused=True)])
        await pilot.click(app.pane, app.pointer(word.start))
        await pilot.click(app.pane, app.pointer(0))
    assert [message.mark_id for message in app.said(AnnotatedText.MarkClicked)] == ["short", "long"]


async def test_escape_gives_a_drag_up(text_app):
    app = text_app(TEXT)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.mouse_down(app.pane, app.pointer(0))
        await pilot.hover(app.pane, app.pointer(10))
        await pilot.press("escape")
        await pilot.mouse_up(app.pane, app.pointer(10))
        await pilot.pause()
        assert app.pane.selection is None
        assert app.mouse_captured is None
    assert app.proposed == []


async def test_marking_off_lets_the_mouse_select(text_app):
    app = text_app(TEXT, marking_enabled=False)
    async with app.run_test(size=(100, 20)) as pilot:
        await app.drag(pilot, 0, 4)
        assert app.pane.selection == Span(0, 5)
    assert app.proposed == []
    assert app.said(AnnotatedText.ProposalRefused) == []


async def test_a_drag_at_the_edge_scrolls(text_app):
    text = "\n".join(f"Line {number} of the text." for number in range(200))
    app = text_app(text)
    async with app.run_test(size=(80, 20)) as pilot:
        left, top = app.pane.content_offset
        await pilot.mouse_down(app.pane, app.pointer(0))
        edge = (left + 10, top + app.pane.size.height - 1)
        await pilot.hover(app.pane, edge)
        await until(pilot, lambda: app.pane.scroll_offset.y > 2)
        await pilot.mouse_up(app.pane, edge)
        await pilot.pause()
        scrolled = app.pane.scroll_offset.y
        await pilot.pause(0.15)
        assert app.pane.scroll_offset.y == scrolled
        span, _ = app.proposed[0]
        assert span.start == 0
        assert app.pane.row_of(span.end) == scrolled + app.pane.size.height - 1


@pytest.mark.parametrize(
    ("text", "words"), [("患者主诉发热三天，无咳嗽。", "主诉发热"), ("病人が発熱をうったえています。", "うったえ")]
)
async def test_a_drag_over_characters_without_blanks_takes_exactly_these(text_app, text, words):
    app = text_app(text)
    start = text.index(words)
    async with app.run_test(size=(100, 20)) as pilot:
        await app.drag(pilot, start, start + len(words) - 1)
    assert app.proposed == [(Span(start, start + len(words)), words)]
