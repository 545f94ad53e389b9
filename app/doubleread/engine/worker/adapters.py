"""LoRA adapters: small files whose matrices are added to a model's weights while it computes."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as lib

from doubleread.domain.arm import Adapter
from doubleread.engine.worker.llama import Context, Model


class Adapters:
    """Adapters loaded for one model, each with its scale: 1 as it was trained, 0 without effect."""

    def __init__(self, model: Model, adapters: Sequence[Adapter]) -> None:
        """Load the files. Raises RuntimeError for one that does not fit the model."""
        self._scales = [adapter.scale for adapter in adapters]
        self._pointers = [_loaded(model, adapter.path) for adapter in adapters]

    def apply(self, context: Context) -> None:
        """Let a context compute with the adapters. Raises RuntimeError if llama.cpp refuses."""
        count = len(self._pointers)
        pointers = (lib.llama_adapter_lora_p_ctypes * count)(*self._pointers)
        if lib.llama_set_adapters_lora(context.pointer, pointers, count, (ctypes.c_float * count)(*self._scales)):
            raise RuntimeError("the adapters could not be applied")


def _loaded(model: Model, path: str) -> Any:
    pointer = lib.llama_adapter_lora_init(model.pointer, os.fsencode(path))
    if not pointer:
        raise RuntimeError(f"the adapter {os.path.basename(path)} could not be loaded")
    return pointer
