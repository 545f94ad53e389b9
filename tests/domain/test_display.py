import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.display import display_line, display_text
from hostile import hostile_strings


def is_control(character):
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or (
        unicodedata.category(character) == "Cf" and character not in "\u200c\u200d"
    )


@given(st.text(st.characters()))
def test_one_code_point_becomes_one_and_none_of_them_acts(raw):
    shown = display_text(raw)
    assert len(shown) == len(raw)
    assert not any(is_control(character) for character in shown if character != "\n")
    assert [character == "\n" for character in shown] == [character == "\n" for character in raw]


@given(st.text(st.characters()))
def test_showing_twice_is_showing_once(raw):
    assert display_text(display_text(raw)) == display_text(raw)


def test_every_hostile_string_is_tamed():
    for raw in hostile_strings():
        shown = display_line(raw)
        assert len(shown) == len(raw)
        assert not any(is_control(character) for character in shown)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31m", "␛[31m"),
        ("\x9b5m", "\ufffd5m"),
        ("a\tb\x7f", "a␉b␡"),
        ("\u202eabc", "\ufffdabc"),
        ("a\ud800b", "a\ufffdb"),
        ("a\u2028b", "a\ufffdb"),
        ("soft\u00adhyphen", "soft\ufffdhyphen"),
        ("[/] [@click=app.quit]", "[/] [@click=app.quit]"),
        ("µg ≥ 38.5 °C é 日本語", "µg ≥ 38.5 °C é 日本語"),
    ],
)
def test_what_is_shown(raw, shown):
    assert display_text(raw) == shown


@pytest.mark.parametrize("emoji", ["👨\u200d👩\u200d👧", "👩🏽\u200d⚕\ufe0f", "❤\ufe0f\u200d🔥", "🏳\ufe0f\u200d🌈"])
def test_joined_emoji_stay_joined(emoji):
    assert display_text(f"a {emoji} b") == f"a {emoji} b"


def test_a_joiner_that_joins_no_emoji_takes_up_what_it_shows():
    assert display_text("a\u200db") == "a\u200cb"
    assert display_text("\u200db \u200d") == "\ufffdb \ufffd"
    assert display_text("👩\u200d") == "👩\ufffd"
    assert display_text("می\u200cخواهم") == "می\u200cخواهم"


def test_a_line_shows_its_line_feeds():
    assert display_line("a\nb") == "a\u2424b"
    assert display_text("a\nb") == "a\nb"
