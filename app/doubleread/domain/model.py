"""A model file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """A GGUF file: its SHA-256, the name it gives itself, where it was last found, and its metadata."""

    sha256: str
    name: str
    path: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
