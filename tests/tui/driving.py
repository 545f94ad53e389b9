"""What a reader does on the screen, and what is in the study file then."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.command import CommandPalette
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import OptionList

from doubleread.tui.app import DoublereadApp
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from waiting import PATIENCE

SETTLED = 0.02
"""How many seconds of rest make sure that a screen is drawn as it stays."""
TOAST_FREE = {"size": (120, 40), "notifications": True}


def reading(pilot: Pilot[None]) -> ReadingScreen:
    app = pilot.app
    assert isinstance(app, DoublereadApp)
    return next(screen for screen in reversed(app.screen_stack) if isinstance(screen, ReadingScreen))


def rows(path: Path, sql: str, *values: Any) -> list[dict[str, Any]]:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(sql, values)]
    connection.close()
    return found


def annotations(path: Path) -> list[dict[str, Any]]:
    """The annotations that count, each with the text it points into; offsets and quotes are checked on the way."""
    sql = (
        "SELECT annotations.*, answers.text AS answer_text, cases.text AS case_text FROM annotations"
        " JOIN answers ON answers.id = annotations.answer_id JOIN cases ON cases.id = annotations.case_id"
        " WHERE retracted_at IS NULL ORDER BY annotations.rowid"
    )
    found = rows(path, sql)
    for row in found:
        text = row["case_text"] if row["category"] == "omission" else row["answer_text"]
        assert text[row["start"] : row["end"]] == row["quote"]
    return found


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Let the program go on until something is true."""
    end = time.monotonic() + PATIENCE
    rest = 0.001
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(rest)
        await pilot.pause()
        rest = min(2 * rest, 0.02)


async def by_palette(pilot: Pilot[None], word: str) -> None:
    """Open the command palette, type a word and take the first command that has it."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    await pilot.press(*word)
    found = pilot.app.screen.query_one(OptionList)

    def offered() -> bool:
        if not found.option_count:
            return False
        return word in str(found.get_option_at_index(found.highlighted or 0).prompt).lower()

    await until(pilot, offered)
    await pilot.press("enter")


async def drag(pilot: Pilot[None], text: AnnotatedText, words: str) -> None:
    """Drag the mouse over words."""
    start = text.text.index(words)
    first, last = text.cell_of(start), text.cell_of(start + len(words) - 1)
    await pilot.mouse_down(text, offset=first)
    await pilot.hover(text, offset=(first[0] + 1, first[1]))
    await pilot.hover(text, offset=last)
    await pilot.mouse_up(text, offset=last)
    await pilot.pause()


async def click_chip(pilot: Pilot[None], chips: Chips, chip_id: str) -> None:
    # What was pressed before may still move the chips.
    await pilot.pause(SETTLED)
    place = chips.place_of(chip_id)
    assert place is not None, f"no chip {chip_id} among {[chip.id for chip in chips.chips]}"
    await pilot.click(chips, offset=place)
    await pilot.pause()


def notices(pilot: Pilot[None]) -> list[Notification]:
    """Return what the screens have told the person, and what the app tells now.

    Textual has no public way to ask for the second.
    """
    told = [told for screen in pilot.app.screen_stack if isinstance(screen, DeclaredScreen) for told in screen.messages]
    lines = [Notification(item.words, severity="warning" if item.warn else "information") for item in told]
    return [*lines, *pilot.app._notifications]


def rows_drawn(screen: Screen[Any]) -> list[str]:
    """Return the rows of a screen as they are drawn. Textual has no public way to ask for them."""
    return ["".join(segment.text for segment in strip) for strip in screen._compositor.render_strips()]


def shown_text(pilot: Pilot[None]) -> str:
    """Everything that all screens draw now, as characters."""
    found: list[str] = []
    for screen in pilot.app.screen_stack:
        for widget in [screen, *screen.walk_children(Widget)]:
            if widget.size and widget.display:
                lines = (widget.render_line(y) for y in range(min(widget.size.height, 200)))
                found += ["".join(segment.text for segment in line) for line in lines]
            found += [str(widget.border_title or ""), str(widget.border_subtitle or ""), str(widget.tooltip or "")]
        width, height = screen.size
        found += rows_drawn(screen)
        assert width
        assert height
    return "\n".join(found)
