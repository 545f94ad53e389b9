"""Headers of well-known models, written by hand from their published configurations, without any file."""

from __future__ import annotations

from typing import Any

from doubleread.engine.gguf.header import Header, Tensor
from doubleread.engine.gguf.model_shape import ModelShape, shape_of

F16, Q4_K, Q8_0 = 1, 12, 8


def transformer(
    architecture: str,
    *,
    layers: int,
    width: int,
    heads: int,
    kv_heads: int | tuple[int, ...],
    hidden: int,
    vocabulary: int,
    kind: int = Q4_K,
    experts: int = 0,
    tied: bool = False,
    context: int = 32768,
    lists: dict[str, tuple[float, ...]] | None = None,
    **more: Any,
) -> ModelShape:
    """Return a shape as `shape_of` reads it from such a header. Dots in further keys are written as two underscores."""
    values: dict[str, Any] = {
        "general.architecture": architecture,
        "general.name": f"a {architecture}",
        f"{architecture}.block_count": layers,
        f"{architecture}.embedding_length": width,
        f"{architecture}.attention.head_count": heads,
        f"{architecture}.feed_forward_length": hidden,
        f"{architecture}.context_length": context,
        **{f"{architecture}.{key.replace('__', '.')}": value for key, value in more.items()},
    }
    numbers = {f"{architecture}.{key}": value for key, value in (lists or {}).items()}
    if isinstance(kv_heads, tuple):
        numbers[f"{architecture}.attention.head_count_kv"] = kv_heads
    else:
        values[f"{architecture}.attention.head_count_kv"] = kv_heads
    if experts:
        values[f"{architecture}.expert_count"] = experts
    tensors = [Tensor("token_embd.weight", (width, vocabulary), kind, 0)]
    if not tied:
        tensors.append(Tensor("output.weight", (width, vocabulary), kind, 0))
    key = more.get("attention__key_length", width // heads)
    for layer in range(layers):
        of_layer = kv_heads[layer] if isinstance(kv_heads, tuple) else kv_heads
        tensors += [
            Tensor(f"blk.{layer}.attn_q.weight", (width, key * heads), kind, 0),
            Tensor(f"blk.{layer}.attn_k.weight", (width, max(key * of_layer, 1)), kind, 0),
            Tensor(f"blk.{layer}.attn_v.weight", (width, max(key * of_layer, 1)), kind, 0),
            Tensor(f"blk.{layer}.attn_output.weight", (key * heads, width), kind, 0),
        ]
        suffix, count = ("_exps", (experts,)) if experts else ("", ())
        tensors += [
            Tensor(f"blk.{layer}.ffn_gate{suffix}.weight", (width, hidden, *count), kind, 0),
            Tensor(f"blk.{layer}.ffn_up{suffix}.weight", (width, hidden, *count), kind, 0),
            Tensor(f"blk.{layer}.ffn_down{suffix}.weight", (hidden, width, *count), kind, 0),
        ]
    return shape_of(Header(3, values=values, lists=numbers), tensors, f"{architecture}.gguf")


def llama3_8b(kind: int = Q4_K) -> ModelShape:
    return transformer(
        "llama", layers=32, width=4096, heads=32, kv_heads=8, hidden=14336, vocabulary=128256, kind=kind, context=8192
    )


def qwen25_7b() -> ModelShape:
    return transformer("qwen2", layers=28, width=3584, heads=28, kv_heads=4, hidden=18944, vocabulary=152064)


def gemma3_4b() -> ModelShape:
    return transformer(
        "gemma3",
        layers=34,
        width=2560,
        heads=8,
        kv_heads=4,
        hidden=10240,
        vocabulary=262144,
        kind=F16,
        tied=True,
        context=131072,
        attention__key_length=256,
        attention__value_length=256,
        attention__sliding_window=1024,
    )


def mixtral_8x7b() -> ModelShape:
    return transformer(
        "llama",
        layers=32,
        width=4096,
        heads=32,
        kv_heads=8,
        hidden=14336,
        vocabulary=32000,
        experts=8,
        expert_used_count=2,
    )


def mamba_2_8b() -> ModelShape:
    return transformer(
        "mamba",
        layers=64,
        width=2560,
        heads=1,
        kv_heads=0,
        hidden=2560,
        vocabulary=50280,
        kind=F16,
        ssm__conv_kernel=4,
        ssm__inner_size=5120,
        ssm__state_size=16,
    )


def jamba() -> ModelShape:
    """Attention in one layer of eight, as a list of key-value heads says."""
    return transformer(
        "jamba",
        layers=8,
        width=1024,
        heads=8,
        kv_heads=(0, 0, 0, 0, 2, 0, 0, 0),
        hidden=2048,
        vocabulary=65536,
        kind=F16,
        ssm__conv_kernel=4,
        ssm__inner_size=2048,
        ssm__state_size=16,
    )
