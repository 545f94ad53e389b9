"""An engine that says what a script tells it to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from doubleread.engine.model_info import ModelInfo
from doubleread.engine.protocol import Chunk, Died, Event, Failed, Finished, Generate, Loaded

INFO = ModelInfo("/m.gguf", "m", "llama", 1, "F16", 512, 300, 1, 1, True)


@dataclass
class ScriptedEngine:
    """Waits for the test to say what comes: `load`, `write`, `finish`, `fail`, `die`."""

    hear: Callable[[Event], None]
    requests: list[Generate] = field(default_factory=list)
    written: str = ""
    starts: int = 0
    stopped: bool = False

    def start(self) -> None:
        self.starts += 1

    def generate(self, request: Generate) -> None:
        self.requests.append(request)
        self.written = ""

    def cancel(self, request_id: str) -> None:
        pass

    def restart(self) -> None:
        self.starts += 1

    def stop(self, timeout: float = 2.0) -> None:
        self.stopped = True

    @property
    def request_id(self) -> str:
        return self.requests[-1].request_id

    def load(self) -> None:
        self.hear(Loaded(INFO))

    def write(self, text: str) -> None:
        self.written += text
        self.hear(Chunk(self.request_id, text))

    def finish(self, text: str = "") -> None:
        if text:
            self.write(text)
        times = {"started_at": "2026-01-01T10:00:00.000Z", "finished_at": "2026-01-01T10:00:05.000Z"}
        self.hear(Finished(self.request_id, self.written, "stop", {**times, "completion_tokens": 7}))

    def fail(self, happened: str) -> None:
        self.hear(Failed(self.request_id, "Answer failed", happened, "try again"))

    def die(self, happened: str) -> None:
        ids = tuple(request.request_id for request in self.requests[-1:])
        self.hear(Died("Model ended", happened, "make the answer again", -9, ids))


class TalkingEngine(ScriptedEngine):
    """Answers by itself, word by word, from a thread of its own. Texts are chosen by a word of the prompt."""

    texts: Mapping[str, str] = {}
    pause: float = 0.02

    def start(self) -> None:
        super().start()
        threading.Thread(target=self.load, daemon=True).start()

    def restart(self) -> None:
        super().restart()
        threading.Thread(target=self.load, daemon=True).start()

    def generate(self, request: Generate) -> None:
        super().generate(request)
        prompt = request.messages[-1].content
        text = next((text for word, text in self.texts.items() if word in prompt), "I do not know.")
        threading.Thread(target=self._talk, args=(text,), daemon=True).start()

    def _talk(self, text: str) -> None:
        for word in text.split(" "):
            if self.stopped:
                return
            self.write(f" {word}" if self.written else word)
            time.sleep(self.pause)
        self.finish()
