"""What the events of a reading have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES
from doubleread.domain.events.aggregate import Aggregate
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import EventKind
from doubleread.domain.reading import Judgement, Reading
from doubleread.errors import InputRefusedError, StudyChangedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEvent(EventKind):
    """An event of a reading. `reason` says why a committed reading was corrected; None where it was not."""

    compared: ClassVar[bool] = False
    """Whether such an event can change what an adjudicator compares; see `changes_comparison`."""

    reason: str | None = None

    def check(self, before: Reading) -> None:
        """Check it against the reading before it.

        Raises InputRefusedError for what would be wrong to store, StudyChangedError where the reading is not the one
        that the event was meant for.
        """

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        """Change the reading. Raises ValueError where it does not follow what came before."""
        self.change(aggregate, entry)
        reading = aggregate.opened
        if reading.committed and self.reason:
            aggregate.state = replace(reading, corrections=(*reading.corrections, str(self.reason)))

    @abstractmethod
    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        """Make this kind's own change to the reading."""

    def changes_comparison(self) -> bool:
        """Say whether it changes what an adjudicator compares."""
        return self.compared

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        """Return how a body is refused that cannot be read."""
        return InputRefusedError("Judgement refused", f"{cls.kind} is not complete ({error})")

    def _reason_body(self) -> dict[str, Any]:
        return {} if self.reason is None else {"reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAction(ReadingEvent):
    """An event of a reading that can be undone. Events of one `burst` are undone together."""

    compared: ClassVar[bool] = True
    burst: str | None = None

    def change(self, aggregate: ReadingAggregate, entry: Event) -> None:
        """Add it to what was done."""
        aggregate.actions.do(entry.id, (self, entry.at), self.burst)

    @abstractmethod
    def judge(self, before: Judgement, at: str) -> Judgement:
        """Return the judgement with it. `at` is when it was written. Raises KeyError for an annotation not there."""

    def _action_body(self) -> dict[str, Any]:
        return self._reason_body() | ({} if self.burst is None else {"burst": self.burst})


@dataclass(slots=True)
class ReadingAggregate(Aggregate[Reading, tuple[ReadingAction, str]]):
    """A reading in the making. `labels` are those of all annotations ever marked, by annotation id."""

    noun: ClassVar[str] = "a reading"
    labels: dict[str, str] = field(default_factory=dict)

    def label(self, annotation_id: str, place: str, answer_id: str) -> None:
        """Give a newly marked annotation the next label: "A1" for the first in answer A, "o1" for the first omission.

        Those that were retracted or undone since count, so that no label is ever used again.
        """
        sides = self.opened.answer_ids
        letter = "o" if place == "case" else next((side for side in SIDES if sides.get(side) == answer_id), "?")
        used = sum(label.startswith(letter) for label in self.labels.values())
        self.labels.setdefault(annotation_id, f"{letter}{used + 1}")

    def reading(self) -> Reading | None:
        """Return the reading, None where it was never opened."""
        if self.state is None:
            return None
        judgement = Judgement()
        for action, at in self.actions.items:
            judgement = action.judge(judgement, at)
        return replace(
            self.state,
            judgement=replace(
                judgement,
                annotations=self._labelled(judgement.annotations),
                retracted=self._labelled(judgement.retracted),
            ),
            undoable=self.actions.undoable,
            redoable=self.actions.redoable,
        )

    def _labelled(self, annotations: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
        return tuple(replace(annotation, label=self.labels[annotation.id]) for annotation in annotations)


def said_how(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return from a body what every action may say."""
    return {"reason": body.get("reason"), "burst": body.get("burst")}


def reading_changed(happened: str) -> StudyChangedError:
    """Return the error for an event that the reading is not there for any more."""
    return StudyChangedError(
        "The reading has changed",
        f"{happened}; another window may have changed it",
        "this change was not saved; check the case again",
    )


def judgement_refused(happened: str) -> InputRefusedError:
    """Return the error for a judgement that is none of those offered."""
    return InputRefusedError("Judgement refused", happened, "choose one of the options shown")
