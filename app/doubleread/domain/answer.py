"""An answer: what an arm wrote for a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from doubleread.domain.hashes import text_sha256

FinishReason = Literal["stop", "length", "imported"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. Its text never changes, because annotations point into it by offset.

    `sample` counts the arm's answers to the case from 0: the first is the one that is read, adjudicated and reviewed.
    `reasoning` is what a reasoning model wrote before it, never scored or marked; "" for other models. Times are ISO
    8601 in UTC, "" if they are not recorded. `manifest` says how the answer was generated (see
    `doubleread.engine.worker.manifest`).
    """

    id: str
    case_id: str
    arm_id: str
    text: str
    started_at: str
    finished_at: str
    finish_reason: FinishReason
    manifest: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""
    sample: int = 0

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return text_sha256(self.text)
