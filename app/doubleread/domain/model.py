"""A model that takes part in a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from doubleread.domain.formatting import short
from doubleread.domain.hashes import text_sha256


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A chat template that replaces the model file's own: its Jinja source, and the family or file it comes from."""

    source: str
    template: str


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter: its file, that file's SHA-256, and the factor of its effect (1: as it was trained)."""

    path: str
    sha256: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Model:
    """One of the two models of a study. `path` is the location of its GGUF; it is empty for imported answers.

    `role` is free text such as "general" or "biomedical"; `metadata` is what the GGUF says of itself.
    `chat_template` is None where the file's own is used. `adapters` change the weights while the model computes.
    """

    id: str
    name: str
    sha256: str
    path: str = ""
    role: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    chat_template: NamedTemplate | None = None
    adapters: tuple[Adapter, ...] = ()

    @property
    def settings_name(self) -> str:
        """The chat template and the adapters in words, which tell apart two arms with the same model."""
        words = [self.chat_template.source] if self.chat_template else []
        words += [f"{PurePath(adapter.path).stem} x {short(adapter.scale)}" for adapter in self.adapters]
        return ", ".join(words) or "unmodified"

    def summary(self) -> dict[str, Any]:
        """Return what the log says of it when a study is created."""
        entry: dict[str, Any] = {"id": self.id, "name": self.name, "sha256": self.sha256}
        if self.chat_template is not None:
            entry["chat_template_sha256"] = text_sha256(self.chat_template.template)
        if self.adapters:
            entry["adapters"] = [{"sha256": adapter.sha256, "scale": adapter.scale} for adapter in self.adapters]
        return entry
