"""Colours can be told apart: in every theme, by people with colour blindness, and without any colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.color import Color
from textual.filter import Monochrome
from textual.pilot import Pilot
from textual.theme import Theme

import doubleread.tui
from doubleread.domain.spans import Span
from doubleread.tui.shared.colour_pairs import MARKS_TOGETHER, Rule, contrast_of, marks_alike, pairs, rules
from doubleread.tui.shared.contrast import (
    BLINDNESS,
    OTHER_CONTRAST,
    TEXT_CONTRAST,
    Rgb,
    composite,
    contrast,
    difference,
    parse_hex,
    simulated,
)
from doubleread.tui.shared.text.marks import GROUND_KINDS, KINDS, Mark
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.themes import ALL
from test_documentation import generator
from tui.studies import OneStudyLibrary, make_app

BLACK, WHITE = Rgb(0, 0, 0), Rgb(1, 1, 1)


def hex_of(colour: str) -> Rgb:
    return parse_hex(colour)[0]


def test_contrast_is_that_of_wcag():
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    # The lightest grey that passes on white, and the first that fails, as in WebAIM's checker.
    assert contrast(hex_of("#767676"), WHITE) == pytest.approx(4.54, abs=0.005)
    assert contrast(hex_of("#777777"), WHITE) == pytest.approx(4.48, abs=0.005)
    assert contrast(hex_of("#ff0000"), WHITE) == pytest.approx(4.0, abs=0.005)


def test_partly_transparent_colours_are_composited():
    colour, opacity = parse_hex("#ff000080")
    mixed = composite(colour, opacity, WHITE)
    assert mixed == pytest.approx((1, 0.498, 0.498), abs=0.005)
    assert contrast(mixed, WHITE) < contrast(colour, WHITE)


def test_colour_blindness_leaves_grey_alone_and_joins_colours_that_are_confused():
    grey = hex_of("#808080")
    red, green = hex_of("#a05a2c"), hex_of("#5a7a1e")
    for blindness in BLINDNESS:
        assert difference(simulated(grey, blindness), grey) < 1
    assert difference(red, green) > 40
    assert difference(*(simulated(colour, "deuteranopia") for colour in (red, green))) < 15
    assert difference(*(simulated(colour, "tritanopia") for colour in (red, green))) > 25


def test_nested_rules_keep_the_ground_that_they_are_on():
    css = "A { background: $panel; color: $accent; & > .b { color: $error; border: round $border; } } C { height: 1; }"
    nested, outer = rules(css)
    assert nested == Rule("A & > .b", "error", "", ("border",), frozenset(), "panel")
    assert (outer.colour, outer.background) == ("accent", "panel")


@pytest.mark.parametrize("theme", ALL, ids=lambda theme: theme.name)
def test_every_pair_of_colours_is_at_level_aa(theme: Theme):
    colours = theme.to_color_system().generate()
    found = pairs(generator().style_sheets())
    assert len(found) > 30
    short = [(pair, contrast_of(pair, colours)) for pair in found if contrast_of(pair, colours) < pair.least]
    assert not short


def test_every_colour_in_the_code_is_in_the_table():
    known = {name for pair in pairs(generator().style_sheets()) for name in (pair.colour, pair.ground)}
    for path in Path(doubleread.tui.__file__).parent.rglob("*.py"):
        used = set(re.findall(r"\"[^\"\n]*?\$([a-z]+(?:-[a-z0-9]+)*)[^\"\n]*?\"", path.read_text(encoding="utf-8")))
        assert used <= known, path


@pytest.mark.parametrize("theme", ALL, ids=lambda theme: theme.name)
def test_marks_of_different_meaning_are_told_apart_by_everybody(theme: Theme):
    assert not marks_alike(TextPane.DEFAULT_CSS, theme.to_color_system().generate())


def test_every_kind_of_mark_is_compared() -> None:
    assert {kind for together in MARKS_TOGETHER for kind in together} == set(KINDS) - set(GROUND_KINDS)


def test_marks_that_only_differ_in_hues_that_are_confused_are_found():
    css = TextPane.DEFAULT_CSS.replace(
        "background: $warning-muted; text-style: underline", "background: $success-muted; text-style: italic"
    )
    alike = marks_alike(css, ALL[0].to_color_system().generate())
    assert ("minor", "evidence") in {(one, other) for one, other, *_ in alike}


def drawn(pilot: Pilot[None]) -> Iterator[tuple[str, float]]:
    """Yield every word on the screen with its contrast."""
    for strip in pilot.app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if not segment.text.strip() or style is None or style.color is None or style.bgcolor is None:
                continue
            colours = [Color.from_rich_color(colour) for colour in (style.color, style.bgcolor)]
            one, other = (Rgb(*colour.normalized) for colour in colours)
            yield segment.text.strip(), contrast(one, other)


MARKS = [Mark(kind, Span(10 * n, 10 * n + 9), kind, "A1") for n, kind in enumerate(KINDS)]


async def test_what_is_drawn_is_at_level_aa_in_every_theme(library: OneStudyLibrary):
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = pilot.app.screen
        await pilot.press("f3", "1", "a")
        texts = list(screen.query(TextPane))
        assert texts
        for theme in ALL:
            pilot.app.theme = theme.name
            for text in texts:
                text.set_marks(MARKS)
            await pilot.pause()
            for words, found in drawn(pilot):
                line = all(0x2500 <= ord(character) < 0x25A0 for character in words)
                assert found >= (OTHER_CONTRAST if line else TEXT_CONTRAST), (theme.name, words, found)


async def test_marks_caret_and_selection_are_visible_without_colour(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        assert any(isinstance(found, Monochrome) for found in pilot.app.get_line_filters())
        await pilot.press("f3")
        text = pilot.app.screen.focused
        assert isinstance(text, TextPane)
        text.set_marks([])
        await pilot.pause()

        def looks() -> set[object]:
            strips = [strip.apply_filter(Monochrome(), Color(0, 0, 0)) for strip in map(text.render_line, range(3))]
            return {segment.style for strip in strips for segment in strip if segment.text.strip()}

        plain = looks()
        await pilot.press("s")
        selected = looks()
        assert len(selected - plain) >= 1
        await pilot.press("escape")
        for kind in set(KINDS) - set(GROUND_KINDS):
            text.set_marks([Mark("1", Span(0, 20), kind, "A1")])
            await pilot.pause()
            assert looks() - plain, kind
