"""Engines that say what a test tells them to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from doubleread.engine.client.protocol import (
    AskLikelihood,
    Chunk,
    Died,
    EndReason,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Loaded,
)

TIMES = {"started_at": "2026-01-01T10:00:00.000Z", "finished_at": "2026-01-01T10:00:05.000Z"}


@dataclass
class ScriptedEngine:
    """Takes note of what it is asked, and waits for the test to say what comes.

    `write`, `finish`, `fail` and `die` are about the request that was asked last, unless they name another.
    """

    hear: Callable[[Event], None]
    requests: list[Generate] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    asked: list[AskLikelihood] = field(default_factory=list)
    thought: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    tokens_made: int = 0
    stopped: bool = False

    def start(self) -> None:
        self.starts += 1

    def restart(self) -> None:
        self.starts += 1

    def generate(self, request: Generate) -> None:
        self.requests.append(request)
        self.written[request.request_id] = ""

    def ask_likelihood(self, request: AskLikelihood) -> None:
        self.asked.append(request)

    def tell_likelihoods(self, *log_likelihoods: float) -> None:
        """Answer the oldest likelihood request; each continuation is as many tokens as it has words."""
        request = self.asked.pop(0)
        tokens = tuple(tuple(range(len(text.split(" ")))) for text in request.continuations)
        self.hear(Likelihoods(request.request_id, log_likelihoods, tokens, TIMES))

    def stop(self, timeout: float = 2.0) -> None:
        self.stopped = True

    def load(self) -> None:
        self.hear(Loaded())

    def fail_to_load(self) -> None:
        self.hear(Failed(None, "Model file damaged", "it cannot be loaded", "get it again"))

    def write(self, text: str, request_id: str | None = None) -> None:
        request_id = request_id or self.requests[-1].request_id
        self.written[request_id] += text
        self.hear(Chunk(request_id, text))

    def think(self, text: str, request_id: str | None = None) -> None:
        """Think, as a reasoning model does before it answers."""
        request_id = request_id or self.requests[-1].request_id
        self.thought[request_id] = self.thought.get(request_id, "") + text
        self.hear(Chunk(request_id, text, reasoning=True))

    def retract(self, request_id: str | None = None) -> None:
        """Say that the answer so far was reasoning."""
        request_id = request_id or self.requests[-1].request_id
        text, self.written[request_id] = self.written[request_id], ""
        self.thought[request_id] = self.thought.get(request_id, "") + text
        self.hear(Chunk(request_id, text, reasoning=True, retracts=True))

    def finish(self, rest: str = "", reason: EndReason = "stop", request_id: str | None = None) -> None:
        """Write the rest of an answer and end it."""
        request_id = request_id or self.requests[-1].request_id
        if rest:
            self.write(rest, request_id)
        manifest = {**TIMES, "completion_tokens": 7}
        self.hear(Finished(request_id, self.written[request_id], reason, manifest, self.thought.get(request_id, "")))

    def fail(self, happened: str = "900 tokens") -> None:
        self.hear(Failed(self.requests[-1].request_id, "Prompt too long", happened, "shorten it"))

    def die(self, happened: str = "by signal SIGKILL") -> None:
        lost = tuple(request.request_id for request in self.requests[-1:])
        self.hear(Died("The model's process was terminated", happened, "start it again", -9, lost))


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
        for number, word in enumerate(text.split(" ")):
            if self.stopped:
                return
            self.write(f" {word}" if number else word)
            time.sleep(self.pause)
        self.finish()
