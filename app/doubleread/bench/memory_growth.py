"""Whether the worker's memory grows with the number of its answers."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.bench.children import memory_now
from doubleread.bench.engine_way import running_engine
from doubleread.bench.measured import Measurement
from doubleread.bench.task import BenchError, Task

RESOLVED = 0.1
"""The fraction of the answers after which all buffers have been used once."""

GOAL_BYTES_AN_ANSWER = 1024.0


def measure(task: Task, progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Measurement]:
    """Generate all answers and compare the memory after the first tenth with that at the end. Raises BenchError."""
    settings = task.engine_settings(task.slots)
    count, resolved = len(task.questions), max(task.slots, int(RESOLVED * len(task.questions)))
    with running_engine(task.model, settings) as engine:
        early = 0
        for start in range(0, count, task.slots):
            names = [f"q{number}" for number in range(start, min(start + task.slots, count))]
            for name in names:
                engine.ask(name, task.questions[int(name[1:])].text, task.answer_tokens)
            engine.wait_for(names)
            if start <= resolved < start + task.slots:
                early = memory_now(engine.process.pid) or 0
            progress(start + len(names), count)
        late = memory_now(engine.process.pid) or 0
    if not early or not late:
        raise BenchError("Not measured", "this system does not say how much memory a process holds")
    growth = (late - early) / max(count - resolved, 1)
    return [
        Measurement(f"memory after {resolved} answers", early / 2**20, "MiB"),
        Measurement(f"memory after {count} answers", late / 2**20, "MiB"),
        Measurement("growth an answer", growth / 1024, "KiB", GOAL_BYTES_AN_ANSWER / 1024),
    ]
