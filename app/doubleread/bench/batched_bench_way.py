"""`llama-batched-bench`: llama.cpp's own measurement of batched decoding, without sampling, text or a chat."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from typing import Any

from doubleread.bench.children import running, tail, wait_watching
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.task import BenchError, Task

ATTEMPTS = 5


def fits(task: Task) -> bool:
    """Return whether the program can do such a task: all prompts at once, without a common prefix."""
    return task.one_wave and not task.alike and task.answer_tokens > 1


def measure(task: Task, program: str) -> Measured:
    """Process as many tokens: an answer's first token follows from its prompt, so it takes one step less."""
    prompt, count = max(question.tokens for question in task.questions), len(task.questions)
    arguments = task.program_options | {
        "--ctx-size": task.n_ctx * count,
        "-npp": prompt,
        "-ntg": task.answer_tokens - 1,
        "-npl": count,
        "--output-format": "jsonl",
    }
    words = [str(word) for pair in arguments.items() for word in pair]
    found, peak = _run(program, words)
    first, seconds = float(found["t_pp"]), float(found["t"])
    answers = (AnswerTimes(0.0, first, seconds, prompt, task.answer_tokens),) * count
    return Measured("batched-bench", seconds, answers, peak, phased=True, at_once=count)


def _run(program: str, arguments: Sequence[str]) -> tuple[dict[str, Any], int | None]:
    """Run it and return its result and its peak memory.

    It writes from a thread of its own and sometimes ends before the last lines are written; then it runs again.
    """
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryFile() as out:
            with running(program, arguments, out) as process:
                peak = wait_watching(process)
            out.seek(0)
            found = _result(out.read())
            if found is not None:
                return found, peak
            said = f"llama-batched-bench ended with {process.returncode}: {tail(out)}"
        if process.returncode:
            break
    raise BenchError("Not measured", said)


def _result(out: bytes) -> dict[str, Any] | None:
    for line in out.decode("utf-8", "replace").splitlines():
        if line.startswith("{") and "t_pp" in line:
            try:
                record: dict[str, Any] = json.loads(line)
            except ValueError:
                return None
            return record
    return None
