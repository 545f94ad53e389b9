"""Events about a study as a whole: its protocol, its readers' files, what was asked of it and which branch counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from doubleread.domain.events import CONFLICT_RESOLVED, PROTOCOL_CHANGED, STUDY_SPLIT, STUDY_UNBLINDED
from doubleread.domain.events.event_kind import EventKind, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySplit(EventKind):
    """A file of their own was made for a reader."""

    kind: ClassVar[str] = STUDY_SPLIT
    split_id: str
    reader_id: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(split_id=body.get("split_id", ""), reader_id=body["reader_id"])

    def to_body(self) -> dict[str, Any]:
        return {"split_id": self.split_id, "reader_id": self.reader_id}

    def describe(self, words: Words) -> str:
        return f"split off a file for {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUnblinded(EventKind):
    """Somebody unblinded the study before all readings were committed, and why."""

    kind: ClassVar[str] = STUDY_UNBLINDED
    reason: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(reason=body.get("reason", ""))

    def to_body(self) -> dict[str, Any]:
        return {"reason": self.reason}

    def describe(self, words: Words) -> str:
        return "unblinded the study before all readings were committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolChanged(EventKind):
    """The protocol was changed. `protocol` is the new record, whose SHA-256 is `protocol_sha256`."""

    kind: ClassVar[str] = PROTOCOL_CHANGED
    before_sha256: str
    protocol_sha256: str
    protocol: Mapping[str, Any]
    reason: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            before_sha256=body.get("before_sha256", ""),
            protocol_sha256=body["protocol_sha256"],
            protocol=body.get("protocol", {}),
            reason=body.get("reason", ""),
        )

    def to_body(self) -> dict[str, Any]:
        return {
            "before_sha256": self.before_sha256,
            "protocol_sha256": self.protocol_sha256,
            "protocol": dict(self.protocol),
            "reason": self.reason,
        }

    def describe(self, words: Words) -> str:
        return f"changed the protocol to {self.protocol_sha256[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictResolved(EventKind):
    """One branch of a reading was chosen. `head` is the hash of its last event."""

    kind: ClassVar[str] = CONFLICT_RESOLVED
    reader_id: str
    case_id: str
    repeat: int
    head: str
    reason: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            reader_id=body.get("reader_id", ""),
            case_id=body.get("case_id", ""),
            repeat=body.get("repeat", 0),
            head=body.get("head", ""),
            reason=body.get("reason", ""),
        )

    def to_body(self) -> dict[str, Any]:
        return {
            "reader_id": self.reader_id,
            "case_id": self.case_id,
            "repeat": self.repeat,
            "head": self.head,
            "reason": self.reason,
        }

    def describe(self, words: Words) -> str:
        again = ", read again" if self.repeat else ""
        return f"chose the branch of {self.reader_id}{again} with hash {str(self.head)[:12]}"


STUDY_EVENTS: Mapping[str, type[EventKind]] = {
    event.kind: event for event in (StudySplit, StudyUnblinded, ProtocolChanged, ConflictResolved)
}
