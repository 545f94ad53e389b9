"""An embedding model in a process of its own, asked one request after the other."""

from __future__ import annotations

import base64
import queue
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from doubleread.engine.client.protocol import Died, Embed, Embedded, Event, Failed, Loaded
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.client.supervisor import EngineProcess
from doubleread.errors import ModelFileError

MAX_TOKENS = 2048
"""The longest text, in tokens, unless the model itself allows less."""


class TextEmbedder:
    """A running embedding model. `dimensions` and `pooling` describe its vectors, `shortened` counts texts it cut."""

    def __init__(self, path: Path, *, threads: int = 0, on_gpu: bool = False) -> None:
        """Start it, and wait until it is loaded. Raises ModelFileError."""
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        settings = EngineSettings(n_ctx=MAX_TOKENS, n_threads=threads, gpu_layers=-1 if on_gpu else 0, embeds=True)
        self._engine = EngineProcess(path, settings, self._events.put, "embedding")
        self.shortened = 0
        try:
            self._engine.start()
            loaded = self._event()
            if not isinstance(loaded, Loaded):
                raise TypeError(f"{type(loaded).__name__} before the model was loaded")
        except BaseException:
            self.close()
            raise
        self.dimensions = int(loaded.engine["dimensions"])
        self.pooling = str(loaded.engine["pooling"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it. Closing twice is harmless."""
        self._engine.stop()

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts: float32, little-endian, of length 1. Raises ModelFileError."""
        self._engine.embed(Embed(uuid.uuid4().hex, tuple(texts)))
        event = self._event()
        if not isinstance(event, Embedded):
            raise TypeError(f"{type(event).__name__} instead of vectors")
        self.shortened += event.shortened
        data, size = base64.b64decode(event.vectors), 4 * self.dimensions
        if len(data) != size * len(texts):
            raise ModelFileError("Embedding failed", f"{len(data)} bytes for {len(texts)} texts", "start it again")
        return [data[start : start + size] for start in range(0, len(data), size)]

    def _event(self) -> Event:
        event = self._events.get()
        if isinstance(event, Failed | Died):
            raise ModelFileError(event.title, event.happened, event.remedy)
        return event
