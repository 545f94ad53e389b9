"""Make a model of realistic shape with random weights: as fast and as large as the real one, without a download."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from doubleread.bench.gguf_writing import entry, header, padded, tensor_bytes
from doubleread.bench.random_blocks import random_rows
from doubleread.bench.shapes import EMBEDDING, FILE_TYPES, OUTPUT, ModelShape, Quantisation, TensorPlan, tensors
from doubleread.bench.vocabulary import Vocabulary
from doubleread.errors import ModelFileError

PIECE = 16 * 1024 * 1024
"""Maximum size of the pieces of a tensor, in bytes."""

OUTPUT_SPREAD = 3.0
"""The standard deviation of the logits, that of a model that is sometimes certain."""


def make_model(
    path: str | os.PathLike[str],
    shape: ModelShape,
    quantisation: Quantisation,
    vocabulary: Vocabulary,
    *,
    name: str,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Write the model and return its size in bytes. `progress` is called with bytes written and bytes in all.

    Raises ModelFileError if the file exists or cannot be written; an incomplete file is removed.
    """
    place = Path(path)
    plans = list(tensors(shape, vocabulary.size, quantisation))
    head = header([*_entries(shape, quantisation, vocabulary.size, name), *vocabulary.entries], plans)
    size = len(head) + sum(padded(tensor_bytes(plan)) for plan in plans)
    try:
        file = place.open("xb")
        with _taken_away_on_error(place), file:
            file.write(head)
            done = len(head)
            for number, plan in enumerate(plans):
                random = np.random.Generator(np.random.SFC64([seed, number]))
                for piece in _pieces(plan, shape, vocabulary.silent, random):
                    done += _write(file, piece)
                    progress(done, size)
                done += _write(file, bytes(padded(tensor_bytes(plan)) - tensor_bytes(plan)))
    except FileExistsError:
        raise ModelFileError("File exists", f"{place} is there already", "choose another name, or remove it") from None
    except OSError as error:
        reason = f"{place}: {error.strerror or error}"
        raise ModelFileError(
            "Model not written", reason, "check the folder, and that there is room on the disk"
        ) from error
    return size


def _entries(shape: ModelShape, quantisation: Quantisation, n_vocab: int, name: str) -> Iterator[bytes]:
    kind = shape.architecture
    yield entry("general.architecture", kind)
    yield entry("general.name", name)
    yield entry(
        "general.description", "Random weights in a real model's shape, to measure with. Its answers mean nothing."
    )
    yield entry("general.file_type", FILE_TYPES[quantisation])
    yield entry("general.quantization_version", 2)
    yield entry(f"{kind}.context_length", shape.context)
    yield entry(f"{kind}.embedding_length", shape.width)
    yield entry(f"{kind}.block_count", shape.layers)
    yield entry(f"{kind}.feed_forward_length", shape.hidden)
    yield entry(f"{kind}.attention.head_count", shape.heads)
    yield entry(f"{kind}.attention.head_count_kv", shape.kv_heads)
    yield entry(f"{kind}.attention.layer_norm_rms_epsilon", 1e-5)
    yield entry(f"{kind}.rope.dimension_count", shape.head_width)
    yield entry(f"{kind}.rope.freq_base", shape.rope_base)
    yield entry(f"{kind}.vocab_size", n_vocab)


def _pieces(
    plan: TensorPlan, shape: ModelShape, silent: tuple[int, ...], random: np.random.Generator
) -> Iterator[bytes]:
    """Yield a tensor's bytes, in pieces of whole rows."""
    if plan.constant is not None:
        yield np.full(plan.columns, plan.constant, dtype="<f4").tobytes()
        return
    speaks = plan.name == (EMBEDDING if shape.tied else OUTPUT)
    deviation = _deviation(plan, speaks=speaks)
    row_bytes = tensor_bytes(plan) // plan.rows
    step = max(1, PIECE // row_bytes)
    for start in range(0, plan.rows, step):
        rows = random_rows(plan.type, min(step, plan.rows - start), plan.columns, deviation, random)
        if speaks:
            # A row of zero bytes is a row of zeros in every type: its token's logit is 0, and never the highest.
            rows[[token - start for token in silent if start <= token < start + len(rows)]] = 0
        yield rows.tobytes()


def _deviation(plan: TensorPlan, *, speaks: bool) -> float:
    """Return the deviation that maps inputs of deviation 1 to outputs of deviation 1, or OUTPUT_SPREAD for logits."""
    if speaks:
        return float(OUTPUT_SPREAD / np.sqrt(plan.columns))
    return 1.0 if plan.name == EMBEDDING else float(1.0 / np.sqrt(plan.columns))


def _write(file: BinaryIO, data: bytes) -> int:
    file.write(data)
    return len(data)


@contextlib.contextmanager
def _taken_away_on_error(place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            place.unlink()
        raise
