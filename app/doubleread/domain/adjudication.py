"""Adjudication: the differences between readers of a case, the decisions on them, and the resolution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from doubleread.domain.annotation import ANSWER, RATED_FIELDS, Annotation, Place, annotation_from_body
from doubleread.domain.blinding import Side
from doubleread.domain.criteria import CriterionPlace, JudgedCriterion, LinkedWords
from doubleread.domain.reading import Judgement, Reading

Subject = Literal["annotation", "omission", "verdict", "preference", "rating", "criterion"]
MARKED: frozenset[str] = frozenset({"annotation", "omission"})
"""Subjects that an annotation resolves, or none; a value resolves the others."""

OF_ANSWER: frozenset[str] = frozenset({"verdict", "criterion"})
"""Subjects that a value resolves for one answer."""

VALUED: frozenset[str] = OF_ANSWER | {"preference", "rating"}

How = Literal["take", "join", "own", "reject"]
HOWS: tuple[How, ...] = ("take", "join", "own", "reject")
Source = Literal["agreed", "taken", "joined", "own"]
SOURCES: tuple[Source, ...] = ("agreed", "taken", "joined", "own")


@dataclass(frozen=True, slots=True)
class Held:
    """What one reader said: an annotation or a value, or nothing.

    The value of a verdict is one of `labels.VERDICTS`, that of a criterion one of `criteria.CRITERION_JUDGEMENTS`, with
    the words of the answer that the reader linked as its `evidence`. Preferences and ratings are "A", "B", "tie" or
    "both bad", by the adjudicator's sides, not the reader's.
    """

    annotation: Annotation | None = None
    value: str | None = None
    evidence: LinkedWords | None = None

    @property
    def empty(self) -> bool:
        """Whether this reader said nothing."""
        return self.annotation is None and self.value is None


@dataclass(frozen=True, slots=True)
class Difference:
    """One matter on which the readers of a case differ. `held` is what each reader said, in the randomised order.

    `id` follows from what was said in which readings, and is the same on every machine. A decision is therefore void
    once a reader corrects what they said. `answer_id` is the answer of an annotation, verdict or criterion, None
    for preference and rating. `axis` is that of a rating, or the id of a criterion, otherwise empty.
    """

    id: str
    subject: Subject
    answer_id: str | None
    axis: str
    held: tuple[Held, ...]

    @property
    def marked(self) -> bool:
        """Whether an annotation or its rejection resolves it; otherwise a value does."""
        return self.subject in MARKED

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """The readers' annotations."""
        return tuple(held.annotation for held in self.held if held.annotation is not None)

    @property
    def place(self) -> Place:
        """The text that its annotations mark."""
        return self.annotations[0].place if self.annotations else ANSWER

    @property
    def start(self) -> int:
        """Where it begins in its text; 0 if it has no place there."""
        return min((annotation.start for annotation in self.annotations), default=0)

    @property
    def end(self) -> int:
        """Where it ends in its text; 0 if it has no place there."""
        return max((annotation.end for annotation in self.annotations), default=0)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a difference was resolved.

    "take": what reader number `reader` said, which may be no annotation. "join": the words from the first that any
    reader marked to the last, with the ratings of reader number `reader`, who marked some of them, except those in
    `ratings`. "own": the adjudicator's own `annotation` or `value`. "reject": no annotation.
    """

    how: How
    reader: int | None = None
    annotation: Annotation | None = None
    value: str | None = None
    ratings: Mapping[str, str | None] = field(default_factory=dict)

    @staticmethod
    def take(reader: int) -> Decision:
        """Take what a reader said."""
        return Decision("take", reader)

    @staticmethod
    def join(reader: int, **ratings: str | None) -> Decision:
        """Join the boundaries; category, severity and so on are those of a reader, or given."""
        return Decision("join", reader, ratings=ratings)

    @staticmethod
    def own_annotation(annotation: Annotation) -> Decision:
        """Resolve it by the adjudicator's annotation, which gets the id of the difference."""
        return Decision("own", annotation=annotation)

    @staticmethod
    def own_value(value: str) -> Decision:
        """Resolve a verdict, preference, rating or criterion by the adjudicator's value."""
        return Decision("own", value=value)

    @staticmethod
    def reject() -> Decision:
        """Resolve it without an annotation."""
        return Decision("reject")

    def as_body(self) -> dict[str, Any]:
        """Return the decision as JSON for an event."""
        body: dict[str, Any] = {"how": self.how}
        if self.reader is not None:
            body["reader"] = self.reader
        if self.annotation is not None:
            body["annotation"] = self.annotation.as_body()
        if self.value is not None:
            body["value"] = self.value
        if self.ratings:
            body["ratings"] = dict(self.ratings)
        return body

    def on(self, then: tuple[ReadingHead, ...], now: tuple[ReadingHead, ...]) -> Decision:
        """Return it with the reader's number among the current readings.

        A decision whose reading is gone keeps its number. It is void, since its difference has another id now.
        """
        if self.reader is None or then == now:
            return self
        chosen = then[self.reader].reading_id
        places = (place for place, head in enumerate(now) if head.reading_id == chosen)
        return replace(self, reader=next(places, self.reader))


def decision_from_body(body: Mapping[str, Any]) -> Decision:
    """Rebuild a decision from an event's body. Raises KeyError, TypeError, AttributeError or ValueError."""
    how, reader, annotation, value = body["how"], body.get("reader"), body.get("annotation"), body.get("value")
    if how not in HOWS or set(body) - {"how", "reader", "annotation", "value", "ratings"}:
        raise ValueError("it is not a decision")
    if type(reader) not in (int, type(None)) or not isinstance(value, str | None):
        raise TypeError("it names no reader, or no value")
    ratings = dict(body.get("ratings", {}))
    if set(ratings) - set(RATED_FIELDS):
        raise ValueError("it rates something that is not rated")
    return Decision(how, reader, None if annotation is None else annotation_from_body(annotation), value, ratings)


@dataclass(frozen=True, slots=True)
class ReadingHead:
    """A reading as it was adjudicated: `head` is the hash of its last event that changed what is compared."""

    reading_id: str
    head: str


@dataclass(frozen=True, slots=True)
class ComparedReading:
    """A committed reading as it is compared."""

    reading: Reading
    head: str

    @property
    def place(self) -> ReadingHead:
        """What an adjudication records of it."""
        return ReadingHead(self.reading.id, self.head)


@dataclass(frozen=True, slots=True)
class AdjudicatedAnnotation:
    """An annotation that counts after adjudication. `annotation_ids` are the readers' annotations behind it, sorted."""

    annotation: Annotation
    source: Source
    annotation_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdjudicatedValue:
    """A value that counts after adjudication; preferences and ratings by the adjudicator's sides.

    `id` is that of the matter, as a difference has one; so are `answer_id` and `axis`.
    """

    id: str
    subject: Subject
    answer_id: str | None
    axis: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is resolved of a case: what the readers agree on, and what was decided.

    An annotation's id is that of the matter. `rejected` are the ids of differences resolved without an annotation.
    """

    annotations: tuple[AdjudicatedAnnotation, ...] = ()
    values: tuple[AdjudicatedValue, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all matters that are resolved."""
        return frozenset(
            (*(item.annotation.id for item in self.annotations), *(item.id for item in self.values), *self.rejected)
        )

    def judgement(self, answer_ids: Mapping[Side, str]) -> Judgement:
        """Return it in the form of a reader's judgement. `answer_ids` are those of the adjudicator's sides."""
        sides = {answer_id: side for side, answer_id in answer_ids.items()}
        values: dict[str, dict[str, Any]] = {subject: {} for subject in VALUED}
        criteria: dict[CriterionPlace, JudgedCriterion] = {}
        for item in self.values:
            if item.subject == "criterion" and item.answer_id is not None:
                judged = JudgedCriterion(item.answer_id, item.axis, item.value)
                criteria[judged.place] = judged
                continue
            key = sides[item.answer_id] if item.answer_id is not None else item.axis
            values[item.subject][key] = item.value
        return Judgement(
            annotations=tuple(item.annotation for item in self.annotations),
            verdicts=values["verdict"],
            preference=values["preference"].get(""),
            ratings=values["rating"],
            criteria=criteria,
        )

    def as_body(self) -> dict[str, Any]:
        """Return the resolution as JSON for an event."""
        return {
            "annotations": [
                {
                    "annotation": item.annotation.as_body(),
                    "source": item.source,
                    "annotation_ids": list(item.annotation_ids),
                }
                for item in self.annotations
            ],
            "values": [
                {
                    "id": item.id,
                    "subject": item.subject,
                    "answer_id": item.answer_id,
                    "axis": item.axis,
                    "value": item.value,
                    "source": item.source,
                }
                for item in self.values
            ],
            "rejected": list(self.rejected),
        }


def resolution_from_body(body: Mapping[str, Any]) -> Resolution:
    """Rebuild a resolution from an event's body. Raises KeyError or TypeError if it is none."""
    return Resolution(
        annotations=tuple(
            AdjudicatedAnnotation(
                annotation_from_body(item["annotation"]), item["source"], tuple(item["annotation_ids"])
            )
            for item in body["annotations"]
        ),
        values=tuple(AdjudicatedValue(**item) for item in body["values"]),
        rejected=tuple(body["rejected"]),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that counts, with its subject and time. `annotation_ids` are the readers' annotations in it."""

    difference_id: str
    subject: Subject
    answer_id: str | None
    axis: str
    annotation_ids: tuple[str, ...]
    decision: Decision
    at: str


@dataclass(frozen=True, slots=True)
class Adjudication:
    """An adjudication as its events leave it. `answer_ids` are by the adjudicator's sides.

    `readings` are those compared, in the randomised order that the numbers in decisions refer to. `decided` has the
    decision on each difference by its id, including void ones about readings that were corrected since. `resolution` is
    what was committed last, at `committed_at`, and counts until the next commit; `committed` is False again after the
    adjudication was reopened. `reasons` are those of reopening.
    """

    id: str
    case_id: str
    adjudicator_id: str
    answer_ids: Mapping[Side, str]
    readings: tuple[ReadingHead, ...]
    decided: Mapping[str, Decided] = field(default_factory=dict)
    resolution: Resolution | None = None
    committed: bool = False
    committed_at: str | None = None
    reasons: tuple[str, ...] = ()
    undoable: tuple[str, ...] = ()
    redoable: tuple[str, ...] = ()
    active_seconds: float = 0.0
    label_set: str = ""
    protocol_sha256: str = ""

    @property
    def decisions(self) -> dict[str, Decision]:
        """The decisions by the ids of their differences."""
        return {difference_id: decided.decision for difference_id, decided in self.decided.items()}

    def stale(self, compared: Iterable[ComparedReading]) -> bool:
        """Return whether the readings have changed since they were compared."""
        return {item.place for item in compared} != set(self.readings)

    def on(self, readings: tuple[ReadingHead, ...]) -> Adjudication:
        """Return the adjudication with the same decisions on the current readings."""
        decided = {
            item.difference_id: replace(item, decision=item.decision.on(self.readings, readings))
            for item in self.decided.values()
        }
        return replace(self, readings=readings, decided=decided)
