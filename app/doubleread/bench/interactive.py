"""How long a person waits for the first token while a batch runs in the same engine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from doubleread.bench.engine_way import TimedEngine, running_engine
from doubleread.bench.measured import Measurement
from doubleread.bench.task import Question, Task

ASKED = 5
"""How often a person asks, idle and busy."""

PERSON_TOKENS = 8
STEPS = 16
GOAL = 1.5
"""A busy engine may take this many times as long as an idle one, plus a step of its batch."""


def measure(task: Task, persons: Sequence[Question], running: int) -> list[Measurement]:
    """Ask `persons`' questions on an idle engine, then others of the same length while `running` answers are generated.

    The first half of `persons` is for the idle engine.
    """
    settings = task.engine_settings(task.slots).replace(kv_unified=True)
    half = len(persons) // 2
    with running_engine(task.model, settings) as engine:
        idle = [_wait(engine, f"idle{number}", question) for number, question in enumerate(persons[:half])]
        busy, step = _while_busy(engine, task, persons[half:], running)
    median_idle, median_busy = statistics.median(idle), statistics.median(busy)
    return [
        Measurement("first token, idle engine", median_idle * 1000, "ms"),
        Measurement(f"a step of the batch of {running}", step * 1000, "ms"),
        Measurement(
            f"first token while {running} answers are made",
            median_busy * 1000,
            "ms",
            (GOAL * median_idle + step) * 1000,
        ),
    ]


def _while_busy(
    engine: TimedEngine, task: Task, persons: Sequence[Question], running: int
) -> tuple[list[float], float]:
    """Return the waits and the length of a step. Each finished answer of the batch is followed by another."""
    asked = 0

    def top_up() -> None:
        nonlocal asked
        while asked - sum(name.startswith("batch") for name in engine.ends) < running:
            question = task.questions[asked % len(task.questions)]
            engine.ask(f"batch{asked}", question.text, task.answer_tokens)
            asked += 1

    together = min(running, task.slots)
    step = step_seconds(engine, [task.questions[number % len(task.questions)] for number in range(together)])
    waits: list[float] = []
    top_up()
    engine.wait_until(lambda: all(f"batch{number}" in engine.first_chunks for number in range(together)))
    for number, question in enumerate(persons):
        top_up()
        waits.append(_wait(engine, f"busy{number}", question))
        time.sleep(0.37 * step)
    return waits, step


def step_seconds(engine: TimedEngine, questions: Sequence[Question]) -> float:
    """Return the time between two tokens while these questions are answered at once.

    An answer's text comes in pieces of several tokens, so the time is taken from the manifest of the answer that began
    last: by then, all prompts have been processed.
    """
    names = [f"step{number}" for number in range(len(questions))]
    for name, question in zip(names, questions, strict=True):
        engine.ask(name, question.text, STEPS)
    engine.wait_for(names)
    manifests = [engine.ends[name][1].manifest for name in names]
    return float(min(found["decode_seconds"] / max(found["completion_tokens"] - 1, 1) for found in manifests))


def _wait(engine: TimedEngine, name: str, question: Question) -> float:
    asked = engine.ask(name, question.text, PERSON_TOKENS, "interactive")
    engine.wait_for([name])
    return engine.first_chunks.get(name, engine.ends[name][0]) - asked
