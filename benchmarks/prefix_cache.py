"""Processed prompts on disk: questions about long documents and likelihoods, with an empty disk and in a later run.

The later run is a new process. The plain loop answers the first questions only: it processes every prompt whole, so
that its time for all of them follows. SmolLM2-135M is the model of the tests.
"""

from __future__ import annotations

import json
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
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
LETTERS = ("A", "B", "C", "D", " A", " B", " C", " D")


def run() -> Iterator[Measurement]:
    """Measure the loop, then the engine with an empty disk, then with a full one, and what the files take."""
    threads = len(usable_cores())
    settings = EngineSettings(n_threads=threads, n_threads_batch=threads)
    sizes = Sizes(TOKENS, ANSWER_TOKENS, QUESTIONS)
    task = make_task(sizes.of(COMPARED["documents"]), smollm2(), settings, SLOTS)
    loop = plain_loop.measure(replace(task, questions=task.questions[:IN_LOOP])).seconds / IN_LOOP * QUESTIONS
    yield Measurement(f"the loop, {QUESTIONS} questions (from {IN_LOOP})", loop, "s", n=IN_LOOP)
    with tempfile.TemporaryDirectory() as name:
        cache = PromptCache(name, 10**11, model_sha256(smollm2()), least_tokens=min(256, TOKENS // 2))
        cold = _timed(task, cache)
        yield Measurement("the engine, empty disk", cold, "s", n=QUESTIONS)
        yield Measurement("  times as fast as the loop", loop / cold, "x")
        warm = [_timed(task, cache) for _ in range(TIMES)]
        yield Measurement("the engine, a later run, median", statistics.median(warm), "s", n=TIMES)
        yield Measurement("  slowest", max(warm), "s", n=TIMES)
        yield Measurement("  times as fast as the loop, median (wanted: 30)", loop / statistics.median(warm), "x")
        yield Measurement("likelihoods of letters, no disk", _timed(task, None, letters=True), "s", n=QUESTIONS)
        yield Measurement("  from disk", _timed(task, cache, letters=True), "s", n=QUESTIONS)
        first = replace(task, questions=task.questions[:1])
        yield Measurement("one question, no disk", _timed(first, None), "s")
        yield Measurement("  from disk", _timed(first, cache), "s")
        yield from _files(cache)
        small = cache.replace(folder=f"{name}/small", most_bytes=usage(Path(name)).bytes * 3 // 4)
        _timed(replace(task, questions=task.questions[:DOCUMENTS]), small)
        used = usage(Path(small.folder)).bytes
        yield Measurement("part used of a limit too small for all prompts", used / small.most_bytes, "x", 1)


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


def _files(cache: PromptCache) -> Iterator[Measurement]:
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
