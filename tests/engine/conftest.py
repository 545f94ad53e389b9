"""Real worker processes for tests, and the small models they run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gguf_files
from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import (
    AskLikelihood,
    Chunk,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Loaded,
    Sampling,
)
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess

PATIENCE = 60.0
BASE = EngineSettings(n_ctx=512, n_threads=1, n_threads_batch=1)


class Running:
    """An engine with everything it has said."""

    def __init__(self, path: Path, settings: EngineSettings, name: str = "test") -> None:
        self.events: list[tuple[float, Event]] = []
        self._heard = threading.Condition()
        self.engine = EngineProcess(path, settings, self._hear, name)

    def _hear(self, event: Event) -> None:
        with self._heard:
            self.events.append((time.monotonic(), event))
            self._heard.notify_all()

    def wait_for(self, wanted: Callable[[Event], bool], since: int = 0, timeout: float = PATIENCE) -> Any:
        """Wait for an event and return it."""

        def found() -> Event | None:
            return next((event for _, event in self.events[since:] if wanted(event)), None)

        with self._heard:
            assert self._heard.wait_for(lambda: found() is not None, timeout), self.events[-5:]
            return found()

    def loaded(self, since: int = 0) -> Loaded:
        """Wait until the model is loaded."""
        event = self.wait_for(lambda item: isinstance(item, Loaded | Died | Failed), since)
        assert isinstance(event, Loaded), event
        return event

    def died(self, since: int = 0) -> Died:
        """Wait for the worker's death."""
        return self.wait_for(lambda item: isinstance(item, Died), since)

    def ask(self, request_id: str, text: str, priority: Any = "batch", **sampling: Any) -> None:
        """Ask for an answer to one message."""
        chosen = Sampling(**{"max_tokens": 32, **sampling})
        self.engine.generate(Generate(request_id, (Message("user", text),), chosen, priority))

    def ask_likelihood(self, request_id: str, text: str, *continuations: str, priority: Any = "batch") -> None:
        """Ask how likely continuations of one message's answer are."""
        self.engine.ask_likelihood(AskLikelihood(request_id, (Message("user", text),), continuations, priority))

    def likelihoods(self, request_id: str) -> Likelihoods:
        """Wait for a request's likelihoods."""
        event = self.end_of(request_id)
        assert isinstance(event, Likelihoods), event
        return event

    def end_of(self, request_id: str, timeout: float = PATIENCE) -> Finished | Likelihoods | Failed:
        """Wait for a request's end."""
        return self.wait_for(
            lambda item: isinstance(item, Finished | Likelihoods | Failed) and item.request_id == request_id,
            timeout=timeout,
        )

    def answer(self, request_id: str) -> Finished:
        """Wait for an answer; its chunks must be its text."""
        event = self.end_of(request_id)
        assert isinstance(event, Finished), event
        assert "".join(self.chunks(request_id)) == event.text
        assert "".join(self.chunks(request_id, reasoning=True)) == event.reasoning
        return event

    def chunks(self, request_id: str, *, reasoning: bool = False) -> list[str]:
        """The pieces of an answer so far, or of the reasoning before it."""
        found: list[str] = []
        for _, event in self.events:
            if isinstance(event, Chunk) and event.request_id == request_id:
                if event.retracts and not reasoning:
                    found.clear()
                if event.reasoning == reasoning:
                    found.append(event.text)
        return found

    def when(self, wanted: Callable[[Event], bool]) -> float:
        """The moment of the first such event."""
        return next(moment for moment, event in self.events if wanted(event))


Runner = Callable[..., Running]


@pytest.fixture
def run() -> Iterator[Runner]:
    """Start engines; all are ended after the test."""
    started: list[Running] = []

    def start(path: Path, name: str = "test", **settings: Any) -> Running:
        running = Running(path, BASE.replace(**settings), name)
        started.append(running)
        running.engine.start()
        return running

    yield start
    for running in started:
        running.engine.stop()


@pytest.fixture(scope="module")
def shared(models: Path) -> Iterator[Running]:
    """One engine for all tests of a module that only ask; request ids must differ."""
    running = Running(models / "small.gguf", BASE, "shared")
    running.engine.start()
    yield running
    running.engine.stop()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, written once."""
    folder = tmp_path_factory.mktemp("models")
    gguf_files.write_llama(folder / "small.gguf")
    gguf_files.write_llama(folder / "other.gguf", shape=replace(gguf_files.SMALL, seed=2))
    gguf_files.write_llama(folder / "bytes.gguf", only_text=False)
    gguf_files.write_llama(folder / "slow.gguf", shape=gguf_files.SLOW)
    return folder


@pytest.fixture(scope="session")
def small(models: Path) -> Path:
    """A model whose answers are printable ASCII of the length asked for."""
    return models / "small.gguf"


@pytest.fixture(scope="session")
def slow(models: Path) -> Path:
    """A model that needs seconds for a long prompt."""
    return models / "slow.gguf"
