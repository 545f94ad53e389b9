"""The plain way: a loop over `Llama.create_chat_completion`, in a child process.

The child is the only module beside the engine that imports llama_cpp. Flash attention is on unless the task says
otherwise, as llama.cpp decides for the other ways; by default, the class would leave it off.
"""

from __future__ import annotations

import os
import time
from typing import Any

from doubleread.bench.children import answer_parent, ask_child, peak_memory, take_request
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.task import WARM_UP, Task


def measure(task: Task) -> Measured:
    """Answer a task's questions one after the other. Raises BenchError."""
    settings = task.settings
    found = ask_child(
        "plain_loop",
        {
            "options": {
                "model_path": str(task.model),
                "n_ctx": task.n_ctx,
                "n_batch": settings.n_batch,
                "n_threads": settings.n_threads,
                "n_threads_batch": settings.n_threads_batch,
                "n_gpu_layers": settings.gpu_layers,
                "flash_attn": task.flash_attention != "off",
                **({"split_mode": 0, "main_gpu": settings.main_gpu} if settings.main_gpu >= 0 else {}),
            },
            "warm_up": WARM_UP,
            "questions": [question.text for question in task.questions],
            "max_tokens": task.answer_tokens,
        },
    )
    answers = tuple(AnswerTimes(*answer) for answer in found["answers"])
    return Measured("loop", found["seconds"], answers, found["peak_bytes"], phased=True)


class _Loop:
    """The class with a clock around its sampling."""

    def __init__(self, options: dict[str, Any]) -> None:
        from llama_cpp import Llama

        self._model: Any = Llama(**options, verbose=False)
        self._sample = self._model.sample
        self._model.sample = self._timed_sample
        self._first = 0.0

    def _timed_sample(self, *arguments: Any, **named: Any) -> Any:
        token = self._sample(*arguments, **named)
        self._first = self._first or time.perf_counter()
        return token

    def answer(self, text: str, max_tokens: int, start: float) -> tuple[float, float, float, int, int]:
        """Generate one answer and return the fields of an AnswerTimes."""
        asked, self._first = time.perf_counter(), 0.0
        done = self._model.create_chat_completion(
            [{"role": "user", "content": text}], max_tokens=max_tokens, temperature=0.0
        )
        finished, usage = time.perf_counter(), done["usage"]
        moments = (asked - start, self._first - start, finished - start)
        return (*moments, int(usage["prompt_tokens"]), int(usage["completion_tokens"]))


def _main() -> None:
    request, out = take_request()
    loop = _Loop(request["options"])
    loop.answer(request["warm_up"], 8, 0.0)
    start = time.perf_counter()
    answers = [loop.answer(text, request["max_tokens"], start) for text in request["questions"]]
    seconds = time.perf_counter() - start
    answer_parent({"seconds": seconds, "answers": answers, "peak_bytes": peak_memory(os.getpid())}, out)


if __name__ == "__main__":
    _main()
