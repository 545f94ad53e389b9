"""A model's shape: the weights in each layer, and the memory each layer needs per token.

The program uses `shape_in_child`, because an untrusted header is best read in a child process (`python -m
doubleread.engine.gguf.model_shape FILE`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread.engine.children import answer_parent, read_in_child
from doubleread.engine.gguf.header import Header, Tensor
from doubleread.engine.gguf.model_parts import model_files
from doubleread.errors import ModelFileError

MOST_LAYERS = 512
_BLOCK = re.compile(r"blk\.(\d+)\.")
_INPUT = ("token_embd", "token_types", "position_embd", "per_layer_token_embd", "tok_norm")

# The architectures whose sliding windows llama.cpp uses, with its pattern if the file has none: of so many layers
# in turn, one sees everything: the last one or, if True, the first.
_WINDOWED: dict[str, tuple[int, bool]] = {
    "afmoe": (4, False),
    "cohere2": (4, False),
    "cohere2moe": (4, True),
    "exaone-moe": (4, False),
    "exaone4": (4, False),
    "gemma2": (2, False),
    "gemma3": (6, False),
    "gemma3n": (5, False),
    "gemma4": (0, False),
    "gpt-oss": (2, False),
    "granite-swa": (0, False),
    "llama4": (4, False),
    "mellum": (4, False),
    "mimo2": (0, False),
    "olmo2": (4, False),
    "plamo3": (8, False),
    "smallthinker": (4, True),
}
_FIXED_WINDOWS = {"llama4": 8192, "smallthinker": 4096}
_DEFAULT_WINDOWS = {"gemma2": 4096, "exaone4": 4096, "exaone-moe": 128, "llama4": 8192}
_FIRST_WITHOUT_CACHE = {"gemma3n": 20}
_RECURRENT = frozenset({"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"})
_ALTERNATING = frozenset({"qwen3next", "qwen35", "qwen35moe"})


@dataclass(frozen=True, slots=True)
class LayerShape:
    """One layer. `key_width` and `value_width` count the numbers per token in its cache.

    `window` is how many tokens back it sees (0: all). `state_bytes` is its state for a sequence of any length.
    `active_bytes` are the weights that one token needs: fewer than all in a mixture of experts.
    """

    weight_bytes: int
    active_bytes: int
    key_width: int = 0
    value_width: int = 0
    window: int = 0
    state_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What determines memory and speed. Bytes are in the file's own number formats.

    `input_bytes` are the embeddings, which stay in main memory; `output_bytes` is everything after the last layer.
    `tied_bytes` are the embeddings if the model also uses them for its output: they are then in both places.
    """

    path: str
    name: str
    architecture: str
    parameters: int
    active_parameters: int
    context_length: int
    vocabulary_size: int
    width: int
    heads: int
    hidden: int
    layers: tuple[LayerShape, ...]
    input_bytes: int
    output_bytes: int
    tied_bytes: int

    @property
    def weight_bytes(self) -> int:
        """All weights, in bytes of the file."""
        return self.input_bytes + sum(layer.weight_bytes for layer in self.layers) + self.output_bytes

    @property
    def active_bytes(self) -> int:
        """The weights that are read to generate one token."""
        return self.output_bytes + self.tied_bytes + sum(layer.active_bytes for layer in self.layers)


def read_shape(path: str | os.PathLike[str]) -> ModelShape:
    """Return the shape of a model file, or of all its parts. Raises ModelFileError."""
    files = model_files(path)
    return shape_of(files.header, files.tensors, os.fspath(path))


def shape_in_child(path: str | os.PathLike[str]) -> ModelShape:
    """Like `read_shape`, in a child process. Also raises ModelFileError if that process fails."""
    shape: ModelShape = read_in_child("engine.gguf.model_shape", path, ModelShape)
    return shape


def shape_of(header: Header, tensors: list[Tensor], path: str) -> ModelShape:
    """Compute the shape. Raises ModelFileError for a header with impossible numbers."""
    numbers = _Numbers(header)
    n_layers = numbers.whole("block_count")
    if not 0 < n_layers <= MOST_LAYERS:
        raise ModelFileError(
            "Model file not usable", f"{path}: it states {n_layers} layers", "choose another conversion of the model"
        )
    blocks: list[list[Tensor]] = [[] for _ in range(n_layers)]
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    for tensor in tensors:
        found = _BLOCK.match(tensor.name)
        if found and int(found[1]) < n_layers:
            blocks[int(found[1])].append(tensor)
        else:
            (inputs if tensor.name.startswith(_INPUT) else outputs).append(tensor)
    embeddings = [tensor for tensor in inputs if tensor.name == "token_embd.weight"]
    tied = not any(tensor.name == "output.weight" for tensor in outputs)
    share = _expert_share(numbers)
    layers = tuple(_layer(numbers, index, n_layers, block, share) for index, block in enumerate(blocks))
    hidden = max((max(tensor.shape) for block in blocks for tensor in block if "ffn_down" in tensor.name), default=0)
    if experts := numbers.whole("expert_used_count"):
        hidden = max(numbers.whole("expert_feed_forward_length") or numbers.whole("feed_forward_length"), 1) * experts
    return ModelShape(
        path=path,
        name=str(header.values.get("general.name") or Path(path).stem)[:300],
        architecture=numbers.architecture,
        parameters=sum(tensor.values for tensor in tensors),
        active_parameters=int(sum(tensor.values * _part(tensor, share) for block in blocks for tensor in block))
        + sum(tensor.values for tensor in [*outputs, *(embeddings if tied else ())]),
        context_length=numbers.whole("context_length"),
        vocabulary_size=embeddings[0].shape[-1] if embeddings else header.arrays.get("tokenizer.ggml.tokens", 0),
        width=numbers.whole("embedding_length"),
        heads=max((numbers.whole("attention.head_count", index) for index in range(n_layers)), default=0),
        hidden=hidden,
        layers=layers,
        input_bytes=sum(tensor.size for tensor in inputs),
        output_bytes=sum(tensor.size for tensor in outputs),
        tied_bytes=sum(tensor.size for tensor in embeddings) if tied else 0,
    )


class _Numbers:
    """The architecture's numbers: single ones, and those that differ between layers."""

    def __init__(self, header: Header) -> None:
        self.architecture = str(header.values.get("general.architecture", ""))
        self._values: Mapping[str, Any] = header.values
        self._lists = header.lists

    def has(self, key: str) -> bool:
        return f"{self.architecture}.{key}" in self._values or f"{self.architecture}.{key}" in self._lists

    def whole(self, key: str, layer: int = 0) -> int:
        """Return a number, or 0 if there is none. For a list, return this layer's number."""
        name = f"{self.architecture}.{key}"
        numbers = self._lists.get(name)
        value = self._values.get(name, 0) if numbers is None else numbers[layer] if layer < len(numbers) else 0
        return int(value) if isinstance(value, int | float) and 0 <= value < 2**40 else 0

    def is_list(self, key: str) -> bool:
        return f"{self.architecture}.{key}" in self._lists


def _expert_share(numbers: _Numbers) -> float:
    count, used = numbers.whole("expert_count"), numbers.whole("expert_used_count")
    return used / count if 0 < used < count else 1.0


def _part(tensor: Tensor, share: float) -> float:
    return share if "_exps." in tensor.name else 1.0


def _layer(numbers: _Numbers, index: int, n_layers: int, block: list[Tensor], share: float) -> LayerShape:
    weights = sum(tensor.size for tensor in block)
    active = int(sum(tensor.size * _part(tensor, share) for tensor in block))
    kv_heads = numbers.whole(
        "attention.head_count_kv" if numbers.has("attention.head_count_kv") else "attention.head_count", index
    )
    recurrent = _is_recurrent(numbers, index, kv_heads)
    state = _state_bytes(numbers) if recurrent else 0
    windowed = _sees_window(numbers, index)
    if (recurrent and numbers.architecture != "falcon-h1") or index >= _layers_with_cache(numbers, n_layers):
        return LayerShape(weights, active, state_bytes=state)
    heads = numbers.whole("attention.head_count", index)
    usual = numbers.whole("embedding_length") // heads if heads else 0
    key = numbers.whole("attention.key_length") or usual
    value = numbers.whole("attention.value_length") or usual
    if windowed:
        key = numbers.whole("attention.key_length_swa") or key
        value = numbers.whole("attention.value_length_swa") or value
    if numbers.has("attention.key_length_mla"):
        value = 0
    window = _window(numbers) if windowed else 0
    return LayerShape(weights, active, key * kv_heads, value * kv_heads, window, state)


def _is_recurrent(numbers: _Numbers, index: int, kv_heads: int) -> bool:
    if numbers.architecture in _RECURRENT or numbers.architecture == "falcon-h1":
        return True
    if numbers.architecture in _ALTERNATING:
        return (index + 1) % (numbers.whole("full_attention_interval") or 4) != 0
    hybrid = numbers.has("ssm.state_size") or numbers.has("shortconv.l_cache") or numbers.has("kda.head_dim")
    return hybrid and kv_heads == 0 and not (numbers.is_list("feed_forward_length") and _has_hidden(numbers, index))


def _has_hidden(numbers: _Numbers, index: int) -> bool:
    """Return whether a layer of Nemotron-H is a plain feed-forward layer, which has no memory."""
    return numbers.architecture.startswith("nemotron_h") and numbers.whole("feed_forward_length", index) > 0


def _state_bytes(numbers: _Numbers) -> int:
    """Return the bytes of a recurrent layer's state for a sequence: its last inputs, and its state, in 32 bits."""
    width = numbers.whole("embedding_length")
    if head := numbers.whole("wkv.head_size"):
        return 4 * (numbers.whole("token_shift_count") or 2) * width + 4 * width * head
    if length := numbers.whole("shortconv.l_cache"):
        return 4 * width * (length - 1)
    convolution = max(numbers.whole("ssm.conv_kernel"), 1) - 1
    if head := numbers.whole("kda.head_dim"):
        heads = numbers.whole("attention.head_count")
        return 4 * 3 * (convolution or 3) * heads * head + 4 * head * head * heads
    inner, size = numbers.whole("ssm.inner_size"), numbers.whole("ssm.state_size")
    return 4 * convolution * (inner + 2 * numbers.whole("ssm.group_count") * size) + 4 * size * inner


def _layers_with_cache(numbers: _Numbers, n_layers: int) -> int:
    """Return how many of the first layers have a cache of their own; the rest use theirs."""
    if shared := numbers.whole("attention.shared_kv_layers"):
        return n_layers - shared
    return _FIRST_WITHOUT_CACHE.get(numbers.architecture, n_layers)


def _sees_window(numbers: _Numbers, index: int) -> bool:
    known = _WINDOWED.get(numbers.architecture)
    if known is None or not _window(numbers):
        return False
    if numbers.is_list("attention.sliding_window_pattern"):
        return bool(numbers.whole("attention.sliding_window_pattern", index))
    pattern = numbers.whole("attention.sliding_window_pattern") or known[0]
    if pattern == 0:
        return False
    return index % pattern != 0 if known[1] else index % pattern < pattern - 1


def _window(numbers: _Numbers) -> int:
    stated = numbers.whole("attention.sliding_window")
    if numbers.architecture in _FIXED_WINDOWS and (stated or not numbers.has("attention.sliding_window")):
        return _FIXED_WINDOWS[numbers.architecture]
    if numbers.has("attention.sliding_window"):
        return stated
    return _DEFAULT_WINDOWS.get(numbers.architecture, 0)


if __name__ == "__main__":
    sys.exit(answer_parent(lambda: read_shape(sys.argv[1])))
