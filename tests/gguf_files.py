"""Small GGUF files for tests: a real llama with random weights and a byte-level vocabulary, and many spoilt ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import gguf
import numpy as np

from doubleread.engine.gguf.model_parts import model_sha256_of, part_sha256s

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TRIMMING = CHATML.replace("message['content']", "message['content'] | trim")
WITH_BOS = "{{ bos_token }}" + CHATML
NO_SYSTEM = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
SHOUTING = CHATML.replace("message['content']", "message['content'] | upper")
BROKEN = "{% for message in messages %}{{ message['content'] }"
ENDLESS = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}"
    "{% endfor %}" + CHATML
)
HUGE = "{{ ('x' * 999999) * 999999 }}" + CHATML

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>")
EOS, START, END, BOS = 256, 257, 258, 259


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a test model. `spread` is the weights' standard deviation."""

    context: int = 512
    width: int = 64
    layers: int = 2
    heads: int = 4
    hidden: int = 128
    seed: int = 1
    spread: float = 0.4


SMALL = Shape()
SLOW = replace(SMALL, context=8192, layers=24, hidden=64)
"""Slow by its attention: a prompt of several thousand tokens takes seconds."""


def byte_pieces() -> list[str]:
    """The 256 characters by which byte-level vocabularies write bytes, by byte value."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def write_llama(
    path: Path,
    template: str | None = CHATML,
    shape: Shape = SMALL,
    *,
    add_bos: bool = False,
    weights: bool = True,
    only_text: bool = True,
    name: str = "test llama",
    in_part: int = 0,
    empty_first: bool = False,
    more: Mapping[str, object] | None = None,
) -> Path:
    """Write a valid llama. With `only_text`, its answers are printable ASCII and end only by their length.

    With `in_part`, it is split into parts of so many tensors each, the first one without any if `empty_first`; the path
    of the first part is returned. `more` are further entries of the header.
    """
    writer = gguf.GGUFWriter(str(path), "llama", split_max_tensors=in_part, small_first_shard=empty_first)
    for key, value in (more or {}).items():
        add = {str: writer.add_string, bool: writer.add_bool, int: writer.add_uint32}[type(value)]
        add(key, value)  # type: ignore[operator]
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    add_vocabulary(writer, dict.fromkeys(SPECIAL, gguf.TokenType.CONTROL), add_bos=add_bos)
    if template is not None:
        writer.add_chat_template(template)
    if weights:
        _add_weights(writer, shape, only_text)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    names = writer.format_shard_names(path)
    writer.close()
    return names[0]


ADAPTED = ("blk.0.attn_q.weight", "blk.1.ffn_down.weight", "output.weight")
"""The matrices that the tests' adapters change."""


def write_adapter(
    path: Path,
    shape: Shape = SMALL,
    *,
    rank: int = 4,
    alpha: float = 8.0,
    seed: int = 5,
    architecture: str = "llama",
    base: str = "",
    renamed: Mapping[str, str] | None = None,
) -> Path:
    """Write a LoRA adapter for a model of `write_llama`. At scale s it adds s * alpha / rank * B @ A to `ADAPTED`.

    `base` is what the file says of the model that it was made for; `renamed` gives the matrices other names.
    """
    writer = gguf.GGUFWriter(str(path), architecture)
    if base:
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, base)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    for original, (first, second) in adapter_matrices(shape, rank, seed).items():
        name = (renamed or {}).get(original, original)
        writer.add_tensor(f"{name}.lora_a", first)
        writer.add_tensor(f"{name}.lora_b", second)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def adapter_matrices(shape: Shape, rank: int, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return A (rank, columns) and B (rows, rank) for each of `ADAPTED`."""
    random = np.random.default_rng(seed)
    sizes = {"attn_q": (shape.width, shape.width), "ffn_down": (shape.width, shape.hidden)}
    found = {}
    for name in ADAPTED:
        rows, columns = sizes.get(name.split(".")[-2], (256 + len(SPECIAL) + 1, shape.width))
        first = (random.standard_normal((rank, columns)) * 0.2).astype(np.float32)
        second = (random.standard_normal((rows, rank)) * 0.2).astype(np.float32)
        found[name] = (first, second)
    return found


def write_merged(path: Path, model: Path, added: Mapping[str, np.ndarray]) -> Path:
    """Write a copy of a model with matrices added to some of its weights."""
    reader = gguf.GGUFReader(str(model))
    data = bytearray(model.read_bytes())
    for tensor in reader.tensors:
        if tensor.name in added:
            merged = (np.array(tensor.data, dtype=np.float32) + added[tensor.name]).astype(np.float32)
            data[tensor.data_offset : tensor.data_offset + tensor.n_bytes] = merged.tobytes()
    path.write_bytes(data)
    return path


def write_successor_model(
    path: Path,
    successors: Mapping[str, str],
    *,
    template: str | None,
    tokens: Mapping[str, gguf.TokenType],
    eos: str,
    context: int = 512,
    bos: str | None = None,
    add_bos: bool = False,
) -> Path:
    """Write a model whose next token is decided by the last one alone: `successors` maps a token to its follower.

    Tokens are single ASCII characters, byte pieces, and those of `tokens` with their kinds. A token without a follower
    is followed by `eos`. Attention and feed-forward weights are zero, embeddings are the columns of a unit matrix, and
    the output matrix maps each to its follower, so that llama.cpp's own arithmetic gives the one answer there is.
    """
    numbers = {piece: byte for byte, piece in enumerate(byte_pieces())} | {chr(code): code for code in range(128)}
    numbers |= {text: 256 + index for index, text in enumerate(tokens)}
    n_vocab = 256 + len(tokens) + 1
    width = -(-n_vocab // 32) * 32
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("successor")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width)
    add_vocabulary(writer, tokens, eos=numbers[eos], bos=None if bos is None else numbers[bos], add_bos=add_bos)
    if template is not None:
        writer.add_chat_template(template)
    output = np.zeros((n_vocab, width), dtype=np.float32)
    output[numbers[eos], :n_vocab] = 0.5
    for token, follower in successors.items():
        output[numbers[follower], numbers[token]] = 1
    writer.add_tensor("token_embd.weight", np.eye(n_vocab, width, dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.ones(width, dtype=np.float32))
    writer.add_tensor("output.weight", output)
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{part}.weight", np.zeros((width, width), dtype=np.float32))
    writer.add_tensor("blk.0.ffn_gate.weight", np.zeros((32, width), dtype=np.float32))
    writer.add_tensor("blk.0.ffn_up.weight", np.zeros((32, width), dtype=np.float32))
    writer.add_tensor("blk.0.ffn_down.weight", np.zeros((width, 32), dtype=np.float32))
    writer.add_tensor("blk.0.attn_norm.weight", np.ones(width, dtype=np.float32))
    writer.add_tensor("blk.0.ffn_norm.weight", np.ones(width, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_vocabulary(
    writer: gguf.GGUFWriter,
    special: Mapping[str, gguf.TokenType],
    *,
    add_bos: bool,
    eos: int = END,
    bos: int | None = BOS,
) -> None:
    """Add 256 bytes, further tokens, and one merge, because a vocabulary of this kind must have one."""
    tokens = [*byte_pieces(), *special]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([token.encode() for token in [*tokens, "th"]])
    writer.add_token_types([*[gguf.TokenType.NORMAL] * 256, *special.values(), gguf.TokenType.NORMAL])
    writer.add_token_merges(["t h"])
    if bos is not None:
        writer.add_bos_token_id(bos)
    writer.add_eos_token_id(eos)
    writer.add_add_bos_token(add_bos)


def _add_weights(writer: gguf.GGUFWriter, shape: Shape, only_text: bool) -> None:
    random = np.random.default_rng(shape.seed)
    n_vocab = 256 + len(SPECIAL) + 1

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) * shape.spread / np.sqrt(columns / 16)).astype(np.float32)

    embeddings = random.standard_normal((n_vocab, shape.width)).astype(np.float32)
    writer.add_tensor("token_embd.weight", embeddings)
    ones = np.ones(shape.width, dtype=np.float32)
    writer.add_tensor("output_norm.weight", ones)
    output = matrix(n_vocab, shape.width)
    if only_text:
        output[[index for index in range(n_vocab) if not 32 <= index < 127]] = 0
    writer.add_tensor("output.weight", output)
    for layer in range(shape.layers):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", matrix(shape.width, shape.width))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", matrix(shape.hidden, shape.width))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", matrix(shape.hidden, shape.width))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", matrix(shape.width, shape.hidden))
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", ones)
        writer.add_tensor(f"blk.{layer}.ffn_norm.weight", ones)


def write_cut_off(path: Path, whole: Path, share: float) -> Path:
    """Write the first part of a file."""
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def flipped(data: bytes, places: Sequence[int]) -> bytes:
    """Return the bytes with one bit flipped at each of these bit positions."""
    changed = bytearray(data)
    for place in places:
        changed[place // 8] ^= 1 << (place % 8)
    return bytes(changed)


def sha256_of(path: Path) -> str:
    """Return the hash of a model, of all its parts if it is split."""
    return model_sha256_of(part_sha256s(path))
