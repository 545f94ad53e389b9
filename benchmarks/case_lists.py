"""From the key that opens a list of cases to the list on the screen, in a study of 10,000 cases.

There are two: the list from which a reader chooses a case, and the page of a study's cases. Beside the clock stands the
processor time of the event loop's thread. Then the keys that move in each list, from a key to the changed screen.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.widgets import OptionList

from benchmarks.key_to_paint import Meter, MeteredTerminal, press_key
from benchmarks.measurements import Measurement, summary
from benchmarks.studies import large_study
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.dialogs import ListDialog
from doubleread.tui.shared.spot_lines import SpotLines
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.study.case_browser import CaseBrowserScreen
from doubleread.tui.study.screen import StudyScreen

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from tui.studies import OneStudyLibrary, make_app

CASES, TIMES, MOVES = 10_000, 5, 20
WAIT = 60
"""Seconds until it gives up."""
LIST, LIST_KEY = "opening the list of cases in a reading", "a key in it"
PAGE, PAGE_KEY = "opening the page of cases", "a key on it"


async def _until(shown: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT):
        while not shown():
            await asyncio.sleep(0.02)
    # What the screen still has to draw does not count for the next key.
    await asyncio.sleep(0.5)


async def _measure(path: Path) -> dict[str, list[tuple[float, float]]]:
    library = OneStudyLibrary(path)
    app = make_app(library, reader="bench")
    MeteredTerminal.meter = Meter()
    app.driver_class = MeteredTerminal
    running = asyncio.create_task(app.run_async(size=(120, 40)))

    def on(kind: type) -> bool:
        return bool(app.screen_stack) and isinstance(app.screen, kind)

    def place() -> int | None:
        return app.screen.query_one(OptionList).highlighted

    def shown() -> int:
        return len(app.screen.query_one(SpotLines).lines)

    def row() -> int:
        return app.screen.query_one(SpotLines).current_row

    async def leave(kind: type) -> None:
        app._driver.send_message(events.Key("escape", None))  # type: ignore[union-attr]
        await _until(lambda: on(kind))

    found: dict[str, list[tuple[float, float]]] = {name: [] for name in (LIST, LIST_KEY, PAGE, PAGE_KEY)}
    await _until(lambda: on(ReadingScreen) and any(text.text for text in app.screen.query(AnnotatedText)))
    for _ in range(TIMES):
        found[LIST].append(await press_key(app, "g", lambda: on(ListDialog) and place() is not None, WAIT))
        for _ in range(MOVES):
            before = place()
            found[LIST_KEY].append(await press_key(app, "down", lambda before=before: place() != before, WAIT))
        await leave(ReadingScreen)
    app.call_later(app.open_page, path)
    await _until(lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
    for _ in range(TIMES):
        found[PAGE].append(await press_key(app, "b", lambda: on(CaseBrowserScreen) and shown() == CASES, WAIT))
        for number in range(MOVES):
            before, key = row(), ("down", "pagedown")[number % 2]
            found[PAGE_KEY].append(await press_key(app, key, lambda before=before: row() != before, WAIT))
        await leave(StudyScreen)
    app.exit()
    await running
    library.opened[-1].session.close()
    return found


def run() -> list[Measurement]:
    """Open both lists several times, and move in them."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(os.environ.get("DOUBLEREAD_BENCH_FOLDER", temporary)) / "case-lists.doubleread"
        if not path.exists():
            large_study(path, CASES, 1)
        found = asyncio.run(_measure(path))
    measurements = []
    for name, pairs in found.items():
        goal = 300.0 if name in (LIST, PAGE) else 30.0
        work, clock = zip(*pairs, strict=True)
        measurements += [
            *summary(f"{name}, work in the event loop", work, "ms", goal, goal),
            *summary(f"{name}, on the clock", clock, "ms", None, None),
        ]
    return measurements
