"""The append-only log: what happened, who did it, and the hash that links each entry to the previous one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.hashes import json_sha256

GENESIS = "0" * 64

AFTER = "after"
"""In the body of a reading's or an adjudication's event: the hash of its event before it, whatever device wrote it.

In that of a decision (`DECISION_KINDS`): the hash of the decision before it; missing where it is the first.
"""

STUDY_CREATED = "study.created"
STUDY_SPLIT = "study.split"
SPLIT_CREATED = "split.created"
STUDY_MERGED = "study.merged"
STUDY_RECOVERED = "study.recovered"
STUDY_UNBLINDED = "study.unblinded"
ANSWER_RECORDED = "answer.recorded"
ANSWERS_IMPORTED = "answers.imported"
GENERATION_FAILED = "generation.failed"
CONFIGURATION_DRIFTED = "configuration.drifted"
PROTOCOL_CHANGED = "protocol.changed"
READER_REGISTERED = "reader.registered"
READER_DESCRIBED = "reader.described"
READER_WITHDRAWN = "reader.withdrawn"
READER_REINSTATED = "reader.reinstated"
CASES_ASSIGNED = "cases.assigned"
SCORE_OVERRIDDEN = "score.overridden"
CONFLICT_RESOLVED = "conflict.resolved"
READING_OPENED = "reading.opened"
ANNOTATION_MARKED = "annotation.marked"
ANNOTATION_CHANGED = "annotation.changed"
ANNOTATION_RETRACTED = "annotation.retracted"
READING_JUDGED = "reading.judged"
RATING_GIVEN = "rating.given"
SENTENCE_JUDGED = "sentence.judged"
ACTION_UNDONE = "action.undone"
ACTION_REDONE = "action.redone"
READING_COMMITTED = "reading.committed"
TIME_ADDED = "time.added"
ADJUDICATION_OPENED = "adjudication.opened"
ADJUDICATION_DECIDED = "adjudication.decided"
ADJUDICATION_UNDONE = "adjudication.undone"
ADJUDICATION_REDONE = "adjudication.redone"
ADJUDICATION_COMMITTED = "adjudication.committed"
ADJUDICATION_REOPENED = "adjudication.reopened"
ADJUDICATION_TIMED = "adjudication.timed"
BLINDING_ASSESSED = "blinding.assessed"

READING_KINDS = frozenset(
    {
        READING_OPENED,
        ANNOTATION_MARKED,
        ANNOTATION_CHANGED,
        ANNOTATION_RETRACTED,
        READING_JUDGED,
        RATING_GIVEN,
        SENTENCE_JUDGED,
        ACTION_UNDONE,
        ACTION_REDONE,
        READING_COMMITTED,
        TIME_ADDED,
        BLINDING_ASSESSED,
    }
)
ADJUDICATION_KINDS = frozenset(
    {
        ADJUDICATION_OPENED,
        ADJUDICATION_DECIDED,
        ADJUDICATION_UNDONE,
        ADJUDICATION_REDONE,
        ADJUDICATION_COMMITTED,
        ADJUDICATION_REOPENED,
        ADJUDICATION_TIMED,
    }
)
LINKED_KINDS = READING_KINDS | ADJUDICATION_KINDS
"""What belongs to a reading or an adjudication, and names by `AFTER` the event before it there."""

OPENING_KINDS = frozenset({READING_OPENED, ADJUDICATION_OPENED})
COMMIT_KINDS = frozenset({READING_COMMITTED, ADJUDICATION_COMMITTED})
WITHDRAWAL_KINDS = frozenset({READER_WITHDRAWN, READER_REINSTATED})
DECISION_KINDS = WITHDRAWAL_KINDS | {
    PROTOCOL_CHANGED,
    READER_DESCRIBED,
    CASES_ASSIGNED,
    SCORE_OVERRIDDEN,
    CONFLICT_RESOLVED,
}
"""What is decided for a study. Each names by `AFTER` the decision of its kind before it.

A description of a reader follows that of the same reader, a resolved score that of the same answer, a choice of a
version that on the same reader and case. Withdrawals and reinstatements of one reader follow each other.
"""

STUDY_KINDS = frozenset({STUDY_CREATED, STUDY_SPLIT, SPLIT_CREATED, STUDY_MERGED, STUDY_RECOVERED, STUDY_UNBLINDED})
_OTHER_KINDS = frozenset(
    {ANSWER_RECORDED, ANSWERS_IMPORTED, GENERATION_FAILED, CONFIGURATION_DRIFTED, READER_REGISTERED}
)
KINDS = LINKED_KINDS | STUDY_KINDS | DECISION_KINDS | _OTHER_KINDS


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before the store gives it its place in the log. Its body names its reading or adjudication."""

    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log. `seq` counts from 1 for each device; `at` is ISO 8601 in UTC and never used for order."""

    id: str
    device: str
    seq: int
    at: str
    actor: str
    kind: str
    body: Mapping[str, Any]
    prev_hash: str
    hash: str

    def computed_hash(self) -> str:
        """Return the hash that this event must carry."""
        return event_hash(self.id, self.device, self.seq, self.at, self.actor, self.kind, self.body, self.prev_hash)


def event_hash(
    id: str, device: str, seq: int, at: str, actor: str, kind: str, body: Mapping[str, Any], prev_hash: str
) -> str:
    """Hash an event's fields with the hash of the device's event before it, in hexadecimal."""
    return json_sha256([id, device, seq, at, actor, kind, dict(body), prev_hash])


@dataclass(slots=True)
class _Tips:
    """The hashes of a chain's events with the highest number so far, and of those before them.

    A chain has several events of one number where a file was copied and both copies were written on one device.
    """

    seq: int = 0
    last: set[str] = field(default_factory=lambda: {GENESIS})
    before: set[str] = field(default_factory=set)


def chain_faults(events: Iterable[Event], absent: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong with the chains of a log, in words; nothing where every chain holds.

    `events` must come ordered by sequence within each device. A chain may fork, but every entry follows one that is
    there, or one of `absent`: the hashes of entries of which the file says itself that it does not have them.
    """
    faults: list[str] = []
    chains: dict[str, _Tips] = {}
    for event in events:
        tips = chains.setdefault(event.device, _Tips())
        where = f"event {event.seq} of device {event.device}"
        if event.computed_hash() != event.hash:
            faults.append(f"{where}: its content was changed after it was written")
        if event.seq == tips.seq and event.hash not in tips.last and event.prev_hash in tips.before | absent:
            tips.last.add(event.hash)
            continue
        if event.seq != tips.seq + 1 and not (event.seq > tips.seq and event.prev_hash in absent):
            faults.append(f"{where}: expected number {tips.seq + 1}, so entries are missing or duplicated")
        elif event.prev_hash not in tips.last | absent:
            faults.append(f"{where}: does not follow the previous entry")
        chains[event.device] = _Tips(event.seq, {event.hash}, tips.last)
    return faults
