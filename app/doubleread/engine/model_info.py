"""What a GGUF file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model file's header, read without loading the weights.

    `parameters` counts weights, `tensor_bytes` and `file_bytes` are bytes, `context_length` is the number of tokens the
    model was trained for (0 where the file does not say). `metadata` holds the file's single values (no arrays), long
    ones shortened. `problems` says in the reader's words why the file cannot answer a chat; empty where it can.
    """

    path: str
    name: str
    architecture: str
    parameters: int
    quantisation: str
    context_length: int
    vocabulary_size: int
    tensor_bytes: int
    file_bytes: int
    has_chat_template: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
