"""From a key press to the changed screen, by the clock and by the processor time of the event loop's thread.

The real reading screen runs over a real study file; the two engines are scripted, so that their pace is known.

1. Keys that move the caret, while two answers of 2,000 words stream at 50 tokens a second each.
2. The key that judges a sentence, in a case that is answered, while the answers to the next case stream.
3. Keys of the reading screen while nothing streams: moving and selecting, going to the next text, the four keys that
   mark a word, and going to the next case.

The clock runs from the key's arrival to the first write to the terminal after what the key does is shown. Work is all
that the event loop does for a key, until it rests; while answers stream, it is what it does until that first write.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from benchmarks.measurements import Measurement, summary
from doubleread.domain.case import Case
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.text.annotated_text import AnnotatedText

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from scripted_engine import TalkingEngine
from tui.studies import ARMS, CASES, OneStudyLibrary, make_app, make_study

WORDS = 2_000
AT_ONCE = 1_500
TOKENS_A_SECOND = 50
KEYS = 400
SENTENCES = 40
ROUNDS = 20
REST = 0.06
"""Seconds without work after which all that a key does is done."""
WORDING = "the patient has fever, cough and chest pain; pericarditis is likely because ST elevation was found."
MOVES = ("right", "down", "ctrl+right", "left", "shift+right")


class _Streaming(TalkingEngine):
    """Gives a part of a long answer at once and the rest word by word."""

    at_once = AT_ONCE

    def _talk(self, text: str) -> None:
        words = text.split(" ")
        self.write(" ".join(words[: self.at_once]))
        for word in words[self.at_once :]:
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


def send_key(app: Any, key: str) -> None:
    """Let a key arrive."""
    app._driver.send_message(events.Key(key, None))


async def press_key(app: Any, key: str, shown: Callable[[], bool], timeout: float = 60) -> tuple[float, float]:
    """Press a key; return the work and the time until what it does is `shown`, in milliseconds."""
    meter = MeteredTerminal.meter
    meter.painted.clear()
    meter.watch = shown
    worked, started = time.thread_time(), time.perf_counter()
    send_key(app, key)
    try:
        await asyncio.wait_for(meter.painted.wait(), timeout)
    except TimeoutError:
        raise TimeoutError(f"{key} has shown nothing") from None
    return (meter.at[0] - worked) * 1000, (meter.at[1] - started) * 1000


async def _rest() -> float:
    """Wait until the event loop has nothing to do; return its thread's processor time until then."""
    worked = time.thread_time()
    while True:
        await asyncio.sleep(REST)
        now = time.thread_time()
        if now - worked < 0.001:
            return worked
        worked = now


class Series:
    """What keys of one kind cost."""

    def __init__(self) -> None:
        self.work: list[float] = []
        self.clock: list[float] = []

    async def press(self, app: Any, key: str, shown: Callable[[], bool]) -> None:
        """Press a key while nothing else goes on."""
        worked = await _rest()
        _, clock = await press_key(app, key, shown)
        self.clock.append(clock)
        self.work.append((await _rest() - worked) * 1000)

    async def press_busy(self, app: Any, key: str, shown: Callable[[], bool], pause: float) -> None:
        """Press a key while answers stream."""
        work, clock = await press_key(app, key, shown)
        self.work.append(work)
        self.clock.append(clock)
        await asyncio.sleep(pause)

    def lines(self, name: str, goal: float | None) -> list[Measurement]:
        """Return median and 99th percentile of both."""
        return [
            *summary(f"{name}, on the clock", self.clock, "ms", None, goal),
            *summary(f"{name}, work", self.work, "ms", None, None),
        ]


@asynccontextmanager
async def _reading(library: OneStudyLibrary) -> AsyncIterator[Any]:
    """Run the program with the reading screen of a study."""
    app = make_app(library)
    MeteredTerminal.meter = Meter()
    app.driver_class = MeteredTerminal
    running = asyncio.create_task(app.run_async(size=(120, 40)))
    while not (app.screen_stack and app.screen.query(AnnotatedText)):
        await asyncio.sleep(0.05)
    try:
        yield app
    finally:
        app.exit()
        await running
        library.opened[-1].session.close()


def _pane(app: Any, number: int) -> AnnotatedText:
    return app.screen_stack[-1].query(AnnotatedText)[number]


def _streaming(library: OneStudyLibrary, text: str, at_once: int) -> OneStudyLibrary:
    def engine(_arm_id: str, hear: Any) -> _Streaming:
        made = _Streaming(hear)
        made.texts = {"": text}
        made.at_once = at_once
        return made

    library.engine = engine
    return library


def _moved(pane: AnnotatedText) -> Callable[[], bool]:
    before = (pane.caret, pane.selection)
    return lambda: (pane.caret, pane.selection) != before


def _sentences(rng: random.Random, number: int) -> str:
    sentences = (" ".join(rng.choice(WORDING.split()).strip(".,;") for _ in range(15)) for _ in range(number))
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


async def _measure_streaming(folder: Path) -> Series:
    rng = random.Random(7)
    text = " ".join(rng.choice(WORDING.split()) for _ in range(WORDS))
    study = make_study(folder / "stream.doubleread", answered=())
    found = Series()
    async with _reading(_streaming(OneStudyLibrary(study, live=True), text, AT_ONCE)) as app:
        pane = _pane(app, 1)
        while len(pane.text) < 1_000:
            await asyncio.sleep(0.05)
        send_key(app, "f3")
        await asyncio.sleep(0.5)
        for number in range(KEYS):
            await found.press_busy(app, MOVES[number % len(MOVES)], _moved(pane), 0.02)
    return found


async def _measure_judging(folder: Path) -> Series:
    rng = random.Random(7)
    texts = {(CASES[0].id, arm.id): _sentences(rng, SENTENCES) for arm in ARMS}
    study = make_study(folder / "judged.doubleread", answered=(CASES[0].id,), texts=texts)
    found = Series()
    # All of the next answers streams, so that it lasts.
    async with _reading(_streaming(OneStudyLibrary(study, live=True), _sentences(rng, WORDS // 15), 0)) as app:
        pane = _pane(app, 1)
        for key in ("f3", "a"):
            send_key(app, key)
            await asyncio.sleep(0.5)
        for first in range(3):
            # The last sentence is left: from it the caret does not move on.
            for number in range(SENTENCES - 1):
                await found.press_busy(app, str((first + number) % 4 + 1), _moved(pane), 0.05)
            send_key(app, "ctrl+home")
            await asyncio.sleep(0.3)
    return found


async def _measure_quiet(folder: Path) -> dict[str, Series]:
    rng = random.Random(7)
    cases = [Case(f"k-{n}", "diagnosis", _sentences(rng, 30), "What is it?", "pericarditis") for n in range(3)]
    texts = {(case.id, arm.id): _sentences(rng, SENTENCES) for case in cases for arm in ARMS}
    study = make_study(folder / "quiet.doubleread", cases=cases, answered=tuple(case.id for case in cases), texts=texts)
    arrows, selecting, panes, marks, steps = (Series() for _ in range(5))
    async with _reading(OneStudyLibrary(study)) as app:
        screen = app.screen_stack[-1]
        pane = _pane(app, 1)
        send_key(app, "f3")
        for _ in range(ROUNDS):
            for key in ("right", "down", "ctrl+right"):
                await arrows.press(app, key, _moved(pane))
            for key in ("shift+right", "ctrl+shift+right"):
                await selecting.press(app, key, _moved(pane))
            made = len(screen.marking.listed)
            marking = Series()
            # A word is selected; then: annotate it, what is wrong with it, and how serious that is.
            for key, shown in (
                ("ctrl+shift+right", _moved(pane)),
                ("m", lambda: screen.dock_view == "question"),
                ("f", lambda: screen.query_one(QuestionBar).query_one(Chips).chips[0].id == "minor"),
                ("m", lambda made=made: len(screen.marking.listed) == made + 1),
            ):
                await marking.press(app, key, shown)
            marks.work.append(sum(marking.work))
            marks.clock.append(sum(marking.clock))
            for _ in range(3):
                focused = app.focused
                await panes.press(app, "tab", lambda focused=focused: app.focused is not focused)
        for number in range(ROUNDS):
            place = screen.session.place_id
            await steps.press(app, "np"[number % 2], lambda place=place: screen.session.place_id != place)
    return {
        "an arrow": arrows,
        "an arrow that selects": selecting,
        "tab": panes,
        "marking a word": marks,
        "next case": steps,
    }


def run() -> list[Measurement]:
    """Press the keys and return the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        moving = asyncio.run(_measure_streaming(Path(folder)))
        judging = asyncio.run(_measure_judging(Path(folder)))
        quiet = asyncio.run(_measure_quiet(Path(folder)))
    return [
        *moving.lines("a key while two answers stream", 16.0),
        *judging.lines("judging a sentence while two answers stream", 16.0),
        *(line for name, series in quiet.items() for line in series.lines(name, None)),
    ]
