"""How soon an answer, a long prompt and a request for likelihoods are cancelled, and how soon the engine is free then.

The whole prompt is one step of several seconds, which must be broken off.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.engine.client.protocol import Chunk

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import gguf_files
from engine.conftest import BASE, Running

TIMES = 5
LONG = "A very long history. " * 330


def run() -> list[Measurement]:
    """Begin each kind of work five times and give it up."""
    with tempfile.TemporaryDirectory() as name:
        model = gguf_files.write_llama(Path(name) / "slow.gguf", shape=gguf_files.SLOW)
        running = Running(model, BASE.replace(n_ctx=8192, n_batch=8192, n_slots=2))
        running.engine.start()
        running.loaded()
        try:
            answers = [_given_up(running, f"answer {index}", _answer) for index in range(TIMES)]
            prompts = [_given_up(running, f"prompt {index}", _prompt) for index in range(TIMES)]
            likelihoods = [_given_up(running, f"likelihood {index}", _likelihood) for index in range(TIMES)]
        finally:
            running.engine.stop()
    measurements = []
    for what, delays in (
        ("an answer", answers),
        ("a long prompt", prompts),
        ("a request for likelihoods", likelihoods),
    ):
        ends, frees = zip(*delays, strict=True)
        measurements.append(Measurement(f"giving {what} up, median", statistics.median(ends) * 1000, "ms", 200, TIMES))
        measurements.append(
            Measurement("  until the next answer begins, median", statistics.median(frees), "s", 1, TIMES)
        )
    return measurements


def _answer(running: Running, name: str) -> None:
    running.ask(name, "Go on", max_tokens=8000)
    running.wait_for(lambda item: isinstance(item, Chunk) and item.request_id == name)


def _prompt(running: Running, name: str) -> None:
    running.ask(name, name + LONG)
    time.sleep(0.5)


def _likelihood(running: Running, name: str) -> None:
    running.ask_likelihood(name, name + LONG, "A", "The ulnar nerve")
    time.sleep(0.5)


def _given_up(running: Running, name: str, begin: Callable[[Running, str], None]) -> tuple[float, float]:
    begin(running, name)
    start = time.monotonic()
    running.engine.cancel(name)
    running.end_of(name)
    ended = time.monotonic()
    running.ask(f"after {name}", "Short", max_tokens=1)
    running.answer(f"after {name}")
    return ended - start, time.monotonic() - ended
