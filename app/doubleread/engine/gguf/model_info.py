"""The metadata of a model's GGUF files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a split model, with its size in bytes."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model's header, read without loading the weights. For a split model, of all parts together.

    `parameters` counts weights, `tensor_bytes` and `file_bytes` are bytes, `context_length` is the number of tokens the
    model was trained for (0 if the file does not say). `metadata` holds the file's single values (no arrays), with long
    ones shortened. `kind` is what the file is. `problems` tell users why it cannot answer a chat, and are empty if it
    can; `notes` are worth knowing but prevent nothing. `parts` are the files of a split model, empty for one file.
    `named_templates` are the names of the chat templates in addition to the default one.
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
    kind: str = "language model"
    parts: tuple[FilePart, ...] = ()
    notes: tuple[str, ...] = ()
    named_templates: tuple[str, ...] = ()
