"""What the events of a reading have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.events.aggregate import Action, Aggregate
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import LinkedEvent
from doubleread.domain.reading import JudgementDraft, Reading, ReadingDraft
from doubleread.errors import InputRefusedError, StudyChangedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEvent(LinkedEvent):
    """An event of a reading."""

    compared: ClassVar[bool] = False
    """Whether such an event changes what an adjudicator compares; see `changes_comparison`."""

    @abstractmethod
    def check(self, before: Reading) -> None:
        """Check it against the reading before it."""

    def changes_comparison(self, before: ReadingAggregate) -> bool:
        """Return whether it changes what an adjudicator compares of the reading before it."""
        return self.compared

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        """Return how a body is refused that cannot be read."""
        return InputRefusedError("Judgement refused", f"{cls.kind} is not complete ({error})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAction(ReadingEvent):
    """An event of a reading that can be undone. Events of one `burst` are undone together."""

    compared: ClassVar[bool] = True
    burst: str | None = None

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        _ = aggregate.opened
        aggregate.actions.do(entry.id, (self, entry.at), self.burst)

    @abstractmethod
    def judge(self, draft: JudgementDraft, at: str) -> None:
        """Add it to a judgement. `at` is when it was written. Raises KeyError for an annotation not there."""

    def _how_body(self) -> dict[str, Any]:
        how = {"reason": self.reason, "burst": self.burst}
        return {name: value for name, value in how.items() if value is not None}


@dataclass(slots=True)
class ReadingAggregate(Aggregate[ReadingDraft, tuple[ReadingAction, str]]):
    """A reading in the making. `labels` are those of all annotations ever marked, by annotation id."""

    noun: ClassVar[str] = "a reading"
    labels: dict[str, str] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    updated_at: str = ""
    head: str = ""
    """The hash of the last event that changed what an adjudicator compares."""

    def copy(self) -> Self:
        state = None if self.state is None else replace(self.state)
        return replace(self, state=state, actions=self.actions.copy(), labels=self.labels.copy(), used=self.used.copy())

    def add(self, event: ReadingEvent, entry: Event) -> None:  # type: ignore[override]
        changes_comparison = event.changes_comparison(self)
        event.apply(self, entry)
        self.updated_at = entry.at
        if changes_comparison:
            self.head = entry.hash
        if event.reason and self.opened.committed:
            self.opened.corrections += (str(event.reason),)

    def compares(self, actions: list[Action[tuple[ReadingAction, str]]]) -> bool:
        """Return whether the last of some actions changed what an adjudicator compares."""
        return any(event.changes_comparison(self) for action in actions[-1:] for event, _ in action.items)

    def label(self, annotation: Annotation) -> None:
        """Give a newly marked annotation its label: "A1" for the first in answer A, "o1" for the first omission.

        Labels of retracted and undone annotations are never used again.
        """
        if self.labels.get(annotation.id) is not None:
            return
        sides = self.opened.answer_ids
        letter = "?"
        if not annotation.in_answer:
            letter = "o"
        else:
            for side in SIDES:
                if sides.get(side) == annotation.answer_id:
                    letter = side
                    break
        self.used[letter] += 1
        self.labels[annotation.id] = f"{letter}{self.used[letter]}"

    def reading(self) -> Reading | None:
        """Return the reading, None if it was never opened."""
        state = self.state
        if state is None:
            return None
        draft = JudgementDraft(self.labels)
        for action, at in self.actions.items:
            action.judge(draft, at)
        return Reading(
            id=state.id,
            case_id=state.case_id,
            reader_id=state.reader_id,
            answer_ids=state.answer_ids,
            judgement=draft.judgement(),
            active_seconds=self.seconds,
            committed_at=state.committed_at,
            corrections=state.corrections,
            undoable=self.actions.undoable,
            redoable=self.actions.redoable,
            repeat=state.repeat,
            axes=state.axes,
            protocol_sha256=state.protocol_sha256,
            label_set=state.label_set,
            opened_at=state.opened_at,
            updated_at=self.updated_at,
            blinding_assessment=state.blinding_assessment,
            confirmed=state.confirmed,
            consensus=state.consensus,
        )


def said_how(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return from a body what every action may say."""
    return {"reason": body.get("reason"), "burst": body.get("burst")}


def reading_changed(happened: str) -> StudyChangedError:
    """Return the error for an event whose reading no longer exists."""
    return StudyChangedError(
        "The reading has changed",
        f"{happened}; another window may have changed it",
        "this change was not saved; check the case again",
    )


def judgement_refused(happened: str) -> InputRefusedError:
    """Return the error for a judgement that is not among those offered."""
    return InputRefusedError("Judgement refused", happened, "choose one of the options shown")
