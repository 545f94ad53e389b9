"""How a model is run: what the worker loads, and the supervisor's time limits."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from doubleread.domain.arm import Adapter
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.engine.strict_json import CheckedStruct

FlashAttention = Literal["auto", "on", "off"]
KvType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]


class PromptCache(CheckedStruct, frozen=True):
    """The folder in which a worker keeps processed prompts, and how many bytes all files in it may take.

    `model_sha256` is the hash of the model, which a worker itself knows only later. A prompt, or a beginning that
    prompts have in common, is kept from `least_tokens` on. Reading or writing one may take `most_cost` of the time in
    which it is processed.
    """

    folder: str
    most_bytes: Annotated[int, Meta(ge=0, le=2**60)]
    model_sha256: str
    least_tokens: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 256
    most_cost: Annotated[float, Meta(ge=0, le=1e9)] = 0.5


class LoadSettings(CheckedStruct, frozen=True):
    """How a worker loads its model: `n_ctx` tokens of prompt and answer for each of `n_slots` parallel answers.

    All answers share a pool of `n_cells` tokens; 0 means `n_ctx * n_slots`, and the pool is never smaller than `n_ctx`.
    A smaller pool allows more parallel answers, because few of them fill their context. Without `kv_unified`, each
    answer has `n_ctx` tokens of its own. That is faster on a processor, and on a GPU if prompts begin differently.

    `gpu_layers` -1 means all. `main_gpu` -1 spreads over all GPUs. `cores` are the logical processors to run on, or
    None for any. Zero threads means one for each core. With `reuse_prefix`, a slot keeps what a new prompt has in
    common with its last one. `reasoning` are the markers of reasoning that the study's protocol adds.

    `chat_template` is a Jinja source that replaces the model file's own; empty uses the file's. `template_source` says
    where it comes from, for the manifest. `adapters` change the weights while the model computes.

    `prompt_cache` says where the worker keeps processed prompts on disk, or is None: then it writes nothing.

    `n_ubatch` tokens of a step pass through the graph at once; 0 leaves the number to `ubatch`. `tuning` is the id of
    the tuning record that the settings come from, for the manifest.

    With `embeds`, the worker computes vectors of texts, and generates nothing.
    """

    n_ctx: Annotated[int, Meta(ge=8, le=2**24)] = 4096
    n_slots: Annotated[int, Meta(ge=1, le=64)] = 1
    n_cells: Annotated[int, Meta(ge=0, le=2**26)] = 0
    n_threads: Annotated[int, Meta(ge=0, le=512)] = 0
    n_threads_batch: Annotated[int, Meta(ge=0, le=512)] = 0
    n_batch: Annotated[int, Meta(ge=1, le=65536)] = 512
    n_ubatch: Annotated[int, Meta(ge=0, le=65536)] = 0
    gpu_layers: Annotated[int, Meta(ge=-1, le=2**16)] = 0
    main_gpu: Annotated[int, Meta(ge=-1, le=255)] = -1
    cores: tuple[int, ...] | None = None
    flash_attention: FlashAttention = "auto"
    kv_type: KvType = "f16"
    kv_unified: bool = True
    reuse_prefix: bool = True
    reasoning: tuple[OwnMarkers, ...] = ()
    chat_template: str = ""
    template_source: str = ""
    adapters: tuple[Adapter, ...] = ()
    prompt_cache: PromptCache | None = None
    tuning: str = ""
    embeds: bool = False

    @property
    def ubatch(self) -> int:
        """How many tokens of a step pass through the graph at once.

        Without flash attention, every head has a table with this many rows, which must fit the processor's cache.
        """
        return min(self.n_batch, self.n_ubatch or (128 if self.flash_attention == "off" else 512))


class EngineSettings(LoadSettings, frozen=True):
    """The settings of one model's process.

    `memory_limit` caps the worker's address space in bytes; None sets no cap, and not every system has such limits.
    A worker is ended if it has work and makes no progress for `hang_seconds`, or is silent for `silence_seconds`. A
    worker that is starting may be silent for `hang_seconds`.
    """

    memory_limit: int | None = None
    hang_seconds: float = 120.0
    silence_seconds: float = 10.0
