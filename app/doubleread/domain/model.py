"""A model that takes part in a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.hashes import text_sha256


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A chat template that replaces the model file's own: its Jinja source, and the family or file it comes from."""

    source: str
    template: str


@dataclass(frozen=True, slots=True)
class Model:
    """One of the two models of a study. `path` is where its GGUF lies; it is empty for imported answers.

    `role` is free text such as "general" or "biomedical"; `metadata` is what the GGUF says of itself.
    `chat_template` is None where the file's own is used.
    """

    id: str
    name: str
    sha256: str
    path: str = ""
    role: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    chat_template: NamedTemplate | None = None

    def summary(self) -> dict[str, str]:
        """Return what the log says of it when a study is created."""
        entry = {"id": self.id, "name": self.name, "sha256": self.sha256}
        if self.chat_template is not None:
            entry["chat_template_sha256"] = text_sha256(self.chat_template.template)
        return entry
