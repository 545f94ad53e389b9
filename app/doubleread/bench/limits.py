"""A machine's upper limits: a step reads all weights and the cache, a token costs its multiplications."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from doubleread.bench.measured import Measured
from doubleread.bench.shapes import EMBEDDING, OUTPUT
from doubleread.engine.gguf.header import Header, read_header


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What a model requires of a machine.

    `step_bytes` are read in each step, for any number of answers; `token_bytes` for each token that an answer attends
    to; `token_flops` are the operations for a token.
    """

    step_bytes: float
    token_bytes: float
    token_flops: float


def read_model_cost(path: Path) -> ModelCost:
    """Return the cost of a model whose file is sound."""
    with path.open("rb") as file:
        return model_cost(read_header(file, os.fstat(file.fileno()).st_size))


def model_cost(header: Header) -> ModelCost:
    """Return a model's cost by its header.

    The embeddings are left out if there is a separate output matrix: a step then reads one row per token. The cache
    counts two 16-bit values for each width of the heads; if the header does not state that width, it counts as zero.
    Mixtures of experts and sliding windows are not considered.
    """
    untied = any(tensor.name == OUTPUT for tensor in header.tensors)
    read = [tensor for tensor in header.tensors if not (untied and tensor.name == EMBEDDING)]
    architecture = header.values.get("general.architecture", "")

    def number(key: str) -> int:
        value = header.values.get(f"{architecture}.{key}", 0)
        return value if isinstance(value, int) else 0

    heads = number("attention.head_count")
    kv_heads = number("attention.head_count_kv") or heads
    head_width = number("attention.key_length") or (number("embedding_length") // heads if heads else 0)
    return ModelCost(
        step_bytes=float(sum(tensor.size for tensor in read)),
        token_bytes=2.0 * 2 * number("block_count") * kv_heads * head_width,
        token_flops=2.0 * sum(tensor.values for tensor in read if len(tensor.shape) > 1),
    )


def decode_share(run: Measured, cost: ModelCost, bytes_per_second: float) -> float | None:
    """Return the fraction of the memory limit that decoding reached; None if decoding had no time of its own."""
    rate = run.decode_rate
    if rate is None:
        return None
    remembered = sum(answer.prompt_tokens + answer.tokens / 2 for answer in run.answers) / len(run.answers)
    step = cost.step_bytes + run.at_once * remembered * cost.token_bytes
    return rate / run.at_once * step / bytes_per_second


def prefill_share(run: Measured, cost: ModelCost, flops_per_second: float) -> float | None:
    """Return the fraction of the arithmetic limit that prompts reached; None as above."""
    rate = run.prefill_rate
    return None if rate is None else rate * cost.token_flops / flops_per_second
