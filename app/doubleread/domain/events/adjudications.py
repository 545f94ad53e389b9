"""The events of an adjudication, and their fold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Self

from doubleread.domain.adjudication import (
    MARKED,
    VALUED,
    Adjudication,
    Decided,
    Decision,
    ReadingHead,
    Resolution,
    Subject,
    decision_from_body,
    resolution_from_body,
)
from doubleread.domain.adjudication_checks import (
    Ground,
    check_adjudicated,
    check_decision,
    decision_refused,
    expect_fresh,
    expect_open,
    still_open,
)
from doubleread.domain.blinding import Side
from doubleread.domain.events.aggregate import Aggregate, Redone, Timed, Undone, fold
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import LinkedEvent, Words
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError, StudyChangedError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationEvent(LinkedEvent):
    """An event of an adjudication."""

    @abstractmethod
    def check(self, before: Adjudication, ground: Ground) -> None:
        """Check it against the adjudication before it, and the readings as they are now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationOpened(AdjudicationEvent):
    """An adjudicator opened a case. `readings` are those compared, in the order by which decisions number them."""

    kind: ClassVar[str] = "adjudication.opened"
    opens: ClassVar[bool] = True
    adjudication_id: str
    case_id: str
    adjudicator_id: str
    readings: tuple[ReadingHead, ...]
    answer_ids: Mapping[Side, str]
    answer_sha256: Mapping[str, str] = field(default_factory=dict)
    case_sha256: str = ""
    protocol_sha256: str
    label_set: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return super(AdjudicationOpened, cls).from_body({**body, "readings": _heads(body)})

    def to_body(self) -> dict[str, Any]:
        return {**AdjudicationEvent.to_body(self), "readings": [asdict(head) for head in self.readings]}

    def check(self, before: Adjudication, ground: Ground) -> None:
        raise StudyChangedError(
            "The adjudication has changed", "it was already opened", "continue with the existing one"
        )

    def apply(self, aggregate: AdjudicationAggregate, entry: Event) -> None:
        aggregate.state = aggregate.state or Adjudication(
            id=str(self.adjudication_id),
            case_id=str(self.case_id),
            adjudicator_id=str(self.adjudicator_id),
            answer_ids=dict(self.answer_ids),
            readings=self.readings,
            label_set=str(self.label_set),
            protocol_sha256=str(self.protocol_sha256),
        )

    def describe(self, words: Words) -> str:
        return f"opened the case for adjudication, with {plural(len(self.readings), 'reading')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationDecided(AdjudicationEvent):
    """A difference was resolved. `annotation_ids` are those of the readers' annotations in it, sorted."""

    kind: ClassVar[str] = "adjudication.decided"
    difference_id: str
    subject: Subject
    answer_id: str | None
    axis: str
    annotation_ids: tuple[str, ...]
    decision: Decision

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        if body["subject"] not in MARKED | VALUED:
            raise ValueError(f"{body['subject']!r} cannot be resolved")
        return super(AdjudicationDecided, cls).from_body({**body, "decision": decision_from_body(body["decision"])})

    def to_body(self) -> dict[str, Any]:
        # Without an answer it says so.
        body = {**AdjudicationEvent.to_body(self), "decision": self.decision.as_body()}
        return {**body, "annotation_ids": list(self.annotation_ids), "answer_id": self.answer_id}

    def check(self, before: Adjudication, ground: Ground) -> None:
        expect_open(before)
        expect_fresh(before, ground)
        difference = ground.comparison(before).difference(self.difference_id)
        if difference is None:
            raise StudyChangedError(
                "The difference no longer exists", "the readers no longer differ there", "look at the case again"
            )
        about = (self.subject, self.answer_id, self.axis, list(self.annotation_ids))
        marked = sorted(annotation.id for annotation in difference.annotations)
        if about != (difference.subject, difference.answer_id, difference.axis, marked):
            raise decision_refused("it names a different difference from the one it resolves")
        check_decision(difference, self.decision, before.answer_ids, ground)
        decisions = {**before.decisions, difference.id: self.decision}
        check_adjudicated(ground.resolution(before, decisions), before.answer_ids, ground.texts)

    def apply(self, aggregate: AdjudicationAggregate, entry: Event) -> None:
        aggregate.actions.do(entry.id, (self, aggregate.opened.readings, entry.at))

    def decided(self, then: tuple[ReadingHead, ...], now: tuple[ReadingHead, ...], at: str) -> Decided:
        """Return the decision with its time, and the reader's number among the current readings."""
        return Decided(
            difference_id=str(self.difference_id),
            subject=self.subject,
            answer_id=None if self.answer_id is None else str(self.answer_id),
            axis=str(self.axis),
            annotation_ids=tuple(map(str, self.annotation_ids)),
            decision=self.decision.on(then, now),
            at=at,
        )

    def describe(self, words: Words) -> str:
        side = words.side(self.answer_id)
        if self.subject == "criterion":
            return f"decided on criterion {self.axis} of {side}: {self._how(words)}"
        about = self.subject + (f" on {side}" if side else "") + (f" by {self.axis}" if self.axis else "")
        return f"decided on {about}: {self._how(words)}"

    def _how(self, words: Words) -> str:
        decision = self.decision
        number = (decision.reader or 0) + 1
        match decision.how:
            case "take":
                return f"took reader {number}'s judgement"
            case "join":
                ratings = "".join(f", {rated} {value}" for rated, value in sorted(decision.ratings.items()))
                return f"joined the spans, rated as by reader {number}{ratings}"
            case "own" if decision.annotation is not None:
                return f"marked {words.annotation(decision.annotation)}"
            case "own":
                return f"gave {decision.value}"
        return "no annotation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationUndone(Undone, AdjudicationEvent):
    """The last decision was undone."""

    kind: ClassVar[str] = "adjudication.undone"
    noun: ClassVar[str] = "adjudication"
    action: ClassVar[str] = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationRedone(Redone, AdjudicationEvent):
    """The decision undone last was redone."""

    kind: ClassVar[str] = "adjudication.redone"
    noun: ClassVar[str] = "adjudication"
    action: ClassVar[str] = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationCommitted(AdjudicationEvent):
    """The case was resolved. Earlier decisions can no longer be undone."""

    kind: ClassVar[str] = "adjudication.committed"
    commits: ClassVar[bool] = True
    resolution: Resolution

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(resolution=resolution_from_body(body["resolution"]))

    def to_body(self) -> dict[str, Any]:
        return {"resolution": self.resolution.as_body()}

    def check(self, before: Adjudication, ground: Ground) -> None:
        expect_open(before)
        expect_fresh(before, ground)
        if missing := still_open(before, ground.comparison(before)):
            raise InputRefusedError(
                "Commit refused", f"still open: {', '.join(missing)}", "decide these differences, then commit"
            )
        if self.resolution != ground.resolution(before, before.decisions):
            raise InputRefusedError("Commit refused", "it does not match the decisions", "commit again")
        check_adjudicated(self.resolution, before.answer_ids, ground.texts)

    def apply(self, aggregate: AdjudicationAggregate, entry: Event) -> None:
        aggregate.actions.close()
        aggregate.state = replace(aggregate.opened, committed=True, committed_at=entry.at, resolution=self.resolution)

    def describe(self, words: Words) -> str:
        return "resolved the case"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationReopened(AdjudicationEvent):
    """A resolved case was reopened, with the current readings. Earlier decisions count and can no longer be undone."""

    kind: ClassVar[str] = "adjudication.reopened"
    reason: str
    readings: tuple[ReadingHead, ...]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return super(AdjudicationReopened, cls).from_body({**body, "readings": _heads(body)})

    def to_body(self) -> dict[str, Any]:
        return {**AdjudicationEvent.to_body(self), "readings": [asdict(head) for head in self.readings]}

    def check(self, before: Adjudication, ground: Ground) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise InputRefusedError("Not reopened", "correcting a resolved case needs a reason", "give the reason")
        expect_fresh(replace(before, readings=self.readings), ground)
        if not before.committed and not before.stale(ground.readings.values()):
            raise StudyChangedError(
                "Not reopened", "it is already open, and the readings have not changed", "continue with it"
            )

    def apply(self, aggregate: AdjudicationAggregate, entry: Event) -> None:
        aggregate.actions.close()
        found = aggregate.opened
        reasons = (*found.reasons, str(self.reason))
        aggregate.state = replace(found, committed=False, readings=self.readings, reasons=reasons)

    def describe(self, words: Words) -> str:
        return "reopened the adjudication"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationTimed(Timed, AdjudicationEvent):
    """Seconds of adjudicating were added."""

    kind: ClassVar[str] = "adjudication.timed"
    verb: ClassVar[str] = "adjudicated"


@dataclass(slots=True)
class AdjudicationAggregate(Aggregate[Adjudication, tuple[AdjudicationDecided, tuple[ReadingHead, ...], str]]):
    """An adjudication in the making. Each decision comes with the readings that it numbers, and when it was made."""

    noun: ClassVar[str] = "an adjudication"

    def adjudication(self) -> Adjudication | None:
        """Return the adjudication, None if it was never opened."""
        if self.state is None:
            return None
        now = self.state.readings
        decided = [event.decided(then, now, at) for event, then, at in self.actions.items]
        return replace(
            self.state,
            decided={item.difference_id: item for item in decided},
            active_seconds=self.seconds,
            undoable=self.actions.undoable,
            redoable=self.actions.redoable,
        )


ADJUDICATION_EVENTS: Mapping[str, type[AdjudicationEvent]] = {
    event.kind: event
    for event in (
        AdjudicationOpened,
        AdjudicationDecided,
        AdjudicationUndone,
        AdjudicationRedone,
        AdjudicationCommitted,
        AdjudicationReopened,
        AdjudicationTimed,
    )
}


def fold_adjudication(events: Iterable[Event]) -> Adjudication | None:
    """Return the adjudication that these events describe, or None if none was opened.

    `events` are those of one adjudication in the order of the log. Raises ValueError, KeyError, TypeError,
    AttributeError or IndexError if they do not fit together.
    """
    return fold(events, ADJUDICATION_EVENTS, AdjudicationAggregate()).adjudication()


def check_adjudication_event(before: Adjudication, entry: Event, ground: Ground) -> None:
    """Check one event of an open adjudication.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError if the readings or the adjudication
    are no longer what the adjudicator saw.
    """
    kind = ADJUDICATION_EVENTS[entry.kind]
    try:
        event = kind.from_body(entry.body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise incomplete_decision(kind.kind, error) from error
    event.check(before, ground)


def incomplete_decision(kind: str, error: Exception) -> InputRefusedError:
    """Return the error for an event whose body cannot be read or does not follow what came before."""
    return InputRefusedError("Decision refused", f"{kind} is not complete ({error})", "make the decision again")


def _heads(body: Mapping[str, Any]) -> tuple[ReadingHead, ...]:
    return tuple(ReadingHead(str(item["reading_id"]), str(item["head"])) for item in body["readings"])
