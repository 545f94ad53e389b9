"""The events about answers: recorded, imported, not generated, and generated under other settings than before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from doubleread.domain.answer import Answer
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import EventKind, Words
from doubleread.domain.hashes import text_sha256
from doubleread.domain.left_out import lines_skipped
from doubleread.domain.wording import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecorded(EventKind):
    """An answer was stored. Text, manifest and reasoning are named by their SHA-256."""

    kind: ClassVar[str] = "answer.recorded"
    answer_id: str
    case_id: str
    arm_id: str
    sha256: str
    manifest_sha256: str
    reasoning_sha256: str
    sample: int = 0

    @classmethod
    def of(cls, answer: Answer, manifest: str) -> Self:
        """Return the event of an answer. `manifest` is its manifest as it is stored."""
        return cls(
            answer_id=answer.id,
            case_id=answer.case_id,
            arm_id=answer.arm_id,
            sha256=answer.sha256,
            manifest_sha256=text_sha256(manifest),
            reasoning_sha256=text_sha256(answer.reasoning),
            sample=answer.sample,
        )

    def to_body(self) -> dict[str, Any]:
        return _without_first(EventKind.to_body(self))

    def check(self, answer: Answer, manifest: str) -> str:
        """Return how a stored answer differs from what was recorded; "" if it does not."""
        found = AnswerRecorded.of(answer, manifest)
        if found == self:
            return ""
        only_reasoning = replace(found, reasoning_sha256=self.reasoning_sha256) == self
        return f"its {'reasoning' if only_reasoning else 'text or manifest'} was changed"

    def apply(self, recorded: dict[str, AnswerRecorded], entry: Event) -> None:
        """Add it to the answers that were recorded, by their ids."""
        recorded[self.answer_id] = self

    def describe(self, words: Words) -> str:
        return "an answer was recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersImported(EventKind):
    """External answers of one model came from a file. `about` says which file, and what it brought."""

    kind: ClassVar[str] = "answers.imported"
    about: Mapping[str, Any]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(about=body)

    def to_body(self) -> dict[str, Any]:
        return dict(self.about)

    def describe(self, words: Words) -> str:
        return f"imported {plural(self.about['added'], 'answer')}{lines_skipped(self.about)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationFailed(EventKind):
    """An answer could not be generated, and why."""

    kind: ClassVar[str] = "generation.failed"
    case_id: str
    arm_id: str
    title: str
    happened: str
    sample: int = 0

    def to_body(self) -> dict[str, Any]:
        return _without_first(EventKind.to_body(self))

    def apply(self, failures: dict[tuple[str, str, int], str], entry: Event) -> None:
        """Replace the reason why the arm has not given this answer to the case."""
        failures[self.case_id, self.arm_id, self.sample] = f"{self.title}: {self.happened}"

    def describe(self, words: Words) -> str:
        return "an answer could not be generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationDrifted(EventKind):
    """A model's answers are from now on generated with other settings.

    Each difference names the manifest's `entry`, the value `before` and the one `now`.
    """

    kind: ClassVar[str] = "configuration.drifted"
    arm_id: str
    differences: Sequence[Mapping[str, Any]]

    def describe(self, words: Words) -> str:
        return f"generation went on with {plural(len(self.differences), 'changed setting')}"


def _without_first(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out the sample of a first answer: most studies have no others."""
    return {name: value for name, value in body.items() if name != "sample" or value}
