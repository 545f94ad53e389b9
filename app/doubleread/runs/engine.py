"""What a run needs of a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from doubleread.engine.client.protocol import AskLikelihood, Event, Generate


class Engine(Protocol):
    """One model that answers requests. Events go to the function that its factory got."""

    @property
    def tokens_made(self) -> int:
        """How many tokens it has generated since the first start."""

    def start(self) -> None:
        """Load the model. Loaded or Failed follows."""

    def generate(self, request: Generate) -> None:
        """Ask for an answer. Chunks and Finished, or Failed, follow."""

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask how likely continuations are. Likelihoods or Failed follows."""

    def restart(self) -> None:
        """Load the model again after Died or Failed."""

    def stop(self, timeout: float = 2.0) -> None:
        """End it; no further event comes."""


EngineFactory = Callable[[Callable[[Event], None]], Engine]
