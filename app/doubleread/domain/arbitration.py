"""What an arbiter settles: where readers of one case differ, what was decided about each difference, what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from doubleread.domain.blinding import Side
from doubleread.domain.finding import RATED_FIELDS, Finding, finding_from_body
from doubleread.domain.reading import Judgement

Subject = Literal["finding", "omission", "verdict", "preference", "rating"]
SUBJECTS: tuple[Subject, ...] = ("finding", "omission", "verdict", "preference", "rating")
MARKED: frozenset[Subject] = frozenset({"finding", "omission"})
"""What is settled by a finding or by none; the other subjects are settled by a value."""

How = Literal["take", "join", "own", "reject"]
HOWS: tuple[How, ...] = ("take", "join", "own", "reject")
Source = Literal["agreed", "taken", "joined", "own", "rejected"]


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

    `id` follows from what is held and by which readings, and is the same on every machine; what was decided about it
    is void where a reader corrects what they hold. `answer_id` is the answer that a finding or verdict is about, None
    for preference and rating. `axis` is that of a rating, otherwise empty.
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
    def start(self) -> int:
        """Where in its text it begins; 0 for what has no place there."""
        return min((held.finding.start for held in self.held if held.finding), default=0)


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


def decision_from_body(body: Mapping[str, Any]) -> Decision:
    """Rebuild a decision from an event's body. Raises KeyError, TypeError or ValueError where it is none."""
    if body["how"] not in HOWS or set(body) - {"how", "reader", "finding", "value", "ratings"}:
        raise ValueError("it is no decision")
    ratings = dict(body.get("ratings", {}))
    if set(ratings) - set(RATED_FIELDS):
        raise ValueError("it rates what is not rated")
    finding = body.get("finding")
    return Decision(
        body["how"], body.get("reader"), finding_from_body(finding) if finding else None, body.get("value"), ratings
    )


@dataclass(frozen=True, slots=True)
class ReadingHead:
    """A reading as it was arbitrated: `head` is the hash of its last event that changed what it says."""

    reading_id: str
    head: str


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
    """What is settled of a case: what the readers agree on, and what was decided."""

    findings: tuple[SettledFinding, ...] = ()
    values: tuple[SettledValue, ...] = ()

    def judgement(self, answer_ids: Mapping[Side, str]) -> Judgement:
        """Return it in the form of a reader's judgement. `answer_ids` are those of the arbiter's sides."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Arbitration:
    """An arbitration as its events leave it. `answer_ids` says which answer stands on which side for the arbiter.

    `readings` are those compared, in the drawn order that the numbers in decisions refer to. `decisions` are by the
    ids of differences, among them void ones of readings that were corrected since. `settlement` is what was committed
    last, and counts until the next commit; `committed` is False again after it was reopened.
    """

    id: str
    case_id: str
    arbiter_id: str
    answer_ids: Mapping[Side, str]
    readings: tuple[ReadingHead, ...]
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    settlement: Settlement | None = None
    committed: bool = False
    committed_at: str | None = None
    reasons: tuple[str, ...] = ()
    undoable: tuple[str, ...] = ()
    redoable: tuple[str, ...] = ()
    active_seconds: float = 0.0
    protocol_sha256: str = ""
