"""A model that takes part in a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """One of the two models of a study. `path` is the location of its GGUF; it is empty for imported answers.

    `role` is free text such as "general" or "biomedical"; `metadata` is what the GGUF says of itself.
    """

    id: str
    name: str
    sha256: str
    path: str = ""
    role: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
