"""What a generation run needs of a model's process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from doubleread.engine.client.protocol import AskLikelihood, Event, Generate


class Engine(Protocol):
    """One model, as `doubleread.engine.client.supervisor.EngineProcess` runs it."""

    @property
    def tokens_made(self) -> int:
        """How many tokens it has made since its start, over all its workers."""

    def start(self) -> None:
        """Start the worker and load the model."""

    def generate(self, request: Generate) -> None:
        """Ask for an answer."""

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask how likely continuations are."""

    def restart(self) -> None:
        """Start the worker again after it ended."""

    def stop(self, timeout: float = 2.0) -> None:
        """End the worker."""


EngineFactory = Callable[[Callable[[Event], None]], Engine]
