"""The input of every way: a model, how to run it, and the questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doubleread.engine.client.settings import EngineSettings, FlashAttention
from doubleread.errors import DoublereadError

_ROUND_UP = 256
"""llama.cpp rounds a sequence's length up to a multiple of this; all ways get the same."""

WARM_UP = "Hello"
"""The question before the clock starts: the first steps touch memory for the first time."""


class BenchError(DoublereadError):
    """A way could not be measured."""


@dataclass(frozen=True, slots=True)
class Question:
    """A user's message, and the number of tokens of its rendered conversation."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Task:
    """Questions for one model, with answers of exactly `answer_tokens` tokens, in `slots` parallel answers if possible.

    `settings` are the plan's; the task sets slots and the size of memory. `alike` tells whether questions begin with
    the same long texts. `flash_attention` is that of the other ways.
    """

    model: Path
    settings: EngineSettings
    questions: tuple[Question, ...]
    answer_tokens: int
    slots: int
    alike: bool = False
    flash_attention: FlashAttention = "auto"

    def engine_settings(self, slots: int) -> EngineSettings:
        """Return the settings of this program's engine for the task."""
        return self.settings.replace(
            n_slots=slots,
            n_ctx=self.n_ctx,
            n_cells=0,
            kv_unified=self.settings.kv_unified or (self.alike and self.settings.gpu_layers != 0),
        )

    @property
    def n_ctx(self) -> int:
        """The tokens of one prompt and its answer, rounded up, with some room."""
        longest = max(question.tokens for question in self.questions) + self.answer_tokens
        return -(-(longest + 8) // _ROUND_UP) * _ROUND_UP

    @property
    def one_wave(self) -> bool:
        """Whether all answers can run at once."""
        return len(self.questions) <= self.slots

    @property
    def program_options(self) -> dict[str, str | int | Path]:
        """The options that are the same for all of llama.cpp's programs."""
        settings = self.settings
        options: dict[str, str | int | Path] = {
            "--model": self.model,
            "--batch-size": settings.n_batch,
            "--ubatch-size": min(settings.n_batch, 512),
            "--threads": settings.n_threads,
            "--threads-batch": settings.n_threads_batch,
            "--gpu-layers": self.gpu_layers,
            "--flash-attn": self.flash_attention,
        }
        if settings.main_gpu >= 0:
            options |= {"--split-mode": "none", "--main-gpu": settings.main_gpu}
        return options

    @property
    def gpu_layers(self) -> int:
        """Layers on the GPU in the form of llama.cpp's programs: a large number for all."""
        return self.settings.gpu_layers if self.settings.gpu_layers >= 0 else 999
