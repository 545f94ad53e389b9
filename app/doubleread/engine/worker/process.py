"""The worker: one process, one model. `python -m doubleread.engine.worker.process [--memory-limit BYTES]`.

Requests come on standard input, events go to the original standard output. Whatever llama.cpp or system libraries print
goes to standard error. The process ends when its input does, or when its parent dies.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, BinaryIO

from doubleread import platform
from doubleread.engine.client.protocol import (
    MAX_LINE,
    Alive,
    AskLikelihood,
    Cancel,
    Embed,
    Event,
    Failed,
    Generate,
    Load,
    Request,
    Shutdown,
    decode_request,
    encode,
)
from doubleread.engine.gguf.inspect import inspect_gguf
from doubleread.engine.strict_json import ProtocolError
from doubleread.engine.worker.fatal_exit import EXIT_NOT_LOADED, EXIT_PROTOCOL, fatal, leave
from doubleread.errors import ModelFileError

if TYPE_CHECKING:
    from doubleread.engine.worker.embedding import EmbeddingModel
    from doubleread.engine.worker.loaded_model import LoadedModel

HEARTBEAT_SECONDS = 0.5


class EventWriter:
    """Sends events, one at a time, from any thread."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def send(self, event: Event) -> None:
        """Send an event. If the parent is gone, end this process."""
        line = encode(event)
        with self._lock:
            try:
                view = memoryview(line)
                while view:
                    view = view[self._file.write(view) :]
            except OSError:
                leave(0)


class Worker:
    """The process's state: the request to load, progress, and the loaded model."""

    def __init__(self, writer: EventWriter, requests: BinaryIO) -> None:
        self.writer = writer
        self._requests = requests
        self._loads: queue.SimpleQueue[Load] = queue.SimpleQueue()
        self._model: LoadedModel | EmbeddingModel | None = None
        self._progress = time.monotonic()

    def tick(self) -> None:
        """Note progress."""
        self._progress = time.monotonic()

    def run(self) -> int:
        """Load and serve. Returns an exit code, and only if loading fails."""
        for target in (self._read, self._beat):
            threading.Thread(target=fatal(target), daemon=True, name=target.__name__).start()
        load = self._loads.get()
        if load.cores:
            platform.run_on_cores(load.cores)
        try:
            model = self._loaded(load)
        except ModelFileError as error:
            self.writer.send(Failed(None, error.title, error.happened, error.remedy))
            return EXIT_NOT_LOADED
        self._model = model
        self.writer.send(model.loaded())
        model.serve()
        return 0

    def _loaded(self, load: Load) -> LoadedModel | EmbeddingModel:
        # llama.cpp is imported once the file is known to be sound.
        if load.embeds:
            info = inspect_gguf(load.path, usable=False, needs_template=False)
            from doubleread.engine.worker.embedding import EmbeddingModel

            return EmbeddingModel(info, load, self.writer.send, self.tick)
        info = inspect_gguf(load.path, needs_template=not load.chat_template)
        from doubleread.engine.worker.loaded_model import LoadedModel

        return LoadedModel(info, load, self.writer.send, self.tick)

    def _read(self) -> None:
        """Take requests until the input ends, which ends the process."""
        code = 0
        try:
            while line := self._requests.readline(MAX_LINE + 1):
                if not line.endswith(b"\n"):
                    raise ProtocolError("a line is cut off or too long")
                self._take(decode_request(line))
        except ProtocolError as error:
            os.write(2, f"protocol error: {error}\n".encode("utf-8", "replace"))
            code = EXIT_PROTOCOL
        except OSError:
            pass
        leave(code)

    def _take(self, request: Request) -> None:
        match request:
            case Load():
                self._loads.put(request)
            case Shutdown():
                leave(0)
            case Generate() | AskLikelihood() | Embed() if self._model is not None:
                self.tick()
                self._model.ask(request)
            case Cancel() if self._model is not None:
                self._model.cancel(request.request_id)
            case _:
                raise ProtocolError("the model must be loaded first")

    def _beat(self) -> None:
        while True:
            model = self._model
            active, waiting, tokens = model.counts() if model is not None else (0, 0, 0)
            self.writer.send(Alive(round(time.monotonic() - self._progress, 3), active, waiting, tokens))
            time.sleep(HEARTBEAT_SECONDS)


def main(arguments: list[str] | None = None) -> None:
    """Set up the process and run it. Does not return."""
    parser = argparse.ArgumentParser(prog="doubleread.engine.worker.process")
    parser.add_argument("--memory-limit", type=int, default=0)
    options = parser.parse_args(arguments)
    os.environ["GGML_NO_BACKTRACE"] = "1"
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    platform.die_with_parent()
    platform.forbid_core_dumps()
    if options.memory_limit:
        platform.limit_memory(options.memory_limit)
    worker = Worker(EventWriter(events), sys.stdin.buffer)
    fatal(lambda: leave(worker.run()))()


if __name__ == "__main__":
    main()
