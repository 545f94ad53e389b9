"""What a model wrote for a case."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length", "imported"]


def text_sha256(text: str) -> str:
    """Hash of a text's UTF-8 form, in hexadecimal. Lone surrogates are encoded as if UTF-8 could hold them."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. Its text never changes, because findings point into it by offset.

    Times are ISO 8601 in UTC. `manifest` says how the answer came about (see `doubleread.engine.manifest`).
    """

    id: str
    case_id: str
    model_id: str
    text: str
    started_at: str
    finished_at: str
    finish_reason: FinishReason
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return text_sha256(self.text)
