"""A model loaded in its worker, and the loop that answers requests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from doubleread.engine.client.protocol import AskLikelihood, Embed, Failed, Generate, Load, Loaded
from doubleread.engine.fitting import TooLongError
from doubleread.engine.gguf.adapters import ITS_OWN, NOT_USABLE
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.gguf.model_parts import model_sha256_of, part_sha256s
from doubleread.engine.worker import llama
from doubleread.engine.worker.adapters import Adapters
from doubleread.engine.worker.batching import Batcher
from doubleread.engine.worker.chat_template import TemplateError
from doubleread.engine.worker.fatal_exit import fatal
from doubleread.engine.worker.jobs import AnswerJob, Job, Send
from doubleread.engine.worker.kept_prompts import kept_prompts
from doubleread.engine.worker.likelihood import LikelihoodRequest
from doubleread.engine.worker.manifest import Runtime, engine_entries
from doubleread.engine.worker.prompting import context_length, fitted_prompt, prompt_writer
from doubleread.errors import ModelFileError
from doubleread.platform import usable_cores

_TEMPLATE_REMEDY = "choose another conversion of the model, with a working chat template"


class LoadedModel:
    """A loaded model. `serve` runs in the main thread; `ask`, `cancel` and `counts` in any other."""

    def __init__(self, info: ModelInfo, load: Load, send: Send, tick: Callable[[], None]) -> None:
        """Load the file that `info` describes. Raises ModelFileError."""
        self._send = send
        self._tick = tick
        self._load = load
        self._info = info
        log = self._log = llama.Log()
        try:
            self._model = llama.Model(load.path, load, tick)
        except RuntimeError as error:
            raise _not_loaded(self._info.path, log) from error
        tick()
        n_threads = load.n_threads or len(load.cores or usable_cores())
        n_threads_batch = load.n_threads_batch or n_threads
        n_ctx = context_length(self._model, load)
        try:
            self._context = llama.Context(self._model, load, n_ctx, n_threads, n_threads_batch)
        except MemoryError as error:
            raise _no_context(self._info.path, log, load, n_ctx) from error
        tick()
        if load.adapters:
            try:
                self._adapters = Adapters(self._model, load.adapters)
                self._adapters.apply(self._context)
            except RuntimeError as error:
                raise _no_adapter(self._info.path, log, error) from error
        try:
            self._writer, self._reasoning = prompt_writer(self._model, load)
        except TemplateError as error:
            raise ModelFileError("Chat template not usable", f"{self._info.path}: {error}", _TEMPLATE_REMEDY) from error
        self._asked: dict[str, AnswerJob | LikelihoodRequest] = {}
        runtime = Runtime(
            build=llama.build_info(),
            device=log.load.device,
            offloaded_layers=log.load.offloaded_layers,
            layers=self._model.n_layer + 1,
            n_ctx=n_ctx,
            n_cells=self._context.n_cells,
            n_batch=self._context.n_batch,
            n_ubatch=self._context.n_ubatch,
            n_threads=n_threads,
            n_threads_batch=n_threads_batch,
            template=self._writer.template,
            content_form=self._writer.content_form,
            system_role=self._writer.takes_system,
            turn_ends=self._writer.turn_ends,
        )
        self._manifest = engine_entries(self._info, load, runtime)
        self._batcher = Batcher(
            self._model,
            self._context,
            load.n_slots,
            reuse_prefix=load.reuse_prefix,
            kept=kept_prompts(load, self._manifest, self._context),
            mixes=load.gpu_layers != 0,
            tick=tick,
            forget=self._forget,
        )
        # The worker ends by `leave`, which does not wait for executors.
        self._preparing = ThreadPoolExecutor(1, "prepare")
        self._hashes = ThreadPoolExecutor(1, "hash").submit(part_sha256s, load.path)

    def loaded(self) -> Loaded:
        """Return the event that describes the model."""
        return Loaded(self._manifest)

    def ask(self, request: Generate | AskLikelihood | Embed) -> None:
        """Take a request."""
        if isinstance(request, Embed):
            self._send(Failed(request.request_id, "Request refused", "this worker generates answers"))
            return
        asked: AnswerJob | LikelihoodRequest
        if isinstance(request, Generate):
            asked = AnswerJob(request, self._send, self._engine_manifest)
        else:
            asked = LikelihoodRequest(request, self._send, self._engine_manifest)
        earlier = self._asked.get(request.request_id)
        if earlier is not None and not earlier.closed:
            asked.fail("Request refused", "its id belongs to a request that is still running", "use another id")
            return
        self._asked[request.request_id] = asked
        self._preparing.submit(fatal(partial(self._prepare, asked)))

    def cancel(self, request_id: str) -> None:
        """Give a request up if it is still open."""
        if asked := self._asked.get(request_id):
            asked.cancel()
            for job in asked.jobs:
                self._batcher.cancelled(job)

    def counts(self) -> tuple[int, int, int]:
        """Return the number of running and of waiting answers, and the number of tokens generated."""
        active = self._batcher.active
        return active, max(len(self._asked) - active, 0), self._batcher.tokens_made

    def serve(self) -> None:
        """Generate answers as long as the process lives."""
        while True:
            if not self._batcher.step():
                self._batcher.wait(1.0)

    def _forget(self, job: Job) -> None:
        asked = self._asked.get(job.request_id)
        if asked is not None and asked.closed and job in asked.jobs:
            self._asked.pop(job.request_id, None)

    def _prepare(self, asked: AnswerJob | LikelihoodRequest) -> None:
        """Render and tokenise a prompt outside of the loop, so that a slow template delays no other answer."""
        if not asked.closed:
            self._write_prompt(asked)
        if asked.closed:
            if self._asked.get(asked.request_id) is asked:
                self._asked.pop(asked.request_id, None)
            return
        self._tick()
        for job in asked.jobs:
            self._batcher.add(job)

    def _write_prompt(self, asked: AnswerJob | LikelihoodRequest) -> None:
        room = self._context.n_ctx
        try:
            if isinstance(asked, AnswerJob):
                found = fitted_prompt(asked.request, room, self._writer, self._reasoning)
                prompt, asked.left_out = found.prompt, found.left_out
            else:
                prompt = self._writer.write(asked.request.messages)
        except TooLongError as error:
            asked.fail("Documents too long", str(error), "raise the context length if the model allows it")
            return
        except TemplateError as error:
            asked.fail("Chat template not usable", str(error), _TEMPLATE_REMEDY)
            return
        except ValueError as error:
            asked.fail("Prompt not usable", str(error), "shorten the case or the prompt")
            return
        count = prompt.count
        if count == 0:
            asked.fail("Prompt not usable", "the prompt is empty", "check the case and the model's chat template")
        elif count >= room:
            asked.fail(
                "Prompt too long",
                f"the prompt has {count} tokens, but the model has room for {room}, prompt and answer together",
                "raise the context length if the model allows it, or shorten the case",
            )
        else:
            asked.prepare(prompt, room, self._writer, self._reasoning)

    def _engine_manifest(self, complete: bool) -> dict[str, Any]:
        """Return the manifest's common part; if it must be complete, wait for the file's hash."""
        while complete and not self._hashes.done():
            wait([self._hashes], 0.5)
            self._tick()
        hashes = self._hashes.result() if self._hashes.done() and not self._hashes.exception() else ()
        return self._manifest | {
            "model_sha256": model_sha256_of(hashes) if hashes else "",
            "model_parts": [
                {"file": part.name, "bytes": part.bytes, "sha256": sha256}
                for part, sha256 in zip(self._info.parts, hashes, strict=False)
            ],
        }


def _not_loaded(path: str, log: llama.Log) -> ModelFileError:
    why = log.errors()
    if any(word in why.lower() for word in ("allocat", "memory", "mmap failed")):
        return ModelFileError("Not enough memory", f"{path}: {why}", "choose a smaller model or a smaller quantisation")
    return ModelFileError(
        "Model not loaded",
        f"{path}: {why or 'llama.cpp gave no reason'}",
        "update llama-cpp-python, or download the file again",
    )


def _no_adapter(path: str, log: llama.Log, error: RuntimeError) -> ModelFileError:
    return ModelFileError(
        NOT_USABLE,
        f"{path}: {error}: {log.errors() or 'llama.cpp gave no reason'}",
        ITS_OWN,
    )


def _no_context(path: str, log: llama.Log, load: Load, n_ctx: int) -> ModelFileError:
    why = log.errors() or "llama.cpp gave no reason"
    known = any(word in why.lower() for word in ("alloc", "memory", "no reason"))
    return ModelFileError(
        "Not enough memory" if known else "Model not started",
        f"{path}: no context of {n_ctx} tokens for {load.n_slots} parallel answers: {why}",
        "use fewer slots, a shorter context or a smaller key-value type",
    )
