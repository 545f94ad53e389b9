"""The likelihood of given continuations of a prompt.

One row of logits serves all continuations with the same beginning. Each longest beginning is a job of its own, so that
the jobs of a request share the prompt as all prompts are shared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doubleread.domain.hashes import text_sha256
from doubleread.engine.client.protocol import AskLikelihood, Event, Failed, Finished, Likelihoods
from doubleread.engine.worker.jobs import Job, Send
from doubleread.engine.worker.llama import Context, Model
from doubleread.engine.worker.manifest import likelihood_entries
from doubleread.engine.worker.prompt import Prompt, PromptWriter
from doubleread.engine.worker.reasoning_budget import ReasoningForm, plan_reasoning

Path = tuple[int, ...]


class LikelihoodRequest:
    """A request for likelihoods. It is closed once, like an answer."""

    def __init__(self, request: AskLikelihood, send: Send, engine_manifest: Callable[[bool], dict[str, Any]]) -> None:
        self.request = request
        self.request_id = request.request_id
        self.jobs: tuple[LikelihoodJob, ...] = ()
        self.closed = False
        self._send = send
        self._engine_manifest = engine_manifest
        self._lock = threading.Lock()
        self._prompt_sha256 = ""
        self._received = time.monotonic()
        self._continuations: list[Path] = []
        self._wanted: dict[Path, list[int]] = {}
        self._log_probabilities: dict[tuple[Path, int], float] = {}

    def prepare(self, prompt: Prompt, n_ctx: int, writer: PromptWriter, reasoning: ReasoningForm | None = None) -> None:
        """Set the prompt and make the jobs, which may take at most `n_ctx` tokens."""
        if reasoning is not None and reasoning.known is not None:
            # The answer's first token follows the reasoning, which is skipped.
            plan = plan_reasoning(reasoning, prompt.end, len(prompt.tokens), n_ctx, 0, 1)
            prompt = writer.continued(prompt, plan.ending)
        self._prompt_sha256 = text_sha256(prompt.text)
        self._continuations = [tuple(writer.plain_tokens(text)) for text in self.request.continuations]
        if not all(self._continuations):
            self.fail("Continuation refused", "a continuation yields no token of this model", "leave it out")
            return
        for tokens in self._continuations:
            for count, token in enumerate(tokens):
                wanted = self._wanted.setdefault(tokens[:count], [])
                if token not in wanted:
                    wanted.append(token)
        paths = _outermost(self._wanted)
        needed, room = len(prompt.tokens) + max(map(len, paths)), n_ctx
        if needed > room:
            self.fail(
                "Prompt too long",
                f"prompt and continuation have {needed} tokens, but the model has room for {room}",
                "raise the context length if the model allows it, or shorten the case",
            )
            return
        self.jobs = tuple(LikelihoodJob(self, prompt, path, self._received) for path in paths)

    def read(self, beginning: Path, logits: NDArray[np.float32]) -> None:
        """Take in the logits after a beginning. Raises ArithmeticError if they are not numbers."""
        wanted = self._wanted[beginning]
        if (beginning, wanted[0]) not in self._log_probabilities:
            for token, value in zip(wanted, log_probabilities(logits, wanted), strict=True):
                self._log_probabilities[beginning, token] = float(value)

    def finish(self) -> None:
        """Send the result, once every job has read its rows."""
        likelihoods = tuple(
            sum(self._log_probabilities[tokens[:count], token] for count, token in enumerate(tokens))
            for tokens in self._continuations
        )
        first = min(self.jobs, key=lambda job: job.times.started or 0.0)
        first.times.finished = time.monotonic()
        entries = likelihood_entries(
            prompt_sha256=self._prompt_sha256,
            prompt_tokens=first.n_prompt,
            reused=first.reused,
            from_disk=first.from_disk,
            times=first.times,
        )
        manifest = self._engine_manifest(True) | entries
        self._close(Likelihoods(self.request_id, likelihoods, tuple(self._continuations), manifest))

    def cancel(self) -> None:
        """Give it up. May be called from any thread."""
        self._close(Finished(self.request_id, "", "cancelled"))

    def fail(self, title: str, happened: str, remedy: str = "") -> None:
        """End it with an error."""
        self._close(Failed(self.request_id, title, happened, remedy))

    def _close(self, event: Event) -> None:
        with self._lock:
            if not self.closed:
                self.closed = True
                self._send(event)


class LikelihoodJob(Job):
    """The rows along one beginning of the continuations: after the prompt, and after each token of `path`."""

    def __init__(self, asked: LikelihoodRequest, prompt: Prompt, path: Path, received: float) -> None:
        super().__init__()
        self.request_id = asked.request_id
        self.interactive = asked.request.priority == "interactive"
        self.times.received = received
        self.n_prompt = self.n_tokens = len(prompt.tokens)
        self.tokens = np.concatenate([prompt.tokens, np.array(path, dtype=np.int32)])
        self._asked = asked
        self._path = path
        self._done = False

    @property
    def closed(self) -> bool:
        """Whether its rows are read, or the request has ended."""
        return self._done or self._asked.closed

    def advance(self, _model: Model, context: Context, index: int) -> int:
        """Read a row, and advance to the next given token. Raises ArithmeticError."""
        self._asked.read(self._path[: self.n_tokens - self.n_prompt], context.logits(index))
        if self.n_tokens < len(self.tokens):
            self.n_tokens += 1
        else:
            self._done = True
            if all(job.closed for job in self._asked.jobs):
                self._asked.finish()
        return 0

    def fail(self, title: str, happened: str, remedy: str = "") -> None:
        """End the whole request with an error."""
        self._asked.fail(title, happened, remedy)


def log_probabilities(logits: NDArray[np.float32], tokens: list[int]) -> NDArray[np.float64]:
    """Return the natural logarithms of some tokens' probabilities, computed in 64 bits.

    Raises ArithmeticError if the logits (n_vocab,) are not numbers.
    """
    row = logits.astype(np.float64)
    highest = row.max()
    if not np.isfinite(highest):
        raise ArithmeticError("the model's output is not a number")
    row -= highest
    wanted = row[tokens]
    np.exp(row, out=row)
    found: NDArray[np.float64] = wanted - np.log(row.sum())
    if not np.isfinite(found).all():
        raise ArithmeticError("the model gives a continuation zero probability")
    return found


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that no other path continues, shortest first."""
    beginnings = set(paths)
    inner = {path[:-1] for path in beginnings if path}
    return sorted(beginnings - inner, key=lambda path: (len(path), path))
