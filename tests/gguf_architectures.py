"""Small GGUF files of models that remember differently, by a sliding window, by a state or both, and of an encoder."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from gguf_files import CHATML, SPECIAL, add_vocabulary

N_VOCAB = 256 + len(SPECIAL) + 1
WINDOW = 32
_PRINTABLE = range(32, 127)


def write_windowed(path: Path) -> Path:
    """Write a Cohere 2 model of 4 layers, three of which look back over the last 32 tokens only."""
    width, layers, hidden = 64, 4, 128
    writer = _writer(path, "cohere2", context=2048, width=width, layers=layers)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_eps(1e-5)
    writer.add_rope_dimension_count(width // 4)
    writer.add_sliding_window(WINDOW)
    writer.add_logit_scale(1.0)
    random = np.random.default_rng(3)
    writer.add_tensor("token_embd.weight", _embeddings(random, width))
    writer.add_tensor("output_norm.weight", np.ones(width, dtype=np.float32))
    for layer in range(layers):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(width, dtype=np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", _matrix(random, width, width))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", _matrix(random, width, hidden))
    return _written(writer, path)


def write_recurrent(path: Path) -> Path:
    """Write a Mamba model of 2 layers, which keeps one state for each sequence."""
    width, layers, state, rank, kernel = 64, 2, 8, 4, 4
    inner = 2 * width
    writer = _writer(path, "mamba", context=2048, width=width, layers=layers)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(kernel)
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    random = np.random.default_rng(4)
    writer.add_tensor("token_embd.weight", _embeddings(random, width))
    writer.add_tensor("output_norm.weight", np.ones(width, dtype=np.float32))
    for layer in range(layers):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(width, dtype=np.float32))
        writer.add_tensor(f"blk.{layer}.ssm_in.weight", _matrix(random, 2 * inner, width))
        writer.add_tensor(f"blk.{layer}.ssm_conv1d.weight", _matrix(random, inner, kernel))
        writer.add_tensor(f"blk.{layer}.ssm_conv1d.bias", np.zeros(inner, dtype=np.float32))
        writer.add_tensor(f"blk.{layer}.ssm_x.weight", _matrix(random, rank + 2 * state, inner))
        writer.add_tensor(f"blk.{layer}.ssm_dt.weight", _matrix(random, inner, rank))
        writer.add_tensor(f"blk.{layer}.ssm_dt.bias", np.ones(inner, dtype=np.float32))
        decay = -np.tile(np.arange(1, state + 1, dtype=np.float32), (inner, 1))
        writer.add_tensor(f"blk.{layer}.ssm_a", decay)
        writer.add_tensor(f"blk.{layer}.ssm_d", np.ones(inner, dtype=np.float32))
        writer.add_tensor(f"blk.{layer}.ssm_out.weight", _matrix(random, width, inner))
    return _written(writer, path)


def write_hybrid(path: Path) -> Path:
    """Write an LFM2 of 3 layers: two keep a state for each sequence, one has attention."""
    width, hidden, heads, kernel = 64, 128, 4, 3
    kv_heads = [0, heads, 0]
    writer = _writer(path, "lfm2", context=2048, width=width, layers=len(kv_heads))
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_shortconv_l_cache(kernel)
    random = np.random.default_rng(6)
    writer.add_tensor("token_embd.weight", _embeddings(random, width))
    writer.add_tensor("token_embd_norm.weight", np.ones(width, dtype=np.float32))
    for layer, own in enumerate(kv_heads):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(width, dtype=np.float32))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", _matrix(random, width, hidden))
        if own:
            for norm in ("attn_q_norm", "attn_k_norm"):
                writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(width // heads, dtype=np.float32))
            for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
                writer.add_tensor(f"blk.{layer}.{part}.weight", _matrix(random, width, width))
        else:
            writer.add_tensor(f"blk.{layer}.shortconv.conv.weight", _matrix(random, width, kernel))
            writer.add_tensor(f"blk.{layer}.shortconv.in_proj.weight", _matrix(random, 3 * width, width))
            writer.add_tensor(f"blk.{layer}.shortconv.out_proj.weight", _matrix(random, width, width))
    return _written(writer, path)


def write_grouped(path: Path) -> Path:
    """Write a Qwen 2 of 2 layers: two heads share keys and values, which have biases."""
    width, layers, hidden, heads, kv_heads = 64, 2, 128, 4, 2
    writer = _writer(path, "qwen2", context=2048, width=width, layers=layers)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    random = np.random.default_rng(7)
    writer.add_tensor("token_embd.weight", _embeddings(random, width))
    writer.add_tensor("output_norm.weight", np.ones(width, dtype=np.float32))
    sizes = {"attn_q": width, "attn_k": width * kv_heads // heads, "attn_v": width * kv_heads // heads}
    for layer in range(layers):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(width, dtype=np.float32))
        for part, rows in sizes.items():
            writer.add_tensor(f"blk.{layer}.{part}.weight", _matrix(random, rows, width))
            writer.add_tensor(f"blk.{layer}.{part}.bias", _matrix(random, 1, rows)[0])
        writer.add_tensor(f"blk.{layer}.attn_output.weight", _matrix(random, width, width))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", _matrix(random, hidden, width))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", _matrix(random, width, hidden))
    return _written(writer, path)


def write_bert(path: Path, *, pooling: int = 1) -> Path:
    """Write a BERT of 2 layers whose tokens are letters, with a mean as its vector unless it has another pooling."""
    width, layers, hidden, context = 64, 2, 128, 64
    writer = gguf.GGUFWriter(str(path), "bert")
    writer.add_name("test bert")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(4)
    writer.add_layer_norm_eps(1e-5)
    writer.add_causal_attention(False)
    writer.add_uint32("bert.pooling_type", pooling)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"\u2581{letter}" for letter in letters), *letters]
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([token.encode() for token in tokens])
    control = gguf.TokenType.CONTROL
    writer.add_token_types([control] * 4 + [gguf.TokenType.NORMAL] * (len(tokens) - 4))
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_sep_token_id(3)
    random = np.random.default_rng(5)
    norm = {"weight": np.ones(width, dtype=np.float32), "bias": np.zeros(width, dtype=np.float32)}
    writer.add_tensor("token_embd.weight", _matrix(random, len(tokens), width))
    writer.add_tensor("token_types.weight", _matrix(random, 2, width))
    writer.add_tensor("position_embd.weight", 0.1 * _matrix(random, context, width))
    for part, values in norm.items():
        writer.add_tensor(f"token_embd_norm.{part}", values)
    shapes = {"attn_q": (width, width), "attn_k": (width, width), "attn_v": (width, width)}
    shapes |= {"attn_output": (width, width), "ffn_up": (hidden, width), "ffn_down": (width, hidden)}
    for layer in range(layers):
        for name, (rows, columns) in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", _matrix(random, rows, columns))
            writer.add_tensor(f"blk.{layer}.{name}.bias", np.zeros(rows, dtype=np.float32))
        for name in ("attn_output_norm", "layer_output_norm"):
            for part, values in norm.items():
                writer.add_tensor(f"blk.{layer}.{name}.{part}", values)
    return _written(writer, path)


def _writer(path: Path, architecture: str, *, context: int, width: int, layers: int) -> gguf.GGUFWriter:
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name(f"test {architecture}")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_vocab_size(N_VOCAB)
    add_vocabulary(writer, dict.fromkeys(SPECIAL, gguf.TokenType.CONTROL), add_bos=False)
    writer.add_chat_template(CHATML)
    return writer


def _written(writer: gguf.GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _embeddings(random: np.random.Generator, width: int) -> np.ndarray:
    """Embeddings, which are the output's weights too; those of letters are longer, so that answers are text."""
    values = random.standard_normal((N_VOCAB, width)).astype(np.float32)
    values[[token for token in range(N_VOCAB) if token not in _PRINTABLE]] *= 0.2
    return values


def _matrix(random: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return (random.standard_normal((rows, columns)) * 1.6 / np.sqrt(columns)).astype(np.float32)
