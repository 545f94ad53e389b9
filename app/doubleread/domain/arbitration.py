"""What an arbiter settles: where the readers of a case differ, what was decided there, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from doubleread.domain.blinding import Side
from doubleread.domain.finding import RATED_FIELDS, Finding, finding_from_body
from doubleread.domain.reading import Judgement, Reading

Subject = Literal["finding", "omission", "verdict", "preference", "rating"]
MARKED: frozenset[str] = frozenset({"finding", "omission"})
"""What is settled by a finding or by none; the other subjects are settled by a value."""

VALUED: frozenset[str] = frozenset({"verdict", "preference", "rating"})

How = Literal["take", "join", "own", "reject"]
HOWS: tuple[How, ...] = ("take", "join", "own", "reject")
Source = Literal["agreed", "taken", "joined", "own"]
SOURCES: tuple[Source, ...] = ("agreed", "taken", "joined", "own")


@dataclass(frozen=True, slots=True)
class Held:
    """What one reader holds: a finding, or a value; neither where they marked or said nothing.

    The value of a verdict is one of `labels.VERDICTS`. Preferences and ratings are "A", "B", "tie" or "both bad", where
    A and B are the sides of the arbiter, not those of the reader.
    """

    finding: Finding | None = None
    value: str | None = None

    @property
    def empty(self) -> bool:
        """Whether this reader holds nothing."""
        return self.finding is None and self.value is None


@dataclass(frozen=True, slots=True)
class Difference:
    """One matter on which the readers of a case differ. `held` is what each reader holds, in the drawn order.

    `id` follows from what is held and in which readings, and is the same on every machine; so what was decided about
    it is void where a reader corrects what they hold. `answer_id` is the answer that a finding or verdict is about,
    None for preference and rating. `axis` is that of a rating, otherwise empty.
    """

    id: str
    subject: Subject
    answer_id: str | None
    axis: str
    held: tuple[Held, ...]

    @property
    def marked(self) -> bool:
        """Whether a finding settles it, or none; otherwise a value does."""
        return self.subject in MARKED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that are held."""
        return tuple(held.finding for held in self.held if held.finding is not None)

    @property
    def start(self) -> int:
        """Where in its text it begins; 0 for what has no place there."""
        return min((finding.start for finding in self.findings), default=0)

    @property
    def end(self) -> int:
        """Where in its text it ends; 0 for what has no place there."""
        return max((finding.end for finding in self.findings), default=0)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a difference was settled.

    "take": what reader number `reader` holds, which for findings may be none. "join": the words from the first that
    any reader marked to the last, with the ratings of reader number `reader`, who marked some of them, save for those
    in `ratings`. "own": the arbiter's own `finding` or `value`. "reject": no finding.
    """

    how: How
    reader: int | None = None
    finding: Finding | None = None
    value: str | None = None
    ratings: Mapping[str, str | None] = field(default_factory=dict)

    @staticmethod
    def take(reader: int) -> Decision:
        """Take what a reader holds."""
        return Decision("take", reader)

    @staticmethod
    def join(reader: int, **ratings: str | None) -> Decision:
        """Join the boundaries; category, severity and so on are those of a reader, or given."""
        return Decision("join", reader, ratings=ratings)

    @staticmethod
    def own_finding(finding: Finding) -> Decision:
        """Settle it by a finding of one's own. Its id does not matter: it gets that of the difference."""
        return Decision("own", finding=finding)

    @staticmethod
    def own_value(value: str) -> Decision:
        """Settle a verdict, preference or rating by a value of one's own."""
        return Decision("own", value=value)

    @staticmethod
    def reject() -> Decision:
        """Settle it by no finding."""
        return Decision("reject")

    def as_body(self) -> dict[str, Any]:
        """Return the decision as JSON for an event."""
        body: dict[str, Any] = {"how": self.how}
        if self.reader is not None:
            body["reader"] = self.reader
        if self.finding is not None:
            body["finding"] = self.finding.as_body()
        if self.value is not None:
            body["value"] = self.value
        if self.ratings:
            body["ratings"] = dict(self.ratings)
        return body

    def on(self, then: tuple[ReadingHead, ...], now: tuple[ReadingHead, ...]) -> Decision:
        """Return it with the reader's number among the readings of now.

        One whose reading is gone keeps its number: what it was about is another difference now, so that it is void.
        """
        if self.reader is None or then == now:
            return self
        chosen = then[self.reader].reading_id
        places = (place for place, head in enumerate(now) if head.reading_id == chosen)
        return replace(self, reader=next(places, self.reader))


def decision_from_body(body: Mapping[str, Any]) -> Decision:
    """Rebuild a decision from an event's body. Raises KeyError, TypeError, AttributeError or ValueError for others."""
    how, reader, finding, value = body["how"], body.get("reader"), body.get("finding"), body.get("value")
    if how not in HOWS or set(body) - {"how", "reader", "finding", "value", "ratings"}:
        raise ValueError("it is no decision")
    if type(reader) not in (int, type(None)) or not isinstance(value, str | None):
        raise TypeError("it names no reader, or no value")
    ratings = dict(body.get("ratings", {}))
    if set(ratings) - set(RATED_FIELDS):
        raise ValueError("it rates what is not rated")
    return Decision(how, reader, None if finding is None else finding_from_body(finding), value, ratings)


@dataclass(frozen=True, slots=True)
class ReadingHead:
    """A reading as it was arbitrated: `head` is the hash of its last event that changed what is compared."""

    reading_id: str
    head: str


@dataclass(frozen=True, slots=True)
class ComparedReading:
    """A committed reading as it is compared."""

    reading: Reading
    head: str

    @property
    def place(self) -> ReadingHead:
        """What an arbitration notes of it."""
        return ReadingHead(self.reading.id, self.head)


@dataclass(frozen=True, slots=True)
class SettledFinding:
    """A finding that counts after arbitration. `finding_ids` are the readers' findings that it came of, sorted."""

    finding: Finding
    source: Source
    finding_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettledValue:
    """A verdict, preference or rating that counts after arbitration; preference and ratings by the arbiter's sides.

    `id` is that of the matter, as a difference has one.
    """

    id: str
    subject: Subject
    answer_id: str | None
    axis: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is settled of a case: what the readers agree on, and what was decided.

    A finding's id is that of the matter. `rejected` are the ids of the differences that no finding came of.
    """

    findings: tuple[SettledFinding, ...] = ()
    values: tuple[SettledValue, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all matters that are settled."""
        return frozenset(
            (*(item.finding.id for item in self.findings), *(item.id for item in self.values), *self.rejected)
        )

    def judgement(self, answer_ids: Mapping[Side, str]) -> Judgement:
        """Return it in the form of a reader's judgement. `answer_ids` are those of the arbiter's sides."""
        sides = {answer_id: side for side, answer_id in answer_ids.items()}
        values: dict[str, dict[str, Any]] = {subject: {} for subject in VALUED}
        for item in self.values:
            key = sides[item.answer_id] if item.answer_id is not None else item.axis
            values[item.subject][key] = item.value
        return Judgement(
            findings=tuple(item.finding for item in self.findings),
            verdicts=values["verdict"],
            preference=values["preference"].get(""),
            ratings=values["rating"],
        )

    def as_body(self) -> dict[str, Any]:
        """Return the settlement as JSON for an event."""
        return {
            "findings": [
                {"finding": item.finding.as_body(), "source": item.source, "finding_ids": list(item.finding_ids)}
                for item in self.findings
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


def settlement_from_body(body: Mapping[str, Any]) -> Settlement:
    """Rebuild a settlement from an event's body. Raises KeyError or TypeError where it is none."""
    return Settlement(
        findings=tuple(
            SettledFinding(finding_from_body(item["finding"]), item["source"], tuple(item["finding_ids"]))
            for item in body["findings"]
        ),
        values=tuple(SettledValue(**item) for item in body["values"]),
        rejected=tuple(body["rejected"]),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands, with what it is about and when it was made. `finding_ids` are what the readers marked."""

    difference_id: str
    subject: Subject
    answer_id: str | None
    axis: str
    finding_ids: tuple[str, ...]
    decision: Decision
    at: str


@dataclass(frozen=True, slots=True)
class Arbitration:
    """An arbitration as its events leave it. `answer_ids` says which answer stands on which side for the arbiter.

    `readings` are those compared, in the drawn order that the numbers in decisions refer to. `decided` has what was
    decided about each difference by its id, void ones of readings that were corrected since among them. `settlement` is
    what was committed last, at `committed_at`, and counts until the next commit; `committed` is False again after it
    was reopened. `reasons` are those of reopening.
    """

    id: str
    case_id: str
    arbiter_id: str
    answer_ids: Mapping[Side, str]
    readings: tuple[ReadingHead, ...]
    decided: Mapping[str, Decided] = field(default_factory=dict)
    settlement: Settlement | None = None
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
        """Say whether the readings are no longer those that were compared."""
        return {item.place for item in compared} != set(self.readings)

    def on(self, readings: tuple[ReadingHead, ...]) -> Arbitration:
        """Return the arbitration with the same decisions on the readings as they are now."""
        decided = {
            item.difference_id: replace(item, decision=item.decision.on(self.readings, readings))
            for item in self.decided.values()
        }
        return replace(self, readings=readings, decided=decided)
