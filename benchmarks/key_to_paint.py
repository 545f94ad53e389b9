"""From a key press to the changed screen, while two answers of 2,000 words stream at 50 tokens a second each.

The real reading screen runs over a real study file; the two engines are scripted, so that their pace is known. A key's
cost is the processor time of the event loop's thread between the key's arrival and the first write to the terminal that
shows the moved caret; beside it stands the time on the clock, which holds the waiting for the next frame as well.

The same is measured of the key that judges a sentence of an answer of 600 words, from the first to the last and again:
what it costs to check it, to write it to the file, and to show it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from benchmarks.measurements import Measurement, summary
from doubleread.tui.shared.text.annotated_text import AnnotatedText

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from scripted_engine import TalkingEngine
from tui.studies import ARMS, CASES, OneStudyLibrary, make_app, make_study

WORDS = 2_000
AT_ONCE = 1_500
TOKENS_A_SECOND = 50
KEYS = 400
SENTENCES = 40
WORDING = "the patient has fever, cough and chest pain; pericarditis is likely because ST elevation was found."


class _Streaming(TalkingEngine):
    """Gives three quarters of a long answer at once and the rest word by word."""

    def _talk(self, text: str) -> None:
        words = text.split(" ")
        self.write(" ".join(words[:AT_ONCE]))
        for word in words[AT_ONCE:]:
            if self.stopped:
                return
            self.write(f" {word}")
            time.sleep(1 / TOKENS_A_SECOND)


class Meter:
    """Notes when the terminal is written to, by the clock and by the event loop's own processor time."""

    def __init__(self) -> None:
        self.painted = asyncio.Event()
        self.watch: Callable[[], bool] | None = None
        self.at = (0.0, 0.0)

    def wrote(self) -> None:
        """Take note of a write; it counts when what is watched has come true."""
        if self.watch is not None and self.watch():
            self.watch = None
            self.at = (time.thread_time(), time.perf_counter())
            self.painted.set()


class MeteredTerminal(HeadlessDriver):
    """A terminal that takes everything and only notes when."""

    meter: Meter

    @property
    def is_headless(self) -> bool:
        """Say no, so that the program writes what it would write to a real terminal."""
        return False

    def write(self, data: str) -> None:  # noqa: ARG002
        """Take note."""
        self.meter.wrote()


async def press_key(app: Any, key: str, shown: Callable[[], bool], timeout: float = 5) -> tuple[float, float]:
    """Press a key; return the work and the time until what it does is `shown`, in milliseconds."""
    meter = MeteredTerminal.meter
    meter.painted.clear()
    meter.watch = shown
    worked, started = time.thread_time(), time.perf_counter()
    app._driver.send_message(events.Key(key, None))
    await asyncio.wait_for(meter.painted.wait(), timeout)
    return (meter.at[0] - worked) * 1000, (meter.at[1] - started) * 1000


async def _press_keys(
    app: Any, pane: AnnotatedText, keys: Sequence[str], pause: float
) -> tuple[list[float], list[float]]:
    """Press keys that move the caret, one after the other; return the work and the time of each, in milliseconds."""
    work: list[float] = []
    clock: list[float] = []
    for key in keys:
        before = (pane.caret, pane.selection)
        took = await press_key(app, key, lambda before=before: (pane.caret, pane.selection) != before)
        work.append(took[0])
        clock.append(took[1])
        await asyncio.sleep(pause)
    return work, clock


async def _measure_sentences(folder: Path) -> tuple[list[float], list[float]]:
    rng = random.Random(7)
    sentences = [" ".join(rng.choice(WORDING.split()).strip(".,;") for _ in range(15)) for _ in range(SENTENCES)]
    text = " ".join(f"{sentence.capitalize()}." for sentence in sentences)
    texts = {(CASES[0].id, arm.id): text for arm in ARMS}
    library = OneStudyLibrary(make_study(folder / "judged.doubleread", answered=(CASES[0].id,), texts=texts))
    app = make_app(library)
    MeteredTerminal.meter = Meter()
    app.driver_class = MeteredTerminal
    running = asyncio.create_task(app.run_async(size=(120, 40)))
    while not (app.screen_stack and app.screen.query(AnnotatedText)):
        await asyncio.sleep(0.05)
    pane = app.screen.query(AnnotatedText)[1]
    for key in ("f3", "a"):
        app._driver.send_message(events.Key(key, None))  # type: ignore[union-attr]
        await asyncio.sleep(0.5)
    rounds = []
    for first in range(3):
        # The last sentence is left: from it the caret does not move on.
        keys = [str((first + number) % 4 + 1) for number in range(SENTENCES - 1)]
        rounds.append(await _press_keys(app, pane, keys, 0.05))
        app._driver.send_message(events.Key("ctrl+home", None))  # type: ignore[union-attr]
        await asyncio.sleep(0.3)
    app.exit()
    await running
    library.opened[-1].session.close()
    return [one for work, _ in rounds for one in work], [one for _, clock in rounds for one in clock]


async def _measure(folder: Path) -> tuple[list[float], list[float]]:
    rng = random.Random(7)
    text = " ".join(rng.choice(WORDING.split()) for _ in range(WORDS))
    library = OneStudyLibrary(make_study(folder / "stream.doubleread", answered=()), live=True)

    def engine(_arm_id: str, hear: Any) -> _Streaming:
        made = _Streaming(hear)
        made.texts = {"": text}
        return made

    library.engine = engine
    app = make_app(library)
    MeteredTerminal.meter = Meter()
    app.driver_class = MeteredTerminal
    running = asyncio.create_task(app.run_async(size=(120, 40)))

    def press(key: str) -> None:
        app._driver.send_message(events.Key(key, None))  # type: ignore[union-attr]

    while not (app.screen_stack and app.screen.query(AnnotatedText)):
        await asyncio.sleep(0.05)
    pane = app.screen.query(AnnotatedText)[1]
    while len(pane.text) < 1_000:
        await asyncio.sleep(0.05)
    press("f3")
    await asyncio.sleep(0.5)
    moves = ("right", "down", "ctrl+right", "left", "shift+right")
    work, clock = await _press_keys(app, pane, [moves[number % len(moves)] for number in range(KEYS)], 0.02)
    app.exit()
    await running
    library.opened[-1].session.close()
    return work, clock


def run() -> list[Measurement]:
    """Press 400 keys and return the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        work, clock = asyncio.run(_measure(Path(folder)))
        judged, waited = asyncio.run(_measure_sentences(Path(folder)))
    return [
        *summary("key to paint while two answers stream, work in the event loop", work, "ms", 10.0, 30.0),
        *summary("key to paint while two answers stream, on the clock", clock, "ms", None, None),
        *summary("key that judges a sentence to paint, work in the event loop", judged, "ms", 10.0, 30.0),
        *summary("key that judges a sentence to paint, on the clock", waited, "ms", None, None),
    ]
