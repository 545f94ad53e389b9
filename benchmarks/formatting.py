"""Text panes that show an answer of 2,000 words in Markdown: laying out, growing by a token, moving. Processor time.

Beside each measurement stands that of the same text as it is written.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from doubleread.domain.spans import Span
from doubleread.tui.shared.text.caret import Caret, move, move_rows
from doubleread.tui.shared.text.drawing import Overlay, row_segments
from doubleread.tui.shared.text.formatted import format_text
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text.wrapping import WrappedText, wrap

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from rich.style import Style

from markdown_answers import Writer

WORDS, WIDTH, HEIGHT = 2_000, 50, 40
TIMES = 20
TOKENS, TOKEN = 400, 5
MOVES = 400
LAYOUTS: dict[str, Callable[[str], WrappedText]] = {
    "formatted": lambda text: format_text(text, WIDTH, "answer"),
    "as written": lambda text: wrap(text, WIDTH),
}


def run() -> list[Measurement]:
    """Measure both layouts of one answer."""
    text = _answer()
    found: list[Measurement] = []
    for name, layout in LAYOUTS.items():
        found += summary(f"laying out an answer, {name}", _laid_out(text, layout), "ms", 25.0, None)
        found += summary(f"growing by a token, with its rows drawn, {name}", _grown(text, layout), "ms", 3.0, None)
        found += summary(f"moving the caret, with its rows drawn, {name}", _moved(text, layout), "ms", 1.0, None)
    return found


def _answer() -> str:
    blocks: list[str] = []
    seed = 0
    while sum(len(block.split()) for block in blocks) < WORDS:
        blocks.append(Writer(seed).answer())
        seed += 1
    return "\n\n".join(blocks)


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _laid_out(text: str, layout: Callable[[str], WrappedText]) -> list[float]:
    return [_timed(lambda: layout(text)) for _ in range(TIMES)]


def _draw(wrapped: WrappedText, first: int, end: int, caret: int) -> None:
    marks = [Mark(str(at), Span(at * 200, at * 200 + 40), "minor", str(at)) for at in range(10)]
    overlay = Overlay(None, caret)
    for index in range(max(first, end - HEIGHT), end):
        row_segments(wrapped, index, marks, overlay, lambda _: Style.null())


def _grown(text: str, layout: Callable[[str], WrappedText]) -> list[float]:
    start = max(len(text) - TOKENS * TOKEN, 0)
    wrapped = layout(text[:start])

    def grow(at: int) -> None:
        first = wrapped.append(text[at : at + TOKEN])
        _draw(wrapped, first, len(wrapped.rows), 0)

    return [_timed(lambda: grow(at)) for at in range(start, len(text), TOKEN)]  # noqa: B023


def _moved(text: str, layout: Callable[[str], WrappedText]) -> list[float]:
    wrapped = layout(text)
    caret = Caret(len(text) // 3)
    rng = random.Random(1)

    def step() -> None:
        nonlocal caret
        if rng.random() < 0.5:
            moved = move(text, caret, rng.choice(("character_forward", "word_forward", "word_backward")))
            caret = Caret(wrapped.stop(moved.offset, forward=moved.offset > caret.offset))
        else:
            caret = move_rows(wrapped, caret, rng.choice((-1, 1)))
        row = wrapped.row_of(caret.offset)
        _draw(wrapped, max(row - 1, 0), row + 1, caret.offset)

    return [_timed(step) for _ in range(MOVES)]
