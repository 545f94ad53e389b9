"""The events about readers: who takes part in a study, and which cases each of them reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from doubleread.domain.events import (
    AFTER,
    CASES_ASSIGNED,
    READER_DESCRIBED,
    READER_REGISTERED,
    READER_REINSTATED,
    READER_WITHDRAWN,
)
from doubleread.domain.events.event_kind import EventKind, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRegistered(EventKind):
    """A reader became known. `enrolled` where the study lead listed them, and they did not begin by themselves."""

    kind: ClassVar[str] = READER_REGISTERED
    reader_id: str
    enrolled: bool = False

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(reader_id=body["reader_id"], enrolled=bool(body.get("enrolled", False)))

    def to_body(self) -> dict[str, Any]:
        return {"reader_id": self.reader_id} | ({"enrolled": True} if self.enrolled else {})

    def describe(self, words: Words) -> str:
        return "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDescribed(EventKind):
    """A reader's role and qualification were stated, in place of what was stated before."""

    kind: ClassVar[str] = READER_DESCRIBED
    reader_id: str
    role: str
    qualification: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(reader_id=body["reader_id"], role=body["role"], qualification=body["qualification"])

    def to_body(self) -> dict[str, Any]:
        return {"reader_id": self.reader_id, "role": self.role, "qualification": self.qualification}

    def describe(self, words: Words) -> str:
        said = ", ".join(text for text in (self.role, self.qualification) if text)
        return f"described {self.reader_id}: {said or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationEvent(EventKind):
    """A reader left the study or came back, and why."""

    reader_id: str
    reason: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(reader_id=body["reader_id"], reason=body["reason"])

    def to_body(self) -> dict[str, Any]:
        return {"reader_id": self.reader_id, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderWithdrawn(ParticipationEvent):
    """A reader takes no further part."""

    kind: ClassVar[str] = READER_WITHDRAWN

    def describe(self, words: Words) -> str:
        return f"withdrew {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReinstated(ParticipationEvent):
    """A withdrawn reader takes part again."""

    kind: ClassVar[str] = READER_REINSTATED

    def describe(self, words: Words) -> str:
        return f"reinstated {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesAssigned(EventKind):
    """Cases were assigned, by reader and in the order of reading; `how` names the `plan` and its settings."""

    kind: ClassVar[str] = CASES_ASSIGNED
    cases: Mapping[str, Sequence[str]]
    how: Mapping[str, Any]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        how = {name: value for name, value in body.items() if name not in ("cases", AFTER)}
        return cls(cases=body["cases"], how=how)

    def to_body(self) -> dict[str, Any]:
        return {**self.how, "cases": {reader_id: list(listed) for reader_id, listed in self.cases.items()}}

    def describe(self, words: Words) -> str:
        return f"assigned cases to {', '.join(self.cases)} by the plan {self.how['plan']}"


READER_EVENTS: Mapping[str, type[EventKind]] = {
    event.kind: event for event in (ReaderRegistered, ReaderDescribed, ReaderWithdrawn, ReaderReinstated, CasesAssigned)
}
