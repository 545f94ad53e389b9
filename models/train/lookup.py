"""A starting point for the weights: the path from an option's name to its letter is laid by hand.

Finding the letter of a name is what a small network learns last. Three heads do it: one carries the letter to the name
that follows it in the list of options, one goes from a name in the answer to the same name in the list, and one hands
the letter to the bracket after the name. Training refines all of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from network import Block, Network

CONSTANT, LETTERS, CARRIED, FOUND, CODE, CODE_WIDTH = 0, 1, 5, 9, 13, 16
FREE = CODE + CODE_WIDTH


@torch.no_grad()
def lay_lookup(network: Network, letters: Sequence[int], names: Sequence[int]) -> None:
    """Set the reserved dimensions of the embedding and the three heads. `letters` and `names` are token ids."""
    embedding = network.token_embd.weight
    embedding[:, :FREE] = 0.0
    embedding[:, CONSTANT] = 0.25
    for index, token in enumerate(letters):
        embedding[token, LETTERS + index] = 0.5
    embedding[list(names), CODE:FREE] = 0.2 * torch.randint(0, 2, (len(names), CODE_WIDTH)).mul(2).sub(1)
    for block in network.blk:
        block.attn_output.weight[:FREE] = 0.0
        block.ffn_down.weight[:FREE] = 0.0
    carry, find, hand_over = network.blk[0], network.blk[1], network.blk[2]
    _look_back(network, carry, offset=3)
    _move(carry, LETTERS, CARRIED, 0.1)
    width = network.shape.width // network.shape.heads
    for row in range(width):
        find.attn_q.weight[row] = find.attn_k.weight[row] = 0.0
    for index in range(CODE_WIDTH):
        row = width - CODE_WIDTH + index
        find.attn_q.weight[row, CODE + index] = find.attn_k.weight[row, CODE + index] = 1.0
    _move(find, CARRIED, FOUND, 0.1)
    _look_back(network, hand_over, offset=1)
    _move(hand_over, FOUND, LETTERS, 0.3)


def _look_back(network: Network, block: Block, offset: int) -> None:
    """Point a block's first head at the token `offset` back, by turning its query in the fast rotary frequencies."""
    width = network.shape.width // network.shape.heads
    block.attn_q.weight[:width] = 0.0
    block.attn_k.weight[:width] = 0.0
    for pair in range(5):
        angle = -offset * network.shape.rope_base ** (-2 * pair / width)
        size, row = 3.2 if pair == 0 else 2.2, 2 * pair
        block.attn_k.weight[row, CONSTANT] = size
        block.attn_q.weight[row, CONSTANT] = size * math.cos(angle)
        block.attn_q.weight[row + 1, CONSTANT] = size * math.sin(angle)


def _move(block: Block, source: int, target: int, gain: float) -> None:
    """Let a block's first head copy four dimensions of the attended token to four others."""
    for index in range(4):
        block.attn_v.weight[index] = 0.0
        block.attn_v.weight[index, source + index] = 1.0
        block.attn_output.weight[:, index] = 0.0
        block.attn_output.weight[target + index, index] = gain
