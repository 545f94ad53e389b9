"""The events of a reading as a whole, and the fold of all its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from doubleread.domain.blinding import Side
from doubleread.domain.blinding_assessment import BlindingAssessment, check_assessment
from doubleread.domain.events.aggregate import Redone, Timed, Undone, fold
from doubleread.domain.events.annotations import AnnotationChanged, AnnotationMarked, AnnotationRetracted
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.judgements import RatingGiven, ReadingJudged, SentenceJudged
from doubleread.domain.events.reading_event import ReadingAction, ReadingAggregate, ReadingEvent, reading_changed
from doubleread.domain.reading import Reading
from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOpened(ReadingEvent):
    """A reader opened a case. Sides, texts by their SHA-256, protocol and axes are fixed from then on.

    `redacted` counts the redacted passages by side; None where the protocol redacts nothing.
    """

    kind: ClassVar[str] = "reading.opened"
    opens: ClassVar[bool] = True
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

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.state = aggregate.state or Reading(
            id=self.reading_id,
            case_id=self.case_id,
            reader_id=self.reader_id,
            answer_ids=self.answer_ids,
            repeat=self.repeat,
            axes=self.axes,
            protocol_sha256=self.protocol_sha256,
            label_set=self.label_set,
            opened_at=entry.at,
        )

    def describe(self, words: Words) -> str:
        return "opened the case"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUndone(Undone, ReadingEvent):
    """The last action of a reading was undone."""

    kind: ClassVar[str] = "action.undone"
    compared: ClassVar[bool] = True
    noun: ClassVar[str] = "reading"
    action: ClassVar[str] = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRedone(Redone, ReadingEvent):
    """The action of a reading that was undone last was redone."""

    kind: ClassVar[str] = "action.redone"
    compared: ClassVar[bool] = True
    noun: ClassVar[str] = "reading"
    action: ClassVar[str] = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingCommitted(ReadingEvent):
    """The reading was committed. Earlier actions can no longer be undone."""

    kind: ClassVar[str] = "reading.committed"
    commits: ClassVar[bool] = True
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

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.actions.close()
        aggregate.state = replace(aggregate.opened, committed_at=entry.at)

    def describe(self, words: Words) -> str:
        return "committed the reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAdded(Timed, ReadingEvent):
    """Seconds of reading were added."""

    kind: ClassVar[str] = "time.added"
    verb: ClassVar[str] = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindingAssessed(ReadingEvent):
    """The reader replied to the blinding assessment. `about` is the role that was asked about."""

    kind: ClassVar[str] = "blinding.assessed"
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

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        reading = aggregate.opened
        if reading.blinding_assessment is not None:
            raise ValueError("is a second blinding assessment")
        if self.said is None or self.about is None:
            raise ValueError("is no complete blinding assessment")
        assessment = BlindingAssessment(str(self.said), str(self.about), entry.id, entry.at)
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


def fold_reading(entries: Iterable[Event]) -> Reading | None:
    """Return the reading that these events describe, or None where none was opened.

    They are the events of one reading in the order of the log. Raises ValueError, KeyError, TypeError or AttributeError
    where they do not fit together.
    """
    return fold(entries, READING_EVENTS, ReadingAggregate()).reading()


def add_to_reading(aggregate: ReadingAggregate, entries: Iterable[Event]) -> ReadingAggregate:
    """Return a reading in the making with more events. Raises as `fold_reading` does."""
    return fold(entries, READING_EVENTS, aggregate.copy())


def check_reading_event(before: Reading | None, entry: Event) -> None:
    """Check one event of a reading against the reading before it, None where it was not opened.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError where the reading is not the one that
    the event was meant for, for instance because another program has written to it.
    """
    kind = READING_EVENTS[entry.kind]
    if before is None:
        if not kind.opens:
            raise reading_changed("this reading was never opened")
        return
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
