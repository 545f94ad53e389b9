"""How a model is run: what the worker loads, and the supervisor's time limits."""

from __future__ import annotations

from dataclasses import dataclass, fields

from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.engine.client.protocol import FlashAttention, KvType, Load


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The settings of one worker. The first group goes to the worker (see `protocol.Load`), the second stays here.

    `memory_limit` caps the worker's address space in bytes (None: no cap; only where the system has such limits).
    A worker with work to do that gets nowhere for `hang_seconds`, or is silent for `silence_seconds`, is ended; one
    that has just been started may be silent for `hang_seconds`.
    """

    n_ctx: int = 4096
    n_slots: int = 1
    n_cells: int = 0
    n_threads: int = 0
    n_threads_batch: int = 0
    n_batch: int = 512
    gpu_layers: int = 0
    main_gpu: int = -1
    cores: tuple[int, ...] | None = None
    flash_attention: FlashAttention = "auto"
    kv_type: KvType = "f16"
    kv_unified: bool = True
    reuse_prefix: bool = True
    reasoning: tuple[OwnMarkers, ...] = ()

    memory_limit: int | None = None
    hang_seconds: float = 120.0
    silence_seconds: float = 10.0

    def load(self, path: str) -> Load:
        """Return the request that loads a model with these settings. Raises ValueError for values out of range."""
        passed_on = {item.name for item in fields(Load)} - {"path"}
        return Load(path, **{name: getattr(self, name) for name in passed_on})
