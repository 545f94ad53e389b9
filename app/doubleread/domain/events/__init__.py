"""The events of the append-only log: the names under which it stores their kinds, and the groups these form.

`entry` has what all events share. The other modules have one class for each kind.
"""

from __future__ import annotations

from doubleread.domain.events.entry import AFTER as AFTER
from doubleread.domain.events.entry import GENESIS as GENESIS
from doubleread.domain.events.entry import Event as Event
from doubleread.domain.events.entry import EventDraft as EventDraft
from doubleread.domain.events.entry import chain_faults as chain_faults
from doubleread.domain.events.entry import event_hash as event_hash

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
