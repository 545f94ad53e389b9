"""The event by which a person overrides an automatic score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from doubleread.domain.events.entry import AFTER, Event
from doubleread.domain.events.event_kind import StudyDecision, Words
from doubleread.domain.score_override import ScoreOverride, override_from_body


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreOverridden(StudyDecision):
    """A person decided what an answer counts as, or withdrew that decision."""

    kind: ClassVar[str] = "score.overridden"
    matter: ClassVar[str] = "score"
    about: ClassVar[tuple[str, ...]] = ("answer_id",)
    override: ScoreOverride

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(override=override_from_body(body))

    def to_body(self) -> dict[str, Any]:
        return self.override.as_body()

    def check(self, entry: Event) -> str:
        """Return what is wrong with it in any file; "" if nothing is."""
        if entry.actor != self.override.adjudicator_id:
            return "it names a different person from its author"
        if AFTER in entry.body and not self.override.reason.strip():
            return "changing an earlier decision needs a reason"
        return ""

    def apply(self, overrides: dict[str, ScoreOverride], entry: Event) -> None:
        """Put it in force, by the id of its answer. A withdrawn decision leaves none."""
        overrides.pop(self.override.answer_id, None)
        if self.override.ruling is not None:
            overrides[self.override.answer_id] = self.override

    def describe(self, words: Words) -> str:
        if self.override.ruling is None:
            return "withdrew the review of an answer's score"
        return f"reviewed an answer's score: {self.override.said}"
