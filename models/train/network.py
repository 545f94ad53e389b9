"""A small llama-architecture network in PyTorch, laid out as llama.cpp reads it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's sizes. Every width is a multiple of 32, so that all matrices can be quantised to Q8_0."""

    vocabulary: int = 2048
    width: int = 128
    blocks: int = 4
    heads: int = 4
    feed_forward: int = 352
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


def rope_tables(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Return cosines and sines of shape (length, head width / 2)."""
    half = shape.width // shape.heads // 2
    rates = shape.rope_base ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = torch.arange(length, dtype=torch.float32)[:, None] * rates[None, :]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotate neighbouring pairs (2i, 2i+1), the order that llama.cpp uses, so that no weights need permuting."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), dim=-1).flatten(-2)


class Block(nn.Module):
    """Attention and a gated feed-forward layer, each after an RMS norm and added to its input."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Map (batch, length, width) to the same shape."""
        batch, length, width = x.shape
        normed = self.attn_norm(x)
        split = (batch, length, self.shape.heads, width // self.shape.heads)
        q = rotate(self.attn_q(normed).view(split).transpose(1, 2), cosines, sines)
        k = rotate(self.attn_k(normed).view(split).transpose(1, 2), cosines, sines)
        v = self.attn_v(normed).view(split).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, length, width))
        normed = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(normed)) * self.ffn_up(normed))


class Network(nn.Module):
    """Token ids to hidden states; `logits` uses the embedding again, so that there is no output matrix."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                into_stream = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(parameter, std=0.08 if "embd" in name else 0.008 if into_stream else 0.04)
        self.tables = rope_tables(shape, 512)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids (batch, length) to hidden states (batch, length, width)."""
        cosines, sines = (table[: ids.shape[1]] for table in self.tables)
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, cosines, sines)
        return self.output_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Map hidden states (..., width) to logits (..., vocabulary)."""
        return F.linear(hidden, self.token_embd.weight)
