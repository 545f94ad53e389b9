"""An embedding model loaded in its worker: from texts to vectors."""

from __future__ import annotations

import base64
import queue
from collections.abc import Callable, Iterator

import numpy as np

from doubleread.engine.client.protocol import AskLikelihood, Embed, Embedded, Failed, Generate, Load, Loaded
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.worker import llama
from doubleread.engine.worker.jobs import Send
from doubleread.engine.worker.prompting import context_length
from doubleread.errors import ModelFileError
from doubleread.platform import usable_cores

_TOGETHER = 16
"""Texts computed in one step."""

_STEP_TOKENS = 2048


class EmbeddingModel:
    """A loaded embedding model. `serve` runs in the main thread; `ask`, `cancel` and `counts` in any other.

    `n_ctx` of its settings limits a text, as the model itself does. A longer one is cut at its end.
    """

    def __init__(self, info: ModelInfo, load: Load, send: Send, tick: Callable[[], None]) -> None:
        """Load the file that `info` describes. Raises ModelFileError."""
        self._send = send
        self._tick = tick
        self._asked: queue.SimpleQueue[Embed] = queue.SimpleQueue()
        self._log = llama.Log()
        try:
            self._model = llama.Model(load.path, load, tick)
            tick()
            self._longest = context_length(self._model, load)
            room = max(self._longest, _STEP_TOKENS)
            threads = load.n_threads or len(load.cores or usable_cores())
            self._context = llama.EmbeddingContext(self._model, room, _TOGETHER, threads)
        except (RuntimeError, MemoryError) as error:
            reason = self._log.errors() or str(error)
            raise ModelFileError(
                "Embedding model not usable", f"{info.path}: {reason}", "choose another embedding model"
            ) from error
        self._room = room

    def loaded(self) -> Loaded:
        """Return the event that describes the model."""
        found = {"dimensions": self._context.dimensions, "pooling": self._context.pooling, "longest": self._longest}
        return Loaded({**llama.build_info(), **found})

    def ask(self, request: Generate | AskLikelihood | Embed) -> None:
        """Take a request."""
        if isinstance(request, Embed):
            self._asked.put(request)
        else:
            self._send(Failed(request.request_id, "Request refused", "an embedding model gives no answers"))

    def cancel(self, request_id: str) -> None:
        """Requests are short, and run to their end."""

    def counts(self) -> tuple[int, int, int]:
        """Return that nothing is generated."""
        return 0, self._asked.qsize(), 0

    def serve(self) -> None:
        """Compute vectors as long as the process lives."""
        while True:
            request = self._asked.get()
            try:
                self._send(self._embedded(request))
            except (ArithmeticError, ValueError) as error:
                self._send(Failed(request.request_id, "Embedding failed", str(error), "use another embedding model"))

    def _embedded(self, request: Embed) -> Embedded:
        texts: list[llama.Tokens] = []
        shortened = 0
        for text in request.texts:
            tokens = self._model.tokenize(text, special=True)
            if not len(tokens):
                raise ValueError("a text has no tokens")
            if len(tokens) > self._longest:
                # The last token may be one that ends every text.
                tokens = np.append(tokens[: self._longest - 1], tokens[-1])
                shortened += 1
            texts.append(tokens)
        made = []
        for step in self._steps(texts):
            made.append(self._context.vectors(step))
            self._tick()
        data = np.concatenate(made).tobytes()
        return Embedded(request.request_id, base64.b64encode(data).decode("ascii"), shortened)

    def _steps(self, texts: list[llama.Tokens]) -> Iterator[list[llama.Tokens]]:
        """Yield texts that fit into one step, in order."""
        step: list[llama.Tokens] = []
        used = 0
        for tokens in texts:
            if step and (len(step) == _TOGETHER or used + len(tokens) > self._room):
                yield step
                step, used = [], 0
            step.append(tokens)
            used += len(tokens)
        if step:
            yield step
