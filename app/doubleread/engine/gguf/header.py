"""Read a GGUF header without trusting it: counts and lengths are checked against the file's size."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from math import prod
from typing import Any, BinaryIO

from doubleread.engine.gguf.types import ARRAY, BOOL, MAGIC, SCALARS, STRING, TENSOR_TYPES, VERSIONS

MAX_ENTRIES = 65536
MAX_KEY = 1024
MAX_STRING = 16 * 1024 * 1024
MAX_ARRAY = 64 * 1024 * 1024
MAX_SECONDS = 20.0
MAX_LIST = 1024
"""The longest list of numbers that is kept: one for each layer, and no model has more layers."""


class HeaderError(Exception):
    """The header cannot be read. `kind` is "cut" if the file ends too early, "version", "endian" or "damaged".

    `expected` is the least size of the whole file in bytes, if its header tells.
    """

    def __init__(self, kind: str, happened: str, expected: int | None = None) -> None:
        super().__init__(kind, happened)
        self.kind = kind
        self.happened = happened
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor's entry. `offset` counts bytes from the start of the data."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int

    @property
    def values(self) -> int:
        """Number of its values."""
        return prod(self.shape)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        _, block, width = TENSOR_TYPES[self.type]
        return self.values // block * width


@dataclass(slots=True)
class Header:
    """A complete header: single values, lengths of arrays, short lists of numbers, tensors, start of the data.

    `places` gives each entry's first byte and the byte after its last, with its key.
    """

    version: int
    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, int] = field(default_factory=dict)
    lists: dict[str, tuple[float, ...]] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    data_start: int = 0


def read_header(file: BinaryIO, size: int) -> Header:
    """Read a header from the beginning of a file of `size` bytes. Raises HeaderError, or OSError if reading fails."""
    reader = _Reader(file, size)
    if reader.take(4) != MAGIC:
        raise HeaderError("magic", "it does not start like a GGUF file")
    version = reader.number("<I")
    if version not in VERSIONS:
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
        if swapped in VERSIONS:
            raise HeaderError("endian", "it was written for big-endian machines")
        raise HeaderError("version", f"it has GGUF version {version}; only versions 2 and 3 are supported")
    header = Header(version)
    n_tensors, n_values = reader.number("<Q"), reader.number("<Q")
    if n_tensors > MAX_ENTRIES or n_values > MAX_ENTRIES:
        raise HeaderError("damaged", f"it claims {n_tensors} tensors and {n_values} entries")
    for _ in range(n_values):
        start = reader.position
        key = reader.string(MAX_KEY)
        if key in header.values or key in header.arrays:
            raise HeaderError("damaged", f"the entry {key!r:.80} occurs twice")
        kind = reader.number("<I")
        if kind == ARRAY:
            header.arrays[key], numbers = reader.array()
            if numbers:
                header.lists[key] = numbers
        else:
            header.values[key] = reader.value(kind)
        header.places[key] = (start, reader.position)
    for _ in range(n_tensors):
        header.tensors.append(reader.tensor())
    alignment = header.values.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= 65536 or alignment & (alignment - 1):
        raise HeaderError("damaged", f"its alignment is {alignment!r:.40}")
    header.data_start = -(-reader.position // alignment) * alignment
    _check_tensors(header, alignment, size)
    return header


def _check_tensors(header: Header, alignment: int, size: int) -> None:
    if len({tensor.name for tensor in header.tensors}) != len(header.tensors):
        raise HeaderError("damaged", "two of its tensors have the same name")
    expected = 0
    for tensor in header.tensors:
        if tensor.offset % alignment:
            raise HeaderError("damaged", f"the tensor {tensor.name!r:.80} has an impossible position")
        expected = max(expected, header.data_start + tensor.offset + tensor.size)
    if expected > size:
        raise HeaderError("cut", f"it has {size:,} of the {expected:,} bytes that its header asks for", expected)


class _Reader:
    """Reads numbers and strings in turn, never beyond the file's end and never for long."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._deadline = time.monotonic() + MAX_SECONDS
        self.position = 0

    def take(self, count: int) -> bytes:
        if count > self._size - self.position:
            raise HeaderError("cut", f"it ends within its header, after {self._size:,} bytes")
        data = self._file.read(count)
        if len(data) != count:
            raise HeaderError("cut", "it was truncated while it was read")
        self.position += count
        return data

    def skip(self, count: int) -> None:
        if count > self._size - self.position:
            raise HeaderError("cut", f"it ends within its header, after {self._size:,} bytes")
        self._file.seek(count, 1)
        self.position += count

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def string(self, limit: int) -> str:
        length = self.number("<Q")
        if length > self._size - self.position:
            raise HeaderError("cut", f"a text of {length:,} bytes extends beyond its end")
        if length > limit:
            raise HeaderError("damaged", f"it contains a text of {length:,} bytes")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string(MAX_STRING)
        form = SCALARS.get(kind)
        if form is None:
            raise HeaderError("damaged", f"an entry has the unknown type {kind}")
        (value,) = form.unpack(self.take(form.size))
        return bool(value) if kind == BOOL else value

    def array(self) -> tuple[int, tuple[float, ...]]:
        """Return an array's length, and its values if they are few numbers."""
        kind, count = self.number("<I"), self.number("<Q")
        if kind in SCALARS:
            if count <= MAX_LIST:
                return count, tuple(self.value(kind) for _ in range(count))
            self.skip(count * SCALARS[kind].size)
            return count, ()
        if kind != STRING:
            raise HeaderError("damaged", f"a list has the unknown type {kind}")
        if count > min(MAX_ARRAY, (self._size - self.position) // 8):
            raise HeaderError("cut", f"a list of {count:,} texts extends beyond its end")
        for index in range(count):
            if index % 8192 == 0 and time.monotonic() > self._deadline:
                raise HeaderError("damaged", f"its header could not be read within {MAX_SECONDS:.0f} seconds")
            self.skip(int.from_bytes(self.take(8), "little"))
        return count, ()

    def tensor(self) -> Tensor:
        name = self.string(MAX_KEY)
        dimensions = self.number("<I")
        if not 1 <= dimensions <= 4:
            raise HeaderError("damaged", f"the tensor {name!r:.80} has {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        kind, offset = self.number("<I"), self.number("<Q")
        if kind not in TENSOR_TYPES:
            raise HeaderError("newer", f"the tensor {name!r:.80} has the unknown type {kind}")
        if any(not 1 <= length < 2**48 for length in shape) or shape[0] % TENSOR_TYPES[kind][1]:
            raise HeaderError("damaged", f"the tensor {name!r:.80} has the impossible shape {shape}")
        return Tensor(name, shape, kind, offset)
