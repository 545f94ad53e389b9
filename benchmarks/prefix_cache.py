"""Processed prompts on disk: questions about long documents and likelihoods, with an empty disk and in a later run.

The later run is a new process. The plain loop answers the first questions only: it processes every prompt whole, so
that its time for all of them follows. SmolLM2-135M is the model of the tests.

`python -m benchmarks prefix_cache` measures everything, which takes about five minutes. One part after the other:
`python -m benchmarks.prefix_cache FOLDER loop`, then cold, warm and so on in the order of `PARTS`, with one folder.
"""

from __future__ import annotations

import json
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.bench import plain_loop
from doubleread.bench.task import WARM_UP, BenchError, Task
from doubleread.bench.workloads import COMPARED, Sizes, make_task
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import (
    AskLikelihood,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Load,
    Loaded,
    Sampling,
)
from doubleread.engine.client.settings import EngineSettings, PromptCache
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.prompt_cache import Entry, delete_prompts, read_entry, read_state, usage, write_entry
from doubleread.platform import usable_cores

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from real_model import smollm2

TOKENS = 3000
QUESTIONS = 20
DOCUMENTS = COMPARED["documents"].documents
IN_LOOP = 2
ANSWER_TOKENS = 16
TIMES = 3
SLOTS = 8
LOOP = "loop_seconds"
LETTERS = ("A", "B", "C", "D", " A", " B", " C", " D")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all parts have in common. `folder` has the prompts, and the seconds that earlier parts measured."""

    task: Task
    folder: Path

    @property
    def cache(self) -> PromptCache:
        return PromptCache(
            str(self.folder / "prompts"), 10**11, model_sha256(smollm2()), least_tokens=min(256, TOKENS // 2)
        )

    def loop(self) -> Iterator[Measurement]:
        """The plain loop's time for all questions."""
        asked = plain_loop.measure(replace(self.task, questions=self.task.questions[:IN_LOOP])).seconds
        seconds = asked / IN_LOOP * QUESTIONS
        (self.folder / LOOP).write_text(str(seconds))
        yield Measurement(f"the loop, {QUESTIONS} questions (from {IN_LOOP})", seconds, "s", n=IN_LOOP)

    def cold(self) -> Iterator[Measurement]:
        """The engine with an empty disk, which it fills."""
        delete_prompts(Path(self.cache.folder))
        seconds = _timed(self.task, self.cache)
        yield Measurement("the engine, empty disk", seconds, "s", n=QUESTIONS)
        yield from self._compared(seconds)

    def warm(self) -> Iterator[Measurement]:
        """The engine in later runs."""
        seconds = [_timed(self.task, self.cache) for _ in range(TIMES)]
        yield Measurement("the engine, a later run, median", statistics.median(seconds), "s", n=TIMES)
        yield Measurement("  fastest", min(seconds), "s", n=TIMES)
        yield Measurement("  slowest", max(seconds), "s", n=TIMES)
        yield from self._compared(statistics.median(seconds), " (wanted: 30)")

    def _compared(self, seconds: float, wanted: str = "") -> Iterator[Measurement]:
        loop = float((self.folder / LOOP).read_text())
        yield Measurement(f"  times as fast as the loop{wanted}", loop / seconds, "x")

    def letters_cold(self) -> Iterator[Measurement]:
        """The likelihoods of letters, as an alternative scorer asks for them, without a disk."""
        yield Measurement("likelihoods of letters, no disk", _timed(self.task, None, letters=True), "s", n=QUESTIONS)

    def letters_warm(self) -> Iterator[Measurement]:
        """The likelihoods of letters after prompts that were answered in an earlier run."""
        seconds = _timed(self.task, self.cache, letters=True)
        yield Measurement("likelihoods of letters, from disk", seconds, "s", n=QUESTIONS)

    def one_question(self) -> Iterator[Measurement]:
        """A single question."""
        first = replace(self.task, questions=self.task.questions[:1])
        yield Measurement("one question, no disk", _timed(first, None), "s")
        yield Measurement("one question, from disk", _timed(first, self.cache), "s")

    def files(self) -> Iterator[Measurement]:
        """Size of the files, and the time to read, load and write one."""
        yield from _files(self.cache, self.task)

    def limit(self) -> Iterator[Measurement]:
        """How well a limit that is too small for all prompts is used."""
        most = usage(Path(self.cache.folder)).bytes * 3 // 4
        small = self.cache.replace(folder=str(self.folder / "small"), most_bytes=most)
        _timed(replace(self.task, questions=self.task.questions[:DOCUMENTS]), small)
        used = usage(Path(small.folder)).bytes
        yield Measurement("part used of a limit too small for all prompts", used / small.most_bytes, "x", 1)


PARTS = ("loop", "cold", "warm", "letters_cold", "letters_warm", "one_question", "files", "limit")


def run(parts: Sequence[str] = PARTS, folder: Path | None = None) -> Iterator[Measurement]:
    """Measure some parts. They build on those before them, whose results are in `folder`."""
    threads = len(usable_cores())
    settings = EngineSettings(n_threads=threads, n_threads_batch=threads)
    sizes = Sizes(TOKENS, ANSWER_TOKENS, QUESTIONS)
    task = make_task(sizes.of(COMPARED["documents"]), smollm2(), settings, SLOTS)
    with tempfile.TemporaryDirectory() as name:
        bench = _Bench(task, folder or Path(name))
        for part in parts:
            yield from getattr(bench, part)()


def _timed(task: Task, cache: PromptCache | None, *, letters: bool = False) -> float:
    """Return the seconds for all answers, or for the likelihoods of letters, in a process of its own."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    settings = task.engine_settings(SLOTS).replace(prompt_cache=cache)
    engine = EngineProcess(task.model, settings, events.put)
    try:
        engine.start()
        _wait(events, 1)
        engine.generate(Generate("warm-up", (Message("user", WARM_UP),), Sampling(max_tokens=8)))
        _wait(events, 1)
        start = time.perf_counter()
        for number, question in enumerate(task.questions):
            messages = (Message("user", question.text),)
            if letters:
                engine.ask_likelihood(AskLikelihood(str(number), messages, LETTERS))
            else:
                engine.generate(Generate(str(number), messages, Sampling(max_tokens=task.answer_tokens)))
        _wait(events, len(task.questions))
        seconds = time.perf_counter() - start
        if cache is not None:
            _settle(Path(cache.folder))
        return seconds
    finally:
        engine.stop()


def _wait(events: queue.SimpleQueue[Event], count: int) -> None:
    """Wait until the model is loaded or requests have ended."""
    while count:
        event = events.get()
        if isinstance(event, Failed | Died):
            raise BenchError(event.title, event.happened, event.remedy)
        count -= isinstance(event, Loaded | Finished | Likelihoods)


def _settle(folder: Path) -> None:
    """Wait until files are complete: the worker writes them while it answers, and a little longer."""
    before = -1
    while before != (before := sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())):
        time.sleep(0.3)


def _files(cache: PromptCache, task: Task) -> Iterator[Measurement]:
    found = [_read(path) for path in Path(cache.folder).glob("*/*.prompt")]
    longest = max(found, key=lambda entry: entry.head.tokens)
    yield Measurement("prompts on disk", len(found), "")
    yield Measurement("disk for a token", longest.head.bytes / longest.head.tokens / 1000, "kB")
    yield Measurement("its processing took", longest.head.seconds * 1000, "ms", n=longest.head.tokens)
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        read_state(longest)
        seconds.append(time.perf_counter() - start)
    name = f"{longest.head.tokens} tokens read and checked"
    yield Measurement(f"{name}, median", statistics.median(seconds) * 1000, "ms", n=TIMES)
    seconds = _loading(longest, task)
    yield Measurement("  loaded into llama.cpp, median", statistics.median(seconds) * 1000, "ms", 20, n=TIMES)
    seconds = []
    for number in range(TIMES):
        state, start = read_state(longest), time.perf_counter()
        written = cache.replace(folder=f"{cache.folder}/again{number}")
        write_entry(written, longest.head.key, longest.tokens, state, first=0, seconds=1.0, kept_since=0.0)
        seconds.append(time.perf_counter() - start)
        delete_prompts(Path(written.folder))
    yield Measurement(f"{longest.head.tokens} tokens written, median", statistics.median(seconds) * 1000, "ms", n=TIMES)


def _read(path: Path) -> Entry:
    with path.open("rb") as file:
        entry = read_entry(path, json.loads(file.readline())["key"])
    assert entry is not None, f"{path} is damaged"
    return entry


def _loading(entry: Entry, task: Task) -> list[float]:
    """Return the seconds for putting a state into llama.cpp's memory, once it is read."""
    from doubleread.engine.worker import llama

    load = Load.of(str(task.model), task.engine_settings(SLOTS))
    log = llama.Log()
    model = llama.Model(load.path, load, lambda: None)
    context = llama.Context(model, load, task.n_ctx, load.n_threads, load.n_threads_batch)
    found = []
    for _ in range(TIMES):
        state, start = read_state(entry, context.state_padding), time.perf_counter()
        done = state is not None and context.restore(0, state, entry.head.tokens)
        found.append(time.perf_counter() - start)
        if not done:
            raise BenchError("Not measured", f"llama.cpp took no state: {log.errors()}")
    return found


def _main(folder: str, *parts: str) -> int:
    if not parts or set(parts) - set(PARTS):
        print(f"name parts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    Path(folder).mkdir(parents=True, exist_ok=True)
    for measurement in run(parts, Path(folder)):
        print(measurement.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
