"""The cost of a decode step besides llama.cpp: a child runs the engine's own loop and times its C functions.

The worker's parts run unchanged, with events written to a pipe without a reader. Only llama.cpp's functions that
compute or wait for the result are wrapped with a clock.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doubleread.bench.children import answer_parent, ask_child, take_request
from doubleread.bench.measured import Measurement
from doubleread.bench.task import BenchError, Task
from doubleread.engine.client.protocol import Event, Failed, Finished, Generate, Load, Sampling, encode
from doubleread.engine.strict_json import dumps, loads

GOAL_PERCENT = 2.0
COMPUTING = ("llama_decode", "llama_synchronize", "llama_get_logits_ith", "llama_get_logits")
_FEWEST_STEPS = 3


def measure(task: Task) -> list[Measurement]:
    """Return the part of a step, with all slots generating, that is not llama.cpp's. Raises BenchError."""
    settings = task.engine_settings(task.slots)
    request = {
        "load": dumps(Load.of(str(task.model), settings)).decode("ascii"),
        "questions": [question.text for question in task.questions[: task.slots]],
        "max_tokens": task.answer_tokens,
    }
    found = ask_child("step_overhead", request)
    if found["steps"] < _FEWEST_STEPS:
        raise BenchError("Not measured", "too few steps had an answer from every slot", "ask for longer answers")
    return [
        Measurement(f"a step of {task.slots} answers", found["step_seconds"] * 1000, "ms"),
        Measurement("of it not llama.cpp's", found["own_seconds"] * 1000, "ms"),
        Measurement(
            "share of it not llama.cpp's", 100 * found["own_seconds"] / found["step_seconds"], "%", GOAL_PERCENT
        ),
    ]


@dataclass(slots=True)
class _Clock:
    """Records the length of each step and the time within llama.cpp, from one decode's end to the next one's."""

    wanted: int
    inside: float = 0.0
    last_end: float = 0.0
    last_full: bool = False
    steps: int = 0
    step_seconds: float = 0.0
    own_seconds: float = 0.0

    def wrapped(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with the clock around it."""

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = function(*arguments)
            self.inside += time.perf_counter() - start
            if name == "llama_decode":
                self._end_step(int(arguments[1].n_tokens))
            return result

        return timed

    def _end_step(self, tokens: int) -> None:
        """Count a step if it and the one before were pure decoding with every slot."""
        now, full = time.perf_counter(), tokens == self.wanted
        if full and self.last_full:
            self.steps += 1
            self.step_seconds += now - self.last_end
            self.own_seconds += now - self.last_end - self.inside
        self.last_end, self.last_full, self.inside = now, full, 0.0


def _main() -> None:
    request, out = take_request()
    import llama_cpp.llama_cpp as lib

    from doubleread.domain.prompts import Message
    from doubleread.engine.gguf.inspect import inspect_gguf
    from doubleread.engine.worker.loaded_model import LoadedModel

    load = loads(request["load"].encode("ascii"), Load)
    questions = request["questions"]
    clock = _Clock(len(questions))
    for name in COMPUTING:
        setattr(lib, name, clock.wrapped(name, getattr(lib, name)))
    waiting = set(range(len(questions)))
    nowhere = os.open(os.devnull, os.O_WRONLY)

    def send(event: Event) -> None:
        os.write(nowhere, encode(event))
        if isinstance(event, Finished | Failed):
            waiting.discard(int(event.request_id or 0))
            if not waiting:
                record = {name: getattr(clock, name) for name in ("steps", "step_seconds", "own_seconds")}
                steps = max(clock.steps, 1)
                answer_parent(record | {name: record[name] / steps for name in ("step_seconds", "own_seconds")}, out)
                os._exit(0)

    model = LoadedModel(inspect_gguf(load.path), load, send, lambda: None)
    sampling = Sampling(max_tokens=request["max_tokens"])

    def ask() -> None:
        for number, text in enumerate(questions):
            model.ask(Generate(str(number), (Message("user", text),), sampling))

    threading.Thread(target=ask, daemon=True).start()
    model.serve()


if __name__ == "__main__":
    _main()
