"""Random weights, generated directly as the blocks that llama.cpp stores, which is far faster than quantising.

Every type's values have mean 0 and the wanted standard deviation, so that a model with such weights computes with
numbers of ordinary size. The layouts are those of ggml-common.h.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from doubleread.engine.gguf.types import TENSOR_TYPES

Bytes = NDArray[np.uint8]
TYPE_NUMBERS = {name: number for number, (name, _, _) in TENSOR_TYPES.items()}


def random_rows(type_name: str, rows: int, columns: int, deviation: float, random: np.random.Generator) -> Bytes:
    """Return rows of random weights as bytes, an array (rows, bytes in a row)."""
    if type_name == "F16":
        uniform = random.random((rows, columns), dtype=np.float32)
        halves: Bytes = ((uniform - 0.5) * (deviation * np.sqrt(12.0))).astype(np.float16).view(np.uint8)
        return halves
    _, values_in_block, block_bytes = TENSOR_TYPES[TYPE_NUMBERS[type_name]]
    blocks = rows * columns // values_in_block
    data = np.frombuffer(random.bytes(blocks * block_bytes), dtype=np.uint8).reshape(blocks, block_bytes).copy()
    _SCALES[type_name](data, deviation)
    return data.reshape(rows, -1)


def _q8_0(blocks: Bytes, deviation: float) -> None:
    """A half-precision scale, then 32 signed bytes."""
    _set_scale(blocks, 0, np.full(len(blocks), deviation / _deviation(np.arange(-128, 128))))


def _q4_0(blocks: Bytes, deviation: float) -> None:
    """A scale, then 32 values of 4 bits, each minus 8. The scale's sign is random, as the values' own mean is not 0."""
    scale = deviation / np.sqrt(np.mean(np.arange(-8.0, 8.0) ** 2))
    _set_scale(blocks, 0, np.where(blocks[:, 0] & 1, scale, -scale))


def _q4_k(blocks: Bytes, deviation: float) -> None:
    """Two scales, 12 bytes with a 6-bit scale and a 6-bit minimum for each of 8 parts, then 256 values of 4 bits.

    A part's minimum is set to its scale, and the second scale to 7.5 times the first: then a part's mean is 0.
    """
    blocks[:, 8:12] = blocks[:, 4:8]
    blocks[:, 12:16] = (blocks[:, 12:16] & 15) * 17
    scales = np.arange(64)
    unit = deviation / np.sqrt(np.mean(scales**2) * np.mean((np.arange(16) - 7.5) ** 2))
    _set_scale(blocks, 0, np.full(len(blocks), unit))
    _set_scale(blocks, 2, np.full(len(blocks), 7.5 * unit))


def _q6_k(blocks: Bytes, deviation: float) -> None:
    """192 bytes with 256 values of 6 bits, each minus 32, then 16 signed 8-bit scales and one scale for all."""
    scales, values = np.arange(-128.0, 128.0), np.arange(-32.0, 32.0)
    unit = deviation / np.sqrt(np.mean(scales**2) * np.mean(values**2))
    _set_scale(blocks, 208, np.full(len(blocks), unit))


_SCALES: dict[str, Callable[[Bytes, float], None]] = {"Q8_0": _q8_0, "Q4_0": _q4_0, "Q4_K": _q4_k, "Q6_K": _q6_k}


def _set_scale(blocks: Bytes, place: int, scales: NDArray[np.float64]) -> None:
    blocks[:, place : place + 2] = scales.astype("<f2").view(np.uint8).reshape(-1, 2)


def _deviation(values: NDArray[np.int64]) -> float:
    return float(np.sqrt(np.mean(values.astype(np.float64) ** 2)))
