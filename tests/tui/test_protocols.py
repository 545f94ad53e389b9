"""The reading screen under protocols other than the usual one: more labels, a key that stays hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.axes import MED_PALM
from doubleread.domain.labels import HEGSELMANN
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.study import Protocol
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import annotations, click_chip, reading, rows, rows_drawn, shown_text
from tui.studies import OneStudyLibrary, make_app, make_study

ELEVEN = Protocol(title="Chest and more", label_set=HEGSELMANN.name)


@pytest.fixture
def eleven(tmp_path: Path) -> OneStudyLibrary:
    return OneStudyLibrary(make_study(tmp_path / "eleven.doubleread", protocol=ELEVEN))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_all_of_eleven_labels_are_shown_and_can_be_chosen(eleven: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(eleven).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m")
        await pilot.pause()
        seen = shown_text(pilot)
        assert all(f"{label.key} {label.name}" in seen for label in HEGSELMANN.categories)
        assert screen.text.size.height >= 8
        # While a question has the keys, none of them goes to the next case.
        assert "n next case" not in seen
        bar = screen.query_one(QuestionBar)
        assert bar.region.bottom <= screen.query_one("#keys").region.y
        # With room enough each label is beside its definition.
        assert (HEGSELMANN.categories[0].definition in seen) == (size == (120, 40))
        await pilot.press("d", "m")
        await pilot.pause()
        assert [(row["category"], row["severity"]) for row in annotations(eleven.path)] == [
            ("unsupported medication", "major")
        ]


async def test_the_panel_of_a_annotation_shows_every_label_and_its_note(eleven: OneStudyLibrary) -> None:
    async with make_app(eleven).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "c", "i", "e")
        await pilot.pause()
        drawn = "\n".join(rows_drawn(screen)[:24])
        assert all(label.name in drawn for label in HEGSELMANN.categories)
        assert "type a note" in drawn
        assert screen.text.size.height >= 6
        await pilot.press("x", "2", "m")
        await pilot.pause()
        (annotation,) = annotations(eleven.path)
        assert annotation["category"] == "contradicted fact"
        assert (annotation["basis"], annotation["severity"]) == ("unsupported by the case", "major")


async def test_a_key_that_the_protocol_keeps_back_is_never_shown(tmp_path: Path) -> None:
    path = make_study(tmp_path / "d.doubleread", protocol=Protocol(reveal_key=False))
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "1", "f4", "1", "8", "c")
        await pilot.pause()
        assert "The key is shown" not in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.session.reading is not None
        assert screen.session.reading.committed
        assert screen.query_one(RevealPanel).display
        seen = shown_text(pilot)
        assert "does not show its key" in seen
        assert "characteristic of" not in seen
        assert "named with its letter" not in seen
        assert screen.reveal is not None
        assert (screen.reveal.key_text, screen.reveal.scores) == ("", {})


@pytest.mark.parametrize("press", [("m",), ("m", "c", "i", "e")], ids=["question", "panel"])
def test_eleven_labels_at_80_columns(eleven: OneStudyLibrary, snap_compare: Any, press: tuple[str, ...]) -> None:
    assert snap_compare(make_app(eleven), terminal_size=(80, 24), press=("f3", "s", *press))


@pytest.fixture
def compared(tmp_path: Path) -> OneStudyLibrary:
    protocol = Protocol(title="Chest and more", axes=MED_PALM)
    return OneStudyLibrary(make_study(tmp_path / "compared.doubleread", protocol=protocol))


async def test_answers_are_compared_axis_by_axis_and_each_is_saved_at_once(compared: OneStudyLibrary) -> None:
    async with make_app(compared).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        seen = shown_text(pilot)
        assert all(axis.name in seen for axis in MED_PALM)
        assert screen.text.size.height >= 6
        await pilot.press("x")
        await pilot.pause()
        assert MED_PALM[0].question in shown_text(pilot)
        await pilot.press("a", "t")
        await pilot.pause()
        assert rows(compared.path, "SELECT ratings FROM readings")[0]["ratings"] == (
            '{"comprehension":"tie","consensus":"A"}'
        )
        # The next axis is asked already; escape goes back, and at last leaves the rest for later.
        assert MED_PALM[2].question in shown_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert MED_PALM[1].question in shown_text(pilot)
        await pilot.press("escape", "escape")
        await pilot.pause()
        await pilot.press("u")
        await pilot.pause()
        assert dict(screen.judgement.ratings) == {"consensus": "A"}
        assert "consensus: A" in shown_text(pilot)
        await pilot.press("f3", "1", "f4", "1", "8", "c")
        await pilot.pause()
        assert MED_PALM[1].question in shown_text(pilot)
        await pilot.press("enter")
        await pilot.press("x", *("b",) * 8, "c", "enter")
        await pilot.pause()
        assert screen.session.reading is not None
        assert screen.session.reading.committed
        assert len(screen.judgement.ratings) == 9


async def test_an_axis_can_be_clicked_and_after_the_commit_needs_a_reason(compared: OneStudyLibrary) -> None:
    async with make_app(compared).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await click_chip(pilot, screen.query_one("#axes", Chips), "axis 6")
        assert MED_PALM[6].question in shown_text(pilot)
        await pilot.press("b")
        await pilot.pause()
        await pilot.press("x", *("a",) * 8)
        await pilot.pause()
        await pilot.press("f3", "1", "f4", "1", "8", "c", "enter")
        await pilot.pause()
        assert screen.judgement.ratings["bias"] == "B"
        await click_chip(pilot, screen.query_one("#axes", Chips), "axis 6")
        await pilot.press("t")
        await pilot.pause()
        await pilot.press(*"slip", "enter")
        await pilot.pause()
        assert screen.judgement.ratings["bias"] == "tie"
        assert screen.session.reading is not None
        assert screen.session.reading.corrections == ("slip",)


def test_axes_at_80_columns(compared: OneStudyLibrary, snap_compare: Any) -> None:
    assert snap_compare(make_app(compared), terminal_size=(80, 24), press=("x", "a", "t", "b", "f3"))


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_level_is_stated_by_key_or_mouse_and_shown_at_the_commit(
    tmp_path: Path, size: tuple[int, int], scale: OrdinalScale
) -> None:
    path = make_study(tmp_path / "d.doubleread", protocol=Protocol(**{scale.name: True}))
    async with make_app(OneStudyLibrary(path)).run_test(size=size) as pilot:
        screen = reading(pilot)
        assert scale.name in shown_text(pilot)
        assert f"1 {scale.levels[1]}" not in shown_text(pilot), "it would look like a key, and 1 is a verdict"
        await pilot.press("f3", "1", "f4", "1", "8", "c")
        await pilot.pause()
        assert f"{scale.question}   (then the reading is committed)" in shown_text(pilot)
        assert screen.session.reading is not None
        assert not screen.session.reading.committed
        await pilot.press("escape", scale.key)
        await pilot.pause()
        assert scale.question in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert screen.session.reading.judgement.levels == {scale.name: 1}
        await click_chip(pilot, screen.query_one(f"#{scale.name}", Chips), str(scale.highest))
        await pilot.pause()
        assert screen.session.reading.judgement.levels == {scale.name: scale.highest}
        await pilot.press("c")
        await pilot.pause()
        assert f"{scale.name.capitalize()}:  {scale.highest}, {scale.levels[scale.highest]}" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.session.reading.committed


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
async def test_a_protocol_without_a_scale_shows_no_row_and_no_key(tmp_path: Path, scale: OrdinalScale) -> None:
    path = make_study(tmp_path / "d.doubleread", protocol=Protocol())
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press(scale.key)
        await pilot.pause()
        assert not screen.query_one(f"#{scale.name}", Chips).display
        assert screen.session.reading is not None
        assert screen.session.reading.judgement.levels == {}
