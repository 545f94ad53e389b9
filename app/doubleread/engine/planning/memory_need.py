"""The memory a model needs with given settings: weights, cache, compute buffers. Pure arithmetic.

It follows llama.cpp (source of 0.3.36) exactly where possible, so that a plan agrees with its log:

- the cache keeps, for each layer and cell, one row of keys and one of values in the cache's number format; the number
  of cells is rounded up to a multiple of 256;
- a layer with a sliding window keeps as many cells as its window, once for each sequence, plus one part of a batch;
- a recurrent layer keeps a state of fixed size for each sequence;
- embeddings stay in main memory; `gpu_layers` counts from the end, with the output as the last layer.

Compute buffers depend on the graph that llama.cpp builds, and no formula covers all graphs. `compute_estimate` covers
the usual transformer; `memory_trial` asks llama.cpp itself, and `Ratios` compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.engine.client.settings import EngineSettings, KvType
from doubleread.engine.gguf.model_shape import ModelShape

MIB = 2**20
GIB = 2**30
PROCESS_BYTES = 48 * MIB
"""Memory of a worker without its model: Python, numpy, llama.cpp's code and small buffers. Measured: 35 to 50 MiB."""

TOKEN_BYTES = 448
"""What llama.cpp's vocabulary takes per token. Measured: 194 (GPT-2), 322 (Qwen 2), 437 (Llama 3)."""

_ROWS: dict[KvType, tuple[int, int]] = {
    "f32": (1, 4),
    "f16": (1, 2),
    "bf16": (1, 2),
    "q8_0": (32, 34),
    "q5_1": (32, 24),
    "q5_0": (32, 22),
    "q4_1": (32, 20),
    "q4_0": (32, 18),
}
_CELLS_STEP = 256


@dataclass(frozen=True, slots=True)
class Ratios:
    """How much larger a model's buffers and caches are than computed here, if llama.cpp was asked."""

    compute: float = 1.0
    cache: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes in one place. `cache`: keys, values, recurrent states; `process`: the rest of its worker."""

    weights: int = 0
    cache: int = 0
    compute: int = 0
    process: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.compute + self.process

    def __add__(self, other: Need) -> Need:
        return Need(
            self.weights + other.weights,
            self.cache + other.cache,
            self.compute + other.compute,
            self.process + other.process,
        )


def cells_of(settings: EngineSettings) -> int:
    """Return the number of cells that llama.cpp allocates: the tokens that all slots together can hold."""
    if not settings.kv_unified:
        return settings.n_slots * _padded(settings.n_ctx)
    return _padded(max(settings.n_cells, settings.n_ctx) if settings.n_cells else settings.n_ctx * settings.n_slots)


def sequences_of(settings: EngineSettings) -> int:
    """Return the number of the worker's sequences: one for each slot, and one for a shared prefix."""
    return settings.n_slots + settings.kv_unified


def row_bytes(width: int, kv_type: KvType) -> int:
    """Return the bytes of one cache row of `width` numbers; blocks are padded."""
    values, size = _ROWS[kv_type]
    return -(-width // values) * size


def window_cells(window: int, settings: EngineSettings) -> int:
    """Return the number of cells of a layer with a sliding window."""
    if not settings.kv_unified:
        return settings.n_slots * _padded(min(_padded(settings.n_ctx), window + _part(settings)))
    return _padded(min(cells_of(settings), window * sequences_of(settings) + _part(settings)))


def layer_cache(shape: ModelShape, index: int, settings: EngineSettings) -> int:
    """Return the cache bytes of a layer, for all slots."""
    layer = shape.layers[index]
    cells = window_cells(layer.window, settings) if layer.window else cells_of(settings)
    row = row_bytes(layer.key_width, settings.kv_type) + row_bytes(layer.value_width, settings.kv_type)
    return cells * row + sequences_of(settings) * layer.state_bytes


def cache_bytes(shape: ModelShape, settings: EngineSettings) -> int:
    """Return the cache bytes of all layers."""
    return sum(layer_cache(shape, index, settings) for index in range(len(shape.layers)))


def mask_bytes(shape: ModelShape, settings: EngineSettings) -> int:
    """Return the size of the attention mask: 16 bits with flash attention, else 32."""
    if not any(layer.key_width for layer in shape.layers):
        return 0
    window = max((window_cells(layer.window, settings) for layer in shape.layers if layer.window), default=0)
    size = 4 if settings.flash_attention == "off" else 2
    return size * _part(settings) * (cells_of(settings) + window)


def compute_estimate(shape: ModelShape, settings: EngineSettings) -> int:
    """Estimate the buffer for a step's intermediate results.

    For each token of a part of a batch: seven vectors of the model's width and two of its hidden width, or, without
    flash attention, every head's attention to every visible cell; plus the mask and one row of logits per slot.
    """
    part = _part(settings)
    inner = 2 * shape.hidden
    if settings.flash_attention == "off" and mask_bytes(shape, settings):
        inner = max(inner, shape.heads * _cells_seen(settings))
    vectors = 4 * part * (inner + 7 * shape.width)
    return vectors + mask_bytes(shape, settings) + 4 * sequences_of(settings) * shape.vocabulary_size


def layers_on_gpu(shape: ModelShape, settings: EngineSettings) -> int:
    """Return how many layers are on GPUs; the output counts as one."""
    all_layers = len(shape.layers) + 1
    return all_layers if settings.gpu_layers < 0 else min(settings.gpu_layers, all_layers)


def need_of(
    shape: ModelShape, settings: EngineSettings, ratios: Ratios | None = None, driver_bytes: int = 0
) -> tuple[Need, Need]:
    """Return what a model takes in main memory, where a GPU's driver takes `driver_bytes`, and on its GPUs together."""
    ratios = ratios or Ratios()
    process = _process(shape) + driver_bytes
    count = len(shape.layers)
    compute = int(compute_estimate(shape, settings) * ratios.compute)
    cache_all = int(cache_bytes(shape, settings) * ratios.cache)
    on_gpu = layers_on_gpu(shape, settings)
    if on_gpu == 0:
        return Need(shape.weight_bytes, cache_all, compute, process), Need()
    first = count - (on_gpu - 1)
    weights = shape.output_bytes + shape.tied_bytes + sum(layer.weight_bytes for layer in shape.layers[first:])
    cache = int(sum(layer_cache(shape, index, settings) for index in range(first, count)) * ratios.cache)
    host = Need(
        shape.input_bytes + sum(layer.weight_bytes for layer in shape.layers[:first]),
        cache_all - cache,
        compute if first else mask_bytes(shape, settings) + 4 * _part(settings) * shape.width,
        process,
    )
    # Long batches pass through the GPU even if a layer's weights stay behind: it gets a copy of one layer at a time.
    copies = max((layer.weight_bytes for layer in shape.layers[:first]), default=0)
    return host, Need(weights, cache, compute + copies)


def _part(settings: EngineSettings) -> int:
    return settings.ubatch


def _cells_seen(settings: EngineSettings) -> int:
    """Return how many cells a token attends to: those of all answers if they share a pool."""
    return cells_of(settings) // (1 if settings.kv_unified else settings.n_slots)


def _process(shape: ModelShape) -> int:
    return PROCESS_BYTES + TOKEN_BYTES * shape.vocabulary_size


def _padded(cells: int) -> int:
    return -(-cells // _CELLS_STEP) * _CELLS_STEP
