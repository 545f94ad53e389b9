"""This engine, used as the program uses it: through the supervisor of a worker process."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from doubleread.bench.children import PATIENCE, peak_memory
from doubleread.bench.measured import AnswerTimes, Measured
from doubleread.bench.task import WARM_UP, BenchError, Question, Task
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Chunk, Died, Event, Failed, Finished, Generate, Loaded, Priority, Sampling
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess


class TimedEngine:
    """A running engine whose events are kept with their times, by `time.perf_counter`."""

    def __init__(self, model: Path, settings: EngineSettings, name: str = "bench") -> None:
        self.first_chunks: dict[str, float] = {}
        self.ends: dict[str, tuple[float, Finished]] = {}
        self._loaded = False
        self._fault: BenchError | None = None
        self._heard = threading.Condition()
        self.process = EngineProcess(model, settings, self._hear, name)

    def _hear(self, event: Event) -> None:
        now = time.perf_counter()
        with self._heard:
            match event:
                case Chunk() if event.request_id in self.first_chunks:
                    return
                case Chunk():
                    self.first_chunks[event.request_id] = now
                case Finished():
                    self.ends[event.request_id] = (now, event)
                case Loaded():
                    self._loaded = True
                case Failed() | Died():
                    self._fault = BenchError(event.title, event.happened, event.remedy)
            self._heard.notify_all()

    def wait_until(self, held: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait for a condition. Raises BenchError if the engine fails, or after `seconds`."""
        with self._heard:
            self._heard.wait_for(lambda: self._fault is not None or held(), seconds)
            if self._fault is not None:
                raise self._fault
            if not held():
                raise BenchError("Not measured", f"the engine was not done within {seconds:.0f} seconds")

    def start(self) -> None:
        """Load the model and generate one short answer."""
        self.process.start()
        self.wait_until(lambda: self._loaded)
        self.ask("warm-up", WARM_UP, 8)
        self.wait_for(["warm-up"])

    def ask(self, request_id: str, text: str, max_tokens: int, priority: Priority = "batch") -> float:
        """Ask for an answer; return the time."""
        sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
        asked = time.perf_counter()
        self.process.generate(Generate(request_id, (Message("user", text),), sampling, priority))
        return asked

    def wait_for(self, request_ids: Sequence[str]) -> None:
        """Wait for complete answers."""
        self.wait_until(lambda: all(request_id in self.ends for request_id in request_ids))

    def times(self, request_id: str, asked: float, start: float) -> AnswerTimes:
        """Return the times of a complete answer, in seconds after `start`."""
        finished, event = self.ends[request_id]
        manifest = event.manifest
        return AnswerTimes(
            asked - start,
            self.first_chunks.get(request_id, finished) - start,
            finished - start,
            int(manifest["prompt_tokens"]),
            int(manifest["completion_tokens"]),
            int(manifest["reused_prompt_tokens"]),
        )


@contextlib.contextmanager
def running_engine(model: Path, settings: EngineSettings, name: str = "bench") -> Iterator[TimedEngine]:
    """Run an engine, ready to answer, and end it afterwards."""
    engine = TimedEngine(model, settings, name)
    try:
        engine.start()
        yield engine
    finally:
        engine.process.stop()


def measure(task: Task) -> Measured:
    """Answer a task's questions, all asked at once. Raises BenchError."""
    return _measure(task, "doubleread", task.slots)


def measure_one_slot(task: Task) -> Measured:
    """Answer a task's questions one at a time."""
    return _measure(task, "one-slot", 1)


def _measure(task: Task, way: str, slots: int) -> Measured:
    with running_engine(task.model, task.engine_settings(slots)) as engine:
        start = time.perf_counter()
        answers = ask_all(engine, task.questions, task.answer_tokens, start)
        peak = peak_memory(engine.process.pid)
    at_once = min(slots, len(answers))
    seconds = max(answer.finished for answer in answers)
    if slots == 1:
        answers = _in_turn(answers)
    phased = slots == 1 or task.one_wave
    return Measured(way, seconds, tuple(answers), peak, phased=phased, at_once=at_once)


def ask_all(
    engine: TimedEngine, questions: Sequence[Question], answer_tokens: int, start: float, prefix: str = "q"
) -> list[AnswerTimes]:
    """Ask everything at once, wait for all answers, and return their times in seconds after `start`."""
    names = [f"{prefix}{number}" for number in range(len(questions))]
    asked = [engine.ask(name, question.text, answer_tokens) for name, question in zip(names, questions, strict=True)]
    engine.wait_for(names)
    return [engine.times(name, moment, start) for name, moment in zip(names, asked, strict=True)]


def _in_turn(answers: Sequence[AnswerTimes]) -> list[AnswerTimes]:
    """If one slot answers in turn, count each question as asked at the end of the answer before, as in a loop."""
    ordered = sorted(answers, key=lambda answer: answer.finished)
    ends = [0.0, *(answer.finished for answer in ordered)]
    return [replace(answer, asked=max(answer.asked, end)) for answer, end in zip(ordered, ends, strict=False)]
