"""Every part of the screens has its place in windows of any size, and one that is too small says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from doubleread.config import Settings
from doubleread.domain.axes import MED_PALM
from doubleread.domain.case import Criterion, Document
from doubleread.domain.study import Protocol
from doubleread.tui.app import DoublereadApp
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.too_small import LEAST_SIZE, TooSmall
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import reading, rows_drawn, until
from tui.studies import CASES, READER, TEXTS, OneStudyLibrary, commit_readings, make_app, make_study, wall

SIZES = [tuple(LEAST_SIZE), (80, 24), (110, LEAST_SIZE.height), (120, 40)]
LEAST_TEXT = 3
"""Rows of a text that can be read in any window."""

NORMAL_TEXT = {"plain": 12, "documents": 12, "rubric": 12, "scales": 9}
"""Rows of the text at 80 x 24 while nothing is asked."""

LONG = replace(CASES[0], text="\n\n".join([CASES[0].text] * 8))
DOCUMENTS = replace(LONG, documents=tuple(Document(f"d{n}", CASES[0].text, f"Letter {n}") for n in range(9)))
RUBRIC = replace(
    CASES[0],
    kind="rubric",
    options={},
    criteria=tuple(Criterion(f"c{n}", f"Says thing {n}, " + "and more of it, " * n, 5) for n in range(12)),
)
STUDIES: dict[str, tuple[Any, Protocol]] = {
    "plain": (LONG, Protocol()),
    "documents": (DOCUMENTS, Protocol(sentences="required")),
    "rubric": (RUBRIC, Protocol()),
    "scales": (LONG, Protocol(axes=MED_PALM, confidence=True, answer_scales=("pdsqi-9",))),
}
STATES: dict[str, Sequence[str]] = {
    "case": ("f2",),
    "answer": ("f3", "ctrl+home", "s", "m", "f", "m"),
    "question": ("f3", "ctrl+end", "s", "m"),
    "panel": ("escape", "f3", "ctrl+home", "e"),
}


def faults(screen: Screen[Any]) -> list[str]:
    """Return what is outside the window, cut off, or too low."""
    found = []
    window = screen.region
    for widget in screen.walk_children(Widget):
        shown = widget.display and all(parent.display for parent in widget.ancestors if isinstance(parent, Widget))
        if not shown or not widget.region or isinstance(widget, TooSmall):
            continue
        if isinstance(widget, Chips) and widget.region.height < widget.rows_in(widget.size.width):
            found.append(f"{widget} has {widget.region.height} of {widget.rows_in(widget.size.width)} rows")
        if widget.parent in (screen, *screen.query("#dock")) and not window.contains_region(widget.region):
            found.append(f"{widget} at {widget.region} is outside {window}")
        if isinstance(widget, TextPane) and widget.id and widget.size.height < LEAST_TEXT:
            found.append(f"{widget} has {widget.size.height} rows")
    return found


@pytest.mark.parametrize("study", STUDIES)
async def test_all_parts_have_room(tmp_path: Path, study: str) -> None:
    case, protocol = STUDIES[study]
    texts = {key: text * 3 for key, text in TEXTS.items()}
    path = make_study(tmp_path / "d.doubleread", cases=(case,), protocol=protocol, answered=("c01",), texts=texts)
    wrong: list[str] = []
    sizes = SIZES
    async with make_app(OneStudyLibrary(path)).run_test(size=SIZES[-1]) as pilot:
        screen = reading(pilot)
        for state, keys in STATES.items():
            await pilot.press(*keys)
            sizes = sizes[::-1]
            for size in sizes:
                if screen.size != size:
                    await resize(pilot, size)
                wrong += [f"{state} at {size}: {fault}" for fault in faults(screen)]
                rows = screen.text.size.height
                if size == (80, 24) and state in ("case", "answer") and rows < NORMAL_TEXT.get(study, LEAST_TEXT):
                    wrong.append(f"{state} at {size}: the text has {rows} rows")
    assert not wrong, "\n".join(wrong)


OTHERS: dict[str, tuple[dict[str, Any], Sequence[Sequence[str]]]] = {
    "adjudication": ({"adjudicator": ADJUDICATOR}, ((), ("f3",), ("o",), ("escape", "slash"))),
    "results": ({"results": True}, ((), ("enter",), ("enter",), ("enter",))),
    "study page": ({"page": True}, ((), ("b",), ("enter",))),
    "form": ({"page": True}, (("x",),)),
    "new study": ({}, (("n",),)),
    "library": ({}, ((),)),
}
"""Further screens: how the program starts, and the keys to what is looked at, one after the other."""
WAYS_OUT = ("q quit", "esc back", "esc end the search")
"""The last two while something is asked."""


@pytest.mark.parametrize("name", OTHERS)
async def test_all_parts_of_other_screens_have_room_and_say_how_to_leave(tmp_path: Path, name: str) -> None:
    library = OneStudyLibrary(adjudicable_study(tmp_path / "d.doubleread"))
    options, steps = OTHERS[name]
    app = DoublereadApp(library, Settings(), start=library.path if options else None, wall=wall, **options)
    wrong: list[str] = []
    seen: set[str] = set()
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in steps:
            await pilot.press(*keys)
            await pilot.pause()
            screen = app.screen
            if not isinstance(screen, DeclaredScreen):
                continue
            seen.add(type(screen).__name__)
            for size in (tuple(LEAST_SIZE), (120, 40), (80, 24)):
                await resize(pilot, size)
                wrong += [f"{screen} at {size}: {fault}" for fault in faults(screen)]
                if not any(words in row for row in rows_drawn(screen) for words in WAYS_OUT):
                    wrong.append(f"{screen} at {size} does not say how to leave")
    assert seen
    assert not wrong, "\n".join(wrong)


async def resize(pilot: Pilot[None], size: tuple[int, ...]) -> None:
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: pilot.app.screen.size == size)
    await pilot.pause()


@pytest.mark.parametrize("size", [(40, 10), (59, 40), (200, 17)])
async def test_a_window_that_is_too_small_says_so_and_loses_nothing(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m")
        await resize(pilot, size)
        shown = " ".join(" ".join(rows_drawn(screen)).split())
        assert f"This window is {size[0]} x {size[1]}." in shown
        assert "doubleread needs at least 60 x 18" in shown
        assert "Answer A" not in shown
        await pilot.press("c", "d")
        assert len(screen.marking.listed) == 1, "keys do nothing that cannot be seen"
        await resize(pilot, (80, 24))
        assert "Answer A" in " ".join(rows_drawn(screen))
        assert screen.text.has_focus


def labels_that_touch(screen: Screen[Any]) -> list[str]:
    """Return the rows of chips in which a key and its label have no blank between them."""
    found = []
    for chips in screen.query(Chips):
        for chip in chips.chips if chips.region else ():
            place = chips.place_of(chip.id)
            if place is None or not chip.key.strip() or chip.heading:
                continue
            row = "".join(segment.text for segment in chips.render_line(place[1]))
            words = f"{chip.symbol} {chip.label}" if chip.symbol else chip.label
            if f"{chip.key} {words}" not in row and not (chip.chosen and chip.symbol):
                found.append(f"{chip.key}|{chip.label}: {row}")
    return found


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_no_label_touches_its_key(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    commit_readings(library.path, cases=1)
    starts: list[tuple[dict[str, Any], Sequence[Sequence[str]]]] = [
        ({"reader": READER}, (("f3",), ("s", "m"), ("f", "m"), ("e",), ("escape", "a"), ("a", "x"), ("p",))),
        ({"page": True}, ((), ("b",))),
        ({"results": True}, (("enter",), ("enter",))),
        ({}, ((),)),
    ]
    for options, steps in starts:
        start = library.path if options else None
        app = DoublereadApp(library, Settings(), start=start, wall=wall, **options)
        async with app.run_test(size=size) as pilot:
            for keys in steps:
                await pilot.press(*keys)
                await pilot.pause()
                assert labels_that_touch(app.screen) == []
