"""The events of a reading as a whole, and the fold of all its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from doubleread.domain.blinding import Side
from doubleread.domain.blinding_assessment import BlindingAssessment, check_assessment
from doubleread.domain.events import (
    ACTION_REDONE,
    ACTION_UNDONE,
    BLINDING_ASSESSED,
    READING_COMMITTED,
    READING_OPENED,
    TIME_ADDED,
)
from doubleread.domain.events.aggregate import fold
from doubleread.domain.events.annotations import AnnotationChanged, AnnotationMarked, AnnotationRetracted
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import Words, check_seconds
from doubleread.domain.events.judgements import RatingGiven, ReadingJudged, SentenceJudged
from doubleread.domain.events.reading_event import ReadingAction, ReadingAggregate, ReadingEvent, reading_changed
from doubleread.domain.reading import Reading
from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOpened(ReadingEvent):
    """A reader opened a case. Sides, texts by their SHA-256, protocol and axes are settled from then on.

    `redacted` counts the redacted passages by side; None where the protocol redacts nothing.
    """

    kind: ClassVar[str] = READING_OPENED
    reading_id: str
    case_id: str
    reader_id: str
    answer_ids: Mapping[Side, str]
    answer_sha256: Mapping[Side, str] = field(default_factory=dict)
    case_sha256: str = ""
    protocol_sha256: str = ""
    label_set: str = ""
    repeat: int = 0
    redacted: Mapping[Side, int] | None = None
    axes: tuple[str, ...] = ()

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            reading_id=str(body["reading_id"]),
            case_id=str(body["case_id"]),
            reader_id=str(body["reader_id"]),
            answer_ids=dict(body["answer_ids"]),
            answer_sha256=body.get("answer_sha256", {}),
            case_sha256=str(body.get("case_sha256", "")),
            protocol_sha256=str(body.get("protocol_sha256", "")),
            label_set=str(body.get("label_set", "")),
            repeat=int(body.get("repeat", 0)),
            redacted=body.get("redacted"),
            axes=tuple(body.get("axes", ())),
            reason=body.get("reason"),
        )

    def to_body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "reading_id": self.reading_id,
            "case_id": self.case_id,
            "reader_id": self.reader_id,
            "answer_ids": dict(self.answer_ids),
            "answer_sha256": dict(self.answer_sha256),
            "case_sha256": self.case_sha256,
            "protocol_sha256": self.protocol_sha256,
            "label_set": self.label_set,
        }
        if self.repeat:
            body["repeat"] = self.repeat
        if self.redacted is not None:
            body["redacted"] = dict(self.redacted)
        if self.axes:
            body["axes"] = list(self.axes)
        return body | self._reason_body()

    def check(self, before: Reading) -> None:
        raise reading_changed("this reading was already opened")

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.state = aggregate.state or Reading(
            id=self.reading_id,
            case_id=self.case_id,
            reader_id=self.reader_id,
            answer_ids=self.answer_ids,
            repeat=self.repeat,
            axes=self.axes,
            protocol_sha256=self.protocol_sha256,
        )

    def describe(self, words: Words) -> str:
        return "opened the case"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUndone(ReadingEvent):
    """The last action was undone. `action_id` is the id of its first event."""

    kind: ClassVar[str] = ACTION_UNDONE
    compared: ClassVar[bool] = True
    action_id: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(action_id=body.get("action_id", ""), reason=body.get("reason"))

    def to_body(self) -> dict[str, Any]:
        return {"action_id": self.action_id, **self._reason_body()}

    def check(self, before: Reading) -> None:
        if before.undoable[-1:] != (self.action_id,):
            raise reading_changed("the action to undo is not the last one")

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.actions.undo(self.action_id)

    def describe(self, words: Words) -> str:
        return "undid the last action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRedone(ReadingEvent):
    """The action undone last was redone. `action_id` is the id of its first event."""

    kind: ClassVar[str] = ACTION_REDONE
    compared: ClassVar[bool] = True
    action_id: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(action_id=body.get("action_id", ""), reason=body.get("reason"))

    def to_body(self) -> dict[str, Any]:
        return {"action_id": self.action_id, **self._reason_body()}

    def check(self, before: Reading) -> None:
        if before.redoable[-1:] != (self.action_id,):
            raise reading_changed("the action to redo is not the one undone last")

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.actions.redo(self.action_id)

    def describe(self, words: Words) -> str:
        return "redid the undone action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingCommitted(ReadingEvent):
    """The reading was committed. What was done before it cannot be undone any more."""

    kind: ClassVar[str] = READING_COMMITTED
    compared: ClassVar[bool] = True

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(reason=body.get("reason"))

    def to_body(self) -> dict[str, Any]:
        return self._reason_body()

    def check(self, before: Reading) -> None:
        if before.committed:
            raise InputRefusedError(
                "Commit refused", "the reading is already committed", "you can still make corrections"
            )
        if missing := before.missing_for_commit():
            happened = f"still missing: {', '.join(missing)}"
            raise InputRefusedError("Commit refused", happened, "complete these, then commit")

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.actions.close()
        aggregate.state = replace(aggregate.opened, committed_at=entry.at)

    def describe(self, words: Words) -> str:
        return "committed the reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAdded(ReadingEvent):
    """Seconds of reading were added."""

    kind: ClassVar[str] = TIME_ADDED
    seconds: float

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(seconds=body.get("seconds"), reason=body.get("reason"))  # type: ignore[arg-type]

    def to_body(self) -> dict[str, Any]:
        return {"seconds": self.seconds, **self._reason_body()}

    def check(self, before: Reading) -> None:
        check_seconds(self.seconds)

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        reading = aggregate.opened
        aggregate.state = replace(reading, active_seconds=reading.active_seconds + float(self.seconds))

    def describe(self, words: Words) -> str:
        return f"read for {float(self.seconds):.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindingAssessed(ReadingEvent):
    """The reader said which answer is whose. `about` is the role of the model that was asked about."""

    kind: ClassVar[str] = BLINDING_ASSESSED
    said: str
    about: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(said=body.get("said"), about=body.get("about"), reason=body.get("reason"))  # type: ignore[arg-type]

    def to_body(self) -> dict[str, Any]:
        return {"said": self.said, "about": self.about, **self._reason_body()}

    def check(self, before: Reading) -> None:
        if before.blinding_assessment is not None:
            raise reading_changed("the reader was already asked")
        if not isinstance(self.said, str) or not isinstance(self.about, str):
            raise InputRefusedError(
                "Blinding assessment refused", "it is not complete", "choose one of the options shown"
            )
        check_assessment(BlindingAssessment(self.said, self.about))

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        reading = aggregate.opened
        if reading.blinding_assessment is not None:
            raise ValueError("is a second blinding assessment")
        if self.said is None or self.about is None:
            raise ValueError("is no complete blinding assessment")
        assessment = BlindingAssessment(str(self.said), str(self.about))
        aggregate.state = replace(reading, blinding_assessment=assessment)

    def describe(self, words: Words) -> str:
        return f"was asked which answer is whose: {self.said}"


READING_EVENTS: Mapping[str, type[ReadingEvent]] = {
    event.kind: event
    for event in (
        ReadingOpened,
        AnnotationMarked,
        AnnotationChanged,
        AnnotationRetracted,
        ReadingJudged,
        RatingGiven,
        SentenceJudged,
        ActionUndone,
        ActionRedone,
        ReadingCommitted,
        TimeAdded,
        BlindingAssessed,
    )
}


def fold_reading(events: Iterable[Event]) -> Reading | None:
    """Return the reading that these events describe, or None where none was opened.

    `events` are the events of one reading in the order of the log. Raises ValueError, KeyError, TypeError or
    AttributeError where they do not fit together.
    """
    return fold(events, READING_EVENTS, ReadingAggregate()).reading()


def check_reading_event(before: Reading | None, entry: Event) -> None:
    """Check one event of a reading against the reading before it, None where it was not opened.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError where the reading is not the one that
    the event was meant for, for instance because another program has written to it.
    """
    if before is None:
        if entry.kind != READING_OPENED:
            raise reading_changed("this reading was never opened")
        return
    kind = READING_EVENTS.get(entry.kind)
    if kind is None:
        raise ValueError(f"{entry.kind} is not an event of a reading")
    reason = entry.body.get("reason")
    if before.committed and issubclass(kind, ReadingAction) and not (isinstance(reason, str) and reason.strip()):
        raise InputRefusedError(
            "Correction refused", "the reading is committed, so a correction needs a reason", "give the reason"
        )
    try:
        event = kind.from_body(entry.body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise kind.incomplete(error) from error
    event.check(before)


def head_of(events: Sequence[Event]) -> str:
    """Return the hash of a reading's last event that changed what an adjudicator compares; "" where there is none."""
    return next((entry.hash for entry in reversed(events) if _changes_comparison(entry)), "")


def _changes_comparison(entry: Event) -> bool:
    kind = READING_EVENTS.get(entry.kind)
    return kind is not None and kind.compared and kind.from_body(entry.body).changes_comparison()
