"""Two models together, each on its share of the machine, compared with one after the other, each on all of it."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from doubleread.bench import engine_way
from doubleread.bench.children import peak_memory
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.task import Task

AT_ONCE = "at once"
IN_TURN = "one after the other"


def measure_in_turn(alone: tuple[Task, Task]) -> Measured:
    """Let one model answer everything, and then the other. Loading does not count."""
    runs = [engine_way.measure(task) for task in alone]
    answers = runs[0].answers + tuple(_later(answer, runs[0].seconds) for answer in runs[1].answers)
    peaks = [run.peak_bytes for run in runs if run.peak_bytes is not None]
    return Measured(IN_TURN, sum(run.seconds for run in runs), answers, max(peaks, default=None))


def measure_at_once(shared: tuple[Task, Task]) -> Measured:
    """Let both answer together. Both are loaded before the clock starts."""
    with contextlib.ExitStack() as stack:
        engines = [
            stack.enter_context(engine_way.running_engine(task.model, task.engine_settings(task.slots)))
            for task in shared
        ]
        start = time.perf_counter()
        pool = ThreadPoolExecutor(len(engines))
        try:
            asked = [
                pool.submit(engine_way.ask_all, engine, task.questions, task.answer_tokens, start)
                for engine, task in zip(engines, shared, strict=True)
            ]
            found = tuple(item for answers in asked for item in answers.result())
        finally:
            # After Ctrl-C, the threads end only with their engines.
            pool.shutdown(wait=False)
        peaks = [peak for engine in engines if (peak := peak_memory(engine.process.pid)) is not None]
    return Measured(AT_ONCE, max(item.finished for item in found), found, sum(peaks) if len(peaks) == 2 else None)


def _later(answer: AnswerTimes, seconds: float) -> AnswerTimes:
    return replace(
        answer, asked=answer.asked + seconds, first=answer.first + seconds, finished=answer.finished + seconds
    )
