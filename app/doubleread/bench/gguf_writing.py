"""Write a GGUF's entries and its list of tensors. The tensors' bytes follow, each at a multiple of ALIGNMENT."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from doubleread.bench.random_blocks import TYPE_NUMBERS
from doubleread.bench.shapes import TensorPlan
from doubleread.engine.gguf.types import ARRAY, BOOL, MAGIC, STRING, TENSOR_TYPES

ALIGNMENT = 32
_VERSION = 3
_UINT32, _INT32, _FLOAT32 = 4, 5, 6

Value = str | bool | int | float | Sequence[str] | Sequence[int]


def entry(key: str, value: Value) -> bytes:
    """Return a key with its value; integers take 32 bits."""
    return _text(key) + _typed(value)


def header(entries: Sequence[bytes], plans: Sequence[TensorPlan]) -> bytes:
    """Return everything before the tensors' bytes, padded to their start."""
    offset = 0
    listed: list[bytes] = []
    for plan in plans:
        dimensions = (plan.columns,) if plan.constant is not None else (plan.columns, plan.rows)
        shape = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
        listed.append(_text(plan.name) + shape + struct.pack("<IQ", TYPE_NUMBERS[plan.type], offset))
        offset += padded(tensor_bytes(plan))
    head = MAGIC + struct.pack("<IQQ", _VERSION, len(plans), len(entries)) + b"".join(entries) + b"".join(listed)
    return head + bytes(padded(len(head)) - len(head))


def tensor_bytes(plan: TensorPlan) -> int:
    """Return the size of a tensor in bytes, without padding."""
    _, values_in_block, block_bytes = TENSOR_TYPES[TYPE_NUMBERS[plan.type]]
    return plan.rows * plan.columns // values_in_block * block_bytes


def padded(size: int) -> int:
    """Return the next multiple of the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _text(text: str) -> bytes:
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _typed(value: Value) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    if value and isinstance(value[0], str):
        texts = b"".join(_text(str(item)) for item in value)
        return struct.pack("<IIQ", ARRAY, STRING, len(value)) + texts
    return struct.pack(f"<IIQ{len(value)}i", ARRAY, _INT32, len(value), *(int(item) for item in value))
