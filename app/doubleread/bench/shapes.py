"""The shapes of well-known models: their tensors, and the types with which a quantisation stores them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Quantisation = Literal["F16", "Q8_0", "Q4_0", "Q4_K_M"]
FILE_TYPES: dict[Quantisation, int] = {"F16": 1, "Q8_0": 7, "Q4_0": 2, "Q4_K_M": 15}
"""The number of a quantisation in GGUF files."""

EMBEDDING = "token_embd.weight"
OUTPUT = "output.weight"


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The numbers that define a model. `tied` ones have no output matrix: the embeddings serve as one."""

    architecture: Literal["llama", "qwen2"]
    width: int
    layers: int
    heads: int
    kv_heads: int
    hidden: int
    vocabulary: int
    context: int
    rope_base: float = 10000.0
    tied: bool = False

    @property
    def head_width(self) -> int:
        """The values of one attention head."""
        return self.width // self.heads


SHAPES: dict[str, ModelShape] = {
    "tiny": ModelShape("llama", 256, 2, 4, 2, 512, 1024, 4096),
    "small": ModelShape("llama", 512, 8, 8, 4, 1536, 8192, 8192),
    "llama-1b": ModelShape("llama", 2048, 22, 32, 4, 5632, 32000, 8192),
    "llama-3.2-1b": ModelShape("llama", 2048, 16, 32, 8, 8192, 128256, 131072, 500000.0, tied=True),
    "llama-3.2-3b": ModelShape("llama", 3072, 28, 24, 8, 8192, 128256, 131072, 500000.0, tied=True),
    "llama-8b": ModelShape("llama", 4096, 32, 32, 8, 14336, 128256, 131072, 500000.0),
    "qwen2.5-7b": ModelShape("qwen2", 3584, 28, 28, 4, 18944, 152064, 32768, 1000000.0),
}
"""`llama-1b` is TinyLlama's with 8,192 tokens of context; the others are those of the models they name."""


@dataclass(frozen=True, slots=True)
class TensorPlan:
    """A tensor to write: `rows` rows of `columns` values; one row for a vector, whose values are all `constant`.

    `constant` is None for a matrix, whose values are random.
    """

    name: str
    columns: int
    rows: int
    type: str
    constant: float | None = None


def tensors(shape: ModelShape, n_vocab: int, quantisation: Quantisation) -> Iterator[TensorPlan]:
    """Yield the tensors of a model of this shape, for a vocabulary of `n_vocab` tokens."""
    width, kv_width = shape.width, shape.head_width * shape.kv_heads

    def matrix(name: str, columns: int, rows: int, layer: int = -1) -> TensorPlan:
        return TensorPlan(name, columns, rows, tensor_type(name, shape, quantisation, layer))

    yield matrix(EMBEDDING, width, n_vocab)
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        yield TensorPlan(f"{block}.attn_norm.weight", width, 1, "F32", 1.0)
        for part, rows in (("attn_q", width), ("attn_k", kv_width), ("attn_v", kv_width)):
            yield matrix(f"{block}.{part}.weight", width, rows, layer)
            if shape.architecture == "qwen2":
                yield TensorPlan(f"{block}.{part}.bias", rows, 1, "F32", 0.0)
        yield matrix(f"{block}.attn_output.weight", width, width, layer)
        yield TensorPlan(f"{block}.ffn_norm.weight", width, 1, "F32", 1.0)
        yield matrix(f"{block}.ffn_gate.weight", width, shape.hidden, layer)
        yield matrix(f"{block}.ffn_up.weight", width, shape.hidden, layer)
        yield matrix(f"{block}.ffn_down.weight", shape.hidden, width, layer)
    yield TensorPlan("output_norm.weight", width, 1, "F32", 1.0)
    if not shape.tied:
        yield matrix(OUTPUT, width, n_vocab)


def tensor_type(name: str, shape: ModelShape, quantisation: Quantisation, layer: int = -1) -> str:
    """Return the type that llama.cpp's own quantiser gives a matrix: some get more bits than the file's name tells."""
    if quantisation in ("F16", "Q8_0"):
        return quantisation
    if name == OUTPUT or (name == EMBEDDING and shape.tied):
        return "Q6_K"
    if quantisation == "Q4_0":
        return "Q4_0"
    important = name.endswith(("attn_v.weight", "ffn_down.weight"))
    return "Q6_K" if important and _more_bits(layer, shape.layers) else "Q4_K"


def _more_bits(layer: int, layers: int) -> bool:
    """Return whether Q4_K_M stores a layer with more bits: the first and last eighth, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


__all__ = ["EMBEDDING", "FILE_TYPES", "OUTPUT", "SHAPES", "ModelShape", "Quantisation", "TensorPlan", "tensors"]
