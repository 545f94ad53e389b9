"""The events of training: the set of cases, what readers do with them, who is qualified, and readers' background.

They belong to no reading of the study. `training_id` names one reader's judgement of one training case in one round.
The case is in `training_case`, because an event's `case_id` is always that of a case of the study.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from doubleread.domain.background import Background, background_from_record
from doubleread.domain.events.decisions import in_force
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import EventKind, StudyDecision, Words
from doubleread.domain.events.reading_event import ReadingAggregate
from doubleread.domain.events.readings import READING_EVENTS, add_to_reading
from doubleread.domain.training import TrainingAttempt, TrainingScore
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError

Record = Mapping[str, Any]
_UNFIT = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetChosen(StudyDecision):
    """The study's training cases were chosen, in place of earlier ones. `sha256` is that of the set."""

    kind: ClassVar[str] = "training.set"
    matter: ClassVar[str] = "training set"
    cases: Sequence[Record]
    sha256: str

    def check(self, case_ids: Iterable[str]) -> None:
        """Check it against the study's cases, whose ids must be others."""
        if both := sorted({str(record["case"]["id"]) for record in self.cases} & set(case_ids)):
            raise InputRefusedError(
                "Training refused", f"{both[0]} is a case of the study too", "use other cases, or give it another id"
            )

    def describe(self, words: Words) -> str:
        return f"chose {plural(len(self.cases), 'training case')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingActed(EventKind):
    """A reader acted on a training case. `act` is a kind of `READING_EVENTS` and `said` its body.

    `round` is 0 where the case came again, unmarked.
    """

    kind: ClassVar[str] = "training.acted"
    training_id: str
    reader_id: str
    training_case: str
    round: int
    act: str
    said: Record

    def check(self) -> None:
        if self.act not in READING_EVENTS:
            raise InputRefusedError("Training not stored", f"{self.act!r} is not an event of a reading")

    def describe(self, words: Words) -> str:
        # Whether it is a hidden repeat is left out: the log can be seen by its reader.
        return f"worked on a training case ({self.act})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAttempted(EventKind):
    """A reader committed a training case, and this is how it was scored against the reference with this hash.

    `judgement` has the annotations, verdicts by answer (from 0) and the preference at the commit.
    """

    kind: ClassVar[str] = "training.attempted"
    training_id: str
    reader_id: str
    training_case: str
    round: int
    reference_sha256: str
    score: Record
    seconds: float
    judgement: Record

    def check(self) -> None:
        score = TrainingScore(**self.score)
        if not (0 <= score.span_f1 <= 1 and 0 <= score.verdict_agreement <= 1 and self.round >= 0):
            raise InputRefusedError("Training not stored", "its score is not between 0 and 1")

    def apply(self, attempts: dict[str, TrainingAttempt], entry: Event) -> None:
        """Add the attempt; a judgement that two copies of the study committed counts once."""
        score = TrainingScore(**self.score)
        attempt = TrainingAttempt(
            self.training_id, self.reader_id, self.training_case, self.round, self.reference_sha256, score, entry.at
        )
        known = attempts.get(self.training_id)
        if known is None or (entry.at, str(score)) < (known.at, str(known.score)):
            attempts[self.training_id] = attempt

    def describe(self, words: Words) -> str:
        return "committed a training case"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderQualified(StudyDecision):
    """A reader may read the study's cases: they reached the threshold, or the study lead waived the training.

    `overall` and what it was compared with are None where it was waived, and `reason` is empty where it was reached.
    """

    kind: ClassVar[str] = "reader.qualified"
    matter: ClassVar[str] = "qualification"
    about: ClassVar[tuple[str, ...]] = ("reader_id",)
    reader_id: str
    how: Literal["passed", "waived"]
    reason: str = ""
    overall: float | None = None
    threshold: float | None = None
    metric: str | None = None
    rounds: int | None = None
    cases: int | None = None
    set_sha256: str | None = None

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in EventKind.to_body(self).items() if value not in (None, "")}

    def check(self, actor: str) -> None:
        if self.how == "passed":
            if self.overall is None or self.threshold is None or self.overall < self.threshold - 1e-9:
                raise InputRefusedError("Not qualified", "the score is below the threshold", "repeat the training")
        elif self.how != "waived" or not self.reason.strip() or not actor.strip():
            raise InputRefusedError(
                "Training not waived", "the log needs a reason and the name of the person who decides", "give both"
            )

    def apply(self, qualified: dict[str, ReaderQualified], entry: Event) -> None:
        """Put it in place of an earlier one."""
        qualified[self.reader_id] = self

    def describe(self, words: Words) -> str:
        return f"{self.reader_id} passed the training" if self.how == "passed" else f"waived training: {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundStated(StudyDecision):
    """A reader's background was stated, in place of what was stated before. An empty one: they were asked, and
    skipped it.
    """

    kind: ClassVar[str] = "reader.background"
    matter: ClassVar[str] = "background"
    about: ClassVar[tuple[str, ...]] = ("reader_id",)
    reader_id: str
    background: Record

    def check(self) -> None:
        try:
            background = background_from_record(self.background)
        except TypeError as error:
            raise InputRefusedError("Background not stored", f"it has an unknown field ({error})") from error
        background.check()

    def apply(self, backgrounds: dict[str, Background], entry: Event) -> None:
        backgrounds[self.reader_id] = background_from_record(self.background)

    def describe(self, words: Words) -> str:
        # What was stated stays out of the log's lines, which anyone with the file may list.
        return f"stated the background of {self.reader_id}" if self.background else "skipped the background form"


TRAINING_EVENTS: tuple[type[EventKind], ...] = (
    TrainingSetChosen,
    TrainingActed,
    TrainingAttempted,
    ReaderQualified,
    BackgroundStated,
)


def attempts_of(entries: Iterable[Event]) -> list[TrainingAttempt]:
    """Return the attempts that events of `TrainingAttempted` describe."""
    found: dict[str, TrainingAttempt] = {}
    for entry in entries:
        TrainingAttempted.from_body(entry.body).apply(found, entry)
    return list(found.values())


def qualified_of(entries: Iterable[Event]) -> dict[str, ReaderQualified]:
    """Return who is qualified, from events of `ReaderQualified`."""
    found: dict[str, ReaderQualified] = {}
    for entry in in_force(entries, {ReaderQualified.kind: ReaderQualified}):
        ReaderQualified.from_body(entry.body).apply(found, entry)
    return found


def backgrounds_of(entries: Iterable[Event]) -> dict[str, Background]:
    """Return each reader's background, from events of `BackgroundStated`."""
    found: dict[str, Background] = {}
    for entry in in_force(entries, {BackgroundStated.kind: BackgroundStated}):
        BackgroundStated.from_body(entry.body).apply(found, entry)
    return found


def as_reading_event(entry: Event) -> Event:
    """Return what a reader did with a training case as the event of a reading that it would be elsewhere."""
    acted = TrainingActed.from_body(entry.body)
    return entry._replace(kind=acted.act, body={**acted.said, "reading_id": acted.training_id})


def fold_training(entries: Iterable[Event]) -> ReadingAggregate:
    """Return the reading that events of `TrainingActed` with one `training_id` make.

    Where two copies of the study continued it, what does not follow is left out.
    """
    made = list(map(as_reading_event, entries))
    try:
        aggregate = add_to_reading(ReadingAggregate(), made)
        _ = aggregate.reading()
    except _UNFIT:
        aggregate = ReadingAggregate()
        for event in made:
            with contextlib.suppress(*_UNFIT):
                after = add_to_reading(aggregate, [event])
                _ = after.reading()
                aggregate = after
    return aggregate
