"""The manifest of an answer: everything needed to state how it was generated, as plain JSON.

| key | what |
|---|---|
| manifest_version | 1 |
| model_sha256, model_file, model_bytes | the GGUF's hash (empty while still being computed), name and size |
| model_parts | of a split model, each part's file, bytes and sha256; see `model_parts.model_sha256_of` |
| model | metadata: general.*, the architecture's numbers; architecture, parameters, quantisation |
| llama_cpp_python, llama_cpp, system_info | versions and processor features of the build |
| device, offloaded_layers, layers | device; layers on a GPU, and in all (the output counts as one) |
| n_ctx, n_cells | tokens for one answer, and for all parallel answers |
| n_batch, n_ubatch, n_slots | tokens in a step and in a part of it, parallel answers |
| n_threads, n_threads_batch, cores | threads for single tokens and for batches; the logical processors, or null |
| flash_attention, kv_type, kv_unified, reuse_prefix | as requested |
| tuning | the id of the tuning record that the settings come from; null if they are defaults |
| sampler | all of `protocol.Sampling`, including the seed |
| template_content, template_system_role | the template's form of contents; whether it has a system role |
| own_reasoning_markers | the markers of reasoning that the protocol adds: begin, end |
| template_source | where the chat template comes from: "model file", "gguf:NAME", a family's name, or a file's |
| template_sha256, prompt_sha256 | of the chat template and of the rendered prompt, UTF-8 |
| adapters | LoRA adapters: file, sha256, scale |
| prompt_tokens, completion_tokens | counts |
| reused_prompt_tokens | of prompt_tokens: those not processed, because they were in memory or on disk already |
| disk_prompt_tokens | of reused_prompt_tokens: those read from the prompt cache on disk |
| answer_tokens, reasoning_tokens | of completion_tokens: the answer's, and those before it, including forced ones |
| reasoning_format | the markers that delimit the reasoning, or null |
| reasoning_known_from | what shows that format: template or answer, or null |
| reasoning_unclosed, reasoning_retracted | reasoning never ended; text first taken for the answer was reasoning |
| reasoning_budget, reasoning_truncated | tokens for reasoning, or null; whether the reasoning was cut off there |
| control_tokens | tokens without text that the model generated, spelt out in its text: how often each |
| suspected_markers | what looks like a reasoning marker or a control token in the answer |
| turn_end_tokens, turn_end_strings | what delimits turns in the chat template and so ends the answer |
| documents | of a long case: order (all ids), left_out (ids without room), counted (tokenizer, server or estimate) |
| finish_reason | stop, length or cancelled |
| ended_by | the token or the string that ended the answer, or null |
| started_at, finished_at | ISO 8601, UTC, milliseconds: from the first work on the prompt to the last token |
| queue_seconds, prefill_seconds, decode_seconds | by the monotonic clock |
| time_to_first_token_seconds | from the request's arrival; null if there was no token |
| time_to_first_answer_seconds | the same, to the first text of the answer after all reasoning |
| slot | the slot that generated it |
| cluster_worker | of an answer generated on a cluster: a label of the worker's machine, from the hash of its name |

A likelihood request has the engine's entries, prompt_sha256, the counts of the prompt's tokens, started_at,
finished_at and queue_seconds. Its prompt ends after all reasoning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from doubleread.domain.hashes import text_sha256
from doubleread.domain.times import iso_utc
from doubleread.engine.client.protocol import EndReason, Load, Sampling
from doubleread.engine.gguf.chat_templates import MODEL_FILE
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.worker.reasoning_budget import ReasoningBudget
from doubleread.engine.worker.turns import TurnEnds

MANIFEST_VERSION = 1
_NO_REASONING: Mapping[str, Any] = {
    "reasoning_format": None,
    "reasoning_known_from": None,
    "reasoning_unclosed": False,
    "reasoning_retracted": False,
    "control_tokens": {},
    "suspected_markers": [],
    "reasoning_budget": None,
    "reasoning_tokens": 0,
    "reasoning_truncated": False,
}
_OWN_KEYS = ("general.", "split.")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What applies to all answers of a worker, as found after loading."""

    build: dict[str, str]
    device: str
    offloaded_layers: int
    layers: int
    n_ctx: int
    n_cells: int
    n_batch: int
    n_ubatch: int
    n_threads: int
    n_threads_batch: int
    template: str
    content_form: str
    system_role: bool
    turn_ends: TurnEnds


@dataclass(slots=True)
class Times:
    """Moments of one answer by the monotonic clock, in seconds, and the UTC time of its start."""

    received: float
    started: float | None = None
    first_token: float | None = None
    first_answer: float | None = None
    finished: float | None = None
    started_at: datetime | None = None


def engine_entries(info: ModelInfo, load: Load, runtime: Runtime) -> dict[str, Any]:
    """Return the entries that are the same for all answers of a worker."""
    wanted = (*_OWN_KEYS, f"{info.architecture}.")
    return {
        "manifest_version": MANIFEST_VERSION,
        "model_file": _file_name(info.path),
        "model_bytes": info.file_bytes,
        "model": {
            "name": info.name,
            "architecture": info.architecture,
            "parameters": info.parameters,
            "quantisation": info.quantisation,
            "metadata": {key: value for key, value in info.metadata.items() if key.startswith(wanted)},
        },
        **runtime.build,
        "device": runtime.device,
        "offloaded_layers": runtime.offloaded_layers,
        "layers": runtime.layers,
        "n_ctx": runtime.n_ctx,
        "n_cells": runtime.n_cells,
        "n_batch": runtime.n_batch,
        "n_ubatch": runtime.n_ubatch,
        "n_slots": load.n_slots,
        "n_threads": runtime.n_threads,
        "n_threads_batch": runtime.n_threads_batch,
        "cores": list(load.cores) if load.cores is not None else None,
        "flash_attention": load.flash_attention,
        "kv_type": load.kv_type,
        "kv_unified": load.kv_unified,
        "reuse_prefix": load.reuse_prefix,
        "tuning": load.tuning or None,
        "template_source": load.template_source or MODEL_FILE,
        "template_sha256": text_sha256(runtime.template),
        "template_content": runtime.content_form,
        "template_system_role": runtime.system_role,
        "turn_end_tokens": list(runtime.turn_ends.tokens.values()),
        "turn_end_strings": list(runtime.turn_ends.strings),
        "adapters": [
            {
                "file": adapter.path.replace("\\", "/").rsplit("/", 1)[-1],
                "sha256": adapter.sha256,
                "scale": adapter.scale,
            }
            for adapter in load.adapters
        ],
        "own_reasoning_markers": [asdict(pair) for pair in load.reasoning],
    }


def _file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def answer_entries(
    *,
    sampling: Sampling,
    prompt_sha256: str,
    prompt_tokens: int,
    reused: int,
    from_disk: int,
    completion_tokens: int,
    reasoning: ReasoningBudget | None,
    reason: EndReason,
    times: Times,
    slot: int | None,
    ended_by: str | None = None,
) -> dict[str, Any]:
    """Return the entries of one answer. What did not happen, such as a first token, is null or 0."""
    finished, started = _span(times)
    first = times.first_token if times.first_token is not None else finished
    answered = times.first_answer
    return {
        "sampler": sampling.as_record(),
        "prompt_sha256": prompt_sha256,
        "prompt_tokens": prompt_tokens,
        "reused_prompt_tokens": reused,
        "disk_prompt_tokens": from_disk,
        "completion_tokens": completion_tokens,
        "answer_tokens": completion_tokens - (reasoning.tokens if reasoning else 0),
        **(reasoning.entries() if reasoning else _NO_REASONING),
        "finish_reason": reason,
        "ended_by": ended_by,
        **_when(times),
        "prefill_seconds": round(first - started, 6),
        "decode_seconds": round(finished - first, 6),
        "time_to_first_token_seconds": None if times.first_token is None else round(first - times.received, 6),
        "time_to_first_answer_seconds": None if answered is None else round(answered - times.received, 6),
        "slot": slot,
    }


def likelihood_entries(
    *, prompt_sha256: str, prompt_tokens: int, reused: int, from_disk: int, times: Times
) -> dict[str, Any]:
    """Return the entries of a likelihood request."""
    return {
        "prompt_sha256": prompt_sha256,
        "prompt_tokens": prompt_tokens,
        "reused_prompt_tokens": reused,
        "disk_prompt_tokens": from_disk,
        **_when(times),
    }


def _span(times: Times) -> tuple[float, float]:
    """Return the start and end by the monotonic clock, end first."""
    finished = times.finished if times.finished is not None else times.received
    return finished, times.started if times.started is not None else finished


def _when(times: Times) -> dict[str, Any]:
    finished, started = _span(times)
    started_at = times.started_at or datetime.now(UTC)
    return {
        "started_at": iso_utc(started_at),
        "finished_at": iso_utc(started_at + timedelta(seconds=finished - started)),
        "queue_seconds": round(started - times.received, 6),
    }
