"""Tokens to draw from, few enough for llama.cpp's samplers, which look at every one given to them.

These functions drop only what the samplers would drop, so that the distribution stays the same. Positions are those in
the logits.
"""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama.cpp's `llama_token_data`."""

Candidates = NDArray[np.void]
Logits = NDArray[np.float32]
Positions = NDArray[np.intp]

BLOCK = 512
_LEAST_WEIGHT = 1e-6
"""The nucleus is looked for among tokens at least so many times as likely as the likeliest, if it is there."""

_FEW = 1000
"""Positions that are sorted in no time."""

_SLACK = 1e-3


def as_array(candidates: Candidates, *, is_sorted: bool = False) -> Any:
    """Return llama.cpp's view of candidates, valid while they exist."""
    data = ctypes.cast(candidates.ctypes.data, ctypes.POINTER(lib.llama_token_data))
    return lib.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=is_sorted)


def nucleus(logits: Logits, top_p: float) -> tuple[Positions, bool]:
    """Return the positions of the likeliest tokens whose probabilities add up to at least `top_p`.

    Few of them are sorted, likeliest first, as the second value tells. Many are not, because that takes longer than the
    rest of this.
    """
    weights = np.exp(logits - logits.max())
    wanted = top_p * float(weights.sum(dtype=np.float64))
    left = np.flatnonzero(weights >= _LEAST_WEIGHT)
    if float(weights[left].sum(dtype=np.float64)) < wanted:
        left = np.arange(len(weights))
    kept: list[Positions] = []
    while len(left) > _FEW:
        here = weights[left]
        likelier = here > here.mean(dtype=np.float64)
        mass = float(here[likelier].sum(dtype=np.float64))
        if not likelier.any():
            break
        if mass < wanted:
            kept.append(left[likelier])
            wanted -= mass
            left = left[~likelier]
        else:
            left = left[likelier]
    left = _sorted(logits, left)
    reached = np.cumsum(weights[left], dtype=np.float64)
    found = np.concatenate([*kept, left[: int(np.searchsorted(reached, wanted)) + 1]])
    return (_sorted(logits, found), True) if len(found) <= _FEW else (found, False)


def _sorted(logits: Logits, positions: Positions) -> Positions:
    positions = np.sort(positions)
    return positions[np.argsort(-logits[positions], kind="stable")]


def likely(logits: Logits, min_p: float) -> Positions:
    """Return, in order, the positions of the tokens at least `min_p` times as likely as the likeliest, and few others.

    llama.cpp draws the exact line, with its own rounding.
    """
    return np.flatnonzero(logits >= logits.max() + np.log(min_p) - _SLACK)


def block_logits(logits: Logits, temperature: float) -> Logits:
    """Return the logits of blocks of `BLOCK` tokens: at this temperature, each is as likely as its tokens together."""
    scale = np.float32(max(temperature, float(np.finfo(np.float32).tiny)))
    with np.errstate(over="ignore", divide="ignore"):
        weights = np.exp((logits - logits.max()) / scale)
        sums = np.add.reduceat(weights, np.arange(0, len(weights), BLOCK))
        together: Logits = (np.log(sums) * scale).astype(np.float32)
    return together
