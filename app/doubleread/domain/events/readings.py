"""The events of a reading as a whole, and the fold of all its events."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from doubleread.domain.answer import Answer
from doubleread.domain.blinding import Side
from doubleread.domain.blinding_assessment import BlindingAssessment, check_assessment
from doubleread.domain.case import Case
from doubleread.domain.consistency import KINDS
from doubleread.domain.events.aggregate import Redone, Timed, Undone, fold
from doubleread.domain.events.annotations import AnnotationChanged, AnnotationMarked, AnnotationRetracted
from doubleread.domain.events.consensus import ConsensusClosed, ConsensusOpened
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.judgements import JUDGEMENTS
from doubleread.domain.events.reading_event import ReadingAction, ReadingAggregate, ReadingEvent, reading_changed
from doubleread.domain.reading import Reading, ReadingDraft
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOpened(ReadingEvent):
    """A reader opened a case. Sides, texts by their SHA-256, protocol and axes are fixed from then on.

    `redacted` counts the redacted passages by side; None if the protocol redacts nothing.
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
    axes: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        reader_id: str,
        case: Case,
        answers: Mapping[Side, Answer],
        protocol: Protocol,
        protocol_sha256: str,
        *,
        repeat: int = 0,
        redacted: Mapping[Side, int],
    ) -> Self:
        """Return the event that opens a new reading under a protocol. `redacted` counts redacted passages by side."""
        return cls(
            reading_id=str(uuid.uuid4()),
            case_id=case.id,
            reader_id=reader_id,
            answer_ids={side: answer.id for side, answer in answers.items()},
            answer_sha256={side: answer.sha256 for side, answer in answers.items()},
            case_sha256=case.sha256,
            protocol_sha256=protocol_sha256,
            label_set=protocol.label_set,
            repeat=repeat,
            redacted=redacted if protocol.redact else None,
            axes=tuple(axis.name for axis in protocol.axes),
        )

    def to_body(self) -> dict[str, Any]:
        body = ReadingEvent.to_body(self)
        return {name: value for name, value in body.items() if value or name not in ("repeat", "axes")}

    def check(self, before: Reading) -> None:
        raise reading_changed("this reading was already opened")

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.state = aggregate.state or ReadingDraft(
            id=str(self.reading_id),
            case_id=str(self.case_id),
            reader_id=str(self.reader_id),
            answer_ids=dict(self.answer_ids),
            repeat=int(self.repeat),
            axes=tuple(self.axes),
            protocol_sha256=str(self.protocol_sha256),
            label_set=str(self.label_set),
            opened_at=entry.at,
        )

    def describe(self, words: Words) -> str:
        return "opened the case"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUndone(Undone, ReadingEvent):
    """The last action of a reading was undone."""

    kind: ClassVar[str] = "action.undone"
    noun: ClassVar[str] = "reading"
    action: ClassVar[str] = "action"

    def changes_comparison(self, before: ReadingAggregate) -> bool:
        return before.compares(before.actions.done)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRedone(Redone, ReadingEvent):
    """The action of a reading that was undone last was redone."""

    kind: ClassVar[str] = "action.redone"
    noun: ClassVar[str] = "reading"
    action: ClassVar[str] = "action"

    def changes_comparison(self, before: ReadingAggregate) -> bool:
        return before.compares(before.actions.undone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingCommitted(ReadingEvent):
    """The reading was committed. Earlier actions can no longer be undone.

    `confirmed` has the kinds of inconsistencies that the reader confirmed; None if the reader was not asked.
    """

    kind: ClassVar[str] = "reading.committed"
    commits: ClassVar[bool] = True
    compared: ClassVar[bool] = True
    confirmed: Sequence[str] | None = None

    def check(self, before: Reading) -> None:
        if self.confirmed is not None and (
            not isinstance(self.confirmed, list | tuple) or not all(kind in KINDS for kind in self.confirmed)
        ):
            raise InputRefusedError(
                "Commit refused", f"{self.confirmed!r} are not kinds of inconsistencies", "commit the reading again"
            )
        if before.committed:
            raise InputRefusedError(
                "Commit refused", "the reading is already committed", "you can still make corrections"
            )
        if missing := before.missing_for_commit():
            happened = f"still missing: {', '.join(missing)}"
            raise InputRefusedError("Commit refused", happened, "complete these, then commit")

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.actions.close()
        reading = aggregate.opened
        reading.committed_at = entry.at
        reading.confirmed = None if self.confirmed is None else tuple(self.confirmed)

    def describe(self, words: Words) -> str:
        confirmed = f", confirming: {'; '.join(self.confirmed)}" if self.confirmed else ""
        return f"committed the reading{confirmed}"


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
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return InputRefusedError("Blinding assessment refused", "it is not complete", "choose one of the options shown")

    def check(self, before: Reading) -> None:
        if before.blinding_assessment is not None:
            raise reading_changed("the reader was already asked")
        if not isinstance(self.said, str) or not isinstance(self.about, str):
            raise self.incomplete(TypeError("it is not text"))
        check_assessment(BlindingAssessment(self.said, self.about))

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        reading = aggregate.opened
        if reading.blinding_assessment is not None:
            raise ValueError("is a second blinding assessment")
        if self.said is None or self.about is None:
            raise ValueError("is no complete blinding assessment")
        reading.blinding_assessment = BlindingAssessment(str(self.said), str(self.about), entry.id, entry.at)

    def describe(self, words: Words) -> str:
        return f"was asked which answer is whose: {self.said}"


_KINDS: tuple[type[ReadingEvent], ...] = (
    ReadingOpened,
    AnnotationMarked,
    AnnotationChanged,
    AnnotationRetracted,
    *JUDGEMENTS,
    ActionUndone,
    ActionRedone,
    ReadingCommitted,
    TimeAdded,
    BlindingAssessed,
    ConsensusOpened,
    ConsensusClosed,
)
READING_EVENTS: Mapping[str, type[ReadingEvent]] = {event.kind: event for event in _KINDS}


def fold_reading(entries: Iterable[Event]) -> Reading | None:
    """Return the reading that these events describe, or None if none was opened.

    They are the events of one reading in the order of the log. Raises ValueError, KeyError, TypeError or AttributeError
    if they do not fit together.
    """
    return fold(entries, READING_EVENTS, ReadingAggregate()).reading()


def add_to_reading(aggregate: ReadingAggregate, entries: Iterable[Event]) -> ReadingAggregate:
    """Return a reading in the making with more events. Raises as `fold_reading` does."""
    return fold(entries, READING_EVENTS, aggregate.copy())


def check_added(branch: Iterable[Event], added: Collection[str]) -> None:
    """Check those events of one reading whose hashes were added, each against the reading before it.

    Raises as `check_reading_event` and `fold_reading` do.
    """
    aggregate = ReadingAggregate()
    for entry in branch:
        if entry.hash in added:
            check_reading_event(aggregate.reading(), entry)
        fold([entry], READING_EVENTS, aggregate)


def check_reading_event(before: Reading | None, entry: Event) -> None:
    """Check one event of a reading against the reading before it, None if it was not opened.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError if the reading is not the one that
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
